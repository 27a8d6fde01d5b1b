//! Held against a matcher that tries everything: small alphabets, nested parts, all at random from fixed seeds.

use std::collections::BTreeMap;

use super::fits::{Fit, fit, fit_beginning};
use super::*;

type Predicate = fn(&[u8]) -> bool;

/// Expressions, each with what it says in plain code.
const EXPRESSIONS: [(&str, Predicate); 6] = [
    ("a*", |octets| octets.iter().all(|octet| *octet == b'a')),
    ("[ab]{2}", |octets| octets.len() == 2 && octets.iter().all(|octet| b"ab".contains(octet))),
    ("a|ab|abb", |octets| [&b"a"[..], b"ab", b"abb"].contains(&octets)),
    ("^(?:ab)+$", |octets| !octets.is_empty() && octets.len() % 2 == 0 && octets.chunks(2).all(|pair| pair == b"ab")),
    ("(?s).*?", |_| true),
    ("b?(?-u:\\x02)?", |octets| [&b""[..], b"b", b"\x02", b"b\x02"].contains(&octets)),
];

struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count
    }

    fn octets(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| b"ab\x01\x02\x03"[self.below(5)]).collect()
    }
}

fn part(random: &mut Random, depth: usize, names: &mut Vec<String>, named: &mut usize) -> Part {
    let kinds = if depth < 2 { 10 } else { 7 };
    let parts = |random: &mut Random, names: &mut Vec<String>, named: &mut usize| -> Vec<Part> {
        (0..1 + random.below(2)).map(|_| part(random, depth + 1, names, named)).collect()
    };
    let kind = match random.below(kinds) {
        0 | 1 => Kind::Fixed(random.octets(2)),
        2 => {
            let least = random.below(3);
            Kind::Any { least, most: least + random.below(3) }
        }
        3 => Kind::Until([vec![b'a'], vec![b'b', b'a'], vec![b'a', b'a']][random.below(3)].clone()),
        4 | 5 => Kind::Matches(Expression::new(EXPRESSIONS[random.below(EXPRESSIONS.len())].0).unwrap()),
        6 if names.is_empty() => Kind::Fixed(b"b".to_vec()),
        6 => Kind::Same(names[random.below(names.len())].clone()),
        7 => {
            let number = Number::of(["u8", "uleb"][random.below(2)]).unwrap();
            Kind::Length { number, plus: random.below(3) as i64 - 1, of: parts(random, names, named) }
        }
        8 => Kind::Optional(parts(random, names, named)),
        _ => {
            let before = names.clone();
            let mut after = names.clone();
            let alternatives = (0..2 + random.below(2)).map(|_| {
                let mut inside = before.clone();
                let parts = parts(random, &mut inside, named);
                after.extend(inside.drain(before.len()..));
                parts
            });
            let alternatives = alternatives.collect();
            *names = after;
            Kind::AnyOrder(alternatives)
        }
    };
    let name = (random.below(2) == 0).then(|| {
        *named += 1;
        names.push(format!("n{named}"));
        format!("n{named}")
    });
    Part { kind, name }
}

type Names = BTreeMap<String, Vec<u8>>;

/// Every place where parts may end, with what each name had.
fn ends(parts: &[&Part], octets: &[u8], at: usize, limit: usize, names: &Names) -> Vec<(usize, Names)> {
    let Some((first, rest)) = parts.split_first() else { return vec![(at, names.clone())] };
    let mut found = Vec::new();
    for (end, mut names) in ends_of(first, octets, at, limit, names) {
        if let Some(name) = &first.name {
            names.insert(name.clone(), octets[at..end].to_vec());
        }
        found.extend(ends(rest, octets, end, limit, &names));
    }
    found.sort();
    found.dedup();
    found
}

fn ends_of(part: &Part, octets: &[u8], at: usize, limit: usize, names: &Names) -> Vec<(usize, Names)> {
    let such = |fits: &dyn Fn(&[u8]) -> bool| -> Vec<(usize, Names)> {
        (at..=limit).filter(|end| fits(&octets[at..*end])).map(|end| (end, names.clone())).collect()
    };
    match &part.kind {
        Kind::Fixed(fixed) => such(&|taken| taken == fixed),
        Kind::Any { least, most } => such(&|taken| (*least..=*most).contains(&taken.len())),
        Kind::Until(last) => {
            such(&|taken| taken.ends_with(last) && !taken[..taken.len() - 1].windows(last.len()).any(|window| window == last))
        }
        Kind::Matches(expression) => {
            let (_, predicate) = EXPRESSIONS.iter().find(|(source, _)| *source == expression.source()).unwrap();
            such(predicate)
        }
        Kind::Same(name) => such(&|taken| taken == names.get(name).map_or(&b""[..], Vec::as_slice)),
        Kind::Optional(parts) => {
            let inside: Vec<&Part> = parts.iter().collect();
            [vec![(at, names.clone())], ends(&inside, octets, at, limit, names)].concat()
        }
        Kind::Length { number, plus, of } => {
            let inside: Vec<&Part> = of.iter().collect();
            let mut found = Vec::new();
            for counted in 0..=limit - at {
                let Some(written) = u64::try_from(counted as i64 + plus).ok().and_then(|says| number.octets(says)) else {
                    continue;
                };
                let begin = at + written.len();
                if begin + counted <= limit && octets[at..begin] == written {
                    let ends = ends(&inside, octets, begin, begin + counted, names);
                    found.extend(ends.into_iter().filter(|(end, _)| *end == begin + counted));
                }
            }
            found
        }
        Kind::AnyOrder(alternatives) => {
            let all: Vec<&Vec<Part>> = alternatives.iter().collect();
            orders(&all)
                .into_iter()
                .flat_map(|order| {
                    let inside: Vec<&Part> = order.into_iter().flatten().collect();
                    ends(&inside, octets, at, limit, names)
                })
                .collect()
        }
    }
}

fn orders<'a>(all: &[&'a Vec<Part>]) -> Vec<Vec<&'a Vec<Part>>> {
    if all.is_empty() {
        return vec![Vec::new()];
    }
    let first = |index: usize| {
        let mut rest = all.to_vec();
        let first = rest.remove(index);
        orders(&rest).into_iter().map(move |order| [vec![first], order].concat())
    };
    (0..all.len()).flat_map(first).collect()
}

fn naive(connections: &[Vec<Part>], inputs: &[Vec<u8>]) -> bool {
    let mut readings = vec![Names::new()];
    for (parts, input) in connections.iter().zip(inputs) {
        let parts: Vec<&Part> = parts.iter().collect();
        let all = readings.iter().flat_map(|names| ends(&parts, input, 0, input.len(), names));
        readings = all.filter(|(end, _)| *end == input.len()).map(|(_, names)| names).collect();
    }
    !readings.is_empty()
}

/// Something that often fits: what parts may be, at random.
fn example(random: &mut Random, parts: &[&Part], names: &mut Names) -> Vec<u8> {
    let mut all = Vec::new();
    for part in parts {
        let octets = match &part.kind {
            Kind::Fixed(octets) => octets.clone(),
            Kind::Any { least, most } => {
                (0..least + random.below(most - least + 1)).map(|_| b"ab\x01"[random.below(3)]).collect()
            }
            Kind::Until(last) => [&b"bb"[..random.below(2)], last].concat(),
            Kind::Matches(_) => [&b""[..], b"a", b"ab", b"ba", b"abab"][random.below(5)].to_vec(),
            Kind::Same(name) => names.get(name).cloned().unwrap_or_default(),
            Kind::Length { number, plus, of } => {
                let inside = example(random, &of.iter().collect::<Vec<_>>(), names);
                let says = (inside.len() as i64 + plus).max(0) as u64;
                [number.octets(says).unwrap(), inside].concat()
            }
            Kind::Optional(_) if random.below(2) == 0 => Vec::new(),
            Kind::Optional(parts) => example(random, &parts.iter().collect::<Vec<_>>(), names),
            Kind::AnyOrder(alternatives) => {
                let mut rest: Vec<&Vec<Part>> = alternatives.iter().collect();
                let mut octets = Vec::new();
                while !rest.is_empty() {
                    let parts: Vec<&Part> = rest.remove(random.below(rest.len())).iter().collect();
                    octets.extend(example(random, &parts, names));
                }
                octets
            }
        };
        if let Some(name) = &part.name {
            names.insert(name.clone(), octets.clone());
        }
        all.extend(octets);
    }
    all
}

fn fits(connections: &[Vec<Part>], inputs: &[Vec<u8>]) -> Vec<Fit> {
    let parts: Vec<Option<&[Part]>> = connections.iter().map(|parts| Some(parts.as_slice())).collect();
    fit(&parts, &inputs.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

#[test]
fn what_fits_is_what_a_matcher_that_tries_everything_says() {
    let mut counts = [0, 0];
    for seed in 0..3000 {
        let mut random = Random(seed);
        let (mut names, mut named) = (Vec::new(), 0);
        let connections: Vec<Vec<Part>> = (0..1 + random.below(2))
            .map(|_| (0..1 + random.below(4)).map(|_| part(&mut random, 0, &mut names, &mut named)).collect())
            .collect();
        let mut had = Names::new();
        let mut inputs: Vec<Vec<u8>> =
            connections.iter().map(|parts| example(&mut random, &parts.iter().collect::<Vec<_>>(), &mut had)).collect();
        for input in &mut inputs {
            input.truncate(12);
            if random.below(3) == 0 && !input.is_empty() {
                let at = random.below(input.len());
                input[at] = b"ab\x01"[random.below(3)];
            }
        }
        let expected = naive(&connections, &inputs);
        let found = fits(&connections, &inputs);
        let fit = found.iter().all(|fit| *fit == Fit::Fits);
        assert_eq!(fit, expected, "seed {seed}: {connections:#?} {inputs:?} {found:?}");
        counts[usize::from(fit)] += 1;
        holds(&connections, &inputs, &found);
    }
    assert!(counts.iter().all(|count| *count > 300), "{counts:?}");
}

/// What is to be true of the readings of what does not fit.
#[track_caller]
fn holds(connections: &[Vec<Part>], inputs: &[Vec<u8>], found: &[Fit]) {
    let parts: Vec<Option<&[Part]>> = connections.iter().map(|parts| Some(parts.as_slice())).collect();
    let octets: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
    for ((reading, input), fit) in readings(&parts, &octets).iter().zip(&octets).zip(found) {
        let Some(reading) = reading else { continue };
        assert_eq!(*fit, Fit::Not);
        assert!(!reading.said.is_empty(), "{reading:?}");
        let (mut at, mut came) = (0, 0);
        for stretch in &reading.stretches {
            assert_eq!(reading.octets[at..stretch.expected.start], input[came..stretch.captured.start], "{reading:?} {input:?}");
            (at, came) = (stretch.expected.end, stretch.captured.end);
        }
        assert_eq!(reading.octets[at..], input[came..], "{reading:?} {input:?} {connections:?}");
        assert!(reading.masks.iter().all(|mask| mask.start + mask.length <= reading.octets.len()), "{reading:?}");
        assert!(!reading.stretches.is_empty(), "{connections:?} {reading:?} {input:?}");
        let before = reading.offset.min(reading.stretches[0].expected.start);
        assert_eq!(reading.octets[..before], input[..before]);
    }
}

fn parsed(parts: &str) -> Vec<Part> {
    let toml = format!("[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\nexpect = {{ parts = [{parts}] }}");
    let mut case = crate::suite::Suite::parse("case.toml".as_ref(), &toml).unwrap().cases.remove(0);
    case.connections.remove(0).content.parts().expect("parts that bend").to_vec()
}

/// What is said where octets do not fit parts.
#[track_caller]
fn said(parts: &str, octets: &[u8]) -> String {
    let parts = parsed(parts);
    readings(&[Some(&parts)], &[octets]).remove(0).expect("it does not fit").said
}

#[test]
fn the_part_that_is_wrong_is_named_with_its_place() {
    let nonce = r#"{ text = "id=" }, { matches = "[0-9a-f]{8}", name = "nonce" }, { hex = "0a" }"#;
    let expected = r#"part 2, "nonce": matches "[0-9a-f]{8}"; octet 0x67 at offset 9"#;
    assert_eq!(said(nonce, b"id=012345g7\n"), expected);
    assert_eq!(said(nonce, b"id=01234567"), r#"part 3: text "\n"; nothing more came after offset 11"#);
    assert_eq!(said(nonce, b"id=01234567\nx"), "nothing more is expected; octet 0x78 at offset 12");
    assert_eq!(said(nonce, b""), r#"part 1: text "id="; nothing more came after offset 0"#);
    let name = r#"{ length = "u16be", of = [{ matches = "(?s).*", name = "name" }] }, { hex = "ff" }"#;
    assert_eq!(said(name, b"\0\x05h\xc3\xa9llo\xff"), r#"part 1: length "u16be"; the number 5 at offset 0, expected 6"#);
    assert_eq!(said(name, b"\0"), r#"part 1: length "u16be"; nothing more came after offset 1"#);
    let any = r#"{ text = "id=" }, { any = [1, 3], name = "id" }, { text = ";" }"#;
    assert_eq!(said(any, b"id=12345;"), r#"part 2, "id": any 1 to 3; 5 octets at offset 3"#);
    assert_eq!(said(any, b"id=123:"), r#"part 3: text ";"; octet 0x3a at offset 6"#);
    let order = r#"{ any_order = [[{ text = "a" }], [{ text = "b" }, { matches = "[0-9]", name = "n" }]] }"#;
    assert_eq!(said(order, b"bxa"), r#"part 1.2.2, "n": matches "[0-9]"; octet 0x78 at offset 1"#);
}

#[test]
fn what_varies_rightly_is_not_accused() {
    let parts = parsed(r#"{ text = "id=" }, { matches = "[0-9]+", name = "id" }, { text = ";q=1;t=" }, { until = "0a" }"#);
    let input = b"id=12345;q=2;t=abc\n";
    let reading = readings(&[Some(&parts)], &[input]).remove(0).unwrap();
    assert!(reading.is_whole);
    assert_eq!(reading.octets, b"id=12345;q=1;t=abc\n");
    assert_eq!((reading.offset, reading.said.as_str()), (11, "part 3: text \";q=1;t=\"; octet 0x32 at offset 11"));
    assert_eq!(reading.masks.iter().map(|mask| (mask.start, mask.length)).collect::<Vec<_>>(), [(3, 5), (15, 4)]);
}

#[test]
fn octets_of_an_earlier_connection_are_the_same_in_each_reading() {
    let first = r#"{ parts = [{ matches = "[ab]+", name = "id" }, { matches = "[ab]*" }] }"#;
    let second = r#"{ parts = [{ text = "x" }, { same = "id" }] }"#;
    let toml = format!("[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\nconnections = [{first}, {second}]");
    let case = crate::suite::Suite::parse("case.toml".as_ref(), &toml).unwrap().cases.remove(0);
    let connections: Vec<Vec<Part>> =
        case.connections.iter().map(|expected| expected.content.parts().unwrap().to_vec()).collect();
    let fits = |first: &[u8], second: &[u8]| fits(&connections, &[first.to_vec(), second.to_vec()]);
    for id in [&b"xa"[..], b"xab", b"xabb"] {
        assert_eq!(fits(b"abb", id), [Fit::Fits, Fit::Fits], "{id:?}");
    }
    assert_eq!(fits(b"abb", b"xb"), [Fit::Fits, Fit::Not]);
}

#[test]
fn the_beginning_of_what_is_planned_may_be_all_that_is_expected() {
    let parts = parsed(r#"{ text = "a" }, { any = [0, 2] }"#);
    assert_eq!([fit_beginning(&parts, b"abcdef"), fit_beginning(&parts, b"x")], [Fit::Fits, Fit::Not]);
}

#[test]
fn what_would_take_for_ever_is_given_up_by_name() {
    let endless = r#"{ matches = "(?s).*", name = "all" }, { matches = "(?s).*", name = "more" }, { same = "all" }, { same = "more" }, { text = "!" }"#;
    let began = std::time::Instant::now();
    let found = fits(&[parsed(endless)], &[vec![b'a'; 20_000]]);
    assert!(
        matches!(&found[0], Fit::Endless(why) if why.contains("part 2, \"more\": matches") && why.contains("1000000 steps")),
        "{found:?}"
    );
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

#[test]
fn large_captures_and_greedy_expressions_are_read() {
    let parts = parsed(r#"{ text = "<" }, { matches = "(?:a|aa|a+)*", name = "all" }, { text = ">" }"#);
    let input = [b"<".to_vec(), vec![b'a'; 1 << 20], b">".to_vec()].concat();
    assert_eq!(fits(&[parts], &[input]), [Fit::Fits]);
    let parts = parsed(r#"{ any = [0, 1048576] }, { text = "end" }"#);
    let input = [vec![b'e'; 1 << 18], b"end".to_vec()].concat();
    assert_eq!(fits(&[parts], &[input]), [Fit::Fits]);
}

#[test]
fn decimals_are_read_in_every_way_and_in_their_shortest_form() {
    let parts =
        parsed(r#"{ length = "decimal", plus = 2, of = [{ text = "\r\n" }, { matches = "[0-9]*" }] }, { matches = "[0-9]*" }"#);
    assert_eq!(fits(std::slice::from_ref(&parts), &[b"4\r\n".to_vec()]), [Fit::Fits], "2 and 2 octets, but none more: {parts:?}");
}
