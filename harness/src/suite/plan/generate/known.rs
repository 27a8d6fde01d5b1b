//! Lines that are known to go wrong, and that hardly come about at random.

/// Connections on which client and server take turns.
pub(super) const CONVERSATIONS: &[&[&str]] = &[
    &["receive 2", "text a", "receive 3", "text b", "receive 12", "text c"],
    &["text PING", "receive 2", "receive 300", "text QUIT", "half-close", "receive all"],
    &["text a", "receive 0", "text b"],
    &[],
    &["half-close", "receive 251", "receive all"],
    &["text a", "half-close", "receive all"],
    &["receive 1", "receive 4096", "bytes 00"],
    &["text a", "connect", "text b", "receive 1", "connect", "text c"],
    &["text a", "connect", "connect", "text b"],
    &["text 😀", "u16be 513", "text b", "receive 3"],
];

/// Lines that are longer than a buffer, a count in an octet, or a cycle.
pub(super) const LARGE: &[&str] = &[
    "ramp 300",
    "noise 3000 7",
    "ramp 5000",
    "repeat 300 61",
    "noise 70000 1",
    "ramp 257",
    "noise 9000 2147483646",
    "repeat 66000 00",
];

/// Numbers that other widths, signs, orders and roundings spoil.
pub(super) const NUMBERS: &[&str] = &[
    "f64be nan -0 inf -inf 5e-324 9007199254740993",
    "f32le nan -0 inf -inf 1.401298464324817e-45 0.1",
    "u64be 18446744073709551615 9007199254740993 4294967296 255",
    "i64le -9223372036854775808 9007199254740993 -1 128",
    "uleb 128 127 16384 300 18446744073709551615",
    "sleb -64 64 -65 63 -9223372036854775808",
    "zigzag -65 64 9007199254740993 -9223372036854775808",
    "i32be -2147483648 -2 128 255 65536",
    "f64le 0.1 1e23 2.2250738585072011e-308 -1.5",
    "u16le 255 256 65535 0",
    "i16be -129 128 -32768 200",
    "u32le 4294967295 2147483648 1 70000",
];
