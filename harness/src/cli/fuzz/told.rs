//! What a hunt found, in lines for people.

use std::path::Path;

use super::saved::Kept;
use crate::cli::terminal::{BAD, GOOD, SKIPPED, STRONG, styled};
use crate::judge::agreement::listed;
use crate::judge::verdict::Verdict;
use crate::printable::{counted, cut, line};
use crate::report::TrialReport;
use crate::run::fuzz::fault::FLOODS;
use crate::run::fuzz::finding::{Finding, Side};
use crate::run::fuzz::hunt::{Bag, Relapse};

/// Lines of a plan that are shown, and characters of each.
const LINES: usize = 12;
const COLUMNS: usize = 100;

/// One fault: the plan, why and where octets part, who else fails, and the command that finds it again.
pub(super) fn finding(finding: &Finding, report: &TrialReport) -> String {
    let Finding { name, fault, plan, count, draft, is_smallest, others, .. } = finding;
    let plans = if *count > 1 { format!(", and {} more", counted(count - 1, "plan")) } else { String::new() };
    let mut text = format!("{} {}, plan {plan}{plans}\n", styled(BAD, &line(&fault.to_string())), styled(STRONG, &line(name)));
    text += &shown(&draft.lines, draft.is_ended);
    if !is_smallest {
        text += "  it may not be the smallest: the time for shrinking was up\n";
    }
    if fault.cause == FLOODS {
        text += "  far more came than its plan says, or was printed, and there was no end of it\n";
    }
    text += &report.told().iter().map(|said| format!("  {}\n", line(said))).collect::<String>();
    text + &sides(name, others) + "\n"
}

/// A client that fails on a case that was found earlier.
pub(super) fn relapse(relapse: &Relapse, report: &TrialReport) -> String {
    let (fault, name, case) = (relapse.fault.to_string(), line(&relapse.name), line(&report.case));
    let said = report.told().iter().map(|said| format!("  {}\n", line(said))).collect::<String>();
    format!("{} {}, saved as {case}\n{said}\n", styled(BAD, &line(&fault)), styled(STRONG, &name))
}

/// What became of saving it, where it was to be saved in a file.
pub(super) fn kept(kept: &Kept, file: Option<&Path>) -> String {
    let file = file.map(|file| line(&file.display().to_string())).unwrap_or_default();
    match kept {
        Kept::Unasked => String::new(),
        Kept::Added(name) => format!("  saved as {} in {file}\n\n", line(name)),
        Kept::Already => format!("  it is saved in {file} already\n\n"),
        Kept::Undecided => "  not saved: nobody can say what is right\n\n".to_owned(),
        Kept::Failed(why) => format!("  {}: {}\n\n", styled(BAD, "not saved"), line(why)),
    }
}

/// A plan as it stands in a file.
fn shown(lines: &[String], is_ended: bool) -> String {
    let mut text: String = lines.iter().take(LINES).map(|shown| format!("    {}\n", line(&cut(shown, COLUMNS)))).collect();
    if lines.len() > LINES {
        text += &format!("    ... and {}\n", counted(lines.len() - LINES, "more line"));
    }
    if lines.is_empty() {
        text += "    (an empty plan)\n";
    }
    if !is_ended {
        text += "    (without a line feed at its end)\n";
    }
    text
}

/// Who fails too, who does it right, and who cannot do it.
fn sides(name: &str, others: &[(String, Side)]) -> String {
    let of = |side: Side| others.iter().filter(move |(_, other)| *other == side).map(|(name, _)| name.as_str());
    let fails: Vec<&str> = std::iter::once(name).chain(of(Side::Fails)).collect();
    let [right, lacks, untried] = [Side::Right, Side::Lacks, Side::Untried].map(|side| of(side).collect::<Vec<_>>());
    let mut parts = vec![format!("fails: {}", listed(&fails))];
    parts.extend((!right.is_empty()).then(|| format!("does it right: {}", listed(&right))));
    parts.extend((!lacks.is_empty()).then(|| format!("cannot do it: {}", listed(&lacks))));
    parts.extend((!untried.is_empty()).then(|| format!("not tried: {}", listed(&untried))));
    format!("  {}\n", line(&parts.join("; ")))
}

/// What failed once and not again, and who took no part.
pub(super) fn asides(bag: &Bag) -> String {
    let vanished =
        bag.vanished.iter().map(|what| format!("{} it did not happen again: {}\n", styled(SKIPPED, "remark"), line(what)));
    let left_out = bag.left_out.iter().filter(|one| one.verdict != Verdict::Interrupted).map(|one| {
        let style = if one.verdict == Verdict::Missing { SKIPPED } else { BAD };
        format!("{} {}: {}\n", styled(style, one.verdict.name()), line(&one.name), line(&one.why))
    });
    let unshrunk =
        bag.unshrunk.iter().map(|what| format!("{} {}, not shrunk: it was stopped\n", styled(BAD, "found"), line(what)));
    let unjudged = bag.unjudged.iter().map(|(name, count)| {
        let plans = counted(*count, "plan");
        format!("{} {plans} of {} not judged: others before them stopped it too often\n", styled(SKIPPED, "remark"), line(name))
    });
    unshrunk.chain(vanished).chain(unjudged).chain(left_out).collect()
}

/// The outcome in one line.
pub(super) fn outcome(bag: &Bag, seed: u64, found: usize, was_stopped: bool) -> String {
    let seconds = bag.took.as_secs_f64();
    let rate = if seconds > 0.0 { bag.lines as f64 / seconds } else { 0.0 };
    let (what, style) = match (found, bag.plans) {
        (0, 0) if bag.tried_again > 0 => ("nothing found".to_owned(), GOOD),
        (0, 0) => ("no plan was tried by all".to_owned(), BAD),
        (0, _) => ("nothing found".to_owned(), GOOD),
        (found, _) => (format!("{} found", counted(found, "fault")), BAD),
    };
    let stopped = if was_stopped { " (stopped)" } else { "" };
    let clients = counted(bag.clients, "client");
    if bag.tried_again > 0 && bag.lines == 0 {
        return format!("{clients}, {} of what is saved{stopped}: {}\n", counted(bag.tried_again, "trial"), styled(style, &what));
    }
    if bag.plans == 0 {
        return format!("seed {seed}{stopped}: {clients}: {}\n", styled(style, &what));
    }
    format!(
        "seed {seed}, plans 1 to {}{stopped}: {clients}, {} lines judged in {seconds:.1} s ({rate:.0} a second): {}\n",
        bag.plans,
        bag.lines,
        styled(style, &what)
    )
}
