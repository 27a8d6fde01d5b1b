//! What protocols show by themselves, where nothing else differs: each rule looks at all changes, and at what stands around them.

use super::sides::Sides;
use super::{
    Finding, asn1, dns_names, exchanged, header_lines, length_units, other_sums, prefixes, sign_octets, stun, wide_texts,
};

/// Of all changes, what holds.
type Find = fn(Sides<'_>) -> Option<Finding>;

const ALL: [Find; 9] = [
    sign_octets::find,
    asn1::find,
    other_sums::find,
    stun::find,
    dns_names::find,
    length_units::find,
    exchanged::find,
    header_lines::find,
    wide_texts::find,
];

/// Everything that holds. Where a protocol shows what it is, no length has to be guessed.
pub(super) fn find(sides: Sides<'_>) -> Vec<Finding> {
    let found: Vec<Finding> = ALL.iter().filter_map(|find| find(sides)).collect();
    if found.is_empty() { prefixes::find(sides).into_iter().collect() } else { found }
}
