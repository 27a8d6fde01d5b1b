//! The decoders that are built in.

use samewire::judge::messages::{Direction, Message, decode};
use samewire::suite::Decoders;
use samewire::suite::decoder::{DecoderKind, FrameLength, Frames, Lines, Syntax};
use samewire::suite::plan::{Fixed, Order, Prefix};

fn received(kind: &DecoderKind, octets: &[u8]) -> Vec<Message> {
    decode(kind, Direction::Received, octets, &[]).expect("no program")
}

fn built_in(name: &str) -> DecoderKind {
    Decoders::default().get(name).expect("it is built in").kind.clone()
}

fn fixed(width: usize, order: Order) -> FrameLength {
    FrameLength::Binary(Prefix::Fixed(Fixed { width, signed: false, order }))
}

fn frames(length: FrameLength, fields: Option<Syntax>) -> DecoderKind {
    DecoderKind::Frames(Frames { length, fields })
}

fn lines(end: &[u8], fields: Option<Syntax>) -> DecoderKind {
    DecoderKind::Lines(Lines { end: Some(end.to_vec()), fields })
}

fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.text.as_str()).collect()
}

#[track_caller]
fn value<'a>(message: &'a Message, name: &str) -> &'a str {
    let field = message.fields.iter().find(|field| field.name == name);
    field.map_or_else(|| panic!("no {name} in {message:?}"), |field| &field.value)
}

/// The octets that a field says it stands in.
#[track_caller]
fn octets_of<'a>(stream: &'a [u8], message: &Message, name: &str) -> &'a [u8] {
    let field = message.fields.iter().find(|field| field.name == name).expect(name);
    let place = field.place.expect("a place");
    &stream[place.at as usize..(place.at + place.octets) as usize]
}

fn undecoded(message: &Message) -> &str {
    message.undecoded.as_deref().unwrap_or_else(|| panic!("{message:?} is decoded"))
}

/// Every decoder that is no program, with octets that it reads.
fn every_kind() -> Vec<(DecoderKind, Vec<u8>)> {
    let json = br#"{"a":{"b":[1,2.0,"x\u00e9"]},"c":null}"#.to_vec();
    let pairs = b"level=info msg=\"two words\" n=12".to_vec();
    let with = |before: &[u8], text: &[u8], after: &[u8]| [before, text, after].concat().repeat(2);
    let chunked = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n".to_vec();
    let plain = b"PUT /b HTTP/1.1\r\nContent-Length: 4\r\nA: 1\r\nA: 2\r\n\r\nbodyGET / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec();
    vec![
        (built_in("lines"), b"one\r\ntwo\nthree\n\xff\xfe\n\nend".to_vec()),
        (lines(b"\0", Some(Syntax::Json)), with(b"", &json, b"\0")),
        (lines(b"\r\n", Some(Syntax::KeyValue)), with(b"", &pairs, b"\r\n")),
        (frames(fixed(4, Order::Big), Some(Syntax::Json)), with(&[0, 0, 0, json.len() as u8], &json, b"")),
        (frames(fixed(2, Order::Little), None), with(&[3, 0], b"abc", b"")),
        (frames(FrameLength::Binary(Prefix::Uleb), None), with(&[0x83, 0], b"abc", b"")),
        (frames(FrameLength::DecimalSpace, None), with(b"3 ", b"abc", b"")),
        (built_in("http1"), [chunked, plain].concat()),
    ]
}

#[test]
fn lines_are_their_texts_and_say_how_they_end() {
    let messages = received(&built_in("lines"), b"one\r\ntwo\n\n\xff\nlast");
    assert_eq!(texts(&messages), ["one", "two", "", "ff", "last"]);
    let ends: Vec<&str> = messages.iter().map(|message| value(message, "end")).collect();
    assert_eq!(ends, ["crlf", "lf", "lf", "lf", "none"]);
    assert_eq!((messages[1].at, messages[1].octets), (5, 4));
    assert_eq!(texts(&received(&lines(b"\n", None), b"a\r\nb")), ["a\r", "b"]);
}

#[test]
fn a_line_with_fields_that_has_no_end_says_so_and_one_that_is_no_json_is_undecoded() {
    let messages = received(&lines(b"\0", Some(Syntax::Json)), b"{\"a\":1}\0{\"a\":\0{\"a\":2}");
    assert_eq!(value(&messages[0], "a"), "1");
    assert!(undecoded(&messages[1]).starts_with("is no JSON"), "{messages:?}");
    assert_eq!((value(&messages[2], "a"), value(&messages[2], "end")), ("2", "none"));
}

#[test]
fn frames_are_their_payloads_and_what_is_cut_off_is_undecoded() {
    let messages = received(&frames(fixed(2, Order::Big), None), b"\0\x03abc\0\0\0\x05ab");
    assert_eq!(texts(&messages[..2]), ["abc", ""]);
    assert_eq!(value(&messages[0], "length"), "3");
    assert_eq!(undecoded(&messages[2]), "a frame of 5 octets is cut off: 2 came");
    let cut = received(&frames(fixed(4, Order::Little), None), b"\x01\0\0\0a\0\0");
    assert_eq!(undecoded(&cut[1]), "the length of a frame is cut off");
    let counted = received(&frames(FrameLength::DecimalSpace, None), b"5 <13>a12 twelve octets3x");
    assert_eq!(texts(&counted[..2]), ["<13>a", "twelve octet"]);
    assert!(undecoded(&counted[2]).contains("decimal digits"), "{counted:?}");
    let huge = received(&frames(FrameLength::Binary(Prefix::Uleb), None), &[0xff; 12]);
    assert_eq!(undecoded(&huge[0]), "a length has more than 64 bits");
}

#[test]
fn requests_have_their_fields_and_their_bodies() {
    let stream = b"POST /p?q=1 HTTP/1.1\r\nHost: h:1\r\nX-A: 1\r\nx-a: \xff2\r\nContent-Length: 6\r\n\r\nh\xc3\xa9llo\
        GET / HTTP/1.0\r\n\r\n";
    let messages = received(&built_in("http1"), stream);
    assert_eq!(texts(&messages), ["POST /p?q=1 HTTP/1.1", "GET / HTTP/1.0"]);
    let names = ["method", "target", "version", "host", "x-a", "content-length", "body"];
    let values = ["POST", "/p?q=1", "HTTP/1.1", "h:1", "1, \\xff2", "6", "héllo"];
    assert_eq!(names.map(|name| value(&messages[0], name)), values);
    assert_eq!(octets_of(stream, &messages[0], "host"), b"h:1");
    assert_eq!(octets_of(stream, &messages[0], "target"), b"/p?q=1");
    assert_eq!(octets_of(stream, &messages[0], "body"), "héllo".as_bytes());
    assert!(messages[1].fields.iter().all(|field| field.name != "body"));
}

#[test]
fn chunks_are_joined_and_a_body_that_is_cut_off_is_undecoded() {
    let head = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let messages = received(&built_in("http1"), format!("{head}2\r\nab\r\n01;e\r\nc\r\n0\r\nEnd: yes\r\n\r\n").as_bytes());
    assert_eq!((value(&messages[0], "body"), value(&messages[0], "end")), ("abc", "yes"));
    for body in ["2\r\nab\r\n", "5\r\nab", "zz\r\n", "2\r\nabc\r\n0\r\n\r\n", "ffffffffffffffff\r\na", "fffffffffffffffff\r\na"] {
        let messages = received(&built_in("http1"), format!("{head}{body}").as_bytes());
        assert_eq!(messages.len(), 1, "{messages:?}");
        undecoded(&messages[0]);
    }
    let messages = received(&built_in("http1"), b"PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc");
    assert_eq!(undecoded(&messages[0]), "a body of 5 octets is cut off: 3 came");
    let two = received(&built_in("http1"), b"PUT / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef");
    assert!(undecoded(&two[0]).contains("Content-Length"));
}

#[test]
fn an_answer_has_the_body_that_its_question_lets_it_have() {
    let asked = b"HEAD / HTTP/1.1\r\n\r\nGET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n";
    let questions = received(&built_in("http1"), asked);
    let answers = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n\
        HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n\
        HTTP/1.1 404 Nope\r\n\r\nall the rest";
    let messages = decode(&built_in("http1"), Direction::Sent, answers, &questions).unwrap();
    let statuses: Vec<&str> = messages.iter().map(|message| value(message, "status")).collect();
    assert_eq!(statuses, ["200", "100", "204", "304", "404"]);
    assert_eq!((value(&messages[4], "reason"), value(&messages[4], "body")), ("Nope", "all the rest"));
    let tunnel = received(&built_in("http1"), b"CONNECT h:443 HTTP/1.1\r\n\r\n\x16\x03\x01");
    assert_eq!(undecoded(&tunnel[1]), "another protocol follows");
}

#[test]
fn the_order_of_keys_blanks_and_escapes_do_not_matter_and_the_form_of_a_number_does() {
    let kind = lines(b"\n", Some(Syntax::Json));
    let digest = |text: &str| {
        let toml = "[[case]]\nname='a'\nabout='x'\nhazards=[]\ndecode='lines'\nmessages=['x']";
        let case = samewire::suite::Suite::parse("group.toml".as_ref(), toml).unwrap().cases.remove(0);
        samewire::judge::messages::hold(&case.decoding.unwrap(), &[], &received(&kind, text.as_bytes())).digest
    };
    let one = digest("{\"a\":12,\"b\":{\"c\":\"é\"}}\n");
    assert_eq!(one, digest("{ \"b\": {\"c\" :\"\\u00e9\"}, \"a\" : 12 }\n"));
    for other in ["{\"a\":12.0,\"b\":{\"c\":\"é\"}}\n", "{\"a\":\"12\",\"b\":{\"c\":\"é\"}}\n", "{\"a\":12,\"b\":{\"c\":\"é\"}}"]
    {
        assert_ne!(one, digest(other), "{other}");
    }
}

/// What every stream of messages holds to, whatever octets there are.
#[track_caller]
fn is_sound(octets: &[u8], messages: &[Message]) {
    let mut at = 0;
    for message in messages {
        assert_eq!(message.at, at, "a gap, or octets that are in two messages");
        at += message.octets;
        for place in message.fields.iter().filter_map(|field| field.place) {
            let end = place.at.checked_add(place.octets).expect("an end");
            assert!(message.at <= place.at && end <= message.at + message.octets, "{message:?}");
        }
    }
    assert_eq!(at, octets.len() as u64);
}

#[test]
fn whatever_octets_there_are_all_of_them_are_in_messages() {
    let mut seed = 42_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for (kind, sample) in every_kind() {
        assert!(received(&kind, &sample).iter().all(|message| message.undecoded.is_none()), "{:?}", received(&kind, &sample));
        for _ in 0..3_000 {
            let mut octets = sample.clone();
            for _ in 0..random(4) {
                let (from, to) = (random(octets.len()), random(octets.len()));
                match random(4) {
                    0 => octets[from] = random(256) as u8,
                    1 => octets.truncate(from.max(1)),
                    2 => octets.insert(from, b"\r\n 0\"{[=\xff"[random(9)]),
                    _ => octets.swap(from, to),
                }
            }
            is_sound(&octets, &received(&kind, &octets));
            is_sound(&octets, &decode(&kind, Direction::Sent, &octets, &[]).unwrap());
        }
    }
}

#[test]
fn of_messages_without_end_only_so_many_are_kept() {
    let octets = b"\n".repeat(150_000);
    let messages = received(&built_in("lines"), &octets);
    is_sound(&octets, &messages);
    assert_eq!(messages.len(), 100_001);
    assert!(undecoded(&messages[100_000]).contains("more than"));
}
