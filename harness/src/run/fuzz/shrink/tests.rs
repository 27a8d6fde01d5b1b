//! Smaller plans, the simplest first.

use super::*;
use crate::suite::plan::generate::Generator;

fn draft(text: &str) -> Draft {
    let lines = text.split(" / ").map(str::to_owned).collect();
    Draft { lines, is_ended: true }
}

/// What all stages offer.
fn all(draft: &Draft) -> impl Iterator<Item = Draft> + use<'_> {
    Reduction::ALL.into_iter().flat_map(|reduction| reduction.smaller(draft))
}

/// The smallest plan that `fails`, as one that tries all and takes the first finds it.
fn shrunk(from: Draft, fails: impl Fn(&Plan) -> bool) -> String {
    let mut smallest = from;
    let mut rounds = 0;
    let is_smaller = |candidate: &Draft| {
        fails(&Plan::parse(&candidate.text()).unwrap_or_else(|error| panic!("{error}: {}", candidate.text())))
    };
    loop {
        let Some(smaller) = all(&smallest).find(&is_smaller) else { break };
        assert!(weight(&smaller) < weight(&smallest));
        smallest = smaller;
        rounds += 1;
        assert!(rounds < 500, "no end of it: {}", smallest.text());
    }
    smallest.text()
}

fn octets(plan: &Plan) -> Vec<u8> {
    crate::suite::plan::encode(plan).into_iter().flat_map(|stream| stream.octets).collect()
}

#[test]
fn what_fails_for_one_value_is_shrunk_to_it() {
    let whole =
        draft("# a / text hello é / u32be 7 70000 3000000000 / connect / f64le 1.5 / receive 700 / half-close / receive all");
    let has = |octet: u8| move |plan: &Plan| octets(plan).contains(&octet);
    assert_eq!(shrunk(whole.clone(), has(0xa9)), "text é\n");
    assert_eq!(shrunk(whole.clone(), |plan| plan.uses("f64le")), "f64le 0\n");
    assert_eq!(shrunk(whole.clone(), |plan| plan.receives().contains(&None)), "half-close\nreceive all\n");
    let reads_line_feed = |plan: &Plan| plan.receives().iter().any(|count| count.is_none_or(|count| count > 10));
    assert_eq!(shrunk(draft("u8 1 2 3 / half-close / receive all"), reads_line_feed), "receive 11\n");
    let wide = |plan: &Plan| plan.text.contains("u32be") && octets(plan).windows(2).any(|pair| pair[0] >= 0x80 && pair[1] > 0);
    assert!(shrunk(whole.clone(), wide).starts_with("u32be "));
    assert_eq!(shrunk(whole.clone(), |plan| plan.connections() > 1), "connect\n");
    assert_eq!(shrunk(whole, |_| true), "");
}

#[test]
fn a_threshold_is_found_to_the_octet() {
    let long = draft(&format!("text x / frame u16be {} / noise 70000 5", "é€".repeat(900)));
    let at_least = |least: usize| move |plan: &Plan| octets(plan).len() >= least;
    assert_eq!(shrunk(long.clone(), at_least(5000)), "ramp 5000\n".replace("ramp 5000", "noise 5000 1"));
    let framed = shrunk(long, |plan| plan.uses("frame") && octets(plan).len() > 258);
    assert_eq!(framed, format!("frame u16be {}\n", "a".repeat(257)));
}

#[test]
fn an_end_that_is_missing_stays_where_it_matters() {
    let unended = Draft { is_ended: false, ..draft("text abc / u8 1") };
    assert_eq!(shrunk(unended.clone(), |plan| plan.uses("u8")), "u8 0\n");
    assert!(!shrunk(unended, |plan| !plan.text.ends_with('\n') && !plan.text.is_empty()).ends_with('\n'));
}

#[test]
fn whatever_is_generated_gets_smaller_and_stays_valid() {
    for n in (1..400).step_by(7) {
        let draft = Generator::new(11).plan(n);
        for candidate in all(&draft).take(200) {
            assert!(Plan::parse(&candidate.text()).is_ok() && weight(&candidate) < weight(&draft), "{n}");
        }
        assert!(all(&draft).eq(all(&draft)));
    }
}

#[test]
fn a_plan_is_taken_apart_and_put_together_without_some() {
    let whole = draft("# a / text b c / receive 3 / u8 1 2 3 / connect / frame u8 d / half-close / receive all");
    let apart = pieces(&whole);
    let texts: Vec<String> = apart.iter().map(|piece| piece.draft.text()).collect();
    assert_eq!(texts, ["text b c\n", "u8 1\n", "u8 2\n", "u8 3\n", "frame u8 d\n"]);
    let without = |out: &[usize]| without_pieces(&whole, &out.iter().map(|place| &apart[*place]).collect::<Vec<_>>());
    assert_eq!(without(&[]), whole);
    assert_eq!(without(&[0, 2]), draft("# a / receive 3 / u8 1 3 / connect / frame u8 d / half-close / receive all"));
    assert_eq!(without(&[1, 2, 3, 4]), draft("# a / text b c / receive 3 / connect / half-close / receive all"));
}

#[test]
fn of_many_numbers_some_are_a_piece_together() {
    let numbers: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
    let whole = draft(&format!("u16be {} / text a", numbers.join(" ")));
    let apart = pieces(&whole);
    assert!(apart.len() > MOST / 2 && apart.len() <= MOST, "{}", apart.len());
    assert!(apart[0].draft.text().starts_with("u16be 0 1 2"));
    let numbers = apart.iter().filter(|piece| piece.draft.text().starts_with("u16be"));
    assert_eq!(without_pieces(&whole, &numbers.collect::<Vec<_>>()), draft("text a"));
    assert_eq!(pieces(&draft(&vec!["text a"; MOST + 1].join(" / "))), []);
}

#[test]
fn whatever_is_generated_is_taken_apart_into_valid_plans() {
    for n in (1..2000).step_by(13) {
        let whole = Generator::new(7).plan(n);
        for piece in pieces(&whole) {
            assert!(Plan::parse(&piece.draft.text()).is_ok(), "{n}: {}", piece.draft.text());
            assert!(Plan::parse(&without_pieces(&whole, &[&piece]).text()).is_ok(), "{n} without {}", piece.draft.text());
        }
    }
}
