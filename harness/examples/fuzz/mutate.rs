//! Damages an input: by octets, by words and by lines, with words of the other inputs and numbers at the edge.

/// Words that are at an edge, or mean something to a reader.
const EDGES: [&str; 24] = [
    "0",
    "-1",
    "1",
    "255",
    "256",
    "65536",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "268435456",
    "99999999999999999999999999999999999999999",
    "1e308",
    "1e-400",
    "nan",
    "-inf",
    "\"",
    "'''",
    "[[case]]",
    "{}",
    "[]",
    "\u{0}",
    "\u{1f600}",
];

/// The most that an input grows to, in octets.
const LONGEST: usize = 64 << 10;

/// Makes inputs, the same from the same seed.
pub(crate) struct Mutator {
    state: u64,
}

impl Mutator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed | 1 }
    }

    /// One of the inputs, damaged a few times.
    pub(crate) fn mutated(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut input = self.pick(corpus).clone();
        for _ in 0..=self.below(4) {
            if std::str::from_utf8(&input).is_err() && self.below(4) > 0 {
                self.overwrite(&mut input);
                continue;
            }
            let other = self.pick(corpus);
            self.mutate(&mut input, other);
        }
        input.truncate(LONGEST);
        input
    }

    fn mutate(&mut self, input: &mut Vec<u8>, other: &[u8]) {
        let whole = match self.below(9) {
            0 | 1 => self.piece(input, is_octet),
            2..=5 => self.piece(input, is_between_words),
            _ => self.piece(input, |octet| octet == b'\n'),
        };
        let new = match self.below(6) {
            0 => Vec::new(),
            1 => self.pick(&EDGES).as_bytes().to_vec(),
            2 => vec![self.below(256) as u8],
            3 => input[whole.clone()].repeat(1 + self.below(40)),
            4 => {
                let range = self.piece(other, is_between_words);
                other[range].to_vec()
            }
            _ => {
                let range = self.piece(other, |octet| octet == b'\n');
                other[range].to_vec()
            }
        };
        input.splice(whole, new);
    }

    /// Puts a number at an edge over one that is there, or moves some words of 32 bits: all else stays where it is.
    fn overwrite(&mut self, input: &mut [u8]) {
        let width = 1 << self.below(3);
        let at = self.below(input.len() / width) * width;
        let Some(place) = input.get_mut(at..at + width) else { return };
        match self.below(8) {
            0 => place.fill(0),
            1 => place.fill(0xff),
            2 => place.reverse(),
            3 => place[0] ^= 1 << self.below(8),
            4 => place[width - 1] = place[width - 1].wrapping_add(1),
            5 => place[0] = place[0].wrapping_sub(1),
            6 => place.fill(self.below(256) as u8),
            _ => {
                let rest = &mut input[at..];
                let most = rest.len().min(4 * self.below(64));
                rest[..most].rotate_left(most / 8 * 4);
            }
        }
    }

    /// A random piece of an input, as long as `is_end` says.
    fn piece(&mut self, input: &[u8], is_end: fn(u8) -> bool) -> std::ops::Range<usize> {
        let start = self.below(input.len() + 1);
        let start = input[..start].iter().rposition(|octet| is_end(*octet)).map_or(0, |end| end + 1);
        let length = input[start..].iter().position(|octet| is_end(*octet)).unwrap_or(input.len() - start);
        start..start + length
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A number below `end`, by xorshift64* (Vigna 2016).
    fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let number = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        (number as usize) % end.max(1)
    }
}

fn is_octet(_: u8) -> bool {
    true
}

fn is_between_words(octet: u8) -> bool {
    !octet.is_ascii_alphanumeric() && octet != b'-' && octet != b'_'
}
