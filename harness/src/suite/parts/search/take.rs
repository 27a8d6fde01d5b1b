//! How one part takes octets, and where it may end: what stands behind it tells most of its ends apart. Pure.

use memchr::memmem;

use super::super::Kind;
use super::{Frame, Op, Search, State, Why};

/// The most places at which what follows a part that came wrong is looked for.
const ASTRAY: usize = 1 << 16;

impl<'a> Search<'a> {
    pub(super) fn take(&mut self, visit: usize, part: usize, slot: Option<usize>) {
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
