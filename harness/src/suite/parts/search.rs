//! Looks for a reading of what came: all are considered, each place once. Pure.
//!
//! A place is a step of the program, an offset, the numbers and orders that it is inside of, and what is kept for later parts. Whatever
//! follows depends on nothing else, so no place is gone on from twice.

use std::collections::{HashMap, HashSet};

use memchr::memmem;
use regex_automata::hybrid::dfa::Cache;

use super::program::{Op, Program};
use super::{Kind, MAX_STEPS, Number};

/// Octets that may be looked at for the cost of one step.
const LOOKED_AT: usize = 256;

/// The most places at which what follows a part that came wrong is looked for.
const ASTRAY: usize = 1 << 16;

/// A limit that no number sets.
const NO_LIMIT: usize = usize::MAX;

/// A place in the program and in what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub pc: usize,
    pub at: usize,
    frames: usize,
    pub kept: usize,
}

/// A place that was reached, and from where.
#[derive(Debug, Clone, Copy)]
struct Visit {
    state: State,
    from: Option<usize>,
    /// How many parts have been read.
    read: usize,
}

/// What a place is inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Frame {
    Limit(usize),
    Left(u32),
    Mark(usize),
}

/// Octets that are kept: a slot, its connection, and where they are.
pub(super) type Kept = Vec<(usize, usize, usize, usize)>;

/// Where nothing fits any more, on the reading that got furthest.
#[derive(Debug, Clone)]
pub(super) struct Stuck {
    /// Each step to it, with the place before and behind it.
    pub path: Vec<(State, State)>,
    /// The place.
    pub state: State,
    /// The offset of the first octet that does not fit.
    pub offset: usize,
    /// Why.
    pub why: Why,
    /// Of alternatives, those that are still to come.
    pub left: Vec<u32>,
    progress: Progress,
}

/// Why nothing fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The octet there, or that there is none.
    Octet,
    /// A number counts more than there is.
    TooFew { says: u64, left: usize },
    /// A number counts more than its parts have.
    Behind,
    /// The number cannot be so small, with what is to be counted beside.
    TooSmall { says: u64 },
}

/// Connection, parts that were read, offset, and that fewer optional parts are entered: what is further is greater.
type Progress = (usize, usize, usize, std::cmp::Reverse<usize>);

/// What a search finds.
#[derive(Debug)]
pub(super) enum Found {
    /// A reading of all that came.
    Fits(Vec<(State, State)>),
    /// There is none.
    Stuck(Stuck),
    /// It takes too many steps; most of them for this part.
    Endless(usize),
}

/// Which connections are read, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach<'a> {
    /// From this connection.
    pub first: usize,
    /// To this one.
    pub last: usize,
    /// What is kept from those before.
    pub kept: &'a Kept,
    /// The parts that need not fit.
    pub loose: &'a [usize],
    /// Whether what came may be the beginning of more.
    pub is_beginning: bool,
    /// The most steps.
    pub steps: usize,
}

impl<'a> Reach<'a> {
    /// Connections, each part of which must fit.
    pub(super) fn whole(first: usize, last: usize, kept: &'a Kept) -> Self {
        Self { first, last, kept, loose: &[], is_beginning: false, steps: MAX_STEPS }
    }
}

pub(super) struct Search<'a> {
    program: &'a Program<'a>,
    inputs: &'a [&'a [u8]],
    reach: Reach<'a>,
    frames: Vec<(usize, Option<Frame>)>,
    framed: HashMap<(usize, Frame), usize>,
    kept: Vec<Kept>,
    keeping: HashMap<Kept, usize>,
    visits: Vec<Visit>,
    seen: HashSet<State>,
    waiting: Vec<usize>,
    caches: HashMap<usize, Cache>,
    best: Option<(Progress, usize, usize, Why)>,
    steps: usize,
    of_part: HashMap<usize, usize>,
    looked_at: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(program: &'a Program<'a>, inputs: &'a [&'a [u8]], reach: Reach<'a>) -> Self {
        Self {
            program,
            inputs,
            reach,
            frames: vec![(0, None)],
            framed: HashMap::new(),
            kept: vec![reach.kept.clone()],
            keeping: HashMap::new(),
            visits: Vec::new(),
            seen: HashSet::new(),
            waiting: Vec::new(),
            caches: HashMap::new(),
            best: None,
            steps: 0,
            of_part: HashMap::new(),
            looked_at: 0,
        }
    }

    /// Looks for a reading.
    pub(super) fn run(mut self) -> (Found, Vec<Kept>) {
        let begin = State { pc: self.program.begins[self.reach.first], at: 0, frames: 0, kept: 0 };
        self.visits.push(Visit { state: begin, from: None, read: 0 });
        self.waiting.push(0);
        while let Some(visit) = self.waiting.pop() {
            let state = self.visits[visit].state;
            if !self.seen.insert(state) {
                continue;
            }
            if let Op::End { connection } = self.program.ops[state.pc]
                && connection == self.reach.last
                && self.is_over(state)
            {
                return (Found::Fits(self.path(visit)), self.kept);
            }
            self.step(visit, state);
            if self.steps > self.reach.steps {
                let part = self.of_part.iter().max_by_key(|(part, steps)| (**steps, std::cmp::Reverse(**part)));
                return (Found::Endless(part.map_or(0, |(part, _)| *part)), self.kept);
            }
        }
        let stuck = self.stuck(begin);
        (Found::Stuck(stuck), self.kept)
    }

    fn stuck(&self, begin: State) -> Stuck {
        let nothing = ((0, 0, 0, std::cmp::Reverse(0)), 0, 0, Why::Octet);
        let (progress, visit, offset, why) = self.best.unwrap_or(nothing);
        let state = self.visits.get(visit).map_or(begin, |visit| visit.state);
        Stuck { path: self.path(visit), state, offset, why, left: self.left(state.frames), progress }
    }

    /// Of the alternatives that a place is inside of, those that are left, the innermost first.
    fn left(&self, mut frames: usize) -> Vec<u32> {
        let mut left = Vec::new();
        while let (outer, Some(frame)) = self.frames[frames] {
            if let Frame::Left(these) = frame {
                left.push(these);
            }
            frames = outer;
        }
        left
    }

    fn path(&self, mut visit: usize) -> Vec<(State, State)> {
        let mut path = Vec::new();
        while let Some(from) = self.visits[visit].from {
            path.push((self.visits[from].state, self.visits[visit].state));
            visit = from;
        }
        path.reverse();
        path
    }

    fn input(&self, state: State) -> &'a [u8] {
        let connection = self.program.connection(state.pc);
        self.inputs[connection]
    }

    /// Where the innermost number ends what may be taken; else where the connection ends.
    fn limit(&self, state: State) -> usize {
        let end = self.input(state).len();
        let mut frames = state.frames;
        while let (outer, Some(frame)) = self.frames[frames] {
            if let Frame::Limit(limit) = frame
                && limit != NO_LIMIT
            {
                return limit.min(end);
            }
            frames = outer;
        }
        end
    }

    fn framed(&mut self, outer: usize, frame: Frame) -> usize {
        let frames = &mut self.frames;
        *self.framed.entry((outer, frame)).or_insert_with(|| {
            frames.push((outer, Some(frame)));
            frames.len() - 1
        })
    }

    fn keep(&mut self, kept: Kept) -> usize {
        let all = &mut self.kept;
        *self.keeping.entry(kept.clone()).or_insert_with(|| {
            all.push(kept);
            all.len() - 1
        })
    }

    fn go(&mut self, from: usize, state: State) {
        let visit = self.visit(from, state);
        self.waiting.push(visit);
    }

    /// Reaches a place, and does not go on from there yet.
    fn visit(&mut self, from: usize, state: State) -> usize {
        self.steps += 1;
        let before = &self.program.ops[self.visits[from].state.pc];
        let counts = matches!(before, Op::Take { .. } | Op::Number { .. });
        if let Op::Take { part, .. } | Op::Number { part } = before {
            *self.of_part.entry(*part).or_default() += 1;
        }
        self.visits.push(Visit { state, from: Some(from), read: self.visits[from].read + usize::from(counts) });
        self.visits.len() - 1
    }

    /// Octets were looked at for a part.
    fn looked(&mut self, part: usize, octets: usize) {
        self.looked_at += octets;
        let steps = self.looked_at / LOOKED_AT;
        self.looked_at %= LOOKED_AT;
        self.steps += steps;
        // What is fixed can be read in one way alone: it is what stands before it that leads here so often.
        if !matches!(self.program.parts[part].part.kind, Kind::Fixed(_) | Kind::Same(_)) {
            *self.of_part.entry(part).or_default() += steps;
        }
    }

    /// Nothing fits from this place on.
    fn fails(&mut self, visit: usize, offset: usize, why: Why) {
        let Visit { state, read, .. } = self.visits[visit];
        let connection = self.program.connection(state.pc);
        let optional = match self.program.ops[state.pc] {
            Op::Take { part, .. } | Op::Number { part } | Op::NumberEnd { part } => self.program.parts[part].optional,
            _ => 0,
        };
        let progress = (connection, read, offset, std::cmp::Reverse(optional));
        if self.best.is_none_or(|(best, ..)| progress > best) {
            self.best = Some((progress, visit, offset, why));
        }
    }

    fn step(&mut self, visit: usize, state: State) {
        let program = self.program;
        let next = State { pc: state.pc + 1, ..state };
        match &program.ops[state.pc] {
            Op::Take { part, slot } => self.take(visit, *part, *slot),
            Op::Number { part } => self.number(visit, *part),
            Op::NumberEnd { .. } => self.number_end(visit, state),
            Op::Skip(there) => {
                self.go(visit, State { pc: *there, ..state });
                self.go(visit, next);
            }
            Op::Alternatives(count) => {
                let frames = self.framed(state.frames, Frame::Left(u32::MAX >> (32 - count)));
                self.go(visit, State { frames, ..next });
            }
            Op::Pick { entries, next } => self.pick(visit, state, entries, *next),
            Op::Back(pick) => self.go(visit, State { pc: *pick, ..state }),
            Op::Mark => {
                let frames = self.framed(state.frames, Frame::Mark(state.at));
                self.go(visit, State { frames, ..next });
            }
            Op::Keep(slot) => {
                let (outer, frame) = self.frames[state.frames];
                let Some(Frame::Mark(begin)) = frame else { return };
                let kept = self.kept_with(state, *slot, begin, state.at);
                self.go(visit, State { frames: outer, kept, ..next });
            }
            Op::Forget(slots) => {
                let mut kept = self.kept[state.kept].clone();
                kept.retain(|(slot, ..)| !slots.contains(slot));
                let kept = self.keep(kept);
                self.go(visit, State { kept, ..next });
            }
            Op::End { .. } if self.is_over(state) => self.go(visit, State { at: 0, ..next }),
            Op::End { .. } => self.fails(visit, state.at, Why::Octet),
        }
    }

    /// Whether all of a connection has been read.
    fn is_over(&self, state: State) -> bool {
        self.reach.is_beginning || state.at == self.input(state).len()
    }

    fn kept_with(&mut self, state: State, slot: usize, begin: usize, end: usize) -> usize {
        let connection = self.program.connection(state.pc);
        let mut kept = self.kept[state.kept].clone();
        kept.retain(|(other, ..)| *other != slot);
        kept.push((slot, connection, begin, end));
        kept.sort_unstable();
        self.keep(kept)
    }

    fn pick(&mut self, visit: usize, state: State, entries: &[usize], next: usize) {
        let (outer, Some(Frame::Left(left))) = self.frames[state.frames] else { return };
        if left == 0 {
            return self.go(visit, State { pc: next, frames: outer, ..state });
        }
        // The last that waits is the first that is looked at.
        for (index, entry) in entries.iter().enumerate().rev().filter(|(index, _)| left & 1 << index != 0) {
            let frames = self.framed(outer, Frame::Left(left & !(1 << index)));
            self.go(visit, State { pc: *entry, frames, ..state });
        }
    }

    fn number(&mut self, visit: usize, part: usize) {
        let state = self.visits[visit].state;
        let Kind::Length { number, plus, .. } = &self.program.parts[part].part.kind else { return };
        let (input, limit) = (self.input(state), self.limit(state));
        let is_loose = self.reach.loose.contains(&part);
        let readings = number.readings(&input[state.at..limit]);
        if readings.is_empty() {
            self.fails(visit, no_number(*number, &input[state.at..limit]) + state.at, Why::Octet);
        }
        // The longest number of several is looked at first.
        for (width, says) in readings {
            let begin = state.at + width;
            let counted = i128::from(says) - i128::from(*plus);
            let end = match usize::try_from(counted).ok().and_then(|counted| begin.checked_add(counted)) {
                _ if is_loose => NO_LIMIT,
                None if counted < 0 => {
                    self.fails(visit, state.at, Why::TooSmall { says });
                    continue;
                }
                Some(end) if end <= limit => end,
                _ => {
                    self.fails(visit, state.at, Why::TooFew { says, left: limit - begin });
                    continue;
                }
            };
            let frames = self.framed(state.frames, Frame::Limit(end));
            self.go(visit, State { pc: state.pc + 1, at: begin, frames, ..state });
        }
    }

    fn number_end(&mut self, visit: usize, state: State) {
        let (outer, Some(Frame::Limit(limit))) = self.frames[state.frames] else { return };
        if state.at == limit || limit == NO_LIMIT {
            return self.go(visit, State { pc: state.pc + 1, frames: outer, ..state });
        }
        self.fails(visit, state.at, Why::Behind);
    }

    fn take(&mut self, visit: usize, part: usize, slot: Option<usize>) {
        let state = self.visits[visit].state;
        let (input, limit) = (self.input(state), self.limit(state));
        let rest = &input[state.at..limit];
        if self.reach.loose.contains(&part) {
            return self.astray(visit, part, slot, rest);
        }
        let program = self.program;
        match &program.parts[part].part.kind {
            Kind::Fixed(octets) => self.fixed(visit, part, slot, octets, rest),
            Kind::Same(_) => {
                let octets = self.same(part, state);
                self.fixed(visit, part, slot, octets, rest);
            }
            Kind::Any { least, .. } if rest.len() < *least => self.fails(visit, limit, Why::Octet),
            Kind::Any { least, most } => {
                let ends = *least..=rest.len().min(*most);
                self.looked(part, ends.end() - ends.start());
                self.ends(visit, slot, ends.rev());
            }
            Kind::Until(octets) => {
                let found = memmem::find(rest, octets);
                self.looked(part, found.unwrap_or(rest.len()));
                match found {
                    Some(before) => self.ends(visit, slot, std::iter::once(before + octets.len())),
                    None => self.fails(visit, limit, Why::Octet),
                }
            }
            Kind::Matches(expression) => {
                let mut cache = self.caches.remove(&part).unwrap_or_else(|| expression.cache());
                let mut fit = Vec::new();
                let mut others = None;
                let wanted = self.wanted(state, limit);
                let walk = expression.ends(&mut cache, rest, |end| match wanted.takes(rest, end) {
                    true => fit.push(end),
                    false => others = Some(end),
                });
                self.caches.insert(part, cache);
                self.looked(part, walk.looked_at);
                // Where it should go to the end and cannot, it is what is wrong, and not that something is left.
                let falls_short = matches!(wanted, Wanted::End) && walk.stuck.is_some();
                if fit.is_empty() && (others.is_none() || falls_short) {
                    others = None;
                    self.fails(visit, state.at + walk.stuck.unwrap_or(rest.len()), Why::Octet);
                }
                self.reached(visit, slot, fit.into_iter(), others);
            }
            Kind::Length { .. } | Kind::Optional(_) | Kind::AnyOrder(_) => {}
        }
    }

    /// The octets that `same` refers to; none where that part was missing.
    fn same(&self, part: usize, state: State) -> &'a [u8] {
        let slot = self.program.parts[part].refers;
        let kept = self.kept[state.kept].iter().find(|(kept, ..)| Some(*kept) == slot);
        kept.map(|(_, connection, begin, end)| &self.inputs[*connection][*begin..*end]).unwrap_or_default()
    }

    fn fixed(&mut self, visit: usize, part: usize, slot: Option<usize>, octets: &[u8], rest: &[u8]) {
        self.looked(part, octets.len().min(rest.len()));
        if rest.starts_with(octets) {
            return self.ends(visit, slot, std::iter::once(octets.len()));
        }
        let same = octets.iter().zip(rest).take_while(|(one, other)| one == other).count();
        let offset = self.visits[visit].state.at + same;
        self.fails(visit, offset, Why::Octet);
    }

    /// Whatever this part is, something came in its place: places that are nearest to its length are looked at first.
    fn astray(&mut self, visit: usize, part: usize, slot: Option<usize>, rest: &[u8]) {
        let state = self.visits[visit].state;
        let is_any = matches!(self.program.parts[part].part.kind, Kind::Any { .. });
        let length = match &self.program.parts[part].part.kind {
            Kind::Same(_) => self.same(part, state).len(),
            _ => self.program.parts[part].part.least(),
        };
        let wanted = self.wanted(state, state.at + rest.len());
        let mut ends: Vec<usize> = match wanted {
            Wanted::End => vec![rest.len()],
            _ => (0..=rest.len()).filter(|end| wanted.takes(rest, *end)).take(ASTRAY).collect(),
        };
        self.looked(part, rest.len());
        ends.sort_by_key(|end| std::cmp::Reverse(if is_any { *end } else { end.abs_diff(length) }));
        self.reached(visit, slot, ends.into_iter(), None);
    }

    /// The part may take so many octets; the last is looked at first.
    fn ends(&mut self, visit: usize, slot: Option<usize>, ends: impl Iterator<Item = usize>) {
        let state = self.visits[visit].state;
        let limit = self.limit(state);
        let rest = &self.input(state)[state.at..limit];
        let wanted = self.wanted(state, limit);
        let mut others = None;
        let mut fit = Vec::new();
        for end in ends {
            if wanted.takes(rest, end) { fit.push(end) } else { others = others.max(Some(end)) }
        }
        self.reached(visit, slot, fit.into_iter(), others);
    }

    /// Goes on from where a part may end; `other` is the furthest of those behind which the next part certainly does not fit.
    fn reached(&mut self, visit: usize, slot: Option<usize>, ends: impl Iterator<Item = usize>, other: Option<usize>) {
        let state = self.visits[visit].state;
        if let Some(end) = other {
            let there = State { pc: self.plain(state.pc + 1), at: state.at + end, ..state };
            let there = self.visit(visit, there);
            let why = if matches!(self.program.ops[self.visits[there].state.pc], Op::NumberEnd { .. }) {
                Why::Behind
            } else {
                Why::Octet
            };
            self.fails(there, state.at + end, why);
        }
        for end in ends {
            let kept = slot.map_or(state.kept, |slot| self.kept_with(state, slot, state.at, state.at + end));
            self.go(visit, State { pc: state.pc + 1, at: state.at + end, kept, ..state });
            if self.steps > self.reach.steps {
                return;
            }
        }
    }

    fn plain(&self, mut pc: usize) -> usize {
        while matches!(self.program.ops[pc], Op::Forget(_)) {
            pc += 1;
        }
        pc
    }

    /// What the part behind a place begins with, where that is known: most ends of a part can be told from it.
    fn wanted(&self, state: State, limit: usize) -> Wanted {
        let inside = self.frames[state.frames].1;
        match self.program.behind(state.pc) {
            Op::Take { part, .. } if !self.reach.loose.contains(part) => match &self.program.parts[*part].part.kind {
                Kind::Fixed(octets) => octets.first().map_or(Wanted::Anything, |octet| Wanted::Octet(*octet)),
                _ => Wanted::Anything,
            },
            Op::End { .. } if !self.reach.is_beginning => Wanted::End,
            Op::NumberEnd { .. } if inside == Some(Frame::Limit(limit)) => Wanted::End,
            _ => Wanted::Anything,
        }
    }
}

/// What must stand behind a part.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Anything,
    Octet(u8),
    End,
}

impl Wanted {
    fn takes(self, rest: &[u8], end: usize) -> bool {
        match self {
            Self::Anything => true,
            Self::Octet(octet) => rest.get(end) == Some(&octet),
            Self::End => end == rest.len(),
        }
    }
}

impl Stuck {
    /// Whether it got further than another.
    pub(super) fn is_beyond(&self, other: &Self) -> bool {
        self.progress > other.progress
    }
}

/// How many octets of a number came before the one that is none of it.
fn no_number(number: Number, octets: &[u8]) -> usize {
    match number.to_string().as_str() {
        "decimal" => 0,
        _ => octets.len().min(number.least()),
    }
}
