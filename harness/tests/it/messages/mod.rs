//! Messages: what decodes octets into them, and what a case says of them.

mod compared;
mod decoders;
mod held;
mod live;
mod reports;
mod shown;
mod trials;
mod wireshark;
mod written;
