//! Parts as a list of small steps, for all connections one after the other. Pure.

use super::{Kind, Part};

/// The parts of connections as steps.
pub(super) struct Program<'a> {
    pub ops: Vec<Op>,
    pub parts: Vec<Numbered<'a>>,
    /// Where the steps of each connection begin.
    pub begins: Vec<usize>,
    /// Whether a part refers to one of an earlier connection.
    pub crosses: bool,
}

/// A part with its number: `3.1`.
pub(super) struct Numbered<'a> {
    pub part: &'a Part,
    pub number: String,
    /// In so many optional parts it stands.
    pub optional: usize,
    /// Where `same` refers to, as a slot.
    pub refers: Option<usize>,
}

/// One step. Where nothing else is said, the one behind it is next.
#[derive(Debug)]
pub(super) enum Op {
    /// Takes the octets of a part that has no parts inside, and keeps them where a later part refers to them.
    Take { part: usize, slot: Option<usize> },
    /// Takes a number, which says where the parts behind it end.
    Number { part: usize },
    /// The parts that a number counts are over.
    NumberEnd { part: usize },
    /// Goes on, or skips to there.
    Skip(usize),
    /// Begins with all of so many alternatives.
    Alternatives(usize),
    /// Takes one that is left, or where none is, goes on there.
    Pick { entries: Vec<usize>, next: usize },
    /// An alternative is over.
    Back(usize),
    /// A part with parts inside begins whose octets are kept.
    Mark,
    /// It is over.
    Keep(usize),
    /// Nobody refers to these any more.
    Forget(Vec<usize>),
    /// A connection is over.
    End { connection: usize },
}

/// Something that is referred to.
struct Slot {
    name: String,
    connection: usize,
    /// The last part, counted over all connections, that refers to it.
    last: usize,
}

impl<'a> Program<'a> {
    /// The program of connections, in their order; some have no parts.
    pub(super) fn of(connections: &[Option<&'a [Part]>]) -> Self {
        let mut builder = Builder {
            program: Self { ops: Vec::new(), parts: Vec::new(), begins: Vec::new(), crosses: false },
            slots: Vec::new(),
        };
        builder.slots = slots(connections);
        let mut outer = 0;
        for (connection, parts) in connections.iter().enumerate() {
            builder.program.begins.push(builder.program.ops.len());
            for (index, part) in parts.unwrap_or_default().iter().enumerate() {
                builder.part(connection, part, (index + 1).to_string(), 0);
                let over = |(_, slot): &(usize, &Slot)| slot.last == outer;
                let forgotten: Vec<usize> = builder.slots.iter().enumerate().filter(over).map(|(index, _)| index).collect();
                if !forgotten.is_empty() {
                    builder.program.ops.push(Op::Forget(forgotten));
                }
                outer += 1;
            }
            builder.program.ops.push(Op::End { connection });
        }
        builder.program
    }

    /// The connection that a step belongs to.
    pub(super) fn connection(&self, pc: usize) -> usize {
        self.begins.partition_point(|begin| *begin <= pc) - 1
    }

    /// The step behind this one that is more than book-keeping.
    pub(super) fn behind(&self, pc: usize) -> &Op {
        let rest = &self.ops[pc + 1..];
        rest.iter().find(|op| !matches!(op, Op::Forget(_))).unwrap_or(&self.ops[pc])
    }
}

struct Builder<'a> {
    program: Program<'a>,
    slots: Vec<Slot>,
}

impl<'a> Builder<'a> {
    fn part(&mut self, connection: usize, part: &'a Part, number: String, optional: usize) {
        let index = self.program.parts.len();
        let refers = match &part.kind {
            Kind::Same(name) => self.slot(name, connection),
            _ => None,
        };
        let slot = part
            .name
            .as_ref()
            .and_then(|name| self.slots.iter().position(|slot| slot.name == *name && slot.connection == connection));
        self.program.crosses |= refers.is_some_and(|slot| self.slots[slot].connection < connection);
        let inner = |inner: usize| format!("{number}.{inner}");
        self.program.parts.push(Numbered { part, number: number.clone(), optional, refers });
        if !matches!(part.kind, Kind::Length { .. } | Kind::Optional(_) | Kind::AnyOrder(_)) {
            return self.push(Op::Take { part: index, slot });
        }
        if slot.is_some() {
            self.push(Op::Mark);
        }
        match &part.kind {
            Kind::Length { of, .. } => {
                self.push(Op::Number { part: index });
                of.iter().enumerate().for_each(|(at, part)| self.part(connection, part, inner(at + 1), optional));
                self.push(Op::NumberEnd { part: index });
            }
            Kind::Optional(parts) => {
                let skip = self.program.ops.len();
                self.push(Op::Skip(0));
                parts.iter().enumerate().for_each(|(at, part)| self.part(connection, part, inner(at + 1), optional + 1));
                self.program.ops[skip] = Op::Skip(self.program.ops.len());
            }
            Kind::AnyOrder(alternatives) => self.any_order(connection, alternatives, &number, optional),
            _ => {}
        }
        self.program.ops.extend(slot.map(Op::Keep));
    }

    fn any_order(&mut self, connection: usize, alternatives: &'a [Vec<Part>], number: &str, optional: usize) {
        self.push(Op::Alternatives(alternatives.len()));
        let pick = self.program.ops.len();
        self.push(Op::Back(pick));
        let mut entries = Vec::new();
        for (alternative, parts) in alternatives.iter().enumerate() {
            entries.push(self.program.ops.len());
            for (at, part) in parts.iter().enumerate() {
                self.part(connection, part, format!("{number}.{}.{}", alternative + 1, at + 1), optional);
            }
            self.push(Op::Back(pick));
        }
        self.program.ops[pick] = Op::Pick { entries, next: self.program.ops.len() };
    }

    fn push(&mut self, op: Op) {
        self.program.ops.push(op);
    }

    /// What a name refers to: in this connection, else in the nearest before it.
    fn slot(&self, name: &str, connection: usize) -> Option<usize> {
        let of = self.slots.iter().enumerate().filter(|(_, slot)| slot.name == name && slot.connection <= connection);
        of.max_by_key(|(_, slot)| slot.connection).map(|(index, _)| index)
    }
}

/// All that is referred to.
fn slots(connections: &[Option<&[Part]>]) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    let mut outer = 0;
    for (connection, parts) in connections.iter().enumerate() {
        let parts = parts.unwrap_or_default();
        let mut names = Vec::new();
        parts.iter().for_each(|part| named(part, &mut names));
        names.sort_unstable();
        names.dedup();
        slots.extend(names.into_iter().map(|name| Slot { name: name.to_owned(), connection, last: usize::MAX }));
        for part in parts {
            let mut referred = Vec::new();
            refers(part, &mut referred);
            for name in referred {
                if let Some(slot) = slots.iter_mut().rev().find(|slot| slot.name == name) {
                    slot.last = outer;
                }
            }
            outer += 1;
        }
    }
    slots.retain(|slot| slot.last != usize::MAX);
    slots
}

fn named<'a>(part: &'a Part, names: &mut Vec<&'a str>) {
    names.extend(part.name.as_deref());
    part.inside().into_iter().for_each(|(_, inside)| named(inside, names));
}

/// The names that `same` refers to in a part.
pub(super) fn refers<'a>(part: &'a Part, names: &mut Vec<&'a str>) {
    if let Kind::Same(name) = &part.kind {
        names.push(name);
    }
    part.inside().into_iter().for_each(|(_, inside)| refers(inside, names));
}
