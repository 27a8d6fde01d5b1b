//! Checksums that stand in a message, behind or before what they are made of.

/// A way to sum up octets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checksum {
    /// As people call it.
    pub name: &'static str,
    /// How many octets it takes.
    pub width: usize,
    /// What it makes of octets.
    pub sum: fn(&[u8]) -> u32,
}

pub(super) const ALL: [Checksum; 12] = [
    Checksum { name: "CRC-32", width: 4, sum: |octets| !reflected(octets, u32::MAX, 0xedb8_8320) },
    Checksum { name: "CRC-32C", width: 4, sum: |octets| !reflected(octets, u32::MAX, 0x82f6_3b78) },
    Checksum { name: "Adler-32", width: 4, sum: adler_32 },
    Checksum { name: "CRC-16/MODBUS", width: 2, sum: |octets| reflected(octets, 0xffff, 0xa001) },
    Checksum { name: "CRC-16/X-25", width: 2, sum: |octets| !reflected(octets, 0xffff, 0x8408) & 0xffff },
    Checksum { name: "CRC-16/KERMIT", width: 2, sum: |octets| reflected(octets, 0, 0x8408) },
    Checksum { name: "CRC-16/CCITT", width: 2, sum: |octets| forward(octets, 0xffff) },
    Checksum { name: "CRC-16/XMODEM", width: 2, sum: |octets| forward(octets, 0) },
    Checksum { name: "sum of octets", width: 2, sum: |octets| total(octets) & 0xffff },
    Checksum { name: "sum of octets", width: 1, sum: |octets| total(octets) & 0xff },
    Checksum { name: "LRC", width: 1, sum: |octets| total(octets).wrapping_neg() & 0xff },
    Checksum { name: "XOR of octets", width: 1, sum: |octets| octets.iter().fold(0, |sum, octet| sum ^ octet).into() },
];

/// Others, which come in place of one of these.
pub(super) const OTHERS: [Checksum; 9] = [
    Checksum { name: "CRC-32/BZIP2", width: 4, sum: |octets| !forward_32(octets) },
    Checksum { name: "CRC-32/MPEG-2", width: 4, sum: forward_32 },
    Checksum { name: "CRC-32 without its last XOR", width: 4, sum: |octets| reflected(octets, u32::MAX, 0xedb8_8320) },
    Checksum { name: "CRC-16/ARC", width: 2, sum: |octets| reflected(octets, 0, 0xa001) },
    Checksum { name: "CRC-16/MCRF4XX", width: 2, sum: |octets| reflected(octets, 0xffff, 0x8408) },
    Checksum { name: "CRC-16/GENIBUS", width: 2, sum: |octets| forward(octets, 0xffff) ^ 0xffff },
    Checksum { name: "sum of 16 bits (RFC 1071)", width: 2, sum: internet },
    Checksum { name: "Fletcher-16", width: 2, sum: fletcher_16 },
    Checksum { name: "sum of octets in 32 bits", width: 4, sum: total },
];

impl Checksum {
    /// Each way to write the sum of these octets: in both byte orders, in hex, and as three digits.
    pub(super) fn written(&self, octets: &[u8]) -> Vec<Vec<u8>> {
        let sum = (self.sum)(octets);
        let big = sum.to_be_bytes()[4 - self.width..].to_vec();
        let digits = self.width * 2;
        let mut forms = vec![format!("{sum:0digits$X}").into_bytes(), format!("{sum:0digits$x}").into_bytes()];
        match self.width {
            1 => forms.push(format!("{sum:03}").into_bytes()),
            _ => forms.push(big.iter().rev().copied().collect()),
        }
        forms.push(big);
        forms
    }
}

impl Checksum {
    /// Which of the forms is the same octets as this one in the other order: the last two are, of more than one octet.
    pub(super) fn swapped(&self, form: usize) -> Option<usize> {
        let orders = [2, 3].into_iter().filter(|_| self.width > 1);
        if form < 2 { None } else { orders.into_iter().find(|other| *other != form) }
    }
}

/// A cyclic redundancy check that begins with the least bit; its polynomial is reflected.
fn reflected(octets: &[u8], start: u32, polynomial: u32) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ polynomial } else { crc >> 1 };
    octets.iter().fold(start, |crc, octet| (0..8).fold(crc ^ u32::from(*octet), step))
}

/// One of 16 bits that begins with the greatest bit; its polynomial is that of X.25.
fn forward(octets: &[u8], start: u32) -> u32 {
    let step = |crc: u32, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1 ^ 0x1021) & 0xffff };
    octets.iter().fold(start, |crc, octet| (0..8).fold(crc ^ u32::from(*octet) << 8, step))
}

/// The same of 32 bits, of Ethernet's polynomial.
fn forward_32(octets: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc >> 31 == 0 { crc << 1 } else { crc << 1 ^ 0x04c1_1db7 };
    octets.iter().fold(u32::MAX, |crc, octet| (0..8).fold(crc ^ u32::from(*octet) << 24, step))
}

/// The ones' complement of the sum in ones' complement, of words of 16 bits.
fn internet(octets: &[u8]) -> u32 {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | pair.get(1).copied().map_or(0, u32::from);
    let sum = octets.chunks(2).map(word).fold(0, |sum, word| (sum + word) % 0x1_0000 + (sum + word) / 0x1_0000);
    !sum & 0xffff
}

fn fletcher_16(octets: &[u8]) -> u32 {
    let (low, high) = octets.iter().fold((0, 0), |(low, high), octet| {
        let low = (low + u32::from(*octet)) % 255;
        (low, (high + low) % 255)
    });
    high << 8 | low
}

fn adler_32(octets: &[u8]) -> u32 {
    const PRIME: u32 = 65_521;
    let (low, high) = octets.iter().fold((1, 0), |(low, high), octet| {
        let low = (low + u32::from(*octet)) % PRIME;
        (low, (high + low) % PRIME)
    });
    high << 16 | low
}

fn total(octets: &[u8]) -> u32 {
    octets.iter().fold(0, |sum, octet| sum.wrapping_add(u32::from(*octet)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_their_catalogue() {
        let sums: Vec<(&str, u32)> =
            ALL.iter().chain(&OTHERS).map(|checksum| (checksum.name, (checksum.sum)(b"123456789"))).collect();
        let known = [
            ("CRC-32", 0xcbf4_3926),
            ("CRC-32C", 0xe306_9283),
            ("Adler-32", 0x091e_01de),
            ("CRC-16/MODBUS", 0x4b37),
            ("CRC-16/X-25", 0x906e),
            ("CRC-16/KERMIT", 0x2189),
            ("CRC-16/CCITT", 0x29b1),
            ("CRC-16/XMODEM", 0x31c3),
            ("sum of octets", 0x01dd),
            ("sum of octets", 0xdd),
            ("LRC", 0x23),
            ("XOR of octets", 0x31),
            ("CRC-32/BZIP2", 0xfc89_1918),
            ("CRC-32/MPEG-2", 0x0376_e6e7),
            ("CRC-32 without its last XOR", 0x340b_c6d9),
            ("CRC-16/ARC", 0xbb3d),
            ("CRC-16/MCRF4XX", 0x6f91),
            ("CRC-16/GENIBUS", 0xd64e),
            ("sum of 16 bits (RFC 1071)", 0xf62a),
            ("Fletcher-16", 0x1ede),
            ("sum of octets in 32 bits", 0x01dd),
        ];
        assert_eq!(sums, known);
    }

    #[test]
    fn a_checksum_is_written_as_octets_or_as_digits() {
        let modbus = &ALL[3];
        assert!(modbus.written(&[0x11, 0x03, 0x00, 0x6b, 0x00, 0x03]).contains(&vec![0x76, 0x87]));
        assert!(ALL[9].written(b"8=FIX.4.2").iter().any(|form| form.len() == 3));
    }
}
