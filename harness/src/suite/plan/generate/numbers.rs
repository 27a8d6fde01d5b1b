//! Numbers and lengths for plans: at and around boundaries, and plain ones.

use crate::suite::plan::{Float, Plan};
use crate::suite::random::Random;

/// Powers of two that lengths lie around at the most.
pub(super) const GREATEST: u64 = 17;

/// Decimals as people and programs write them, and those that are hard to read or to round.
const DECIMALS: &[&str] = &[
    "0",
    "-0",
    "0.0",
    "-0.0",
    "1",
    "-1",
    "1.5",
    "-2.25",
    "0.1",
    "0.2",
    "0.3",
    "3.141592653589793",
    "2.718281828459045",
    "1e5",
    "1e-5",
    "1e21",
    "1e22",
    "1e23",
    "1e-7",
    "123456789.125",
    "0.3333333333333333",
    "16777216",
    "16777217",
    "4294967296",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "18446744073709551615",
    "100000000000000000000000",
    "0.000001",
    "0.0000001",
    "0.1000000000000000055511151231257827",
    "010",
    "08.5",
    "1e00",
    "1e-07",
    "inf",
    "-inf",
    "nan",
];

/// The edges of 64 bits: greatest, least normal, subnormals.
const EDGES_OF_64: &[&str] = &[
    "1.7976931348623157e308",
    "-1.7976931348623157e308",
    "2.2250738585072014e-308",
    "2.225073858507201e-308",
    "2.2250738585072011e-308",
    "5e-324",
    "-5e-324",
    "2.4703282292062328e-324",
    "1e-400",
    "1.0000000000000002",
    "0.9999999999999999",
    "8.41e21",
    "4.35",
];

/// The edges of 32 bits.
const EDGES_OF_32: &[&str] = &[
    "3.4028234663852886e38",
    "-3.4028234663852886e38",
    "1.1754943508222875e-38",
    "1.1754942106924411e-38",
    "1.401298464324817e-45",
    "-1.401298464324817e-45",
    "1e-60",
    "1.0000001",
    "0.99999994",
];

/// An integer in a range: mostly at an edge of the range, or around a power of two (so of 128 too) or of ten.
pub(super) fn integer(random: &mut Random, min: i128, max: i128) -> i128 {
    let near = i128::from(random.below(3)) - 1;
    let value = match random.below(8) {
        0 => random.pick(&[min, max, min + 1, max - 1, 0]),
        1..=3 => (1i128 << random.below(65)) + near,
        4 => 10i128.pow(random.below(20) as u32) + near,
        5 => i128::from(random.below(300)),
        _ => i128::from(random.next() >> random.below(64)),
    };
    let value = if min < 0 && random.one_in(2) { -value } else { value };
    within(value, min, max)
}

/// The value itself, or one of the range that it wraps to.
fn within(value: i128, min: i128, max: i128) -> i128 {
    if (min..=max).contains(&value) { value } else { min + (value - min).rem_euclid(max - min + 1) }
}

/// A decimal that a float of this width may be written as.
pub(super) fn float(random: &mut Random, float: Float) -> String {
    let edges = if float.width == 4 { EDGES_OF_32 } else { EDGES_OF_64 };
    let text = match random.below(8) {
        0..=2 => random.pick(DECIMALS).to_owned(),
        3..=4 => random.pick(edges).to_owned(),
        5 => format!("{}", integer(random, i64::MIN.into(), i64::MAX.into())),
        _ => any(random, float),
    };
    let word = if float.width == 4 { "f32be" } else { "f64be" };
    // What would round to 32 bits differently by way of 64 is no valid plan.
    if Plan::parse(&format!("{word} {text}")).is_ok() { text } else { any(random, float) }
}

/// Any finite float, in the fewest digits that are it, with an exponent or without.
fn any(random: &mut Random, float: Float) -> String {
    let bits = random.next();
    let value = if float.width == 4 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) };
    match value.is_finite() {
        true if random.one_in(8) => format!("{value}"),
        true => format!("{value:e}"),
        false => "0.5".into(),
    }
}

/// A length around a power of two up to `2^greatest`, the greater the rarer.
pub(super) fn length(random: &mut Random, greatest: u64) -> u64 {
    let power = 1u64 << random.below(greatest + 1).min(random.below(greatest + 1));
    match random.below(8) {
        0..=1 => power,
        2..=3 => power - 1,
        4 => power + 1,
        5 => power + random.below(8),
        _ => power + random.below(power),
    }
}
