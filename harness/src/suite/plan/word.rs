//! The words of a plan, and the layouts of numbers that they name.

/// Every word of plan version 1.
pub const WORDS: &[&str] = &[
    "text",
    "points",
    "bytes",
    "u8",
    "i8",
    "u16be",
    "u16le",
    "i16be",
    "i16le",
    "u32be",
    "u32le",
    "i32be",
    "i32le",
    "u64be",
    "u64le",
    "i64be",
    "i64le",
    "f32be",
    "f32le",
    "f64be",
    "f64le",
    "uleb",
    "sleb",
    "zigzag",
    "frame",
    "repeat",
    "ramp",
    "noise",
    "pause",
    "half-close",
    "receive",
    "connect",
    "reset",
];

/// The words that a new client does first; the others may stand in `lacks` until they are done.
pub const CORE_WORDS: &[&str] = &["text", "bytes", "repeat", "ramp", "pause", "half-close", "receive", "connect"];

/// Which octet of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The most significant: network order.
    Big,
    /// The least significant.
    Little,
}

/// An integer of a fixed width, in two's complement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fixed {
    /// Octets: 1, 2, 4 or 8.
    pub width: usize,
    /// Whether it has a sign.
    pub signed: bool,
    /// The order of its octets.
    pub order: Order,
}

/// An IEEE 754 binary number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Float {
    /// Octets: 4 or 8.
    pub width: usize,
    /// The order of its octets.
    pub order: Order,
}

/// A variable-length integer (LEB128; DWARF 5, section 7.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Varint {
    /// 0 to 2^64-1.
    Unsigned,
    /// Two's complement.
    Signed,
    /// (n << 1) ^ (n >> 63), then unsigned.
    Zigzag,
}

/// The length before a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// An unsigned integer of a fixed width.
    Fixed(Fixed),
    /// Unsigned LEB128.
    Uleb,
}

impl Fixed {
    pub(super) fn of(word: &str) -> Option<Self> {
        let signed = match word.as_bytes().first()? {
            b'u' => false,
            b'i' => true,
            _ => return None,
        };
        let (width, order) = match &word[1..] {
            "8" => (1, Order::Big),
            layout => layout_of(layout)?,
        };
        Some(Self { width, signed, order })
    }

    /// The least value it holds.
    #[must_use]
    pub fn min(self) -> i128 {
        if self.signed { -(1 << (self.width * 8 - 1)) } else { 0 }
    }

    /// The greatest value it holds.
    #[must_use]
    pub fn max(self) -> i128 {
        (1 << (self.width * 8 - usize::from(self.signed))) - 1
    }

    /// The octets of `value`, which is in range.
    #[must_use]
    pub fn octets(self, value: i128) -> Vec<u8> {
        ordered(self.order, &value.to_be_bytes()[16 - self.width..])
    }
}

impl Float {
    pub(super) fn of(word: &str) -> Option<Self> {
        let (width, order) = layout_of(word.strip_prefix('f')?)?;
        (width >= 4).then_some(Self { width, order })
    }

    /// The octets of `value`; a NaN is the canonical quiet one.
    #[must_use]
    pub fn octets(self, value: f64) -> Vec<u8> {
        match (self.width, value.is_nan()) {
            (4, true) => ordered(self.order, &0x7fc0_0000_u32.to_be_bytes()),
            (_, true) => ordered(self.order, &0x7ff8_0000_0000_0000_u64.to_be_bytes()),
            (4, false) => ordered(self.order, &(value as f32).to_be_bytes()),
            (_, false) => ordered(self.order, &value.to_be_bytes()),
        }
    }
}

impl Varint {
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "uleb" => Some(Self::Unsigned),
            "sleb" => Some(Self::Signed),
            "zigzag" => Some(Self::Zigzag),
            _ => None,
        }
    }

    /// The octets of `value`, which is in range.
    #[must_use]
    pub fn octets(self, value: i128) -> Vec<u8> {
        match self {
            Self::Unsigned => uleb(value as u64),
            Self::Signed => sleb(value as i64),
            Self::Zigzag => uleb(((value as i64) << 1 ^ (value as i64) >> 63) as u64),
        }
    }
}

impl Prefix {
    pub(crate) fn of(word: &str) -> Option<Self> {
        match word {
            "u8" | "u16be" | "u16le" | "u32be" | "u32le" => Fixed::of(word).map(Self::Fixed),
            "uleb" => Some(Self::Uleb),
            _ => None,
        }
    }

    /// The greatest length it can say.
    #[must_use]
    pub fn max(self) -> u64 {
        match self {
            Self::Fixed(fixed) => fixed.max() as u64,
            Self::Uleb => u64::MAX,
        }
    }

    /// The octets of a length that it can say.
    #[must_use]
    pub fn octets(self, length: u64) -> Vec<u8> {
        match self {
            Self::Fixed(fixed) => fixed.octets(length.into()),
            Self::Uleb => uleb(length),
        }
    }
}

fn layout_of(layout: &str) -> Option<(usize, Order)> {
    let (bits, order) =
        if let Some(bits) = layout.strip_suffix("be") { (bits, Order::Big) } else { (layout.strip_suffix("le")?, Order::Little) };
    let width = match bits {
        "16" => 2,
        "32" => 4,
        "64" => 8,
        _ => return None,
    };
    Some((width, order))
}

fn ordered(order: Order, big_endian: &[u8]) -> Vec<u8> {
    let mut octets = big_endian.to_vec();
    if order == Order::Little {
        octets.reverse();
    }
    octets
}

fn uleb(mut value: u64) -> Vec<u8> {
    let mut octets = Vec::new();
    while value >= 0x80 {
        octets.push(value as u8 | 0x80);
        value >>= 7;
    }
    octets.push(value as u8);
    octets
}

fn sleb(mut value: i64) -> Vec<u8> {
    let mut octets = Vec::new();
    loop {
        let low = value as u8 & 0x7f;
        value >>= 7;
        let sign_is_clear = low & 0x40 == 0;
        if (value == 0 && sign_is_clear) || (value == -1 && !sign_is_clear) {
            octets.push(low);
            return octets;
        }
        octets.push(low | 0x80);
    }
}
