//! What was seen of a trial, of one that is over or so far.

use std::path::Path;

use crate::judge::end::End;
use crate::judge::observed::{Connection, Observed};
use crate::judge::verdict::{Verdict, judge};
use crate::suite::Case;
use crate::suite::expectation::Match;
use crate::trial::capture::{Seen, read_so_far};
use crate::trial::decoded::{Tools, arranged, hold_streams, printed, read_again, streams};
use crate::trial::launch::Heard;
use crate::trial::setting::Setting;
use crate::trial::setup_error::SetupError;

/// Holds what came against what is expected in messages; the same case in the order of connections, where any order is right.
pub(super) fn in_messages(
    case: &Case,
    capture: &Path,
    seen: &mut Seen,
    tools: Tools<'_>,
    is_whole: bool,
) -> Result<Option<Case>, SetupError> {
    let streams = if is_whole { streams(case, seen, capture, tools)? } else { Vec::new() };
    let arranged = arranged(case, seen, &streams, capture)?;
    let case = arranged.as_ref().unwrap_or(case);
    if arranged.is_some() {
        read_again(case, seen, capture)?;
    }
    hold_streams(case, seen, streams, tools);
    Ok(arranged)
}

/// What was seen in all, with what was printed; what that is in messages is not asked of a trial that was cut short.
pub(super) fn observed(
    setting: &Setting<'_>,
    connections: Vec<Connection>,
    (mut output, stdout): (Match, &[u8]),
    end: End,
    tools: Option<Tools<'_>>,
) -> Result<Observed, SetupError> {
    let Setting { client, case, .. } = *setting;
    let printed = tools.map_or(Ok(None), |tools| printed(case, stdout, output.length, tools))?;
    let prints_freely = !case.says_output && !client.uses("{plan}");
    output.matches |= prints_freely;
    let ends_freely = client.ends_when_received;
    Ok(Observed { connections, end, breaches: Vec::new(), output, prints_freely, ends_freely, printed })
}

/// Whether what has come so far is what is expected, and nothing more is due to the client that could make it say more. Where nobody can
/// tell yet, it is not.
pub(super) fn is_right(setting: &Setting<'_>, heard: &Heard<'_>, tools: Tools<'_>) -> bool {
    let Setting { case, capture, .. } = *setting;
    let look = || {
        let mut seen = read_so_far(case, capture)?;
        if seen.failed_upstream.is_some() || seen.connections.iter().any(|seen| seen.answered.left > 0) {
            return Ok(false);
        }
        let arranged = in_messages(case, capture, &mut seen, tools, true)?;
        let (output, stdout) = heard.so_far();
        let end = End::Enough { was_killed: false };
        let observed = observed(setting, seen.connections, (output, &stdout), end, Some(tools))?;
        Ok::<bool, SetupError>(judge(arranged.as_ref().unwrap_or(case), &observed, false).verdict == Verdict::Passed)
    };
    look().unwrap_or(false)
}

/// Why nobody can say whether what came, or was printed, is what was expected.
pub(super) fn undecided(observed: &Observed) -> Option<String> {
    let connections = observed.connections.iter().map(|seen| &seen.content).enumerate();
    let mut of_connections = connections.filter_map(|(index, seen)| Some((index, seen.undecided.as_ref()?)));
    let of_output = || observed.output.undecided.as_ref().filter(|_| !observed.prints_freely);
    let of_connection = of_connections.next().map(|(index, why)| format!("connection {}: {why}", index + 1));
    of_connection.or_else(|| of_output().map(|why| format!("what it printed: {why}")))
}
