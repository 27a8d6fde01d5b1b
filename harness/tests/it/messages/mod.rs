//! Messages: what decodes octets into them, and what a case says of them.

mod decoders;
mod held;
mod trials;
mod wireshark;
mod written;
