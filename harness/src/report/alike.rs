//! What of a trial's octets is compared with those of others: not what rightly varies. Pure.

use std::borrow::Cow;

use base64_simd::STANDARD;
use sha2::{Digest, Sha256};

use super::{Carried, MaskReport, TrialReport};
use crate::hex;

impl TrialReport {
    /// What came on its connections, such that trials in which the same came have the same: all endings that are right are one, messages
    /// count instead of octets of which nothing is expected, and what masks and parts let vary is left out.
    #[must_use]
    pub(crate) fn alike(&self) -> Cow<'_, [Carried]> {
        let is_exact = |expected: &Carried| {
            let bends = expected.anything || !expected.masks.is_empty() || !expected.parts.is_empty();
            expected.or_endings.is_empty() && !bends
        };
        if self.expected.iter().all(is_exact) {
            return self.captured.as_slice().into();
        }
        let mut captured = self.captured.clone();
        for (index, (seen, expected)) in captured.iter_mut().zip(&self.expected).enumerate() {
            if expected.anything {
                self.in_messages(index, seen);
            } else if !expected.parts.is_empty() {
                self.by_parts(index, seen);
            } else if !expected.masks.is_empty() && seen.length == expected.length {
                under_masks(&expected.masks, seen);
            }
            if seen.ending.is_some_and(|ending| expected.or_endings.contains(&ending)) {
                seen.ending = expected.ending;
            }
        }
        captured.into()
    }

    fn in_messages(&self, index: usize, seen: &mut Carried) {
        if let Some(messages) = self.messages.iter().find(|messages| messages.connection == Some(index + 1)) {
            // In what the case does not ask for, messages rightly differ.
            let wrong = messages.wrong.as_ref().unwrap_or(&messages.digest);
            let digest = Some(wrong.clone()).filter(|_| !messages.differences.is_empty());
            (seen.length, seen.sha256, seen.base64) = (0, digest, None);
        }
    }

    /// What fits is one; what does not is what is drawn of it, but for the octets that may vary.
    fn by_parts(&self, index: usize, seen: &mut Carried) {
        let drawing = self.drawing_of(index + 1);
        let first = drawing.and_then(|drawing| drawing.picture.first_difference.as_ref());
        let said = first.and_then(|first| first.part.as_ref()).map(|said| format!("{said} {:?}", self.diagnoses));
        let fits = drawing.is_none() && !self.may_be_undrawn(index + 1);
        if fits || said.is_some() {
            (seen.length, seen.sha256, seen.base64) = (0, said, None);
        }
    }
}

fn under_masks(masks: &[MaskReport], seen: &mut Carried) {
    let octets = seen.base64.as_ref().and_then(|base64| STANDARD.decode_to_vec(base64).ok());
    let Some(mut octets) = octets else { return };
    for mask in masks {
        let end = mask.start.saturating_add(mask.length).min(octets.len());
        octets[mask.start.min(end)..end].fill(0);
    }
    (seen.sha256, seen.base64) = (Some(hex::encode(&Sha256::digest(&octets))), None);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mask_lets_vary_is_no_difference_and_all_else_is() {
        let alike = |octets: &[u8]| {
            let base64 = Some(STANDARD.encode_to_string(octets));
            let mut seen = Carried { length: octets.len() as u64, base64, ..Carried::default() };
            under_masks(&[MaskReport { start: 1, length: 2, name: "id".into() }], &mut seen);
            seen
        };
        assert_eq!(alike(b"a12b"), alike(b"a34b"));
        assert_ne!(alike(b"a12b"), alike(b"a12c"));
        assert_eq!(alike(b"a"), alike(b"a"), "a mask behind the end");
    }
}
