//! Cases whose input is made at random: clients tried on inputs, and where they part told and saved.

use std::path::Path;
use std::time::Instant;

use super::account::{Account, Difference, Inputs};
use super::saved::{Kept, Saved};
use crate::cli::terminal::{BAD, GOOD, STRONG, note, print, print_prose, styled};
use crate::cli::{CommandError, Status};
use crate::client::profile::Profile;
use crate::judge::agreement::listed;
use crate::printable::{counted, cut, line};
use crate::report::TrialReport;
use crate::run::fuzz::hunt::Extent;
use crate::run::fuzz::inputs::{Crowd, Parted, Parting, Tried};
use crate::run::session::{Planned, Session};
use crate::trial::Interrupt;

/// Characters of an input that are shown.
const COLUMNS: usize = 100;

/// What such a search goes by.
pub(super) struct Made<'a> {
    pub seed: u64,
    /// How far to go with each case.
    pub extent: Extent,
    pub jobs: usize,
    /// Whether it is said as text.
    pub is_text: bool,
    /// The flags that say where clients and cases are.
    pub place: String,
    pub saved: Option<&'a Saved>,
    pub folder: &'a Path,
    pub interrupt: &'a Interrupt,
}

impl Made<'_> {
    /// Tries all cases of a session, one after the other, and puts into the account what came of them.
    pub(super) fn tried(&self, session: &mut Session, account: &mut Account) -> Result<Status, CommandError> {
        let mut status = Status::Good;
        for case in 0..session.cases.len() {
            let stage = (self.folder, self.jobs, self.interrupt);
            let Some(tried) = Crowd::of(session, case, stage).map(|crowd| self.searched(&crowd)) else { continue };
            status = status.max(self.case(session, case, tried, account)?);
        }
        Ok(status)
    }

    fn searched(&self, crowd: &Crowd<'_>) -> Tried {
        note(&format!("seed {}: inputs of {}\n", self.seed, line(crowd.name())));
        match self.extent {
            Extent::Plans(most) => crowd.search(self.seed, Some(most), None),
            Extent::Time(time) => crowd.search(self.seed, None, Some(Instant::now() + time)),
        }
    }

    /// Says and saves what came of one case.
    fn case(&self, session: &mut Session, case: usize, tried: Tried, account: &mut Account) -> Result<Status, CommandError> {
        let name = session.cases[case].name.clone();
        let Tried { inputs, clients, parted } = tried;
        let mut is_unsaved = false;
        let mut of_case = Inputs { case: name.clone(), inputs, clients, differences: Vec::new() };
        for parted in parted {
            let kept = self.saved.map_or(Kept::Unasked, |saved| saved.keep_input(&session.cases[case], &parted, self.seed));
            is_unsaved |= matches!(kept, Kept::Failed(_));
            let again = format!("samewire fuzz --seed {} --plans {} --case {name}{}", self.seed, parted.n, self.place);
            let report = reported(session, &parted, &again);
            if self.is_text {
                let told = told(&parted, &name, report.as_ref(), &again);
                print_prose(&(told + &super::told::kept(&kept, self.saved.map(Saved::path))))?;
            }
            of_case.differences.push(Difference::of(&parted, report.as_ref(), &kept));
        }
        let count = of_case.differences.len();
        if self.is_text {
            print(&self.outcome(&of_case))?;
        }
        account.inputs.push(of_case);
        Ok(match () {
            () if is_unsaved => Status::Unusable,
            () if count > 0 || clients < 2 => Status::Failed,
            () => Status::Good,
        })
    }

    /// The outcome of a case in one line.
    fn outcome(&self, Inputs { case, inputs, clients, differences }: &Inputs) -> String {
        let (what, style) = match differences.len() {
            0 if *clients < 2 => ("what most agree on is right, and there are not two to agree".into(), BAD),
            0 => ("nothing found".into(), GOOD),
            count => (format!("{} found", counted(count, "difference")), BAD),
        };
        let stopped = if self.interrupt.is_stopped() { " (stopped)" } else { "" };
        let (seed, case, clients, what) = (self.seed, line(case), counted(*clients, "client"), styled(style, &what));
        format!("seed {seed}, {case}, inputs 1 to {inputs}{stopped}: {clients}: {what}\n")
    }
}

/// What an odd one does with an input; nothing where nobody is odd.
fn reported(session: &mut Session, parted: &Parted, again: &str) -> Option<TrialReport> {
    let (case, client, trial) = parted.shown.as_ref()?;
    session.cases.push(case.clone());
    let planned = Planned { client: *client, case: session.cases.len() - 1, profile: Profile::Default };
    let report = TrialReport::of(session, planned, trial).repeated_by(again.to_owned());
    session.cases.pop();
    Some(report)
}

/// One input on which clients part: the input, who stands where, and what an odd one sends.
fn told(parted: &Parted, name: &str, report: Option<&TrialReport>, again: &str) -> String {
    let Parted { parting, n, input, is_smallest, .. } = parted;
    let (title, who) = match parting {
        Parting::Odd { odd, right } => {
            (listed(&names(odd)), format!("{} agree; {} does it otherwise", listed(&names(right)), listed(&names(odd))))
        }
        Parting::Split(said) => ("no majority".to_owned(), said.clone()),
    };
    let mut text = format!("{} {}, input {n} of {}\n", styled(BAD, "differs"), styled(STRONG, &line(&title)), line(name));
    text += &format!("    {}\n", line(&cut(&literal(input), COLUMNS)));
    if !is_smallest {
        text += "  it may not be the smallest: the time for shrinking was up\n";
    }
    match report {
        Some(report) => text += &report.told().iter().map(|said| format!("  {}\n", line(said))).collect::<String>(),
        None => text += &format!("  repeat it: {}\n", line(again)),
    }
    text + &format!("  {}\n\n", line(&who))
}

fn names(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// An input as people write it: in quotes, or in hex where it is no text.
fn literal(input: &[u8]) -> String {
    match std::str::from_utf8(input) {
        Ok(text) => format!("{text:?}"),
        Err(_) => format!("hex {}", crate::hex::encode(input)),
    }
}
