//! The TOML of `[server.NAME]`, and how it becomes a [`Server`].

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::{DEFAULT_TIMEOUT, Server, Servers};
use crate::source::{FileError, Source};
use crate::suite::address::Listen;
use crate::suite::version_number::at_least;

/// What is known of a trial alone: `version` and `build` are not told.
const OF_A_TRIAL: [&str; 5] = ["{host}", "{port}", "{url}", "{tmp}", "{case}"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::suite) struct ServerTable {
    #[serde(default)]
    needs: Vec<String>,
    version: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    version_status: i32,
    at_least: Option<Spanned<String>>,
    #[serde(default)]
    install: BTreeMap<String, String>,
    build: Option<Spanned<Vec<String>>>,
    inputs: Option<Spanned<Vec<String>>>,
    run: Option<Spanned<Vec<String>>>,
    listen: Option<Spanned<Listen>>,
    prepare: Option<Spanned<Vec<String>>>,
    root: Option<bool>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    timeout_ms: Option<u64>,
}

impl ServerTable {
    /// All servers of a file.
    pub(in crate::suite) fn servers(
        source: Source<'_>,
        tables: BTreeMap<Spanned<String>, Spanned<Self>>,
    ) -> Result<Servers, FileError> {
        let mut servers = Servers::default();
        for (name, table) in tables {
            servers.add(table.into_inner().server(source, &name)?);
        }
        Ok(servers)
    }

    fn server(self, source: Source<'_>, name: &Spanned<String>) -> Result<Server, FileError> {
        let span = name.span();
        let is_name = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        if name.get_ref().is_empty() || !name.get_ref().bytes().all(is_name) {
            return Err(source.error_at(&span, "the name of a server consists of a-z, A-Z, 0-9, '_' and '-'"));
        }
        let run = self.run.ok_or_else(|| source.error_at(&span, "a server has a `run`: what starts it, as a list"))?;
        self.version.iter().chain(&self.build).try_for_each(|argv| is_told_nothing(source, argv))?;
        let listen = self.listen.as_ref().map(|listen| Listen::addresses(source, listen)).transpose()?.unwrap_or_default();
        let is_told = run.get_ref().iter().chain(self.env.values()).any(|text| text.contains("{port}") || text.contains("{url}"));
        if listen.is_empty() && !is_told {
            let problem = "it is not told where to listen: put {port} into `run` or `env`, or say where it does: \
                           `listen = \"127.0.0.1:6379\"`";
            return Err(source.error_at(&run.span(), problem));
        }
        if let Some(inputs) = self.inputs.as_ref().filter(|_| self.build.is_none()) {
            return Err(source.error_at(&inputs.span(), "this needs a `build`, and there is none"));
        }
        let uses_out = |argv: &Spanned<Vec<String>>| argv.get_ref().iter().any(|text| text.contains("{out}"));
        if let Some(argv) = [Some(&run), self.prepare.as_ref()].into_iter().flatten().find(|argv| uses_out(argv))
            && self.build.is_none()
        {
            return Err(source.error_at(&argv.span(), "{out} is what `build` makes, and there is no `build`"));
        }
        Ok(Server {
            name: name.get_ref().clone(),
            needs: self.needs,
            at_least: self.at_least.map(|least| at_least(source, least, self.version.is_some())).transpose()?,
            version: argv(source, self.version)?,
            version_status: self.version_status,
            install: self.install,
            build: argv(source, self.build)?,
            inputs: self.inputs.map(Spanned::into_inner).unwrap_or_default(),
            run: argv(source, Some(run))?,
            listen,
            prepare: argv(source, self.prepare)?,
            root: self.root.unwrap_or(true),
            env: self.env,
            timeout: self.timeout_ms.map_or(DEFAULT_TIMEOUT, Duration::from_millis),
            location: source.location(&span),
        })
    }
}

/// A list of arguments that is there names a program.
fn argv(source: Source<'_>, argv: Option<Spanned<Vec<String>>>) -> Result<Vec<String>, FileError> {
    match argv {
        Some(argv) if argv.get_ref().is_empty() => {
            Err(source.error_at(&argv.span(), "this list of arguments is empty; name a program"))
        }
        argv => Ok(argv.map(Spanned::into_inner).unwrap_or_default()),
    }
}

/// What runs before any trial knows nothing of one.
fn is_told_nothing(source: Source<'_>, argv: &Spanned<Vec<String>>) -> Result<(), FileError> {
    let told = |text: &String| OF_A_TRIAL.into_iter().find(|placeholder| text.contains(placeholder));
    match argv.get_ref().iter().find_map(told) {
        Some(placeholder) => {
            let problem =
                format!("{placeholder} is known in a trial alone, and this runs before any: use it in `run` or `prepare`");
            Err(source.error_at(&argv.span(), problem))
        }
        None => Ok(()),
    }
}
