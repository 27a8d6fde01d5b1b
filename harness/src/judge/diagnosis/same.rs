//! The same content in another form: rules of both sides, where what comes cannot be worked out from what was expected.

use super::rule::BothRule;

pub(super) const RULES: &[BothRule] = &[];
