//! Whether what came is right, and if not, why: the verdict, the diagnosis, the picture, and who agrees with whom. Pure.
//!
//! Owns what is said of octets, endings and the order of things. Reads no file and starts nothing: what it judges was read before.
//! Uses `suite` and `client`.

pub(crate) mod agreement;
pub mod align;
pub(crate) mod assignment;
pub(crate) mod conversation;
pub mod diagnosis;
pub mod end;
pub mod messages;
pub mod observed;
pub(crate) mod order;
pub mod picture;
pub mod verdict;
pub(crate) mod weighing;
