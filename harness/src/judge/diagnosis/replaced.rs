//! One octet that came as another everywhere: a delimiter, mostly.

use super::sides::Sides;
use super::stretch::Stretch;
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable::counted;

/// The fewest places.
const LEAST: usize = 3;

/// What each place tells beyond the first, in bits: less than a rule that knows why.
const PLACE: i32 = 6;

/// All that differs is one octet, which came as one other wherever it was expected.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let pairs = || sides.expected.iter().copied().zip(sides.captured.iter().copied()).enumerate();
    let differing = || pairs().filter(|(_, (was, is))| was != is);
    let (_, (was, is)) = differing().next().filter(|_| sides.expected.len() == sides.captured.len())?;
    // Letters and digits belong to words, of which something else is to be said.
    let is_mark = !was.is_ascii_alphanumeric() && !is.is_ascii_alphanumeric() && was < 0x80 && is < 0x80;
    if !is_mark || sides.captured.contains(&was) || !differing().all(|(_, pair)| pair == (was, is)) {
        return None;
    }
    let spots: Vec<Spot> = differing().map(|(at, _)| spot(at)).collect();
    if spots.len() < LEAST {
        return None;
    }
    let more = counted(spots.len() - 1, "place");
    let detail = format!("{}, and in {more} more: {is:02x} instead of {was:02x}", spots[0]);
    let bits = PLACE * (spots.len() as i32 - 1);
    Some(Finding { spots, bits, ..Finding::new("octet-replaced").fit(Fit::InPlaces).detail(detail) })
}

fn spot(at: usize) -> Spot {
    Spot::of(&Stretch::exact(&Change { expected: at..at + 1, captured: at..at + 1 }), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::align::{self, Pattern};

    fn detail(expected: &[u8], captured: &[u8]) -> Option<String> {
        let changes = align::finest(Pattern { octets: expected, masks: &[], refused: &[] }, captured);
        find(Sides { expected, captured, changes: &changes }).and_then(|finding| finding.detail)
    }

    #[test]
    fn one_octet_is_another_everywhere_or_it_is_something_else() {
        let wanted = "offset 3, 1 octet, and in 2 places more: 5e instead of 7c";
        assert_eq!(detail(b"PID|1|x|A", b"PID^1^x^A").as_deref(), Some(wanted));
        assert_eq!(detail(b"PID|1|x|A", b"PID^1^x|A"), None, "not everywhere");
        assert_eq!(detail(b"PID|1|x|A", b"PID^1;x^A"), None);
        assert_eq!(detail(b"PID|1|x", b"PID^1^x"), None, "too few");
    }
}
