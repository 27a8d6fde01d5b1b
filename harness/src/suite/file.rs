//! The TOML of a suite file, and how each case in it becomes a [`Case`].

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use samewire_recorder::{Answers, PeerEnd};
use serde::Deserialize;
use toml::Spanned;

use super::contradiction::contradiction;
use super::expect_table::{ExpectTable, content, endings, flat};
use super::messages_table::{self, DecodingKeys, MessageList, OrderName};
use super::recorder::{self, RecorderTable};
use crate::source::{FileError, Source, no_file_name};
use crate::suite::case::{Case, SAY_WHAT};
use crate::suite::defined::Defined;
use crate::suite::expectation::{self, Content, Endings, Expectation, ExpectedExit};
use crate::suite::hazards::meant;
use crate::suite::input::{Generate, Input, InputTable};
use crate::suite::messages::{Decoding, Wanted, WantedOutput};
use crate::suite::parts::table::Scope;
use crate::suite::plan::{MAX_UNREAD_ECHO, Plan};
use crate::suite::server::Server;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    case: Vec<Spanned<CaseTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseTable {
    name: Spanned<String>,
    about: String,
    hazards: Vec<Spanned<String>>,
    plan: Option<Spanned<String>>,
    input: Option<Spanned<InputTable>>,
    expect: Option<Spanned<ExpectTable>>,
    connections: Option<Vec<Spanned<ExpectTable>>>,
    connections_in: Option<Spanned<OrderName>>,
    decode: Option<Spanned<String>>,
    messages: Option<MessageList>,
    ignore: Option<Spanned<Vec<Spanned<String>>>>,
    ignore_fields: Option<Spanned<Vec<Spanned<String>>>>,
    order: Option<Spanned<OrderName>>,
    output: Option<Spanned<ExpectTable>>,
    exit: Option<ExitName>,
    turns: Option<TurnsName>,
    timeout_ms: Option<u64>,
    server: Option<Spanned<String>>,
    recorder: Option<Spanned<RecorderTable>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum TurnsName {
    Strict,
    Free,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum ExitName {
    Success,
    Failure,
}

/// Parses a file; its stem is the group of all its cases. Some may be unwritten.
pub(super) fn parse(path: &Path, text: &str, defined: &Defined) -> Result<Vec<Case>, FileError> {
    let source = Source { path, text };
    let file: File = toml::from_str(text).map_err(|error| source.toml_error(&error))?;
    let group = group(path).map_err(|problem| source.error_at(&(0..0), problem))?;
    file.case.into_iter().map(|table| Reader { source, group, defined }.case(table)).collect()
}

/// The group of the cases in a file: its stem.
///
/// # Errors
/// That is none.
pub(crate) fn group(path: &Path) -> Result<&str, String> {
    let group = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if !is_name(group) {
        return Err("the file's name is the group of its cases: it must consist of a-z, 0-9 and -".into());
    }
    match no_file_name(group) {
        Some(problem) => Err(format!("the file's name is the group of its cases, and {problem}")),
        None => Ok(group),
    }
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    source: Source<'a>,
    group: &'a str,
    defined: &'a Defined,
}

impl CaseTable {
    fn decoding_keys(&self) -> DecodingKeys<'_> {
        DecodingKeys {
            decode: self.decode.as_ref(),
            ignore: self.ignore.as_ref(),
            ignore_fields: self.ignore_fields.as_ref(),
            order: self.order.as_ref(),
        }
    }
}

impl Reader<'_> {
    fn case(&self, table: Spanned<CaseTable>) -> Result<Case, FileError> {
        let location = self.source.location(&table.span());
        let span = table.span();
        let mut table = table.into_inner();
        if !is_name(table.name.get_ref()) {
            return Err(self.source.error_at(&table.name.span(), "a case's name must consist of a-z, 0-9 and -"));
        }
        if let Some(problem) = no_file_name(table.name.get_ref()) {
            return Err(self.source.error_at(&table.name.span(), format!("the case's name {problem}")));
        }
        if let Some((hazard, meant)) = table.hazards.iter().find_map(|hazard| Some((hazard, meant(hazard.get_ref())?))) {
            let problem = format!(
                "there is no hazard {:?}, but there is {meant:?}: correct the spelling, or use another word",
                hazard.get_ref()
            );
            return Err(self.source.error_at(&hazard.span(), problem));
        }
        let (input, generate) = self.input(&mut table)?;
        let decoding = messages_table::decoding(self.source, &self.defined.decoders, &table.decoding_keys())?;
        let in_any_order = self.connections_in_any_order(&table)?;
        let recorder = table.recorder.unwrap_or_else(|| Spanned::new(span.clone(), RecorderTable::default()));
        let places: Vec<_> = table.expect.iter().chain(table.connections.iter().flatten()).map(Spanned::span).collect();
        let says_nothing = table.expect.is_none() && table.connections.is_none() && table.messages.is_none();
        let tls = recorder::tls(self.source, &recorder, table.server.is_some())?;
        if let (Some(fault), Some(place)) = (tls.fault(), places.first()) {
            let problem = format!("a client must refuse this certificate ({fault}), and send nothing: remove what is expected");
            return Err(self.source.error_at(place, problem));
        }
        let unwritten = says_nothing && !recorder.get_ref().refuse && tls.fault().is_none();
        let may_truncate: Vec<bool> =
            table.expect.iter().chain(table.connections.iter().flatten()).map(|table| table.get_ref().ending.is_none()).collect();
        let mut connections = if says_nothing {
            Vec::new()
        } else {
            self.connections((&span, in_any_order), decoding.as_ref(), table.expect, table.connections, table.messages.as_ref())?
        };
        if tls.clients.is_some() {
            // Whether close_notify comes first is part of the verdict where a case says so.
            let unsaid = may_truncate.into_iter().chain(std::iter::repeat(true));
            connections.iter_mut().zip(unsaid).filter(|(_, unsaid)| *unsaid).for_each(|(expected, _)| {
                expected.ending = Endings::either_end();
            });
        }
        let exit = match table.exit {
            Some(ExitName::Failure) => ExpectedExit::NonZero,
            None if tls.fault().is_some() => ExpectedExit::NonZero,
            Some(ExitName::Success) | None => ExpectedExit::Zero,
        };
        let plan = table.plan.map(|text| self.plan(&text).map(|plan| (text, plan))).transpose()?;
        if let Some((text, plan)) = plan.as_ref().filter(|_| !unwritten) {
            self.agrees(text, plan, &connections, exit)?;
        }
        if let Some((text, plan)) = plan.as_ref().filter(|_| recorder.get_ref().echo) {
            self.echo_is_read(text, plan)?;
        }
        let expected = expectation::octets(&connections);
        let server = table.server.as_ref().map(|name| self.server(name)).transpose()?;
        let settings = recorder::settings(self.source, &recorder, table.server.as_ref(), expected)?;
        if let Some((_, plan)) = plan.as_ref().filter(|_| !unwritten) {
            let ends_early = exit == ExpectedExit::NonZero || settings.faults.cut.is_some();
            self.is_of_the_plan(plan, &connections, ends_early, &places)?;
        }
        let strict_turns = table.turns == Some(TurnsName::Strict);
        if strict_turns && !matches!(&settings.answers, Answers::Replies(replies) if !replies.is_empty()) {
            return Err(self
                .source
                .error_at(&span, "`turns` is about replies: add some to `[case.recorder]`, or remove `turns`"));
        }
        let addressing = recorder::addressing(self.source, &recorder)?;
        Ok(Case {
            name: format!("{}/{}", self.group, table.name.get_ref()),
            about: table.about,
            hazards: table.hazards.into_iter().map(Spanned::into_inner).collect(),
            plan: plan.map(|(_, plan)| plan),
            input,
            generate,
            connections,
            connections_in_any_order: in_any_order,
            decoding,
            says_output: table.output.is_some(),
            strict_turns,
            output_messages: table.output.as_ref().map(|output| self.output_messages(output)).transpose()?.flatten(),
            output: table.output.map_or_else(|| Ok(Content::exactly(Vec::new())), |output| self.output(&output))?,
            exit,
            unwritten,
            contract: None,
            addressing,
            recorder: settings,
            tls,
            server,
            timeout: table.timeout_ms.map(Duration::from_millis),
            location,
        })
    }

    /// What clients are told by a file, or how to make that. Of what is made at random nobody can say beforehand what is right.
    fn input(&self, table: &mut CaseTable) -> Result<(Option<Input>, Option<Generate>), FileError> {
        let Some(input) = table.input.take() else { return Ok((None, None)) };
        let span = input.span();
        let (input, generate) = input.into_inner().read().map_err(|problem| self.source.error_at(&span, problem))?;
        let says = [
            ("plan", table.plan.is_some()),
            ("expect", table.expect.is_some()),
            ("connections", table.connections.is_some()),
            ("messages", table.messages.is_some()),
            ("output", table.output.is_some()),
            ("exit", table.exit.is_some()),
        ];
        match says.iter().find(|(_, is_said)| *is_said).filter(|_| generate.is_some()) {
            Some((key, _)) => {
                let problem = format!("where `input` is made at random, what most clients make of it is right: remove `{key}`");
                Err(self.source.error_at(&span, problem))
            }
            None => Ok((input, generate)),
        }
    }

    fn server(&self, name: &Spanned<String>) -> Result<Arc<Server>, FileError> {
        let servers = &self.defined.servers;
        servers.get(name.get_ref()).cloned().ok_or_else(|| {
            let known: Vec<&str> = servers.names().collect();
            let known = if known.is_empty() { "there is none".into() } else { format!("there are: {}", known.join(" ")) };
            let problem = format!(
                "there is no server {:?}; {known}; define it as [server.{}] in samewire.toml or in the suite's suite.toml",
                name.get_ref(),
                name.get_ref()
            );
            self.source.error_at(&name.span(), problem)
        })
    }

    fn plan(&self, text: &Spanned<String>) -> Result<Plan, FileError> {
        Plan::parse(text.get_ref()).map_err(|error| {
            let line = self.line_in_string(text, error.line);
            FileError { path: self.source.path.to_owned(), line: Some(line), problem: error.to_string() }
        })
    }

    /// Whether a plan and what is expected of it have as many connections, and end alike.
    fn agrees(
        &self,
        text: &Spanned<String>,
        plan: &Plan,
        connections: &[Expectation],
        exit: ExpectedExit,
    ) -> Result<(), FileError> {
        // A client that fails may come to an end before its plan does.
        let may_end_early = exit == ExpectedExit::NonZero && connections.len() < plan.connections();
        if plan.connections() != connections.len() && !may_end_early {
            let problem = format!(
                "the plan makes {} connections and {} are expected; list one expectation for each in `connections`",
                plan.connections(),
                connections.len()
            );
            return Err(self.source.error_at(&text.span(), problem));
        }
        let last = connections.last().map(|last| &last.ending);
        let (may_reset, must_reset) =
            (last.is_some_and(|ending| ending.has(PeerEnd::Reset)), last.is_some_and(|ending| *ending == PeerEnd::Reset));
        if plan.ends_in_reset() && !may_reset || !plan.ends_in_reset() && must_reset {
            return Err(self
                .source
                .error_at(&text.span(), "`reset` in the plan and `ending = \"reset\"` go together; write both"));
        }
        Ok(())
    }

    /// Whether the octets that are expected are those that the plan sends.
    fn is_of_the_plan(
        &self,
        plan: &Plan,
        connections: &[Expectation],
        ends_early: bool,
        places: &[Range<usize>],
    ) -> Result<(), FileError> {
        let Some((index, said)) = contradiction(plan, connections, ends_early) else { return Ok(()) };
        let of = if connections.len() > 1 { format!("on connection {}, ", index + 1) } else { String::new() };
        let place = places.get(index).cloned().unwrap_or_default();
        Err(self.source.error_at(&place, format!("{of}{said}: correct the one that is wrong")))
    }

    /// Whether a client that reads only where the plan says so gets its echo.
    fn echo_is_read(&self, text: &Spanned<String>, plan: &Plan) -> Result<(), FileError> {
        let unread = plan.unread_echo();
        if unread <= MAX_UNREAD_ECHO {
            return Ok(());
        }
        let problem = format!(
            "{unread} octets of the echo are unread before the plan receives them, and {MAX_UNREAD_ECHO} may be: no client has to read \
             while it sends, so both sides would wait forever; put a `receive` between"
        );
        Err(self.source.error_at(&text.span(), problem))
    }

    /// The file's line of a line in a string: of a multi-line string that begins with a line feed, the very line.
    fn line_in_string(&self, text: &Spanned<String>, line: usize) -> usize {
        let raw = self.source.text.get(text.span()).unwrap_or_default();
        let first = self.source.line_of(text.span().start);
        match raw.get(..4) {
            Some("'''\n" | "\"\"\"\n") => first + line,
            _ => first,
        }
    }

    /// Whether connections may be opened in any order; there are several then, and no plan that opens them in one.
    fn connections_in_any_order(&self, table: &CaseTable) -> Result<bool, FileError> {
        let Some(order) = &table.connections_in else { return Ok(false) };
        let problem = match &table.connections {
            None => "`connections_in` is about the order of `connections`: list them, or remove this",
            Some(_) if table.plan.is_some() => {
                "a plan opens its connections in their order: remove `connections_in`, or the plan"
            }
            Some(_) => return Ok(*order.get_ref() == OrderName::Any),
        };
        Err(self.source.error_at(&order.span(), problem))
    }

    fn connections(
        &self,
        (span, in_any_order): (&Range<usize>, bool),
        decoding: Option<&Decoding>,
        expect: Option<Spanned<ExpectTable>>,
        connections: Option<Vec<Spanned<ExpectTable>>>,
        messages: Option<&MessageList>,
    ) -> Result<Vec<Expectation>, FileError> {
        let messages = messages.map(|list| Ok((list.span(), self.wanted(decoding, list)?))).transpose()?;
        let scope = Scope::of_connections(in_any_order);
        match (expect, connections, messages) {
            (Some(expect), None, messages) => {
                self.expectations(decoding, &[expect], messages.map(|(_, messages)| messages), scope)
            }
            (None, None, Some((_, messages))) => {
                Ok(vec![Expectation { content: Content::Anything, ending: PeerEnd::Fin.into(), messages: Some(messages) }])
            }
            (None, Some(_), Some((span, _))) => {
                Err(self.source.error_at(&span, "`messages` are of one connection: put them into the entries of `connections`"))
            }
            (None, Some(connections), None) if !connections.is_empty() => self.expectations(decoding, &connections, None, scope),
            _ => Err(self.source.error_at(span, SAY_WHAT)),
        }
    }

    fn wanted(&self, decoding: Option<&Decoding>, list: &MessageList) -> Result<Vec<Wanted>, FileError> {
        let no_decoder = || {
            self.source
                .error_at(&list.span(), "say what decodes the octets into messages: `decode = \"lines\"`, or another decoder")
        };
        messages_table::wanted(self.source, decoding.ok_or_else(no_decoder)?, list)
    }

    fn output(&self, table: &Spanned<ExpectTable>) -> Result<Content, FileError> {
        match table.get_ref().ending {
            Some(_) => {
                Err(self.source.error_at(&table.span(), "what is printed has no `ending`; put it into `expect` or `connections`"))
            }
            None if table.get_ref().messages.is_some() && !table.get_ref().says_octets() => Ok(Content::Anything),
            None => Ok(flat(vec![content(self.source, table, &mut Scope::default())?]).remove(0)),
        }
    }

    /// What is to be printed, in messages.
    fn output_messages(&self, table: &Spanned<ExpectTable>) -> Result<Option<WantedOutput>, FileError> {
        let output = table.get_ref();
        let decoding = messages_table::decoding(self.source, &self.defined.decoders, &output.decoding_keys())?;
        let wanted = output.messages.as_ref().map(|list| self.wanted(decoding.as_ref(), list)).transpose()?;
        Ok(decoding.zip(wanted).map(|(decoding, messages)| WantedOutput { decoding, messages }))
    }

    /// What connections must carry; `beside` are the messages that the case itself lists for the only one.
    fn expectations(
        &self,
        decoding: Option<&Decoding>,
        tables: &[Spanned<ExpectTable>],
        mut beside: Option<Vec<Wanted>>,
        mut scope: Scope,
    ) -> Result<Vec<Expectation>, FileError> {
        let (mut contents, mut others) = (Vec::new(), Vec::new());
        for table in tables {
            let messages = self.messages(decoding, table, beside.take())?;
            let in_messages_alone = messages.is_some() && !table.get_ref().says_octets();
            contents.push(if in_messages_alone { Content::Anything } else { content(self.source, table, &mut scope)? });
            others.push((endings(self.source, table)?, messages));
        }
        let both = flat(contents).into_iter().zip(others);
        Ok(both.map(|(content, (ending, messages))| Expectation { content, ending, messages }).collect())
    }

    /// The messages of one connection: its own, or those that stand beside it.
    fn messages(
        &self,
        decoding: Option<&Decoding>,
        table: &Spanned<ExpectTable>,
        beside: Option<Vec<Wanted>>,
    ) -> Result<Option<Vec<Wanted>>, FileError> {
        if let Some((name, span)) = table.get_ref().key_of_a_case() {
            let problem = format!("`{name}` stands in the case itself, or in its `output`; move it there");
            return Err(self.source.error_at(&span, problem));
        }
        match (&table.get_ref().messages, beside) {
            (Some(list), Some(_)) => {
                Err(self.source.error_at(&list.span(), "the case has `messages` already; keep one of the two"))
            }
            (Some(list), None) => self.wanted(decoding, list).map(Some),
            (None, beside) => Ok(beside),
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && text.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
