//! A whole hunt: clients made ready, plans searched, what fails tried alone, shrunk, and held against the other clients.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::client::profile::Profile;
use crate::judge::verdict::Verdict;
use crate::run::fuzz::fault::Fault;
use crate::run::fuzz::finding::{Finding, Side, Suspicion, explains};
use crate::run::fuzz::leftover::{Leftover, leftover};
use crate::run::fuzz::player::{Player, Stage};
use crate::run::fuzz::search::{Searched, Tell, Until, search};
use crate::run::fuzz::shrinking::{MOST_TIME, TIME_FOR_OTHERS, TIME_IN_ALL, shrink};
use crate::run::in_parallel;
use crate::run::session::Session;
use crate::suite::Case;
use crate::suite::plan::Draft;
use crate::suite::plan::generate::{Generator, launch_of};
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
    /// Whether this was found again.
    pub(crate) fn is(&self, finding: &Finding) -> bool {
        let either =
            explains(&self.fault, (&finding.fault, &finding.trial)) || explains(&finding.fault, (&self.fault, &self.trial));
        self.name == finding.name && either
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

impl Bag {
    /// Adds what was found, unless it is the same fault as another.
    fn put(&mut self, found: Finding) {
        let plans = self.plans;
        match self.findings.iter_mut().find(|other| found.explains(other, plans) || other.explains(&found, plans)) {
            Some(other) if other.explains(&found, plans) => other.count += found.count,
            // What explains both comes in the other's place.
            Some(other) => *other = Finding { count: other.count + found.count, ..found },
            None => self.findings.push(found),
        }
    }
}

/// A suspicion, and what came of it; nothing where it did not show again.
type Tried = (Suspicion, Option<Finding>);

/// How often the commonest faults are taken out of what else was seen before all that is left is shrunk at once.
const ROUNDS: usize = 4;

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
        let stage = Stage { session: self.session, folder: self.folder, interrupt: self.interrupt };
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

    /// Shrinks what was seen. What is the same fault of the same client in the end is one.
    fn shrunk(&self, players: &[Player<'_>], searched: Searched, bag: &mut Bag) {
        let started = Instant::now();
        let deadline = started + MOST_TIME;
        let all = |suspicions: Vec<Suspicion>, is_company: bool| {
            in_parallel(self.jobs, suspicions, |suspicion| {
                let found = self.shrink(players, &suspicion, (is_company, searched.plans), deadline);
                (suspicion, found)
            })
        };
        let (mut tried, mut rest) = (Vec::new(), searched.suspicions.clone());
        for _ in 0..ROUNDS {
            let (first, others) = commonest(rest);
            tried.extend(all(first, false));
            rest = self.unexplained(players, others, &mut tried, deadline);
        }
        tried.extend(all(rest, false));
        let (found, missed): (Vec<_>, Vec<_>) = tried.into_iter().partition(|(_, found)| found.is_some());
        // What passes alone may fail among the plans of its launch, and one that does is enough to tell.
        let mut first = BTreeSet::new();
        let missed = missed.into_iter().map(|(suspicion, _)| suspicion);
        let (company, others): (Vec<_>, Vec<_>) = missed.partition(|suspicion| first.insert(suspicion.player));
        let (in_company, vanished): (Vec<_>, Vec<_>) = all(company, true).into_iter().partition(|(_, found)| found.is_some());
        let explained: BTreeSet<usize> = in_company.iter().map(|(suspicion, _)| suspicion.player).collect();
        found.into_iter().chain(in_company).filter_map(|(_, found)| found).for_each(|found| bag.put(found));
        let vanished = vanished.into_iter().map(|(suspicion, _)| suspicion).chain(others);
        let said = |one: &Suspicion| format!("{}, plan {}: {}", players[one.player].name(), one.plan, one.fault);
        let open: Vec<String> = vanished.filter(|one| !explained.contains(&one.player)).map(|one| said(&one)).collect();
        if self.interrupt.is_stopped() {
            bag.unshrunk = open
        } else {
            bag.vanished = open
        }
        let relapses = &bag.relapses;
        bag.findings.retain(|finding| !relapses.iter().any(|relapse| relapse.is(finding)));
        let drafts: Vec<Draft> = bag.findings.iter().map(|finding| finding.draft.clone()).collect();
        let deadline = (started + TIME_IN_ALL).max(Instant::now() + TIME_FOR_OTHERS);
        let sides = in_parallel(self.jobs, drafts, |draft| self.sides(players, &draft, deadline));
        for (finding, sides) in bag.findings.iter_mut().zip(sides) {
            finding.others = sides.into_iter().filter(|(name, _)| *name != finding.name).collect();
        }
    }

    /// What is left to be shrunk where faults that were found are taken out of others of the same player. What they explain altogether
    /// is counted with the commonest of them.
    fn unexplained(
        &self,
        players: &[Player<'_>],
        others: Vec<Suspicion>,
        tried: &mut [Tried],
        deadline: Instant,
    ) -> Vec<Suspicion> {
        let looked_at = in_parallel(self.jobs, others, |suspicion| {
            let of_player = tried.iter().filter(|(other, _)| other.player == suspicion.player);
            let known: Vec<&Fault> = of_player.filter_map(|(_, found)| Some(&found.as_ref()?.fault)).collect();
            let left = self.left_of(&players[suspicion.player], &suspicion, &known, deadline);
            (suspicion, left)
        });
        let mut rest = Vec::new();
        for (suspicion, left) in looked_at {
            let commonest =
                tried.iter_mut().filter(|(other, _)| other.player == suspicion.player).find_map(|(_, found)| found.as_mut());
            match (left, commonest) {
                (None, Some(found)) => found.count += suspicion.count,
                (left, _) => rest.push(left.unwrap_or(suspicion)),
            }
        }
        rest
    }

    /// What is left of a suspicion; nothing where faults that are known explain its plans.
    fn left_of(&self, player: &Player<'_>, suspicion: &Suspicion, known: &[&Fault], deadline: Instant) -> Option<Suspicion> {
        let generator = Generator::new(self.seed);
        let plans: Vec<u64> = std::iter::once(suspicion.plan).chain(suspicion.more.iter().copied()).collect();
        for (place, plan) in plans.iter().enumerate() {
            if known.is_empty() || Instant::now() >= deadline || self.interrupt.is_stopped() {
                return Some(suspicion.clone());
            }
            let name = format!("{}-{plan}", self.seed);
            let leftover = match leftover(player, &name, (&player.adapted(&generator.plan(*plan)), &suspicion.fault), known) {
                Leftover::Nothing => continue,
                Leftover::Some(draft) => Some(draft),
                Leftover::All => None,
            };
            return Some(Suspicion { plan: *plan, more: plans[place + 1..].to_vec(), leftover, ..suspicion.clone() });
        }
        None
    }

    /// Shrinks a plan; in company, all plans of its launch, of which `last` is the last of all.
    fn shrink(
        &self,
        players: &[Player<'_>],
        suspicion: &Suspicion,
        (is_company, last): (bool, u64),
        deadline: Instant,
    ) -> Option<Finding> {
        let player = &players[suspicion.player];
        let generator = Generator::new(self.seed);
        let of = |n: u64| player.adapted(&generator.plan(n));
        let draft = |plan: u64| match is_company {
            true if !player.can_connect_again() => None,
            true => {
                let launch = launch_of(plan);
                Some(Draft::joined(&(*launch.start()..=last.min(*launch.end())).map(of).collect::<Vec<_>>()))
            }
            false => suspicion.leftover.clone().filter(|_| plan == suspicion.plan).or_else(|| Some(of(plan))),
        };
        // Where the first does not fail again, another may.
        let others: &[u64] = if is_company { &[] } else { &suspicion.more };
        let others = others.iter().take_while(|_| Instant::now() < deadline && !self.interrupt.is_stopped());
        let (plan, shrunk) = std::iter::once(&suspicion.plan).chain(others).find_map(|plan| {
            let name = format!("{}-{plan}", self.seed);
            Some((*plan, shrink(player, (&name, draft(*plan)?, is_company), deadline, self.interrupt)?))
        })?;
        Some(Finding {
            client: player.client,
            profile: player.profile,
            name: player.name(),
            fault: shrunk.fault,
            // What fails in company alone is found again with all of it.
            plan: if is_company { last.min(*launch_of(plan).end()) } else { plan },
            count: suspicion.count,
            draft: shrunk.draft,
            is_smallest: shrunk.is_smallest,
            case: shrunk.played.launch.case,
            trial: shrunk.played.trial,
            others: Vec::new(),
        })
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

/// Of each player the suspicion that most plans show, and all others.
fn commonest(suspicions: Vec<Suspicion>) -> (Vec<Suspicion>, Vec<Suspicion>) {
    let mut most = BTreeMap::new();
    for (place, suspicion) in suspicions.iter().enumerate() {
        let known = most.entry(suspicion.player).or_insert(place);
        if suspicion.count > suspicions[*known].count {
            *known = place;
        }
    }
    let (first, others): (Vec<_>, Vec<_>) =
        suspicions.into_iter().enumerate().partition(|(place, one)| most[&one.player] == *place);
    let suspicions = |numbered: Vec<(usize, Suspicion)>| numbered.into_iter().map(|(_, suspicion)| suspicion).collect();
    (suspicions(first), suspicions(others))
}

fn left_out(player: &Player<'_>, why: &str) -> LeftOut {
    LeftOut { client: player.client, name: player.name(), verdict: Verdict::SetupError, why: why.to_owned() }
}
