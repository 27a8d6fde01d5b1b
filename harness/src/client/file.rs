//! The TOML of a client, and how it becomes a [`Client`] and its variants.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use globset::Glob;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use crate::client::client::{Causes, Client, DEFAULT_TIMEOUT, IPV6, KnownFailure};
use crate::client::hosts::is_host_name;
use crate::client::placeholders::PROGRAM;
use crate::client::profile::Profile;
use crate::client::version::Version;
use crate::source::{FileError, Source, no_file_name, same_file};
use crate::suite::address::Listen;
use crate::suite::globs::CaseGlobs;
use crate::suite::plan::WORDS;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    about: String,
    #[serde(default)]
    needs: Vec<String>,
    version: Spanned<Vec<String>>,
    #[serde(default)]
    version_status: i32,
    at_least: Option<Spanned<String>>,
    #[serde(default)]
    check: Vec<String>,
    #[serde(default)]
    install: BTreeMap<String, String>,
    locate: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    build: Vec<String>,
    #[serde(default)]
    inputs: Vec<Spanned<String>>,
    each_run: Option<Spanned<bool>>,
    run: Spanned<Vec<String>>,
    stdin: Option<String>,
    ends: Option<Spanned<Ends>>,
    #[serde(default)]
    lacks: Vec<Spanned<String>>,
    listen: Option<Spanned<Listen>>,
    #[serde(default)]
    hosts: Vec<Spanned<String>>,
    network: Option<Spanned<NetworkName>>,
    timeout_ms: Option<u64>,
    #[serde(default)]
    cases: Vec<Spanned<String>>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    pass_env: Vec<String>,
    #[serde(default)]
    known_failure: Vec<Spanned<KnownFailureTable>>,
    #[serde(default)]
    variant: Vec<VariantTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownFailureTable {
    case: String,
    reason: String,
    profile: Option<Spanned<String>>,
    variant: Option<Spanned<String>>,
    diagnosis: Option<Spanned<String>>,
    until: Option<Spanned<Datetime>>,
    below: Option<Spanned<String>>,
}

/// Whose network a client runs in, where that is not for `samewire.toml` to say.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum NetworkName {
    Shared,
}

/// When a program ends that never does so by itself.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Ends {
    WhenReceived,
}

/// What a variant has otherwise; what it leaves out is as in the client.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VariantTable {
    name: Spanned<String>,
    about: Option<String>,
    needs: Option<Vec<String>>,
    version: Option<Spanned<Vec<String>>>,
    version_status: Option<i32>,
    at_least: Option<Spanned<String>>,
    check: Option<Vec<String>>,
    locate: Option<Spanned<Vec<String>>>,
    install: Option<BTreeMap<String, String>>,
    run: Option<Spanned<Vec<String>>>,
    stdin: Option<String>,
    ends: Option<Spanned<Ends>>,
    lacks: Option<Vec<Spanned<String>>>,
    listen: Option<Spanned<Listen>>,
    hosts: Option<Vec<Spanned<String>>>,
    network: Option<Spanned<NetworkName>>,
    timeout_ms: Option<u64>,
    cases: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    optional: bool,
}

/// The client of a folder, and after it its variants.
pub(super) fn parse(name: &str, folder: &Path, path: &Path, text: &str, causes: &Causes) -> Result<Vec<Client>, FileError> {
    let source = Source { path, text };
    let mut table: Table = toml::from_str(text).map_err(|error| source.toml_error(&error))?;
    if !is_name(name) {
        return Err(source.error_at(&(0..0), "the name of a client's folder consists of a-z, A-Z, 0-9, '.', '_' and '-'"));
    }
    if let Some(problem) = no_file_name(name) {
        return Err(source.error_at(&(0..0), format!("the name of the client's folder {problem}")));
    }
    let variants = std::mem::take(&mut table.variant);
    let known = std::mem::take(&mut table.known_failure);
    let names = variant_names(&source, name, &variants)?;
    let base = client(&source, name, folder, table)?;
    let mut clients = vec![base.clone()];
    for table in variants {
        clients.push(variant(&source, &base, table)?);
    }
    for entry in known {
        let (only, entry) = known_failure(&source, &names, causes, entry)?;
        for (index, client) in clients.iter_mut().enumerate() {
            if only.is_none_or(|only| only == index) {
                client.known_failures.push(entry.clone());
            }
        }
    }
    Ok(clients)
}

fn client(source: &Source, name: &str, folder: &Path, table: Table) -> Result<Client, FileError> {
    let folder =
        folder.canonicalize().map_err(|error| source.error_at(&(0..0), format!("the folder cannot be found: {error}")))?;
    check_builds(source, &table)?;
    let client = Client {
        name: name.to_owned(),
        folder,
        about: table.about,
        needs: table.needs,
        version: argv(source, table.version)?,
        version_status: table.version_status,
        at_least: table.at_least.map(|least| numbers(source, least)).transpose()?,
        check: table.check,
        install: table.install,
        locate: table.locate.map(|locate| argv(source, locate)).transpose()?.unwrap_or_default(),
        build: table.build,
        inputs: table.inputs.into_iter().map(Spanned::into_inner).collect(),
        each_run: table.each_run.is_some_and(Spanned::into_inner),
        stdin: table.stdin,
        ends_when_received: table.ends.is_some(),
        lacks: lacks(source, table.lacks)?,
        listen: listen(source, table.listen.as_ref())?.unwrap_or_default(),
        hosts: hosts(source, &table.hosts)?,
        shares_network: shares_network(source, table.network.as_ref(), !table.hosts.is_empty())?,
        timeout: table.timeout_ms.map_or(DEFAULT_TIMEOUT, Duration::from_millis),
        env: table.env,
        pass_env: table.pass_env,
        known_failures: Vec::new(),
        optional: false,
        cases: case_globs(source, &table.cases)?,
        run: argv(source, table.run.clone())?,
    };
    check_told(source, &client, &table.run)?;
    check_located(source, &client, &table.run)?;
    check_ends(source, &client, table.ends.as_ref().map_or_else(|| table.run.span(), Spanned::span))?;
    Ok(client)
}

fn variant(source: &Source, base: &Client, table: VariantTable) -> Result<Client, FileError> {
    let mut client = base.clone();
    client.name = format!("{}@{}", base.name, table.name.get_ref());
    client.about = table.about.unwrap_or(client.about);
    client.needs = table.needs.unwrap_or(client.needs);
    client.check = table.check.unwrap_or(client.check);
    client.install = table.install.unwrap_or(client.install);
    client.timeout = table.timeout_ms.map_or(client.timeout, Duration::from_millis);
    client.env.extend(table.env);
    client.optional = table.optional;
    client.version_status = table.version_status.unwrap_or(client.version_status);
    client.stdin = table.stdin.or(client.stdin);
    client.ends_when_received |= table.ends.is_some();
    let says_ends = table.ends.as_ref().map(Spanned::span);
    client.listen = listen(source, table.listen.as_ref())?.unwrap_or(client.listen);
    if let Some(names) = table.hosts {
        client.hosts = hosts(source, &names)?;
    }
    client.shares_network |= shares_network(source, table.network.as_ref(), !client.hosts.is_empty())?;
    if let Some(version) = table.version {
        client.version = argv(source, version)?;
    }
    if let Some(locate) = table.locate {
        client.locate = argv(source, locate)?;
    }
    if let Some(cases) = table.cases {
        client.cases = case_globs(source, &cases)?;
    }
    if let Some(least) = table.at_least {
        client.at_least = Some(numbers(source, least)?);
    }
    if let Some(lacks) = table.lacks {
        client.lacks = self::lacks(source, lacks)?;
    }
    if let Some(run) = table.run {
        client.run = argv(source, run.clone())?;
        check_told(source, &client, &run)?;
        check_located(source, &client, &run)?;
    }
    check_ends(source, &client, says_ends.unwrap_or_else(|| table.name.span()))?;
    Ok(client)
}

/// `each_run` is about a `build`, and inputs are globs.
fn check_builds(source: &Source, table: &Table) -> Result<(), FileError> {
    if let Some(span) = table.each_run.as_ref().map(Spanned::span).filter(|_| table.build.is_empty()) {
        return Err(source.error_at(&span, "this needs a `build`, and there is none"));
    }
    for glob in &table.inputs {
        let text = glob.get_ref().trim_start_matches('!');
        Glob::new(text).map_err(|error| source.error_at(&glob.span(), format!("not a glob of files: {error}")))?;
    }
    Ok(())
}

fn check_told(source: &Source, client: &Client, run: &Spanned<Vec<String>>) -> Result<(), FileError> {
    if !client.cases.names_cases() && !client.is_told_the_case() {
        let problem = "`run`, `env` and `stdin` have none of {plan}, {case} and {input}, so the client cannot know what to send; \
                       say which `cases` it is for";
        return Err(source.error_at(&run.span(), problem));
    }
    Ok(())
}

/// Who reads a plan knows where it ends.
fn check_ends(source: &Source, client: &Client, span: Range<usize>) -> Result<(), FileError> {
    if client.ends_when_received && client.uses("{plan}") {
        let problem = "`ends = \"when-received\"` is for programs that never end by themselves, and one that is told {plan} ends \
                       with its plan; remove one of the two";
        return Err(source.error_at(&span, problem));
    }
    Ok(())
}

/// `{program}` is what `locate` prints: each needs the other.
fn check_located(source: &Source, client: &Client, run: &Spanned<Vec<String>>) -> Result<(), FileError> {
    let problem = match (client.uses(PROGRAM), client.locate.is_empty()) {
        (true, true) => "{program} is what `locate` prints, and there is no `locate`; add it, or name the program",
        (false, false) => "`locate` finds {program}, but nothing uses it: begin `run` with \"{program}\", or remove `locate`",
        _ => return Ok(()),
    };
    Err(source.error_at(&run.span(), problem))
}

/// The names of the variants of a client, which differ, and not in capitals alone.
fn variant_names(source: &Source, client: &str, variants: &[VariantTable]) -> Result<Vec<String>, FileError> {
    let mut seen = BTreeMap::new();
    for variant in variants {
        let name = variant.name.get_ref();
        let error = |problem: String| source.error_at(&variant.name.span(), problem);
        if !is_name(name) {
            return Err(error("the name of a variant consists of a-z, A-Z, 0-9, '.', '_' and '-'".into()));
        }
        if let Some(problem) = no_file_name(&format!("{client}@{name}")) {
            return Err(error(format!("the name {client}@{name} {problem}")));
        }
        match seen.insert(name.to_ascii_lowercase(), name) {
            Some(other) if other == name => {
                return Err(error("a variant of that name exists already; choose another name".into()));
            }
            Some(other) => return Err(error(same_file(name, other))),
            None => {}
        }
    }
    Ok(variants.iter().map(|variant| variant.name.get_ref().clone()).collect())
}

fn argv(source: &Source, argv: Spanned<Vec<String>>) -> Result<Vec<String>, FileError> {
    if argv.get_ref().is_empty() {
        return Err(source.error_at(&argv.span(), "this list of arguments is empty; name a program"));
    }
    Ok(argv.into_inner())
}

fn lacks(source: &Source, words: Vec<Spanned<String>>) -> Result<Vec<String>, FileError> {
    for word in &words {
        if word.get_ref() != IPV6 && !WORDS.contains(&word.get_ref().as_str()) {
            let problem = format!("neither a word of plans nor {IPV6}; the words are: {}", WORDS.join(" "));
            return Err(source.error_at(&word.span(), problem));
        }
    }
    Ok(words.into_iter().map(Spanned::into_inner).collect())
}

fn listen(source: &Source, listen: Option<&Spanned<Listen>>) -> Result<Option<Vec<SocketAddr>>, FileError> {
    listen.map(|listen| Listen::addresses(*source, listen)).transpose()
}

fn hosts(source: &Source, names: &[Spanned<String>]) -> Result<Vec<String>, FileError> {
    match names.iter().find(|name| !is_host_name(name.get_ref())) {
        Some(bad) => {
            let rule = "that has only letters, digits, `-`, `_` and dots, and is not an address";
            Err(source.error_at(&bad.span(), format!("{:?} is not a host name: {rule}", bad.get_ref())))
        }
        None => Ok(names.iter().map(|name| name.get_ref().clone()).collect()),
    }
}

fn shares_network(source: &Source, network: Option<&Spanned<NetworkName>>, has_hosts: bool) -> Result<bool, FileError> {
    match network {
        Some(network) if has_hosts => {
            Err(source
                .error_at(&network.span(), "`hosts` lead to the recorder only in a network of its own; remove one of the two"))
        }
        network => Ok(network.is_some()),
    }
}

fn case_globs(source: &Source, texts: &[Spanned<String>]) -> Result<CaseGlobs, FileError> {
    let mut globs = CaseGlobs::default();
    for text in texts {
        globs.add(text.get_ref()).map_err(|error| source.error_at(&text.span(), error))?;
    }
    Ok(globs)
}

/// A version that others are held against.
fn numbers(source: &Source, version: Spanned<String>) -> Result<String, FileError> {
    match Version::of(version.get_ref()) {
        Some(read) if read.to_string() == *version.get_ref() => Ok(version.into_inner()),
        _ => Err(source.error_at(&version.span(), "a version is numbers separated by dots, such as \"3.8\"")),
    }
}

/// A known failure, and the only client (0, or a variant from 1) that it is of.
fn known_failure(
    source: &Source,
    variants: &[String],
    causes: &Causes,
    entry: Spanned<KnownFailureTable>,
) -> Result<(Option<usize>, KnownFailure), FileError> {
    let location = source.location(&entry.span());
    let entry = entry.into_inner();
    let known = KnownFailure {
        case: entry.case,
        profile: entry.profile.map(|name| profile(source, &name)).transpose()?,
        reason: entry.reason,
        diagnosis: entry.diagnosis.map(|name| diagnosis_name(source, causes, name)).transpose()?,
        until: entry.until.map(|date| day(source, &date)).transpose()?,
        below: entry.below.map(|version| numbers(source, version)).transpose()?,
        location,
    };
    let only = entry.variant.map(|name| {
        let problem = format!("there is no such variant; there are: {}", variants.join(" "));
        let index = variants.iter().position(|variant| variant == name.get_ref());
        index.map(|index| index + 1).ok_or_else(|| source.error_at(&name.span(), problem))
    });
    Ok((only.transpose()?, known))
}

fn profile(source: &Source, name: &Spanned<String>) -> Result<Profile, FileError> {
    let known = Profile::ALL.map(Profile::name).join(" ");
    Profile::of(name.get_ref()).ok_or_else(|| source.error_at(&name.span(), format!("not a profile; the profiles are: {known}")))
}

fn diagnosis_name(source: &Source, causes: &Causes, name: Spanned<String>) -> Result<String, FileError> {
    if causes.contains(name.get_ref().as_str()) {
        return Ok(name.into_inner());
    }
    Err(source.error_at(&name.span(), "no diagnosis has that name; `samewire list --diagnoses` lists them"))
}

fn day(source: &Source, date: &Spanned<Datetime>) -> Result<String, FileError> {
    match date.get_ref() {
        Datetime { date: Some(date), time: None, offset: None } => Ok(date.to_string()),
        _ => Err(source.error_at(&date.span(), "`until` is a day, such as 2026-12-31")),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-'))
}
