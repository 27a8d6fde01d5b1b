//! A checksum that is right, and written in another way than it should be.

use super::checksums::{self, Checksum};
use super::followers;
use super::sides::Sides;
use super::stretch::{Border, Stretch};
use super::walk::Fit;
use super::{Finding, Spot};

/// The most octets that are summed up.
const MOST: usize = 2048;

/// Octets before the first that is summed up, and between the last and the sum: a flag, `*` in NMEA, `10=` in FIX.
const AROUND: (usize, [usize; 3]) = (5, [0, 1, 3]);

/// What an octet of a sum that is right tells, in bits.
const OCTET: i32 = 8;

/// All that differs is a checksum, which is right on both sides.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let (first, last) = (sides.changes.first()?, sides.changes.last()?);
    if first.expected.start > MOST || last.expected.end - first.expected.start > AROUND.0 * 2 {
        return None;
    }
    let one = Sides { changes: &sides.changes[..1], ..sides };
    let places = followers::places(one).into_iter().filter(|(at, came)| at == came && *at <= first.expected.start);
    places.into_iter().find_map(|(at, _)| checksums::ALL.iter().find_map(|checksum| of(sides, checksum, at)))
}

fn of(sides: Sides<'_>, checksum: &Checksum, at: usize) -> Option<Finding> {
    let ends = AROUND.1.into_iter().filter_map(|mark| at.checked_sub(mark));
    let parts = ends.flat_map(|end| (0..AROUND.0.min(end)).map(move |start| start..end));
    parts.into_iter().find_map(|part| {
        let forms = checksum.written(&sides.expected[part]);
        let (wanted, came) = (sides.expected.get(at..)?, sides.captured.get(at..)?);
        let (is, was) =
            (forms.iter().position(|form| came.starts_with(form))?, forms.iter().position(|form| wanted.starts_with(form))?);
        let (expected, captured) = ((at, at + forms[was].len()), (at, at + forms[is].len()));
        let is_all = sides.meet(expected.1, captured.1) && sides.changes.iter().all(|change| change.expected.end <= expected.1);
        let detail = detail(&forms[was], &forms[is])?;
        (is_all && forms[was] != forms[is]).then(|| {
            let stretch = Stretch { border: Border::Field, changes: (0, sides.changes.len()), expected, captured };
            let spot = Spot::of(&stretch, None);
            let detail = format!("{spot}: {detail}");
            let bits = OCTET * checksum.width as i32;
            Finding { spots: vec![spot], bits, ..Finding::new("checksum-otherwise").fit(Fit::InPlaces).detail(detail) }
        })
    })
}

/// How it is written; none of octets that are one octet in another form by chance.
fn detail(was: &[u8], is: &[u8]) -> Option<&'static str> {
    Some(match (was.len(), is.len()) {
        _ if was.eq_ignore_ascii_case(is) && is.iter().any(u8::is_ascii_lowercase) => "its digits in lower case",
        _ if was.eq_ignore_ascii_case(is) => "its digits in upper case",
        (1, 1) => return None,
        (one, other) if one == other => "in the other byte order",
        (one, other) if one < other => "as digits instead of octets",
        _ => "as octets instead of digits",
    })
}
