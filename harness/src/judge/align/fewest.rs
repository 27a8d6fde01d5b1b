//! The fewest columns that differ, in the fewest changes, where two short runs of octets are drawn over each other.
//!
//! A column is an octet over another, or over a gap. What differs costs as many as it has columns, and each change a few more, so
//! that octets which are equal by chance do not break one up. For each cost it is known how far both sides come on each
//! diagonal (how far the captured octets are ahead of the expected ones) at the most: Ukkonen 1985, Marco-Sola and others 2021.

use std::ops::RangeInclusive;

use super::Change;

/// What a change costs besides its columns.
const CHANGE: i32 = 2;

/// So much more than the difference of their lengths both sides may cost, first and at last.
const SLACK: [i32; 4] = [24, 64, 120, 200];

/// So many places are looked at, at the most: the slack, times what may be spent.
const EFFORT: i32 = 60_000;

/// All steps; of two that lead as far, the later is taken.
const STEPS: [Step; 6] = [
    Step { down: 0, across: 1, begins: false },
    Step { down: 1, across: 0, begins: false },
    Step { down: 1, across: 1, begins: false },
    Step { down: 0, across: 1, begins: true },
    Step { down: 1, across: 0, begins: true },
    Step { down: 1, across: 1, begins: true },
];

/// Lines both up; an expected octet that is `None` is the same as any. `None` where it would cost too much.
pub(super) fn changes(expected: &[Option<u8>], captured: &[u8]) -> Option<Vec<Change>> {
    let goal = captured.len() as i32 - expected.len() as i32;
    let affordable = SLACK.into_iter().take_while(|slack| slack * (goal.abs() + slack) <= EFFORT);
    affordable.map(|slack| goal.abs() + slack).find_map(|most| {
        let mut search = Search { expected, captured, goal, most, reached: Vec::new() };
        let cost = (0..=search.most).find(|cost| search.reaches_the_end(*cost))?;
        Some(search.way_back(cost))
    })
}

struct Search<'a> {
    expected: &'a [Option<u8>],
    captured: &'a [u8],
    /// The diagonal on which both end.
    goal: i32,
    /// The most that may be spent.
    most: i32,
    /// What is reached for each cost.
    reached: Vec<Front>,
}

/// The furthest places for a cost, one a diagonal.
struct Front {
    lowest: i32,
    places: Vec<Place>,
}

/// How many expected octets are passed: in a change, and after all that is the same behind it.
#[derive(Clone, Copy)]
struct Place {
    changed: i32,
    same: i32,
}

/// Where nothing leads to.
const NOWHERE: i32 = i32::MIN / 2;

/// A column of a change, by how much it moves each side on, and whether the change begins with it.
#[derive(Clone, Copy)]
struct Step {
    down: i32,
    across: i32,
    begins: bool,
}

impl Search<'_> {
    /// Adds what is reached for the next cost; whether it is the end of both sides.
    fn reaches_the_end(&mut self, cost: i32) -> bool {
        let diagonals = self.diagonals(cost);
        let lowest = *diagonals.start();
        let places = diagonals.map(|diagonal| self.place(cost, diagonal)).collect();
        self.reached.push(Front { lowest, places });
        self.at(cost, self.goal).same == self.expected.len() as i32
    }

    /// The diagonals that a cost reaches, and from which what is left of the most leads to the end.
    fn diagonals(&self, cost: i32) -> RangeInclusive<i32> {
        let left = self.most - cost;
        (-cost).max(self.goal - left)..=cost.min(self.goal + left)
    }

    fn at(&self, cost: i32, diagonal: i32) -> Place {
        if let Some(front) = self.reached.get(cost as usize)
            && let Some(place) = front.places.get(diagonal.wrapping_sub(front.lowest) as usize)
        {
            return *place;
        }
        Place { changed: NOWHERE, same: NOWHERE }
    }

    fn place(&self, cost: i32, diagonal: i32) -> Place {
        let mut changed = if cost == 0 { 0 } else { NOWHERE };
        for step in STEPS {
            changed = changed.max(self.end(step, cost, diagonal));
        }
        Place { changed, same: changed + self.same(changed, diagonal) }
    }

    /// Where a step ends that enters a diagonal for a cost.
    fn end(&self, step: Step, cost: i32, diagonal: i32) -> i32 {
        let from = diagonal - step.across + step.down;
        let before = if step.begins { self.at(cost - 1 - CHANGE, from).same } else { self.at(cost - 1, from).changed };
        let at = before + step.down;
        let is_there = at <= self.expected.len() as i32 && at + diagonal <= self.captured.len() as i32;
        if is_there && (step.begins || cost > 1) { at } else { NOWHERE }
    }

    /// How many octets are the same from a place on.
    fn same(&self, at: i32, diagonal: i32) -> i32 {
        if at < 0 {
            return 0;
        }
        let (expected, captured) = (&self.expected[at as usize..], &self.captured[(at + diagonal) as usize..]);
        expected.iter().zip(captured).take_while(|(wanted, came)| wanted.is_none_or(|wanted| wanted == **came)).count() as i32
    }

    /// The changes, in order. Where two ways cost the same, a change is as short as can be, and columns of a kind stay together.
    fn way_back(&self, mut cost: i32) -> Vec<Change> {
        let mut changes = Vec::new();
        let (mut diagonal, mut last, mut end) = (self.goal, (1, 1), None);
        while cost > 0 {
            let at = self.at(cost, diagonal).changed;
            let (end_at, end_came) = *end.get_or_insert((at, at + diagonal));
            let ways = STEPS.into_iter().filter(|step| self.end(*step, cost, diagonal) == at);
            let Some(step) = ways.max_by_key(|step| (step.begins, (step.down, step.across) == last)) else { break };
            let (start, came) = (at - step.down, at + diagonal - step.across);
            if step.begins {
                changes.push(Change { expected: start as usize..end_at as usize, captured: came as usize..end_came as usize });
                end = None;
            }
            cost -= 1 + if step.begins { CHANGE } else { 0 };
            (diagonal, last) = (came - start, (step.down, step.across));
        }
        changes.reverse();
        changes
    }
}
