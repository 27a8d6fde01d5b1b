//! What the integration tests of decoders do not come to: ends, limits, and what is told of two messages.

use super::Direction::{Received, Sent};
use super::{Direction, Field, Message, compare, decode, json, key_value, refused};
use crate::suite::DecoderKind;
use crate::suite::decoder::{FrameLength, Frames, Lines, Syntax};
use crate::suite::plan::{Fixed, Order, Prefix};

const HTTP: DecoderKind = DecoderKind::Http1;

fn all(kind: &DecoderKind, direction: Direction, octets: &[u8], questions: &[Message]) -> Vec<Message> {
    decode(kind, direction, octets, questions).unwrap()
}

fn frames(length: FrameLength, octets: &[u8]) -> Vec<Message> {
    all(&DecoderKind::Frames(Frames { length, fields: None }), Received, octets, &[])
}

fn json_lines(text: &str) -> Vec<Message> {
    all(&DecoderKind::Lines(Lines { end: None, fields: Some(Syntax::Json) }), Received, text.as_bytes(), &[])
}

#[track_caller]
fn why(message: &Message) -> &str {
    message.undecoded.as_deref().unwrap()
}

fn field<'a>(message: &'a Message, name: &str) -> &'a Field {
    message.fields.iter().find(|field| field.name == name).unwrap()
}

/// A message of one octet with these fields.
fn message(text: &str, fields: &[(&str, &str)]) -> Message {
    let fields = fields.iter().map(|(name, value)| Field::new(*name, *value)).collect();
    Message { octets: 1, text: text.into(), fields, ..Message::default() }
}

fn told(expected: &[Message], came: &[Message]) -> Vec<String> {
    compare(expected, came).differences.into_iter().map(|difference| difference.says).collect()
}

#[test]
fn the_length_of_a_frame_is_read_up_to_its_limits() {
    let decimal = |octets: &[u8]| why(&frames(FrameLength::DecimalSpace, octets)[0]).to_owned();
    assert_eq!(decimal(b"12345678901234567890 x"), "a length has too many digits");
    assert!(decimal(b"9999999999999999999 x").contains("of 9999999999999999999 octets"));
    assert!(decimal(b" x").contains("decimal digits"));
    let uleb = |octets: &[u8]| frames(FrameLength::Binary(Prefix::Uleb), octets).remove(0);
    assert_eq!(uleb(b"\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00a").text, "a");
    assert_eq!(why(&uleb(b"\x83")), "the length of a frame is cut off");
    let fixed = Fixed { width: 2, signed: false, order: Order::Big };
    let kind = DecoderKind::Frames(Frames { length: FrameLength::Binary(Prefix::Fixed(fixed)), fields: Some(Syntax::Json) });
    let place = field(&all(&kind, Received, b"\0\x07{\"a\":1}", &[])[0], "a").place.unwrap();
    assert_eq!((place.at, place.octets), (7, 1));
}

#[test]
fn what_a_request_says_of_its_body_is_taken_at_its_word_and_no_further() {
    let put =
        |head: &str, body: &str| all(&HTTP, Received, format!("\r\nPUT / HTTP/1.1\r\n{head}\r\n\r\n{body}").as_bytes(), &[]);
    let chunked = &put("Transfer-Encoding: Chunked", "2\r\nab\r\n0\r\n\r\n")[0];
    let body = field(chunked, "body");
    assert_eq!((chunked.text.as_str(), body.value.as_str(), body.place), ("PUT / HTTP/1.1", "ab", None));
    let zipped = put("Transfer-Encoding: chunked, gzip", "2\r\nab\r\n0\r\n\r\n");
    assert_eq!(field(&zipped[0], "body").value, "2\r\nab\r\n0\r\n\r\n");
    assert!(why(&put("Content-Length: +2", "ab")[0]).contains("not a length"));
    assert!(why(&put("Transfer-Encoding: chunked", "2\r\nabXX0\r\n\r\n")[0]).contains("does not end where"));
    assert_eq!(field(&put("A: 1\r\nA: 2", "")[0], "a").place, None, "it stands in two places");
}

#[test]
fn an_answer_is_held_against_its_own_question() {
    let asked = |text: &str| all(&HTTP, Received, text.as_bytes(), &[]);
    let answers = |text: &str, questions: &[Message]| all(&HTTP, Sent, text.as_bytes(), questions);
    let two = asked("GET / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\n");
    let text =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    let came = answers(text, &two);
    assert_eq!((came.len(), field(&came[1], "body").value.as_str()), (3, "hi"));
    let tunnel = asked("CONNECT h:1 HTTP/1.1\r\n\r\n");
    assert_eq!(why(&answers("HTTP/1.1 200 OK\r\n\r\n\x16\x03", &tunnel)[1]), "another protocol follows");
    let refused = answers("HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 204 Yes\r\n\r\n", &tunnel);
    assert_eq!((refused.len(), field(&refused[0], "body").value.as_str()), (2, "no"));
    assert_eq!(why(&answers("HTTP/1.1 101 Up\r\n\r\nxx", &[])[1]), "another protocol follows");
}

#[test]
fn values_have_their_escapes_their_paths_and_their_depth() {
    let pairs = key_value::fields("a=\"\\n\\t\\r\\\\\"\tb=2", 0).unwrap();
    assert_eq!(pairs.iter().map(|field| field.value.as_str()).collect::<Vec<_>>(), ["\n\t\r\\", "2"]);
    let named =
        |text: &str| json::fields(text, 0).unwrap().into_iter().map(|field| (field.name, field.value)).collect::<Vec<_>>();
    assert_eq!((named("{}"), named("7")), (Vec::new(), vec![("value".into(), "7".into())]));
    assert_eq!(named("{\"a\":[ ]}"), [("a".into(), "[]".into())]);
    let nested = |depth: usize| json::fields(&format!("{}1{}", "[".repeat(depth), "]".repeat(depth)), 0);
    assert!(nested(64).is_ok() && nested(65).is_err());
}

#[test]
fn octets_that_do_not_fit_are_told_by_the_smallest_field_around_them() {
    let at = |message: Message, at: u64| Message { at, octets: 4, ..message };
    let fields = vec![Field::new("whole", "w").at(0, 4), Field::new("half", "h").at(2, 2)];
    let messages = [Message { fields, ..at(message("one", &[]), 0) }, at(message("two", &[]), 4)];
    let said = |at: u64| refused(&messages, at).differences.remove(0).says;
    assert_eq!(said(2), "message 1, one: half is h, which does not fit");
    assert_eq!(said(4), "message 2: \"two\" does not fit");
}

#[test]
fn what_is_undecoded_counts_to_its_last_octet() {
    let one = |last: &[u8]| Message::undecoded(0, &[b"the same 24 octets before", last].concat(), "no");
    assert_eq!(told(&[one(b"a")], &[one(b"a")]), [""; 0]);
    assert_eq!(told(&[one(b"a")], &[one(b"b")]).len(), 1);
    assert_ne!(compare(&[], &[one(b"a")]).digest, compare(&[], &[one(b"b")]).digest);
    assert!(told(&[one(b"a")], &[message("x", &[])]).iter().any(|said| said.contains("octets")));
    assert_eq!(Message::undecoded(0, &[b'x'; 24], "no").text, "x".repeat(24), "nothing is left out");
    assert_eq!(Message::behind(5, 5), None);
}

#[test]
fn fields_as_a_whole_are_told_one_by_one() {
    let one = |fields: &[(&str, &str)]| [message("m", fields)];
    assert_eq!(told(&one(&[("x", "1"), ("x", "2")]), &one(&[("x", "1"), ("x", "2")])), [""; 0]);
    assert_eq!(told(&one(&[("x", "1"), ("x", "2")]), &one(&[("x", "1")])), ["message 1, m: x is absent, expected 2"]);
    assert_eq!(told(&one(&[("x", "")]), &one(&[("x", "a b")])), ["message 1, m: x is \"a b\", expected \"\""]);
    let computed = |value: &str| {
        let length = Field { is_computed: true, ..Field::new("length", value) };
        [Message { fields: vec![Field::new("x", "1"), length], ..message("m", &[]) }]
    };
    assert_eq!(told(&computed("3"), &computed("4")), [""; 0]);
    assert_eq!(compare(&[], &computed("3")).digest, compare(&[], &computed("4")).digest);
    let (ordered, other) = (json_lines("{\"a\":1,\"b\":2}\n"), json_lines("{\"b\":2,\"a\":1}\n"));
    assert_eq!(told(&ordered, &other), [""; 0]);
    let nested = told(&json_lines("{\"a.b\":{\"c\":1}}\n"), &json_lines("{\"a\":{\"b.c\":1}}\n"));
    assert!(nested[0].ends_with("a.b.c is 1, nested otherwise than expected"), "{nested:?}");
}

#[test]
fn of_what_is_missing_each_is_told_behind_the_last_that_came_and_so_many_only() {
    let texts = |count: usize| (0..count).map(|number| message(&number.to_string(), &[])).collect::<Vec<_>>();
    let said = told(&texts(3), &texts(1));
    assert!(said.len() == 2 && said.iter().all(|said| said.ends_with("behind message 1")), "{said:?}");
    let held = compare(&texts(25), &[]);
    assert_eq!((held.differences.len(), held.more), (20, 5));
}

#[test]
fn the_cause_of_a_field_that_differs_is_told_with_it() {
    let one = |name: &str, value: &str| [message("m", &[(name, value)])];
    let says = |expected: &str, came: &str| told(&one("topic", expected), &one("topic", came)).remove(0);
    assert!(
        says("sensors/a", "SENSORS/A")
            .ends_with("topic is SENSORS/A, expected sensors/a: letters became upper case (upper-cased)")
    );
    assert!(says("caf\u{e9}", "caf\u{c3}\u{a9}").contains("(double-encoded-"));
    // Chance, what nobody knows, and what is seen anyway.
    for [expected, came] in [["80", "08"], ["12", "21"], ["0", "1"], ["Monday", "Tuesday"], ["hello", "jello"], ["3000", "3"]] {
        assert!(says(expected, came).ends_with(&format!("topic is {came}, expected {expected}")), "{}", says(expected, came));
    }
    let text = told(&[message("get /a", &[])], &[message("GET /A", &[])]).remove(0);
    assert!(text.ends_with(": letters became upper case (upper-cased)"), "{text}");
}
