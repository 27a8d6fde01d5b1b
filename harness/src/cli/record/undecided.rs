//! What is said of a case that clients do not agree on: what may be written where only noise keeps them apart, else each group of clients
//! that send the same, and where the two largest part.

use std::fs;
use std::path::{Path, PathBuf};

use super::attempt::Attempt;
use super::{Learnt, shown};
use crate::cli::run::REPORT_FOLDER;
use crate::cli::{CommandError, compare};
use crate::judge::agreement::listed;
use crate::printable::{counted, line};
use crate::report::LAST_RECORDING;
use crate::run::learn::{self, Side};
use crate::run::record::folders;
use crate::run::witness::Draft;
use crate::suite::expectation::Content;
use crate::suite::parts::{Kind, Part};
use crate::suite::{Case, Redaction, writer};

/// Characters of what a group sends.
const SHOWN: usize = 160;

/// Where a part may end is looked for so often.
const ENDS: usize = 100;

/// Clients that send the same, but for what varies in the runs of each.
struct Group<'a> {
    members: Vec<(&'a Attempt, &'a Learnt)>,
    /// What all its runs have in common; none where that is too little to tell.
    draft: Option<Draft>,
}

/// What there is to say, in lines.
pub(super) fn told(redaction: &Redaction, case: &Case, all: &[(&Attempt, Learnt)]) -> Result<String, CommandError> {
    let groups = groups(all);
    let Some(largest) = groups.first() else { return Ok(String::new()) };
    let rest: usize = groups[1..].iter().map(Group::folders).sum();
    if largest.folders() > rest
        && largest.varies()
        && let Some(draft) = &largest.draft
    {
        return Ok(proposal(redaction, largest, draft));
    }
    let kept = keep(&case.name, &groups)?;
    let mut said: String = groups.iter().map(|group| group.line(redaction)).collect();
    said += &match sides(&groups) {
        Some(sides) => in_messages(redaction, &sides),
        None => drawn(redaction, &groups)?,
    };
    Ok(said + &format!("  captures: {}\n", line(&kept.display().to_string())))
}

fn groups<'a>(all: &'a [(&'a Attempt, Learnt)]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (attempt, learnt) in all {
        let draft = learn::common(&learnt.witness);
        let is_of = |group: &&mut Group<'a>| {
            let (Some(one), Some(other)) = (&draft, &group.draft) else { return false };
            learn::is_same((one, &learnt.witness), (other, &group.members[0].1.witness))
        };
        match groups.iter_mut().find(is_of) {
            Some(group) => group.members.push((attempt, learnt)),
            None => groups.push(Group { members: vec![(attempt, learnt)], draft }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse((group.folders(), group.members.len())));
    groups
}

impl Group<'_> {
    fn clients(&self) -> Vec<&str> {
        self.members.iter().map(|(attempt, _)| attempt.client()).collect()
    }

    fn folders(&self) -> usize {
        folders(&self.clients())
    }

    /// Whether the runs of one of its clients are not all the same.
    fn varies(&self) -> bool {
        self.members.iter().any(|(_, learnt)| learnt.witness.settled().is_none())
    }

    /// `  2 clients: a and b: 12 octets, "GET /"`
    fn line(&self, redaction: &Redaction) -> String {
        let clients = self.clients();
        let first = self.draft.as_ref().or_else(|| self.members[0].1.witness.drafts.first());
        let came = self.members[0].0.witness.drafts.first();
        let sent = first.zip(came).map(|(draft, came)| sent(redaction, draft, came)).unwrap_or_default();
        let varies = if self.varies() { " (not the same in every run)" } else { "" };
        format!("  {}: {}: {}{varies}\n", counted(clients.len(), "client"), line(&listed(&clients)), line(&sent))
    }
}

fn sent(redaction: &Redaction, draft: &Draft, came: &Draft) -> String {
    let came = |index: usize| match came.connections.get(index).map(|one| &one.content) {
        // What is not to be shown is in what came, and in the parts no more.
        Some(Content::Octets { octets, .. }) if redaction.is_empty() => octets.as_slice(),
        _ => &[],
    };
    let each = draft.connections.iter().enumerate().map(|(index, expected)| match (&expected.messages, &expected.content) {
        (Some(messages), _) => {
            format!("{}: {}", counted(messages.len(), "message"), cut(&writer::messages(messages).to_string()))
        }
        (None, Content::Octets { octets, masks }) if masks.is_empty() => {
            let shown = redaction.octets(octets);
            format!("{}, \"{}\"", counted(octets.len(), "octet"), cut(&shown.escape_ascii().to_string()))
        }
        (None, Content::Octets { octets, .. }) => counted(octets.len(), "octet"),
        (None, Content::Parts(parts)) => format!("\"{}\"", cut(&in_braces(&redaction.parts(parts), came(index)))),
        (None, other) => format!("{} octets", other.length()),
    });
    let each: Vec<String> = each.collect();
    if each.is_empty() { "no connection".into() } else { redaction.text(&each.join("; then ")) }
}

/// Octets, with parts that bend in braces, and what came in place of them: `app[{process id 4242}]`.
fn in_braces(parts: &[Part], came: &[u8]) -> String {
    let (mut said, mut at) = (String::new(), 0);
    for (index, part) in parts.iter().enumerate() {
        if let (Kind::Fixed(octets), None) = (&part.kind, &part.name) {
            said += &octets.escape_ascii().to_string();
            at += octets.len();
            continue;
        }
        let rest = came.get(at..).unwrap_or_default();
        let ends: Vec<usize> = match parts.get(index + 1).map(|next| &next.kind) {
            Some(Kind::Fixed(next)) => memchr::memmem::find_iter(rest, next).take(ENDS).collect(),
            _ => vec![rest.len()],
        };
        let this = Content::Parts(vec![part.clone()]);
        let length = ends.into_iter().find(|end| this.matches(&rest[..*end])).unwrap_or_default();
        at += length;
        let (name, came) = (part.name.as_deref().unwrap_or("..."), rest[..length].escape_ascii().to_string());
        said += &if came.is_empty() { format!("{{{name}}}") } else { format!("{{{name} {came}}}") };
    }
    said
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// What a person may write where all agree but for what varies in the runs of each.
fn proposal(redaction: &Redaction, group: &Group<'_>, draft: &Draft) -> String {
    let unsettled: Vec<&str> = group
        .members
        .iter()
        .filter(|(_, learnt)| learnt.witness.settled().is_none())
        .map(|(attempt, _)| attempt.client())
        .collect();
    let Ok(draft) = super::hidden(redaction, draft) else { return String::new() };
    let lines = writer::lines(&draft.connections, &draft.output);
    format!(
        "  it is noise, since the runs of {} are not the same among themselves: if it may vary, add this to the case, with a better name:\n{}",
        line(&listed(&unsettled)),
        shown(&lines)
    )
}

/// What each group sends in messages, but for those whose messages are not the same in every run; nothing where fewer than two are left.
fn sides<'a>(groups: &'a [Group<'_>]) -> Option<Vec<Side<'a>>> {
    let side = |group: &'a Group<'_>| {
        let connections = &group.draft.as_ref()?.connections;
        let messages = connections.iter().map(|expected| expected.messages.as_deref()).collect::<Option<Vec<_>>>()?;
        (!messages.is_empty()).then(|| Side { clients: group.clients(), connections: messages })
    };
    let sides: Vec<Side<'_>> = groups.iter().filter_map(side).collect();
    (sides.len() > 1).then_some(sides)
}

/// Where groups part, in the words of their protocol, and what all of them send.
fn in_messages(redaction: &Redaction, sides: &[Side<'_>]) -> String {
    let mut lines = learn::partings(sides);
    lines.extend(learn::in_common(sides).map(|wanted| {
        let wanted: Vec<_> = wanted.iter().map(|wanted| redaction.message(wanted)).collect();
        format!("all agree on this; if it is what matters, add: messages = {}", writer::messages(&wanted))
    }));
    lines.iter().map(|said| format!("  {}\n", line(&redaction.text(said)))).collect()
}

/// Where the two largest groups part.
fn drawn(redaction: &Redaction, groups: &[Group<'_>]) -> Result<String, CommandError> {
    let [one, other, ..] = groups else { return Ok(String::new()) };
    let capture = |group: &Group<'_>| group.members[0].0.captures.first().cloned().unwrap_or_default();
    let differences = compare::differences([&capture(one), &capture(other)], ["A", "B"], redaction)?;
    let name = |group: &Group<'_>| line(group.members[0].0.client());
    let legend = format!("A is {}, B is {}", name(one), name(other));
    Ok(std::iter::once(&legend).chain(&differences).map(|line| format!("  {line}\n")).collect())
}

/// Keeps the first capture of each client beside the report.
fn keep(case: &str, groups: &[Group<'_>]) -> Result<PathBuf, CommandError> {
    let folder = Path::new(REPORT_FOLDER).join(LAST_RECORDING);
    for (attempt, _) in groups.iter().flat_map(|group| &group.members) {
        let Some(capture) = attempt.captures.first() else { continue };
        let to = folder.join(attempt.client()).join(format!("{case}.jsonl"));
        let kept = to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::copy(capture, &to));
        kept.map_err(|error| format!("cannot keep the capture {}: {error}", to.display()))?;
    }
    Ok(folder)
}
