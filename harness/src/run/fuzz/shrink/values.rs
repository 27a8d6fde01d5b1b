//! Plainer values, the plainest first.

use super::without_runs;

/// Characters of a text of which each is tried alone.
const ALONE: usize = 64;

/// Shorter texts: the lengths at boundaries, without a half, a quarter, ..., and with plain letters in place of others.
pub(super) fn shorter_texts(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let of = |characters: &[char]| characters.iter().collect::<String>();
    let mut found = vec![String::new()];
    if characters.len() <= ALONE {
        found.extend(characters.iter().map(char::to_string));
    }
    let lengths: Vec<usize> = boundaries(characters.len() as u64).into_iter().map(|length| length as usize).collect();
    found.extend(lengths.iter().filter(|length| **length > 0).map(|length| of(&characters[..*length])));
    found.extend(without_runs(&characters).into_iter().map(|characters| of(&characters)));
    found.push("a".repeat(text.len()));
    found.push("a".repeat(characters.len()));
    if characters.len() <= ALONE {
        for place in 0..characters.len() {
            let mut plainer = characters.clone();
            plainer[place] = 'a';
            found.push(of(&plainer));
        }
    }
    found
}

/// Integers nearer to 0: those at boundaries, then those less by a half, a quarter, ...
pub(super) fn smaller_integers(text: &str) -> Vec<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let Ok(value) = digits.parse::<u64>() else { return Vec::new() };
    let mut found: Vec<String> = boundaries(value).into_iter().map(|value| value.to_string()).collect();
    if sign == "-" {
        found.push(value.to_string());
        let negative: Vec<String> =
            boundaries(value).into_iter().filter(|value| *value > 0).map(|value| format!("-{value}")).collect();
        found.extend(negative);
    }
    let mut step = value / 2;
    while step > 0 {
        let sign = if value == step { "" } else { sign };
        found.push(format!("{sign}{}", value - step));
        step /= 2;
    }
    found
}

/// What is less than a value and at a boundary: 0, 1, powers of two and of ten, and those beside them; the least first.
fn boundaries(value: u64) -> Vec<u64> {
    let powers = (0..64).map(|bit| 1u64 << bit).chain((0..20).map(|power| 10u64.pow(power)));
    let mut found: Vec<u64> =
        powers.flat_map(|power| [power - 1, power, power.saturating_add(1)]).filter(|one| *one < value).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Plainer floats: well known ones, then with fewer digits.
pub(super) fn smaller_floats(text: &str) -> Vec<String> {
    let plain = ["0", "1", "-1", "0.5", "1.5", "0.1", "-0", "inf", "-inf", "nan", "1e9", "1e99", "1e-9", "1e-99", "16777217"];
    let mut found: Vec<String> = plain.map(str::to_owned).to_vec();
    found.extend(text.strip_prefix('-').map(str::to_owned));
    let characters: Vec<char> = text.chars().collect();
    found.extend(without_runs(&characters).into_iter().map(|characters| characters.iter().collect()));
    found
}

/// Plainer scalar values: letters, then those at boundaries.
pub(super) fn smaller_points(text: &str) -> Vec<String> {
    let plain =
        ["61", "0", "a", "d", "20", "7f", "80", "ff", "e9", "100", "7ff", "800", "20ac", "feff", "ffff", "10000", "1f600"];
    let Ok(value) = u32::from_str_radix(text, 16) else { return Vec::new() };
    let less = |plain: &&str| u32::from_str_radix(plain, 16).is_ok_and(|point| point < value || *plain == "61");
    plain.into_iter().filter(less).map(str::to_owned).collect()
}

/// Fewer octets, then plainer ones.
pub(super) fn smaller_hex(text: &str) -> Vec<String> {
    let pairs: Vec<String> = text.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned()).collect();
    let mut found = Vec::new();
    if pairs.len() > 1 {
        found.extend(pairs.iter().take(ALONE).cloned());
        found.extend(without_runs(&pairs).into_iter().filter(|pairs| !pairs.is_empty()).map(|pairs| pairs.concat()));
    }
    for place in 0..pairs.len().min(ALONE) {
        for plain in ["61", "00", "0a", "80", "ff"] {
            let mut plainer = pairs.clone();
            plainer[place] = plain.to_owned();
            found.push(plainer.concat());
        }
    }
    found
}
