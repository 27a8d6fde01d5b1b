//! Messages held against what a case expects.

use samewire::judge::messages::{Direction, Field, Held, Message, compare, decode, hold};
use samewire::suite::{Case, Suite};

fn case(keys: &str) -> Case {
    let toml = format!("[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\n{keys}");
    Suite::parse("group.toml".as_ref(), &toml).unwrap_or_else(|error| panic!("{error}\n{toml}")).cases.remove(0)
}

fn held_as(case: &Case, messages: &[Message]) -> Held {
    let wanted = case.connections[0].messages.as_ref().expect("messages");
    hold(case.decoding.as_ref().expect("a decoder"), wanted, messages)
}

/// What is said of lines, or of HTTP.
#[track_caller]
fn said(keys: &str, octets: &str) -> Vec<String> {
    let case = case(keys);
    let decoder = &case.decoding.as_ref().expect("a decoder").decoder;
    let messages = decode(&decoder.kind, Direction::Received, octets.as_bytes(), &[]).expect("no program");
    held_as(&case, &messages).differences.into_iter().map(|difference| difference.says).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_text_is_the_whole_text_and_a_pattern_is_not() {
    let lines = "decode = 'lines'\nmessages = ['one', { text = 'two' }, { like = 't?r*' }]";
    assert_eq!(said(lines, "one\ntwo\nthree/\n"), NOTHING);
    assert_eq!(said(lines, "one\nTwo\nthree\n"), ["message 2: it is \"Two\", expected \"two\""]);
    assert_eq!(said(lines, "one\ntwo\nfour\n"), ["message 3: it is \"four\", expected one like \"t?r*\""]);
}

#[test]
fn a_field_is_told_by_message_and_name() {
    let http = "decode = 'http1'\nmessages = [{ like = 'GET *', fields = { host = 'a', x-n = 1.50 } }]";
    assert_eq!(said(http, "GET / HTTP/1.1\r\nHost: a\r\nX-N: 1.50\r\n\r\n"), NOTHING);
    let said_of = |head: &str| said(http, &format!("GET / HTTP/1.1\r\n{head}\r\n\r\n"));
    assert_eq!(said_of("Host: b\r\nX-N: 1.50"), ["message 1, GET / HTTP/1.1: host is b, expected a"]);
    assert_eq!(said_of("Host: b"), ["message 1, GET / HTTP/1.1: host is b, expected a; x-n is absent, expected 1.50"]);
    assert_eq!(said_of("Host: a\r\nX-N: 1.5"), ["message 1, GET / HTTP/1.1: x-n is 1.5, expected 1.50"]);
}

#[test]
fn of_a_field_that_is_there_several_times_one_must_fit_and_true_is_1() {
    let case = case("decode = 'http1'\nmessages = [{ fields = { dup = true, topic = 'b' } }]");
    let message = |dup: &str| Message {
        octets: 1,
        fields: vec![Field::new("topic", "a"), Field::new("dup", dup), Field::new("topic", "b")],
        ..Message::default()
    };
    for dup in ["true", "True", "1"] {
        assert_eq!(held_as(&case, &[message(dup)]).differences, []);
    }
    assert_eq!(held_as(&case, &[message("0")]).differences[0].says, "message 1: dup is 0, expected true");
}

#[test]
fn what_is_missing_and_what_is_more_is_told_with_its_neighbours() {
    let lines = "decode = 'lines'\nmessages = ['a', 'b', 'c', 'd']";
    assert_eq!(said(lines, "a\nc\nd\n"), ["\"b\" is missing: it was expected behind message 1"]);
    assert_eq!(said(lines, "b\nc\nd\n"), ["\"a\" is missing: it was expected as the first message"]);
    assert_eq!(said(lines, "a\nb\nx\nc\nd\n"), ["message 3: \"x\" was not expected"]);
    assert_eq!(
        said(lines, ""),
        [
            "\"a\" is missing: it was expected as the first message",
            "\"b\" is missing: it was expected as the first message",
            "\"c\" is missing: it was expected as the first message",
            "\"d\" is missing: it was expected as the first message"
        ]
    );
}

#[test]
fn ignore_leaves_out_what_rightly_differs_and_never_all_nor_what_is_undecoded() {
    let http = "decode = 'http1'\nignore = ['HEAD *', '?GET*', '*']\nmessages = ['GET / HTTP/1.1']".replace(", '*'", "");
    let one = "GET / HTTP/1.1\r\n\r\n";
    assert_eq!(said(&http, &format!("HEAD /x HTTP/1.1\r\n\r\n{one}HEAD / HTTP/1.1\r\n\r\n")), NOTHING);
    let hidden = said(&http, "HEAD /x HTTP/1.1\r\n\r\nHEAD /y HTTP/1.1\r\n\r\n");
    assert_eq!(hidden, ["`ignore` hides all 2 messages, so nothing is compared"]);
    let empty = "decode = 'lines'\nignore = ['a*']\nmessages = []";
    assert_eq!(said(empty, "a\n"), ["`ignore` hides the only message, so nothing is compared"]);
    assert_eq!(said(empty, ""), NOTHING);
    let undecoded = "decode = 'http1'\nignore = ['?*']\nmessages = []";
    let said = said(undecoded, "nonsense\r\n");
    assert!(said[0].starts_with("message 1: 10 octets are undecoded (is not an HTTP request: "), "{said:?}");
}

#[test]
fn in_any_order_each_is_needed_once() {
    let lines = "decode = 'lines'\norder = 'any'\nmessages = [{ like = '*' , fields = { end = 'lf' } }, 'b', { like = 'b*' }]";
    assert_eq!(said(lines, "b\nbb\nz\n"), NOTHING);
    assert_eq!(said(lines, "b\nz\nbb\n"), NOTHING);
    assert_eq!(said(lines, "b\nz\ny\n").len(), 1);
    assert_eq!(said(lines, "b\nz\nbb\nq\n"), ["message 4: \"q\" was not expected"]);
}

#[test]
fn what_is_most_alike_is_told_as_one_and_what_is_equal_is_not_told() {
    let other = ["message 2: \"NOOP\" was not expected", "message 3: it is \"MAIL c\", expected \"MAIL b\""];
    for order in ["given", "any"] {
        let lines = format!("decode = 'lines'\norder = '{order}'\nmessages = ['HELO', 'MAIL b', 'QUIT']");
        let mut told = said(&lines, "HELO\nNOOP\nMAIL c\nQUIT\n");
        told.sort();
        assert_eq!(told, other, "{order}");
    }
    let lines = "decode = 'lines'\nmessages = ['HELO', 'MAIL b', 'QUIT']";
    let first = ["message 2: it is \"MAIL c\", expected \"MAIL b\"", "message 3: \"NOOP\" was not expected"];
    assert_eq!(said(lines, "HELO\nMAIL c\nNOOP\nQUIT\n"), first);
    let lines = "decode = 'lines'\nmessages = ['MAIL a', 'MAIL b', 'QUIT']";
    let as_many = said(lines, "NOOP\nMAIL a\nQUIT\n");
    assert_eq!(as_many, ["message 1: \"NOOP\" was not expected", "\"MAIL b\" is missing: it was expected behind message 2"]);
    assert_eq!(said(lines, "x\ny\nQUIT\n").len(), 2, "what is wholly other is told in pairs");
    let any = "decode = 'lines'\norder = 'any'\nmessages = ['MAIL a', 'RCPT b']";
    assert_eq!(
        said(any, "RCPT c\nMAIL d\n"),
        ["message 2: it is \"MAIL d\", expected \"MAIL a\"", "message 1: it is \"RCPT c\", expected \"RCPT b\""]
    );
    let fields = "decode = 'http1'\nmessages = [{ fields = { host = 'a', x = 1, y = 2 } }]";
    let of = |head: &str| format!("GET / HTTP/1.1\r\n{head}\r\n\r\n");
    let told = said(fields, &format!("{}{}", of("Host: a\r\nX: 1\r\nY: 3"), of("Host: a")));
    assert_eq!(told, ["message 1, GET / HTTP/1.1: y is 3, expected 2", "message 2: \"GET / HTTP/1.1\" was not expected"]);
}

#[test]
fn json_is_compared_by_its_fields() {
    let text = "messages = ['{\"a\": 1, \"b\": \"x\"}']\nignore_fields = ['t']";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("suite.toml"), "[decoder.x]\nlines = { end = 'lf', fields = 'json' }").unwrap();
    let toml = format!("[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\ndecode = 'x'\n{text}");
    std::fs::write(folder.path().join("group.toml"), toml).unwrap();
    let case = Suite::load(&[folder.path().to_owned()]).unwrap_or_else(|error| panic!("{error}")).cases.remove(0);
    let said = |octets: &str| {
        let messages =
            decode(&case.decoding.as_ref().unwrap().decoder.kind, Direction::Received, octets.as_bytes(), &[]).unwrap();
        held_as(&case, &messages).differences.into_iter().map(|difference| difference.says).collect::<Vec<_>>()
    };
    assert_eq!(said("{\"b\":\"\\u0078\",\"t\":7,\"a\":1}\n"), NOTHING);
    let text = "{\\\"b\\\":2,\\\"a\\\":1.0,\\\"c\\\":3}".replace('\\', "");
    assert_eq!(
        said(&format!("{text}\n")),
        [format!("message 1, {text}: b is 2, expected x; a is 1.0, expected 1; c is 3, and was not expected")]
    );
    assert_eq!(
        said("{\"b\":\"x\",\"a\":\"1\"}\n"),
        ["message 1, {\"b\":\"x\",\"a\":\"1\"}: a is the text \"1\", expected the bare 1"]
    );
    assert_eq!(said("{\"b\":\"x\",\"a\":1}"), ["message 1, {\"b\":\"x\",\"a\":1}: end is none, and was not expected"]);
}

#[test]
fn the_place_of_a_difference_is_the_field_s() {
    let case = case("decode = 'http1'\nmessages = [{ fields = { host = 'a' } }]");
    let octets = b"GET / HTTP/1.1\r\nHost: bcd\r\n\r\n";
    let decoder = &case.decoding.as_ref().unwrap().decoder;
    let messages = decode(&decoder.kind, Direction::Received, octets, &[]).unwrap();
    let place = held_as(&case, &messages).differences[0].place.unwrap();
    assert_eq!(&octets[place.at as usize..(place.at + place.octets) as usize], b"bcd");
}

#[test]
fn two_streams_are_compared_message_by_message() {
    let lines = samewire::suite::Decoders::default().get("lines").unwrap().kind.clone();
    let of = |text: &str| decode(&lines, Direction::Received, text.as_bytes(), &[]).unwrap();
    let said = |one: &str, other: &str| {
        compare(&of(one), &of(other)).differences.into_iter().map(|difference| difference.says).collect::<Vec<_>>()
    };
    assert_eq!(said("a\nb\n", "a\nb\n"), NOTHING);
    assert_eq!(said("a\nb\n", "a\nc\n"), ["message 2: it is \"c\", expected \"b\""]);
    let moved = ["\"a\" is missing: it was expected as the first message", "message 2: \"x\" was not expected"];
    assert_eq!(said("a\nb\n", "b\nx\n"), moved, "a line end that all have makes none alike");
    assert_eq!(said("a\nb\n", "a\nb"), ["message 2, b: end is none, expected lf"]);
    let digest = |text: &str| compare(&[], &of(text)).digest;
    assert_eq!(compare(&of("a\n"), &of("a\n")).digest, digest("a\n"));
    assert_ne!(digest("a\n"), digest("b\n"), "the text counts beside a field that does not say it");
}

#[test]
fn many_messages_take_no_time_to_speak_of() {
    let one = (0..100_000).map(|n| format!("{n}\n")).collect::<String>();
    let lines = samewire::suite::Decoders::default().get("lines").unwrap().kind.clone();
    let of = |text: &str| decode(&lines, Direction::Received, text.as_bytes(), &[]).unwrap();
    let held = compare(&of(&one), &of(&one.replace('7', "x")));
    assert_eq!(held.differences.len(), 20);
    assert!(held.more > 10_000);
    // The most that are lined up, each unlike each.
    let one = (0..1000).map(|n| format!("{n}\n")).collect::<String>();
    let held = compare(&of(&one), &of(&one.replace('\n', "x\n")));
    assert_eq!(held.differences.len() + held.more, 1000);
}
