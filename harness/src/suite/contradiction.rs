//! Whether a case expects what its own plan sends: where it does not, the encoder knows better. Pure.

use samewire_recorder::PeerEnd;
use sha2::{Digest, Sha256};

use crate::hex;
use crate::suite::expectation::{Content, Expectation, Mask};
use crate::suite::parts::{Fit, Part, fit, fit_beginning, readings};
use crate::suite::plan::{Plan, Stream, encode};

/// The most octets of each side that are shown.
const SHOWN: usize = 8;

/// The index of the first connection that is expected to carry other octets than the plan sends, and what both say of it. With
/// `ends_early`, the client or the recorder may end before the plan does; so it is where a connection may end `open`.
pub(super) fn contradiction(plan: &Plan, connections: &[Expectation], ends_early: bool) -> Option<(usize, String)> {
    let streams = encode(plan);
    let bent = parts_part(connections, &streams);
    let both = connections.iter().zip(&streams).enumerate();
    both.filter_map(|(index, (expected, stream))| {
        let is_beginning = ends_early || expected.ending.has(PeerEnd::Open);
        let said = match &expected.content {
            Content::Octets { octets, masks } => octets_part(octets, masks, stream, is_beginning),
            Content::Digest { length, sha256 } => digests_part(*length, sha256, stream, is_beginning),
            Content::Parts(parts) if is_beginning && fit_beginning(parts, &stream.octets) == Fit::Fits => None,
            Content::Parts(_) => bent.get(index).cloned().flatten(),
            Content::Anything => None,
        };
        said.map(|said| (index, said))
    })
    .next()
}

/// Of each connection whose parts bend, what is said where its plan does not fit them.
fn parts_part(connections: &[Expectation], streams: &[Stream]) -> Vec<Option<String>> {
    let parts: Vec<Option<&[Part]>> = connections.iter().map(|expected| expected.content.parts()).take(streams.len()).collect();
    if parts.iter().all(Option::is_none) {
        return Vec::new();
    }
    let inputs: Vec<&[u8]> = streams.iter().map(|stream| stream.octets.as_slice()).collect();
    let readings = readings(&parts, &inputs);
    let said = fit(&parts, &inputs).into_iter().zip(readings).map(|(fit, reading)| match (fit, reading) {
        (Fit::Not, Some(reading)) => Some(format!("what its plan sends does not fit {}", reading.said)),
        (Fit::Endless(why), _) => Some(why),
        _ => None,
    });
    said.collect()
}

fn octets_part(octets: &[u8], masks: &[Mask], stream: &Stream, is_beginning: bool) -> Option<String> {
    let common = octets.len().min(stream.octets.len());
    let may_vary = |at: usize| masks.iter().any(|mask| (mask.start..mask.start + mask.length).contains(&at));
    let ends_otherwise = || (octets.len() > common || stream.octets.len() > common && !is_beginning).then_some(common);
    let at = (0..common).find(|at| octets[*at] != stream.octets[*at] && !may_vary(*at)).or_else(ends_otherwise)?;
    let line = stream.fields.iter().find(|field| (field.start..field.start + field.length).contains(&at));
    let place = line.map(|field| format!(" (line {}, `{}`)", field.line, field.what)).unwrap_or_default();
    let (expected, planned) = (shown(octets, at), shown(&stream.octets, at));
    Some(format!("at offset {at} the case expects {expected}, and its plan sends {planned}{place}"))
}

fn digests_part(length: u64, sha256: &str, stream: &Stream, is_beginning: bool) -> Option<String> {
    let whole = stream.octets.len();
    let count = usize::try_from(length).ok().filter(|count| *count == whole || is_beginning && *count < whole);
    let planned = &stream.octets[..count.unwrap_or(whole)];
    let digest = hex::encode(&Sha256::digest(planned));
    let planned = planned.len();
    (count.is_none() || digest != sha256).then(|| {
        format!("the case expects {length} octets with the SHA-256 {sha256}, and its plan sends {planned} with {digest}")
    })
}

fn shown(octets: &[u8], at: usize) -> String {
    match &octets[at..] {
        [] => "nothing more".into(),
        few if few.len() <= SHOWN => hex::encode(few),
        more => format!("{}…", hex::encode(&more[..SHOWN])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: PeerEnd = PeerEnd::Open;
    const FIN: PeerEnd = PeerEnd::Fin;

    #[track_caller]
    fn found(plan: &str, content: Content, ending: PeerEnd) -> Option<String> {
        let expected = Expectation { content, ending: ending.into(), messages: None };
        contradiction(&Plan::parse(plan).unwrap(), &[expected], false).map(|(_, said)| said)
    }

    fn exactly(octets: &[u8]) -> Content {
        Content::exactly(octets.to_vec())
    }

    #[test]
    fn the_first_octet_that_the_plan_does_not_send_is_said_with_both_sides() {
        assert_eq!(found("text a\nu16be 513", exactly(b"a\x02\x01"), FIN), None);
        let said = "at offset 1 the case expects 0102, and its plan sends 0201 (line 2, `u16be 513`)";
        assert_eq!(found("text a\nu16be 513", exactly(b"a\x01\x02"), FIN).as_deref(), Some(said));
        let said = found("text abcdefghij", exactly(b"xbcdefghij"), FIN).unwrap();
        assert!(said.contains("7862636465666768…, and its plan sends 6162636465666768…"), "{said}");
    }

    #[test]
    fn one_that_goes_on_contradicts_the_other() {
        let ends = [
            ("text ab", &b"a"[..], "nothing more, and its plan sends 62"),
            ("text a", b"ab", "62, and its plan sends nothing more"),
        ];
        for (plan, octets, said) in ends {
            assert!(found(plan, exactly(octets), FIN).is_some_and(|why| why.contains(said)), "{plan}");
        }
        assert_eq!(found("half-close", exactly(b""), FIN), None);
    }

    #[test]
    fn who_is_cut_off_is_expected_to_have_sent_a_beginning() {
        assert_eq!(found("text abc", exactly(b"ab"), OPEN), None);
        assert!(found("text abc", exactly(b"ax"), OPEN).is_some() && found("text a", exactly(b"ab"), OPEN).is_some());
        let expected = Expectation { content: exactly(b"ab"), ending: FIN.into(), messages: None };
        assert_eq!(contradiction(&Plan::parse("text abc").unwrap(), &[expected], true), None);
    }

    #[test]
    fn masks_and_digests_are_held_against_the_plan_too() {
        let masks = vec![Mask { start: 1, length: 1, name: "any".into() }];
        let masked = |octets: &[u8]| Content::Octets { octets: octets.to_vec(), masks: masks.clone() };
        assert_eq!(found("text abc", masked(b"a\0c"), FIN), None);
        assert!(found("text abc", masked(b"a\0d"), FIN).is_some_and(|said| said.contains("at offset 2")));
        assert!(found("text a", masked(b"a\0"), FIN).is_some_and(|said| said.contains("sends nothing more")));
        let digest = |length| Content::Digest { length, sha256: exactly(b"ab").sha256().unwrap() };
        assert_eq!((found("text ab", digest(2), FIN), found("text abc", digest(2), OPEN)), (None, None));
        for (plan, length) in [("text abc", 2), ("text ac", 2), ("text ab", 1), ("text ab", 3)] {
            assert!(found(plan, digest(length), FIN).is_some_and(|said| said.contains("SHA-256")), "{plan} {length}");
        }
    }

    #[test]
    fn each_connection_is_held_against_its_own_part() {
        let expect = |octets: &[u8]| Expectation { content: exactly(octets), ending: FIN.into(), messages: None };
        let plan = Plan::parse("text a\nconnect\ntext b").unwrap();
        assert_eq!(contradiction(&plan, &[expect(b"a"), expect(b"b")], false), None);
        assert_eq!(contradiction(&plan, &[expect(b"a"), expect(b"a")], false).map(|(index, _)| index), Some(1));
    }
}
