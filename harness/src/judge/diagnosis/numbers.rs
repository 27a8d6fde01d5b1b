//! Numbers in another layout, width or precision than the plan asks for.

use super::guess;
use super::rule::{NumberRule, Variants};
use super::subject::Value;
use super::varints;
use crate::suite::plan::{Fixed, Float, Order};

pub(super) const RULES: &[NumberRule] = &[
    ("byte-order-swapped", byte_order_swapped),
    ("half-swapped", half_swapped),
    ("float-for-double", float_for_double),
    ("double-for-float", double_for_float),
    ("rounded-to-53-bits", rounded_to_53_bits),
    ("rounded-to-single", rounded_to_single),
    ("cut-to-32-bits", cut_to_32_bits),
    ("cut-to-8-bits", cut_to_8_bits),
    ("sign-extended", sign_extended),
    ("sign-not-extended", sign_not_extended),
    ("sign-dropped", sign_dropped),
    ("ones-complement", |value| of_negative(value, |_, value| value - 1)),
    ("sign-magnitude", |value| of_negative(value, |width, value| i128::MIN.rotate_left(width as u32 * 8) | -value)),
    ("offset-binary", offset_binary),
    ("hex-text", repeated_digits),
    ("saturated", saturated),
    ("negative-zero-lost", negative_zero_lost),
    ("subnormal-flushed", subnormal_flushed),
    ("nan-sign", |value| nan(value, &[0xffc0_0000], &[0xfff8_0000_0000_0000])),
    ("nan-payload", nan_payload),
    ("integer-width", integer_width),
    ("number-as-text", number_as_text),
    ("integer-for-float", integer_for_float),
    ("noise-generator", noise_generator),
    ("ramp-modulus", ramp_modulus),
    ("hex-read-as-decimal", hex_read_as_decimal),
    ("fraction-lost", fraction_lost),
    ("number-rounded", rounded),
    ("binary-coded-decimal", binary_coded_decimal),
];

/// What is 0 for a reason of its own.
const ZEROED: [&str; 3] = ["negative-zero-lost", "subnormal-flushed", "saturated"];

/// What it takes away where all that differs in a number came as 0, which shows nothing of how it got lost.
const NOTHING_LEFT: i32 = 16;

/// What it tells that several octets of nothing are all ones, beside one that has its first bit set.
const SIGN: i32 = 8;

/// What it tells that a number came so, besides the octets that differ, in bits.
pub(super) fn sure(name: &str, expected: &[u8], captured: &[u8]) -> i32 {
    let filled = expected.iter().zip(captured).filter(|(was, is)| (**was, **is) == (0, 0xff)).count();
    let came_as_zero = expected.iter().zip(captured).all(|(was, is)| was == is || *is == 0);
    let emptied = expected.iter().zip(captured).filter(|(was, is)| (**was, **is) == (0xff, 0)).count();
    match name {
        "sign-extended" if filled > 1 => SIGN,
        // The quiet NaN is nothing else.
        "nan-sign" | "nan-payload" if guess::NANS.contains(&expected) => NAN,
        "integer-width" if is_half(expected, captured) => HALF,
        "sign-not-extended" if emptied > 1 => SIGN,
        "saturated" if captured.iter().all(|octet| *octet == 0) => -NOTHING_LEFT,
        name if came_as_zero && expected.len() == captured.len() && !ZEROED.contains(&name) => -NOTHING_LEFT,
        _ => 0,
    }
}

/// What it tells that octets are just the usual NaN.
const NAN: i32 = 10;

/// What it tells that just the empty half of a wide integer is gone, or there besides.
const HALF: i32 = 10;

fn is_half(expected: &[u8], captured: &[u8]) -> bool {
    let (narrow, wide) = if expected.len() < captured.len() { (expected, captured) } else { (captured, expected) };
    let (first, last) = wide.split_at(wide.len() / 2);
    let is_empty = |half: &[u8], other: &[u8]| half.iter().all(|octet| *octet == 0) && other == narrow;
    narrow.len() >= 4 && (is_empty(first, last) || is_empty(last, first))
}

/// A float that came as the integer before it or the nearest to it, still as a float.
fn fraction_lost(value: &Value<'_>) -> Variants {
    match *value {
        Value::Float(float, value, _) if value.fract() != 0.0 => {
            [value.trunc(), value.round()].map(|value| float.octets(value)).to_vec()
        }
        _ => Vec::new(),
    }
}

/// To some number of digits behind the point.
fn rounded(value: &Value<'_>) -> Variants {
    let Value::Float(float, value, _) = *value else { return Vec::new() };
    let to = |digits: usize| format!("{value:.digits$}").parse().ok();
    (1..=15).filter_map(to).map(|rounded: f64| float.octets(rounded)).collect()
}

/// Two decimal digits an octet instead of a binary number, and the other way round.
fn binary_coded_decimal(value: &Value<'_>) -> Variants {
    let Value::Integer(fixed @ Fixed { signed: false, .. }, number) = *value else { return Vec::new() };
    let coded = i128::from_str_radix(&number.to_string(), 16).ok().filter(|coded| coded >> (fixed.width * 8) == 0);
    let read = format!("{number:x}").parse().ok();
    [coded, read].into_iter().flatten().filter(|sent| *sent != number).map(|sent| fixed.octets(sent)).collect()
}

fn other(order: Order) -> Order {
    match order {
        Order::Big => Order::Little,
        Order::Little => Order::Big,
    }
}

const ORDERS: [Order; 2] = [Order::Big, Order::Little];

fn byte_order_swapped(value: &Value<'_>) -> Variants {
    match *value {
        Value::Integer(fixed, value) => vec![Fixed { order: other(fixed.order), ..fixed }.octets(value)],
        Value::Float(float, value, _) => vec![Float { order: other(float.order), ..float }.octets(value)],
        _ => Vec::new(),
    }
}

/// The function for 16 bits used on 32, or the halves of a number exchanged.
fn half_swapped(value: &Value<'_>) -> Variants {
    let (fixed, number) = match *value {
        Value::Integer(fixed @ Fixed { width: 4 | 8, .. }, value) => (fixed, value),
        Value::Float(float, ..) => match bits(float, value) {
            Some(bits) => (Fixed { width: float.width, signed: false, order: float.order }, bits),
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let big = Fixed { order: Order::Big, ..fixed }.octets(number);
    let (high, low) = big.split_at(fixed.width / 2);
    let mut little_halves = [low, high].concat();
    little_halves.reverse();
    let short = (number as u16).to_be_bytes();
    let cut = [&short[..], &vec![0; fixed.width - 2]].concat();
    let mut exchanged = vec![[low, high].concat(), little_halves];
    // Of 64 bits, each half the other way round is two numbers of 32 beside each other, more likely.
    let octets = fixed.octets(number);
    exchanged.retain(|sent| fixed.width == 4 || !octets.chunks(4).zip(sent.chunks(4)).all(|(was, is)| was.iter().rev().eq(is)));
    if matches!(value, Value::Integer(..)) { [exchanged, vec![cut]].concat() } else { exchanged }
}

fn float_for_double(value: &Value<'_>) -> Variants {
    let Value::Float(Float { width: 8, .. }, value, _) = *value else { return Vec::new() };
    ORDERS.map(|order| Float { width: 4, order }.octets(value)).to_vec()
}

fn double_for_float(value: &Value<'_>) -> Variants {
    let Value::Float(Float { width: 4, .. }, value, written) = *value else { return Vec::new() };
    let layouts = ORDERS.map(|order| Float { width: 8, order });
    layouts.iter().flat_map(|float| [float.octets(value), float.octets(written)]).collect()
}

fn rounded_to_53_bits(value: &Value<'_>) -> Variants {
    with_integer(value, |value| {
        let rounded = value as f64;
        vec![rounded as i128, (rounded as u64).into(), (rounded as i64).into()]
    })
}

fn rounded_to_single(value: &Value<'_>) -> Variants {
    let Value::Float(float @ Float { width: 8, .. }, value, _) = *value else { return Vec::new() };
    vec![float.octets((value as f32).into())]
}

/// Extended again by zeros or by the sign, or twice the same where a shift by 32 bits and more counts modulo 32; and for variable
/// lengths as a loop of 32-bit shifts leaves it.
fn cut_to_32_bits(value: &Value<'_>) -> Variants {
    let mut sent = with_integer(value, |value| {
        let clamped = value.clamp(i64::MIN.into(), i64::MAX.into());
        // A language whose numbers are all floats has rounded it before.
        let rounded = value as f64 as i128 as u32;
        vec![(value as u32).into(), (value as i32).into(), (clamped as i32).into(), rounded.into()]
    });
    let wide = match *value {
        Value::Integer(fixed @ Fixed { width: 8, .. }, number) => Some((fixed.order, number)),
        Value::Float(float @ Float { width: 8, .. }, ..) => bits(float, value).map(|bits| (float.order, bits)),
        _ => None,
    };
    if let Some((order, number)) = wide {
        let low = u64::from(number as u32);
        let fixed = Fixed { width: 8, signed: false, order };
        sent.extend([low, low << 32 | low].map(|bits| fixed.octets(bits.into())));
    }
    sent.extend(varints::cut_to_32_bits(value));
    sent
}

/// The bits of a float, as an integer of its width; nothing of a NaN, which has several.
fn bits(float: Float, value: &Value<'_>) -> Option<i128> {
    let Value::Float(_, value, _) = *value else { return None };
    let bits = if float.width == 4 { u64::from((value as f32).to_bits()) } else { value.to_bits() };
    (!value.is_nan()).then_some(bits.into())
}

/// What is left of a number given to a function that writes one octet.
fn cut_to_8_bits(value: &Value<'_>) -> Variants {
    match *value {
        Value::Integer(_, number) | Value::Varint(_, number) => {
            let mut sent = with_integer(value, |value| vec![(value as u8).into()]);
            sent.push(vec![number as u8]);
            sent
        }
        _ => Vec::new(),
    }
}

fn sign_extended(value: &Value<'_>) -> Variants {
    with_integer(value, |value| vec![(value as i8).into(), (value as i16).into(), (value as i32).into()])
}

/// A negative number of fewer bits that was taken for one without a sign.
fn sign_not_extended(value: &Value<'_>) -> Variants {
    let Value::Integer(fixed @ Fixed { signed: true, .. }, number) = *value else { return Vec::new() };
    let widths = [8, 16, 32].into_iter().filter(|bits| *bits < fixed.width * 8);
    let fitting = widths.filter(|bits| number < 0 && number >= -(1 << (bits - 1)));
    fitting.map(|bits| fixed.octets(number + (1 << bits))).collect()
}

fn sign_dropped(value: &Value<'_>) -> Variants {
    match *value {
        Value::Float(float, value, _) => vec![float.octets(value.abs())],
        _ => with_integer(value, |value| vec![value.abs()]),
    }
}

/// Negative integers in another form than two's complement.
fn of_negative(value: &Value<'_>, sent: impl Fn(usize, i128) -> i128) -> Variants {
    match *value {
        Value::Integer(fixed, number) if number < 0 => vec![fixed.octets(sent(fixed.width, number))],
        _ => Vec::new(),
    }
}

/// Counted from the least number.
fn offset_binary(value: &Value<'_>) -> Variants {
    match *value {
        Value::Integer(fixed @ Fixed { signed: true, .. }, number) => vec![fixed.octets(number ^ (1 << (fixed.width * 8 - 1)))],
        _ => Vec::new(),
    }
}

/// The digits of an octet that was to be repeated, over and over.
fn repeated_digits(value: &Value<'_>) -> Variants {
    let Value::Repeat(count, octet) = *value else { return Vec::new() };
    let count = usize::try_from(count).unwrap_or_default();
    let mut sent = format!("{octet:02x}").into_bytes().repeat(count.div_ceil(2));
    let twice = format!("{octet:02x}").into_bytes().repeat(count);
    sent.truncate(count);
    vec![sent, twice]
}

/// The nearest that another type can hold.
fn saturated(value: &Value<'_>) -> Variants {
    if let Value::Float(float, value, _) = *value {
        let most = if float.width == 4 { f32::MAX.into() } else { f64::MAX };
        return vec![float.octets(value.clamp(-most, most))];
    }
    with_integer(value, |value| {
        let limits: [(i128, i128); 4] =
            [(0, i128::MAX), (i64::MIN.into(), i64::MAX.into()), (i32::MIN.into(), i32::MAX.into()), (0, u32::MAX.into())];
        limits.map(|(least, most)| value.clamp(least, most)).to_vec()
    })
}

/// The same layout with other values.
fn with_integer(value: &Value<'_>, others: impl Fn(i128) -> Vec<i128>) -> Variants {
    match *value {
        Value::Integer(fixed, value) => others(value).into_iter().map(|value| fixed.octets(value)).collect(),
        Value::Varint(varint, value) => others(value).into_iter().map(|value| varint.octets(value)).collect(),
        _ => Vec::new(),
    }
}

fn negative_zero_lost(value: &Value<'_>) -> Variants {
    match *value {
        Value::Float(float, 0.0, _) => vec![float.octets(0.0)],
        _ => Vec::new(),
    }
}

fn subnormal_flushed(value: &Value<'_>) -> Variants {
    match *value {
        Value::Float(float, value, _) if value.abs() < f32::MIN_POSITIVE.into() => vec![float.octets(0.0), float.octets(-0.0)],
        _ => Vec::new(),
    }
}

fn nan(value: &Value<'_>, singles: &[u32], doubles: &[u64]) -> Variants {
    let ordered = |order: Order, octets: &[u8]| match order {
        Order::Big => octets.to_vec(),
        Order::Little => octets.iter().rev().copied().collect(),
    };
    match *value {
        Value::Float(Float { width: 4, order }, value, _) if value.is_nan() => {
            singles.iter().map(|bits| ordered(order, &bits.to_be_bytes())).collect()
        }
        Value::Float(Float { order, .. }, value, _) if value.is_nan() => {
            doubles.iter().map(|bits| ordered(order, &bits.to_be_bytes())).collect()
        }
        _ => Vec::new(),
    }
}

/// The other NaNs that are in use: signalling, all ones, with a payload of one.
fn nan_payload(value: &Value<'_>) -> Variants {
    let singles = [0x7f80_0001, 0x7fa0_0000, 0x7fbf_ffff, 0x7fc0_0001, 0x7fff_ffff, 0xff80_0001, 0xffff_ffff];
    let doubles = [
        0x7ff0_0000_0000_0001,
        0x7ff4_0000_0000_0000,
        0x7ff8_0000_0000_0001,
        0x7fff_ffff_ffff_ffff,
        0x7fff_ffff_e000_0000,
        0xfff0_0000_0000_0001,
        0xffff_ffff_ffff_ffff,
    ];
    nan(value, &singles, &doubles)
}

/// The same value in fewer or more octets: of another type, or as few as the number needs. Of a double, the lower half of its bits.
fn integer_width(value: &Value<'_>) -> Variants {
    let (fixed, value) = match *value {
        Value::Integer(fixed, value) => (fixed, value),
        Value::Float(Float { width: 8, .. }, value, _) => {
            return ORDERS.map(|order| Fixed { width: 4, signed: false, order }.octets((value.to_bits() as u32).into())).to_vec();
        }
        _ => return Vec::new(),
    };
    let bits = (i128::BITS - value.unsigned_abs().leading_zeros()) as usize;
    let needed = [bits.div_ceil(8), bits.div_ceil(8).max(1), bits / 8 + 1];
    let widths = [1, 2, 4, 8].into_iter().chain(needed).filter(|width| *width != fixed.width);
    widths.flat_map(|width| ORDERS.map(|order| Fixed { width, order, ..fixed }.octets(value))).collect()
}

/// In decimal, with a blank or a line feed behind it or not.
fn number_as_text(value: &Value<'_>) -> Variants {
    let texts = match *value {
        Value::Integer(_, value) | Value::Varint(_, value) => vec![value.to_string(), (value as i64).to_string()],
        Value::Float(_, value, _) => {
            vec![value.to_string(), format!("{value:?}"), format!("{value:e}"), format!("{value:.1}"), format!("{value:.6}")]
        }
        _ => Vec::new(),
    };
    texts.iter().flat_map(|text| ["", "\n", " ", ","].map(|end| format!("{text}{end}").into_bytes())).collect()
}

/// Converted; where it does not fit, to the nearest that does, or as processors have it to the least.
fn integer_for_float(value: &Value<'_>) -> Variants {
    let Value::Float(Float { width, .. }, value, _) = *value else { return Vec::new() };
    let (least, most) = if width == 4 { (i32::MIN.into(), i32::MAX.into()) } else { (i64::MIN.into(), i64::MAX.into()) };
    let converted = value as i128;
    let fits = !value.is_nan() && (least..=most).contains(&converted);
    let values = [converted, converted.clamp(least, most), if fits { converted } else { least }];
    values.iter().flat_map(|value| ORDERS.map(|order| Fixed { width, signed: true, order }.octets(*value))).collect()
}

/// MINSTD that emits before it steps, emits other bits, overflows 32 bits or has its later multiplier; and the classic LCG.
fn noise_generator(value: &Value<'_>) -> Variants {
    let Value::Noise(count, seed) = *value else { return Vec::new() };
    let count = usize::try_from(count).unwrap_or_default();
    let run = |first: u64, step: fn(u64) -> u64, shift: u32| -> Vec<u8> {
        std::iter::successors(Some(first), |x| Some(step(*x))).take(count).map(|x| (x >> shift) as u8).collect()
    };
    let stepped = |step: fn(u64) -> u64| run(step(seed), step, 8);
    vec![
        run(seed, minstd, 8),
        run(minstd(seed), minstd, 0),
        run(minstd(seed), minstd, 16),
        stepped(|x| x * 16_807 % (1 << 32) % 2_147_483_647),
        stepped(|x| x * 48_271 % 2_147_483_647),
        stepped(|x| (x * 1_103_515_245 + 12_345) % (1 << 31)),
    ]
}

fn minstd(x: u64) -> u64 {
    x * 16_807 % 2_147_483_647
}

fn ramp_modulus(value: &Value<'_>) -> Variants {
    let Value::Ramp(count) = *value else { return Vec::new() };
    let run = |first: u64, modulus: u64| (first..first + count).map(|i| (i % modulus) as u8).collect();
    let from_one = (0..count).map(|i| (i % 251) as u8 + 1).collect();
    let counted_in_8_bits = (0..count).map(|i| i as u8 % 251).collect();
    vec![counted_in_8_bits, run(0, 256), run(0, 250), run(0, 255), run(0, 252), run(0, 128), run(1, 251), run(1, 252), from_one]
}

fn hex_read_as_decimal(value: &Value<'_>) -> Variants {
    let Value::Repeat(count, octet) = *value else { return Vec::new() };
    let decimal = format!("{octet:02x}").parse::<u8>().ok();
    decimal.map(|octet| vec![octet; usize::try_from(count).unwrap_or_default()]).into_iter().collect()
}
