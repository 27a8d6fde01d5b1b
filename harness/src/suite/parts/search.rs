//! Looks for a reading of what came: all are considered, each place once. Pure.
//!
//! A place is a step of the program, an offset, the numbers and orders that it is inside of, and what is kept for later parts. Whatever
//! follows depends on nothing else, so no place is gone on from twice.

mod count;
mod take;

use std::collections::{HashMap, HashSet};

use regex_automata::hybrid::dfa::Cache;

use super::program::{Op, Program};
use super::{Kind, MAX_STEPS};

/// Octets that may be looked at for the cost of one step.
const LOOKED_AT: usize = 256;

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
}

impl Stuck {
    /// Whether it got further than another.
    pub(super) fn is_beyond(&self, other: &Self) -> bool {
        self.progress > other.progress
    }
}
