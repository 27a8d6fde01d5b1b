//! `samewire fuzz`: clients on plans made at random, and what fails shrunk.

mod account;
mod bar;
mod made;
mod saved;
mod told;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::signals::stop_on_signal;
use super::terminal::{note, print, print_prose, print_raw};
use super::{CommandError, NetworkArgs, SelectionArgs, Status, remarks};
use crate::client::profile::Profile;
use crate::judge::verdict::Verdict;
use crate::printable::{counted, shell_word};
use crate::report::TrialReport;
use crate::run::fuzz::hunt::{Bag, Extent, Hunt};
use crate::run::selection::Selection;
use crate::run::session::{Planned, Session};
use crate::suite::config::Config;
use crate::suite::{Case, PacketsMode};
use crate::trial::launch::Scratch;
use crate::trial::{Interrupt, Trial, machine};
pub(crate) use account::Account;
use account::{Found, Relapsed};
use bar::Bar;
use made::Made;
use saved::{Kept, Saved};

/// How long it goes on where nobody says how far.
const SECONDS: u64 = 60;

/// A seed that nobody chose is below this, so that it can be typed again.
const SEEDS: u64 = 1_000_000_000;

#[derive(Debug, Args)]
pub(super) struct FuzzArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    /// Stop after plan number N; 0 is none
    #[arg(long, value_name = "N", conflicts_with = "seconds")]
    plans: Option<u64>,
    /// Begin no more plans after so many seconds [default: 60]. Shrinking what was found takes a minute more, longer where
    /// clients are slow or hang; each fault has 600 launches at a time at the most
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    seconds: Option<u64>,
    /// Which plans: those of the same seed are always the same [default: another one each time, which is printed]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Add a case to this file for each fault that is found, unless it is saved already. The cases that it holds are tried first; with
    /// --plans 0, they alone
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// How many launches there are at once [default: four per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// The format to say it in
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    network: NetworkArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs; `samewire schema fuzz` has its schema
    Json,
}

pub(super) fn fuzz(args: &FuzzArgs) -> Result<Status, CommandError> {
    let selection = args.selection.selection(None);
    let mut session = args.session(&selection)?;
    let mut made = args.generated(&selection)?;
    let mut saved = args.save.as_deref().map(|path| Saved::open(path, &session.defined)).transpose()?;
    args.choose(&selection, saved.as_mut(), &made)?;
    let cases = saved.as_ref().map(|saved| saved.cases.clone()).unwrap_or_default();
    if args.plans == Some(0) && cases.is_empty() {
        return Err("with --plans 0 the cases that are saved are all that there is to try, and there is none; name their file with --save".into());
    }
    // Whoever names a case whose input is made at random means it alone.
    let names_made = !selection.cases.is_empty() && cases.is_empty();
    let clients = if names_made { Vec::new() } else { session.players(&selection)? };
    let others = session.without_plans(&selection)?;
    let (interrupt, folder) = (Interrupt::new(), Scratch::new()?);
    let hunt = Hunt {
        session: &session,
        seed: args.seed.unwrap_or_else(|| RandomState::new().hash_one(machine::now()) % SEEDS),
        extent: args.extent(turns(&made) + usize::from(!clients.is_empty())),
        jobs: args.jobs.map_or_else(machine::jobs, usize::from),
        folder: folder.path(),
        interrupt: &interrupt,
        saved: &cases,
    };
    let is_nothing = clients.is_empty() && turns(&made) == 0 && !hunt.has_saved_for(&others);
    if is_nothing {
        return Err(
            "no client that reads plans is selected, and no case whose input is made at random; `samewire list` has them all"
                .into(),
        );
    }
    stop_on_signal(interrupt.clone())?;
    let (seed, extent, jobs) = (hunt.seed, hunt.extent, hunt.jobs);
    let bag = args.hunted(hunt, clients, &others);
    let (mut status, mut account) = match bag {
        Some(bag) => tell(&mut session, (args, seed), (bag, saved.as_ref()), interrupt.is_stopped())?,
        None => (Status::Good, Account::of(&Bag::default(), seed, interrupt.is_stopped())),
    };
    if args.plans != Some(0) {
        let is_text = args.format == Format::Text;
        let place = args.selection.place.flags();
        let inputs =
            Made { seed, extent, jobs, is_text, place, saved: saved.as_ref(), folder: folder.path(), interrupt: &interrupt };
        status = status.max(inputs.tried(&mut made, &mut account)?);
    }
    if args.format == Format::Json {
        print_raw(&(serde_json::to_string_pretty(&account)? + "\n"))?;
    }
    folder.close()?;
    Ok(status)
}

/// How many cases there are whose input is made at random and that somebody is tried on.
fn turns(made: &Session) -> usize {
    made.trials.iter().map(|planned| planned.case).collect::<BTreeSet<_>>().len()
}

/// Says what was found, saves it, and says how it ended.
fn tell(
    session: &mut Session,
    (args, seed): (&FuzzArgs, u64),
    (mut bag, saved): (Bag, Option<&Saved>),
    was_stopped: bool,
) -> Result<(Status, Account), CommandError> {
    let is_required = |verdict, client: usize| verdict != Verdict::Missing || session.requires(&session.clients[client]);
    let is_broken = bag.left_out.iter().any(|one| one.verdict != Verdict::Interrupted && is_required(one.verdict, one.client));
    let (relapses, findings) = (std::mem::take(&mut bag.relapses), std::mem::take(&mut bag.findings));
    let count = relapses.len() + findings.len() + bag.unshrunk.len();
    let is_text = args.format == Format::Text;
    let mut account = Account::of(&bag, seed, was_stopped);
    for (relapse, saved) in relapses.iter().filter_map(|relapse| Some((relapse, saved?))) {
        let again = format!("{} --client {}", args.again_saved(saved), relapse.name);
        let case = saved.cases[relapse.case].clone();
        let report = reported(session, (relapse.client, relapse.profile), (case, &relapse.trial), again);
        if is_text {
            print_prose(&told::relapse(relapse, &report))?;
        }
        account.relapses.push(Relapsed::of(relapse, &report));
    }
    let mut is_unsaved = false;
    for finding in &findings {
        let kept = saved.map_or(Kept::Unasked, |saved| saved.keep(finding, seed));
        is_unsaved |= matches!(kept, Kept::Failed(_));
        let again = args.again(seed, finding.plan, &finding.name);
        let report = reported(session, (finding.client, finding.profile), (finding.case.clone(), &finding.trial), again);
        if is_text {
            print_prose(&(told::finding(finding, &report) + &told::kept(&kept, saved.map(Saved::path))))?;
        }
        account.found.push(Found::of(finding, &report, &kept));
    }
    if is_text {
        print(&told::asides(&bag))?;
        remarks(session)?;
        print(&told::outcome(&bag, seed, count, was_stopped))?;
    }
    let status = match (count > 0 || is_broken, bag.plans) {
        _ if is_unsaved => Status::Unusable,
        (true, _) => Status::Failed,
        // Nothing that was tried is no success.
        (false, 0) if bag.tried_again == 0 || was_stopped => Status::Failed,
        (false, _) => Status::Good,
    };
    Ok((status, account))
}

/// A trial as a run reports it.
fn reported(
    session: &mut Session,
    (client, profile): (usize, Profile),
    (case, trial): (Case, &Trial),
    again: String,
) -> TrialReport {
    session.cases.push(case);
    let planned = Planned { client, case: session.cases.len() - 1, profile };
    TrialReport::of(session, planned, trial).repeated_by(again)
}

impl FuzzArgs {
    fn session(&self, selection: &Selection) -> Result<Session, CommandError> {
        let config: Config = self.network.over(self.selection.config(None)?);
        // Packets say nothing of plans that captures do not.
        let config = Config { packets: PacketsMode::None, ..config };
        Ok(Session::load(&config, selection, &machine::today())?)
    }

    /// The cases whose input is made at random, and who is for them.
    fn generated(&self, selection: &Selection) -> Result<Session, CommandError> {
        let config: Config = self.network.over(self.selection.config(None)?);
        let config = Config { packets: PacketsMode::None, ..config };
        Ok(Session::load_generated(&config, selection, &machine::today())?)
    }

    /// Where cases are named, keeps those alone of what was saved.
    ///
    /// # Errors
    /// There is none of that name, neither saved nor one whose input is made at random.
    fn choose(&self, selection: &Selection, saved: Option<&mut Saved>, made: &Session) -> Result<(), CommandError> {
        if selection.cases.is_empty() {
            return Ok(());
        }
        let selector = selection.selector()?;
        let problem = match saved {
            Some(saved) => {
                saved.cases.retain(|case| selector.has_case(&case.name));
                let none = format!("no case of {} matches --case", saved.path().display());
                saved.cases.is_empty().then_some(none)
            }
            None => Some(
                "--case chooses among the cases whose input is made at random, and those that were saved; name their file with --save"
                    .into(),
            ),
        };
        problem.filter(|_| turns(made) == 0).map_or(Ok(()), |problem| Err(problem.into()))
    }

    /// What plans at random came to, and what was saved earlier; nothing where there is nobody for either.
    fn hunted(&self, hunt: Hunt<'_>, clients: Vec<(usize, Profile)>, others: &[usize]) -> Option<Bag> {
        let (tried, relapses) = hunt.saved_inputs(others);
        if clients.is_empty() {
            let clients = others.iter().filter(|client| hunt.has_saved_for(&[**client])).count();
            return (tried > 0).then(|| Bag { clients, tried_again: tried, relapses, ..Bag::default() });
        }
        note(&format!("seed {}: making {} ready\n", hunt.seed, counted(clients.len(), "client")));
        let bar = Bar::default();
        let mut bag = hunt.run(clients, &|plan, seen| bar.at(plan, seen), &|faults| bar.shrinking(hunt.seed, faults));
        bar.clear();
        bag.tried_again += tried;
        bag.relapses.extend(relapses);
        Some(bag)
    }

    /// How far to go, where so many things share the time.
    fn extent(&self, turns: usize) -> Extent {
        match self.plans {
            Some(plans) => Extent::Plans(plans),
            None => {
                let time = Duration::from_secs(self.seconds.unwrap_or(SECONDS));
                Extent::Time(time / u32::try_from(turns.max(1)).unwrap_or(u32::MAX))
            }
        }
    }

    /// The command that tries what is saved again.
    fn again_saved(&self, saved: &Saved) -> String {
        let file = shell_word(&saved.path().display().to_string());
        format!("samewire fuzz --plans 0 --save {file}{}", self.selection.place.flags())
    }

    /// The command that finds the same again.
    fn again(&self, seed: u64, plan: u64, client: &str) -> String {
        format!("samewire fuzz --seed {seed} --plans {plan} --client {client}{}", self.selection.place.flags())
    }
}
