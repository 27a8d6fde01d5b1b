//! A whole hunt: clients made ready, plans searched, what fails tried alone, shrunk, and held against the other clients.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::client::profile::Profile;
use crate::judge::verdict::Verdict;
use crate::run::fuzz::fault::Fault;
use crate::run::fuzz::finding::{Finding, Side, Suspicion, explains};
use crate::run::fuzz::player::{Player, Stage};
use crate::run::fuzz::search::{Searched, Tell, Until, search};
use crate::run::fuzz::shrinking::{MOST_TIME, TIME_FOR_OTHERS, TIME_IN_ALL};
use crate::run::fuzz::suspects::Suspects;
use crate::run::in_parallel;
use crate::run::session::Session;
use crate::suite::Case;
use crate::suite::plan::Draft;
use crate::suite::plan::generate::Generator;
use crate::trial::{Interrupt, Launcher, Trial};

/// How far a hunt goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Extent {
    /// So many plans.
    Plans(u64),
    /// For so long, and then to the end of what was begun.
    Time(Duration),
}

/// What is hunted for, and how.
#[derive(Clone, Copy)]
pub(crate) struct Hunt<'a> {
    /// The clients.
    pub session: &'a Session,
    /// The seed of the plans.
    pub seed: u64,
    /// How far to go.
    pub extent: Extent,
    /// How many launches there are at once.
    pub jobs: usize,
    /// Where captures are while they are looked at.
    pub folder: &'a Path,
    /// The wish that everything ends.
    pub interrupt: &'a Interrupt,
    /// Cases that were found earlier.
    pub saved: &'a [Case],
}

/// A client that fails on a case that was found earlier.
pub(crate) struct Relapse {
    /// The client, by its place in the session.
    pub client: usize,
    /// The environment.
    pub profile: Profile,
    /// Both, as `--client` takes them.
    pub name: String,
    /// How it fails.
    pub fault: Fault,
    /// Which of the cases.
    pub case: usize,
    /// Its trial.
    pub trial: Trial,
}

impl Relapse {
    /// Whether this, of one of the cases that were saved, was found again.
    fn is(&self, finding: &Finding, saved: &[Case]) -> bool {
        let (ours, theirs) = ((&self.fault, &saved[self.case]), (&finding.fault, &finding.case));
        let either = || explains(ours, (theirs.0, theirs.1, &finding.trial)) || explains(theirs, (ours.0, ours.1, &self.trial));
        self.name == finding.name && either()
    }
}

/// What came of a hunt.
#[derive(Default)]
pub(crate) struct Bag {
    /// How many clients took part, each profile once.
    pub clients: usize,
    /// The last plan that all of them have done.
    pub plans: u64,
    /// How many lines were judged, of all together.
    pub lines: u64,
    /// How long the search took.
    pub took: Duration,
    /// How often a client was tried on a case that was found earlier.
    pub tried_again: usize,
    /// Who fails on such a case.
    pub relapses: Vec<Relapse>,
    /// What was found, each fault of each client once.
    pub findings: Vec<Finding>,
    /// What failed in a launch and not again: the client, the plan, and how.
    pub vanished: Vec<String>,
    /// Of whom how many plans were not judged, since plans before them stopped it too often.
    pub unjudged: Vec<(String, usize)>,
    /// What failed, and was not shrunk, since everything was to end.
    pub unshrunk: Vec<String>,
    /// Who could not take part, and why.
    pub left_out: Vec<LeftOut>,
}

/// A client that could not take part.
#[derive(Debug)]
pub(crate) struct LeftOut {
    /// The client, by its place in the session.
    pub client: usize,
    /// Both it and its profile, as `--client` takes them.
    pub name: String,
    /// Missing, or a setup error.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
}

impl Hunt<'_> {
    /// Hunts with these clients, each by its place and in a profile. `tell` is told how the search goes on, `shrinking` how many
    /// faults are shrunk when it is over.
    pub(crate) fn run(self, clients: Vec<(usize, Profile)>, tell: Tell<'_>, shrinking: &dyn Fn(usize)) -> Bag {
        let mut bag = Bag::default();
        let players = self.players(clients, &mut bag);
        bag.clients = players.len();
        if players.is_empty() {
            return bag;
        }
        self.saved_first(&players, &mut bag);
        let started = Instant::now();
        let until = match self.extent {
            Extent::Plans(plans) => Until::Plan(plans),
            Extent::Time(time) => Until::Time(started + time),
        };
        let searched = search(&players, (Generator::new(self.seed), self.seed), until, (self.jobs, self.interrupt), tell);
        bag.took = started.elapsed();
        (bag.plans, bag.lines) = (searched.plans, searched.lines);
        bag.left_out.extend(searched.broken.iter().map(|(player, why)| left_out(&players[*player], why)));
        bag.unjudged = searched.unjudged.iter().map(|(player, count)| (players[*player].name(), *count)).collect();
        shrinking(searched.suspicions.len());
        self.shrunk(&players, searched, &mut bag);
        bag
    }

    fn players(&self, clients: Vec<(usize, Profile)>, bag: &mut Bag) -> Vec<Player<'_>> {
        let stage = Stage { session: self.session, folder: self.folder, interrupt: self.interrupt, jobs: self.jobs };
        let ready = in_parallel(self.jobs, clients, |who| Player::new(stage, who).map_err(|why| (who, why)));
        let mut players = Vec::new();
        for player in ready {
            match player {
                Ok(player) => players.push(player),
                Err(((client, _), (verdict, why))) => {
                    let name = self.session.clients[client].entry.name.clone();
                    bag.left_out.push(LeftOut { client, name, verdict, why });
                }
            }
        }
        players
    }

    /// Tries each client on each case that was found earlier, where it lacks none of its words.
    fn saved_first(&self, players: &[Player<'_>], bag: &mut Bag) {
        let all = players.iter().flat_map(|player| (0..self.saved.len()).map(move |case| (player, case)));
        let able: Vec<_> = all.filter(|(player, case)| player.is_for(&self.saved[*case])).collect();
        bag.tried_again = able.len();
        let tried = in_parallel(self.jobs, able, |(player, case)| {
            let trial = player.try_case(&self.saved[case]);
            let fault = Fault::of(&trial, &self.saved[case])?;
            Some(Relapse { client: player.client, profile: player.profile, name: player.name(), fault, case, trial })
        });
        bag.relapses = tried.into_iter().flatten().collect();
    }

    /// Whether something that was saved is for one of these clients.
    pub(crate) fn has_saved_for(&self, clients: &[usize]) -> bool {
        clients.iter().any(|client| self.saved.iter().any(|case| self.session.clients[*client].entry.is_for(case)))
    }

    /// Tries these clients, which read no plans, on each input that was saved: how often one was tried, and who fails.
    pub(crate) fn saved_inputs(&self, clients: &[usize]) -> (usize, Vec<Relapse>) {
        let all = clients.iter().flat_map(|client| (0..self.saved.len()).map(move |case| (*client, case)));
        let able: Vec<_> = all.filter(|(client, case)| self.session.clients[*client].entry.is_for(&self.saved[*case])).collect();
        let tried = in_parallel(self.jobs, able, |(client, place)| {
            let (case, profile) = (&self.saved[place], Profile::Default);
            let capture = self.folder.join(format!("saved-{client}-{place}.jsonl"));
            let launch = (capture.as_path(), &Launcher::Ourselves);
            let trial = self.session.run_case((client, profile), (case, None), launch, self.interrupt);
            let name = self.session.clients[client].entry.name.clone();
            trial.observed.as_ref()?;
            Some(Fault::of(&trial, case).map(|fault| Relapse { client, profile, name, fault, case: place, trial }))
        });
        let tried: Vec<_> = tried.into_iter().flatten().collect();
        (tried.len(), tried.into_iter().flatten().collect())
    }

    /// Shrinks what was seen, and holds what that comes to against the other clients.
    fn shrunk(&self, players: &[Player<'_>], searched: Searched, bag: &mut Bag) {
        let started = Instant::now();
        let (seed, last, deadline) = (self.seed, searched.plans, started + MOST_TIME);
        let suspects = Suspects { players, seed, last, jobs: self.jobs, interrupt: self.interrupt, deadline };
        let (found, open) = suspects.shrunk(searched.suspicions);
        let said = |one: &Suspicion| format!("{}, plan {}: {}", players[one.player].name(), one.plan, one.fault);
        let open: Vec<String> = open.iter().map(said).collect();
        if self.interrupt.is_stopped() {
            bag.unshrunk = open
        } else {
            bag.vanished = open
        }
        let is_relapse = |finding: &Finding| bag.relapses.iter().any(|relapse| relapse.is(finding, self.saved));
        bag.findings = found.into_iter().filter(|finding| !is_relapse(finding)).collect();
        let drafts: Vec<Draft> = bag.findings.iter().map(|finding| finding.draft.clone()).collect();
        let deadline = (started + TIME_IN_ALL).max(Instant::now() + TIME_FOR_OTHERS);
        let sides = in_parallel(self.jobs, drafts, |draft| self.sides(players, &draft, deadline));
        for (finding, sides) in bag.findings.iter_mut().zip(sides) {
            finding.others = sides.into_iter().filter(|(name, _)| *name != finding.name).collect();
        }
    }

    /// What each client makes of a plan; from a moment on they are not tried any more.
    fn sides(&self, players: &[Player<'_>], draft: &Draft, deadline: Instant) -> Vec<(String, Side)> {
        let side = |player: &Player<'_>| {
            if player.lacks_word_of(draft) {
                return Side::Lacks;
            }
            let may_try = Instant::now() < deadline && !self.interrupt.is_stopped();
            let played = may_try.then(|| player.play("held-against", std::slice::from_ref(draft))).flatten();
            match played.map(|played| played.trial.judgement.verdict) {
                Some(Verdict::Passed) => Side::Right,
                None | Some(Verdict::SetupError | Verdict::Missing | Verdict::Interrupted) => Side::Untried,
                Some(_) => Side::Fails,
            }
        };
        players.iter().map(|player| (player.name(), side(player))).collect()
    }
}

fn left_out(player: &Player<'_>, why: &str) -> LeftOut {
    LeftOut { client: player.client, name: player.name(), verdict: Verdict::SetupError, why: why.to_owned() }
}
