//! `samewire compare`: whether captures, or reports of different machines, hold the same octets.

mod captures;
mod left_out;
mod messages;
mod reports;

use std::path::{Path, PathBuf};

use clap::Args;

use super::decoding::{DecodeArgs, Decoding};
use super::project::Project;
use super::terminal::{BAD, GOOD, print, styled};
use super::{CommandError, Status, signals};
use crate::judge::agreement::{Agreeing, Seen, disagreement, groups};
use crate::printable::{counted, line};
use crate::suite::Redaction;
use crate::trial::Interrupt;
use captures::Capture;
use left_out::LeftOutArgs;

#[derive(Debug, Args)]
#[command(after_help = "\
Captures are the same if they have the same number of connections, with the same octets in both directions and the same endings, in \
the same order. If one is cut off, its complete connections are compared. With --decode they are the same if their messages are, field \
by field, and differences are said in the words of the fields; what no decoder explains is compared by its octets. What rightly \
differs, as a client's id or a date, is left out with --ignore and --ignore-fields, as `ignore` and `ignore_fields` of a case do.

Reports are compared trial by trial, by what the clients sent. Masked octets may vary where both trials passed. A trial whose \
toolchain is missing on one machine is counted apart and makes no difference; one that is not in a report at all, or was not run \
there, does.

Examples:
  samewire compare a.jsonl b.jsonl
  samewire compare a.jsonl b.jsonl --decode http1 --ignore 'HEAD *' --ignore-fields date
  samewire compare linux/samewire-report mac/samewire-report

Exit status: 0 the same, 1 different, 2 something cannot be read.")]
pub(super) struct CompareArgs {
    /// Two or more captures, or two or more folders of reports
    #[arg(num_args = 2.., required = true, value_name = "CAPTURE or REPORT")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    decode: DecodeArgs,
    #[command(flatten)]
    left_out: LeftOutArgs,
}

pub(super) fn compare(args: &CompareArgs) -> Result<Status, CommandError> {
    let project = Project::here()?;
    match (args.paths.iter().filter(|path| path.is_dir()).count(), &args.decode.decode) {
        (0, None) => compare_captures(&args.paths, &project.redaction),
        (0, Some(name)) => {
            signals::end_on_signal()?;
            let decoding = Decoding::of(name, &project, Interrupt::new())?;
            messages::compare(&args.paths, &decoding, &args.left_out.of(&decoding)?)
        }
        (folders, None) if folders == args.paths.len() => reports::compare(&args.paths, &project.redaction),
        (folders, Some(_)) if folders == args.paths.len() => {
            Err("--decode is for captures; in reports messages are compared where a case has a decoder".into())
        }
        _ => Err("compare captures with captures, or folders of reports with folders of reports, not one with the other".into()),
    }
}

fn compare_captures(paths: &[PathBuf], redaction: &Redaction) -> Result<Status, CommandError> {
    let captures = paths.iter().map(|path| Capture::read(path)).collect::<Result<Vec<_>, _>>()?;
    let names: Vec<String> = (0..paths.len()).map(name).collect();
    let seen: Vec<_> = names.iter().zip(&captures).map(|(name, capture)| seen(name, &capture.connections, false)).collect();
    let groups = groups(&seen);
    print(&legend(paths))?;
    let left_out = names.iter().zip(&captures).filter_map(|(name, capture)| capture.left_out(name));
    print(&left_out.collect::<String>())?;
    if groups.len() == 1 {
        let connections = counted(captures[0].connections.len(), "connection");
        let answered = Some(captures[0].answered()).filter(|octets| *octets > 0);
        let answered = answered.map(|octets| format!(" and {octets} answered")).unwrap_or_default();
        print(&format!("{}: {connections}, {} octets{answered}\n", styled(GOOD, "the same"), captures[0].octets()))?;
        return Ok(Status::Good);
    }
    print(&headline(&groups))?;
    for (one, other) in pairs(&groups, &names) {
        let names = [names[one].as_str(), names[other].as_str()];
        print(&lines(&captures::differences(&captures[one], &captures[other], names, redaction)?, ""))?;
    }
    Ok(Status::Failed)
}

/// What is different in two capture files, in lines for people who know them by these names.
pub(super) fn differences(paths: [&Path; 2], names: [&str; 2], redaction: &Redaction) -> Result<Vec<String>, CommandError> {
    captures::differences(&Capture::read(paths[0])?.whole()?, &Capture::read(paths[1])?.whole()?, names, redaction)
}

fn seen<F>(name: &str, fingerprint: F, as_expected: bool) -> Seen<'_, F> {
    Seen { sender: name.into(), fingerprint, as_expected }
}

/// What things are called that are compared: A, B, C and so on.
fn name(index: usize) -> String {
    u8::try_from(index).ok().filter(|index| *index < 26).map_or(format!("#{index}"), |index| char::from(b'A' + index).into())
}

fn legend(paths: &[PathBuf]) -> String {
    paths.iter().enumerate().map(|(index, path)| format!("{}  {}\n", name(index), shown(path))).collect()
}

/// `different`, and where there are more than two, who from whom.
fn headline(groups: &[Agreeing<'_>]) -> String {
    let all: usize = groups.iter().map(|group| group.senders.len()).sum();
    let who = disagreement(groups).filter(|_| all > 2).map(|who| format!(": {who}")).unwrap_or_default();
    format!("{}{who}\n", styled(BAD, "different"))
}

/// The first of the largest group with the first of each other group, by index.
fn pairs(groups: &[Agreeing<'_>], names: &[String]) -> Vec<(usize, usize)> {
    let firsts = groups
        .iter()
        .filter_map(|group| names.iter().position(|name| group.senders.first().is_some_and(|sender| sender.client == name)));
    let firsts: Vec<usize> = firsts.collect();
    firsts.iter().skip(1).map(|other| (firsts[0], *other)).collect()
}

fn lines(lines: &[String], indent: &str) -> String {
    lines.iter().map(|line| format!("{indent}{line}\n")).collect()
}

fn shown(path: &Path) -> String {
    line(&path.display().to_string())
}
