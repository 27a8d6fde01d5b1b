//! What there is to say of a trial that did not pass, behind the sentence that decides: what else was found, who is usually to blame,
//! where octets part, what the client wrote. In lines for people. Pure, of the report alone.

use super::answers::waiting;
use super::sentence::{differ, ended, endings, says_first, says_where};
use super::{Exit, MessagesReport, ServerReport, TrialReport, traffic};
use crate::judge::diagnosis::{Diagnosis, Spot, UNEXPLAINED};
use crate::judge::picture;
use crate::judge::verdict::Verdict;
use crate::printable::{counted, line, wrapped};
use crate::trial::difference::Drawing;

/// Lines of stderr that are shown where there are many: of its beginning, and of its end.
const STDERR_LINES: [usize; 2] = [6, 4];

/// How wide sentences are; whoever shows them indents by two.
const WIDTH: usize = 78;

/// Diagnoses that are shown; the report has them all.
const DIAGNOSES: usize = 3;

/// Differences of messages that are shown of one connection; the report has more.
const DIFFERENCES: usize = 5;

/// Connections of which the same is told; the report has more.
const CONNECTIONS: usize = 5;

impl TrialReport {
    /// The sentence that decides, and all that there is to say behind it: what a failing test prints.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        std::iter::once(self.sentence()).chain(self.explanation.iter().cloned()).collect()
    }
}

/// What is said behind the sentence that decides; of a trial that did not fail, only the rest of its problem.
pub(crate) fn explanation_of(trial: &TrialReport) -> Vec<String> {
    let mut lines: Vec<String> = trial.problem.iter().flat_map(|problem| problem.lines().skip(1)).map(line).collect();
    if !trial.failed && trial.verdict != Verdict::KnownFailure {
        // Of one that did as it should, and then ended in another way, that is all there is to say.
        lines.extend(ended(trial).map(|how| format!("remark: {}", line(&how))));
        return lines;
    }
    lines.extend(by_hand(trial));
    lines.extend(besides(trial));
    lines.extend(of_connections(trial.messages.iter().map(|messages| in_messages(trial, messages)), 0, "differed in messages"));
    let (connections, printed): (Vec<_>, Vec<_>) = trial.drawings.iter().partition(|drawing| drawing.connection.is_some());
    lines.extend(of_connections(connections.into_iter().map(|drawing| drawn(trial, drawing)), trial.undrawn, "differed"));
    lines.extend(printed.into_iter().flat_map(|drawing| drawn(trial, drawing)));
    lines.extend(of_connections(digests(trial), 0, "differed"));
    if trial.decisive() != Verdict::TimedOut {
        lines.extend(of_connections(waiting(trial).map(|waiting| vec![line(&waiting)]), 0, "waited"));
    }
    let endings: Vec<String> = endings(trial).collect();
    if endings.len() > 1 {
        lines.extend(of_connections(endings.into_iter().map(|ending| vec![ending]), 0, "ended otherwise"));
    }
    lines.extend(traffic::senders(trial));
    lines.extend(traffic::remarks(trial));
    lines.extend(stderr(&trial.stderr));
    lines.extend(trial.server.iter().flat_map(server));
    lines.extend(traffic::time_line(trial));
    lines.push(format!("repeat it: {}", trial.repeat));
    lines
}

/// What is told of the first connections of which there is something to tell, and of how many more it is not; `more` are behind those.
fn of_connections(told: impl Iterator<Item = Vec<String>>, more: usize, what: &str) -> Vec<String> {
    let mut told: Vec<Vec<String>> = told.filter(|lines| !lines.is_empty()).collect();
    let more = more + told.len().saturating_sub(CONNECTIONS);
    told.truncate(CONNECTIONS);
    let more = (more > 0).then(|| format!("... and {} {what}", counted(more, "more connection")));
    told.into_iter().flatten().chain(more).collect()
}

/// What else was found. Causes explain octets, so they stand behind the sentence that says these differ.
fn besides(trial: &TrialReport) -> Vec<String> {
    let mut causes = Some(causes(trial));
    let mut lines = if trial.decisive() == Verdict::Differs { causes.take().unwrap_or_default() } else { Vec::new() };
    for verdict in trial.also.iter().copied().filter(|verdict| *verdict != trial.decisive()) {
        lines.extend(wrapped(&line(&trial.sentence_of(verdict)), WIDTH));
        if verdict == Verdict::Differs {
            lines.extend(causes.take().unwrap_or_default());
        }
    }
    lines.extend(causes.unwrap_or_default());
    lines
}

/// What is not judged of a client that a person started.
fn by_hand(trial: &TrialReport) -> Option<String> {
    (trial.exit == Some(Exit::Unknown)).then(|| "it was started by hand: only its octets and endings are judged".into())
}

/// Who is usually to blame for the likeliest cause, whose name stands in the sentence, and what else holds.
fn causes(trial: &TrialReport) -> Vec<String> {
    let named: Vec<&Diagnosis> = trial.diagnoses.iter().filter(|diagnosis| diagnosis.name != UNEXPLAINED).collect();
    let mut lines = Vec::new();
    for (index, diagnosis) in named.iter().take(DIAGNOSES).enumerate() {
        if index > 0 {
            let how = if diagnosis.is_beside(named[0]) { "and" } else { "or" };
            lines.extend(wrapped(&format!("{how}: {} ({})", line(&diagnosis.sentence), diagnosis.name), WIDTH));
        }
        // The hint of the likeliest cause alone, or the reader has to choose among culprits.
        let hint = diagnosis.hint.iter().filter(|_| index == 0);
        lines.extend(hint.flat_map(|hint| wrapped(&line(hint), WIDTH - 2)).map(|hint| format!("  {hint}")));
    }
    if named.len() > DIAGNOSES {
        lines.push(format!("or one of {} more causes, which the report names", named.len() - DIAGNOSES));
    }
    lines
}

/// The differences of messages, with the octets in which they are seen; the first of all is in the sentence already.
fn in_messages(trial: &TrialReport, messages: &MessagesReport) -> Vec<String> {
    let mut lines: Vec<String> =
        messages.failed.iter().flat_map(|why| wrapped(&format!("no messages: {}", line(why)), WIDTH)).collect();
    let is_first = |index: usize| index == 0 && says_first(trial, messages);
    let on = match messages.connection {
        Some(connection) if trial.expected.len() > 1 => format!("connection {connection}, "),
        _ => String::new(),
    };
    for (index, difference) in messages.differences.iter().take(DIFFERENCES).enumerate() {
        let said = (!is_first(index)).then(|| wrapped(&line(&format!("{on}{}", difference.says)), WIDTH));
        lines.extend(said.into_iter().flatten());
        // Octets that are judged have a picture of their own.
        if messages.judges {
            lines.extend(picture::marked(&difference.picture));
        }
    }
    let more = messages.differences.len().saturating_sub(DIFFERENCES) + messages.more;
    if more > 0 {
        lines.push(format!("... and {}", counted(more, "more difference")));
    }
    lines
}

fn drawn(trial: &TrialReport, drawing: &Drawing) -> Vec<String> {
    let (expected, captured) = (counted(drawing.expected as usize, "octet"), drawing.captured);
    let head = match drawing.connection {
        Some(connection) => Some(format!("connection {connection}: expected {expected}, captured {captured}")),
        None if trial.decisive() == Verdict::WrongOutput && trial.drawings.len() == 1 => None,
        None if trial.has(Verdict::WrongOutput) => Some("what it received and printed:".to_owned()),
        None => Some(format!("what it received and printed: expected {expected}, printed {captured}")),
    };
    let mut lines: Vec<String> = head.into_iter().collect();
    let picture = drawing.picture.with_places(places(trial, drawing));
    match picture.first_difference {
        Some(_) if says_where(trial, drawing) => lines.extend(picture::rows(&picture, ["expected", "captured"])),
        Some(_) => lines.extend(picture::lines(&picture, ["expected", "captured"])),
        None => lines.push("it is the same as far as it was compared".into()),
    }
    lines
}

/// Where the likeliest cause shows in what is drawn.
fn places<'a>(trial: &'a TrialReport, drawing: &Drawing) -> &'a [Spot] {
    let connections = trial.expected.len().max(trial.captured.len());
    let first = trial.diagnoses.iter().find(|diagnosis| diagnosis.name != UNEXPLAINED);
    let both = first.zip(drawing.connection);
    both.map(|(first, connection)| first.places_on(connection, connections)).unwrap_or_default()
}

/// Digests that differ, where the octets behind what was expected are not known.
fn digests(trial: &TrialReport) -> impl Iterator<Item = Vec<String>> {
    let is_drawn = |index: usize| trial.drawing_of(index + 1).is_some() || trial.may_be_undrawn(index + 1);
    let pairs = trial.expected.iter().zip(&trial.captured).enumerate();
    let unknown = pairs.filter(move |(index, (expected, came))| {
        expected.base64.is_none()
            && expected.masks.is_empty()
            && expected.parts.is_empty()
            && !is_drawn(*index)
            && differ(expected, came)
    });
    unknown.map(|(index, (expected, came))| {
        let digest = |digest: &Option<String>| digest.clone().unwrap_or_default();
        vec![
            format!("connection {}: expected {} octets, captured {}", index + 1, expected.length, came.length),
            format!("  expected  sha256 {}", digest(&expected.sha256)),
            format!("  captured  sha256 {}", digest(&came.sha256)),
            "  where they differ is not known: the case has a digest and no plan".into(),
        ]
    })
}

/// What the server said that answered, and how it ended where that was too early.
fn server(server: &ServerReport) -> Vec<String> {
    let ended =
        server.exit.as_ref().map(|exit| format!("the server {} ended while the client ran: {}", line(&server.name), how(exit)));
    let said = server.last_lines.lines().map(|text| format!("server {}: {}", line(&server.name), line(text)));
    ended.into_iter().chain(said).collect()
}

fn how(exit: &Exit) -> String {
    match exit {
        Exit::Status(status) => format!("status {status}"),
        Exit::Signal(signal) => format!("signal {signal}"),
        _ => "nobody knows how".into(),
    }
}

fn stderr(text: &str) -> Vec<String> {
    let lines: Vec<String> = text.lines().map(|text| format!("stderr: {}", line(text))).collect();
    let [first, last] = STDERR_LINES;
    // One line that is left out would take a line to say so.
    if lines.len() <= first + last + 1 {
        return lines;
    }
    let (head, rest) = lines.split_at(first);
    let (between, tail) = rest.split_at(rest.len() - last);
    let between = format!("stderr: [{} left out]", counted(between.len(), "line"));
    [head, &[between], tail].concat()
}
