//! The right writes in a wrong order.

use super::Finding;
use super::subject::Subject;

/// The most writes that are tried in another order.
const MAX_WRITES: usize = 512;

/// The most steps of the search. Writes that are alike could be tried in very many orders.
const MAX_STEPS: usize = 20_000;

/// Lines, each of which came once, in another order.
pub(super) fn writes_reordered(subject: &Subject<'_>) -> Option<Finding> {
    if subject.is_large() || subject.expected.len() != subject.captured.len() {
        return None;
    }
    let lines: Vec<&[u8]> = subject.lines.iter().map(|line| subject.octets(&line.range)).collect();
    let line = subject.piece_at(subject.common_start).map(|(line, _)| line.number);
    is_reordered(&lines, subject.captured).then(|| Finding::new("writes-reordered").line(line))
}

fn is_reordered(writes: &[&[u8]], captured: &[u8]) -> bool {
    let mut writes = writes.to_vec();
    writes.retain(|write| !write.is_empty());
    let mut search = Search { used: vec![false; writes.len()], writes, steps: 0 };
    search.writes.len() <= MAX_WRITES && search.completes(captured)
}

struct Search<'a> {
    writes: Vec<&'a [u8]>,
    used: Vec<bool>,
    steps: usize,
}

impl Search<'_> {
    /// Whether the writes that are not used yet can be put in an order that makes `rest`.
    fn completes(&mut self, rest: &[u8]) -> bool {
        self.steps += 1;
        if rest.is_empty() || self.steps > MAX_STEPS {
            return rest.is_empty();
        }
        for index in 0..self.writes.len() {
            let Some(after) = rest.strip_prefix(self.writes[index]).filter(|_| !self.used[index]) else { continue };
            self.used[index] = true;
            if self.completes(after) {
                return true;
            }
            self.used[index] = false;
        }
        false
    }
}
