//! The strict parser: what is not a valid plan is refused, with line, column and mend.

use samewire::plan::Plan;

#[track_caller]
fn assert_refused(plan: &str, line: usize, column: usize, mend: &str) {
    let error = Plan::parse(plan).expect_err("this is not valid");
    assert_eq!((error.line, error.column), (line, column), "{error}");
    assert!(error.to_string().contains(mend), "{error}");
}

#[test]
fn characters_that_a_plan_may_not_have() {
    assert_refused("\u{feff}text a", 1, 1, "points feff");
    assert_refused("text a\r\ntext b", 1, 7, "bytes 0d");
    assert_refused("text a\ntext é\0", 2, 7, "bytes 00");
}

#[test]
fn words_and_blanks() {
    assert_refused("# fine\n\nwave", 3, 1, "unknown word");
    assert_refused(" text a", 1, 1, "unknown word");
    assert_refused("text", 1, 5, "the space is required even if REST is empty");
    assert_refused("u8 1  2", 1, 6, "separated by one space");
    assert_refused("u8 1 ", 1, 6, "separated by one space");
    assert_refused("u8", 1, 3, "add at least one");
    assert_refused("connect ", 1, 8, "stands alone");
    assert_refused("ramp 1 2", 1, 1, "ramp COUNT");
}

#[test]
fn numbers() {
    assert_refused("u8 256", 1, 4, "0 to 255");
    assert_refused("u8 -1", 1, 4, "out of range");
    assert_refused("i8 -128 -129", 1, 9, "-128 to 127");
    assert_refused("u16be 07", 1, 7, "no leading zeros");
    assert_refused("u16be +7", 1, 7, "no plus");
    assert_refused("u64le 18446744073709551616", 1, 7, "out of range");
    for plan in [
        "u8 -0",
        "i64le -0",
        "uleb -0",
        "sleb -0",
        "zigzag -0",
        "repeat -0 41",
        "ramp -0",
        "noise -0 1",
        "pause -0",
        "receive -0",
    ] {
        assert_refused(plan, 1, plan.find('-').expect("a sign") + 1, "no -0, which floats alone have");
    }
    assert!(Plan::parse("f32be -0 -0.0 -0e-1").is_ok());
    assert_refused("uleb -1", 1, 6, "out of range");
    assert_refused("sleb 9223372036854775808", 1, 6, "out of range");
    assert_refused("f64be 1e999", 1, 7, "does not fit 64 bits");
    assert_refused("f32be 1e39", 1, 7, "does not fit 32 bits");
    assert_refused("f32be 1.00000005960464477540", 1, 7, "rounds to 32 bits differently");
    assert_refused("f64be .5", 1, 7, "a float is");
    assert_refused("f64be 1E5", 1, 7, "a float is");
}

#[test]
fn octets_and_points() {
    assert_refused("bytes 0", 1, 7, "pairs of lower-case hex");
    assert_refused("bytes 00 FF", 1, 10, "pairs of lower-case hex");
    assert_refused("points d800", 1, 8, "not a surrogate");
    assert_refused("points 110000", 1, 8, "not a surrogate");
    assert_refused("repeat 3 6161", 1, 10, "one octet");
    assert_refused("frame u24 a", 1, 7, "PREFIX is one of");
    assert_refused("frame u8", 1, 9, "the space after PREFIX");
    assert_refused(&format!("frame u8 {}", "a".repeat(256)), 1, 7, "use a wider prefix");
    assert_refused("noise 4 0", 1, 9, "out of range");
}

#[test]
fn the_order_of_lines() {
    assert_refused("half-close\ntext a", 2, 1, "nothing is sent after `half-close`");
    assert_refused("half-close\nhalf-close", 2, 1, "half-closed already");
    assert_refused("receive all", 1, 1, "half-close first");
    assert_refused("half-close\nreceive all\nreceive 1", 3, 1, "read to the end");
    assert_refused("text a\nreset", 2, 1, "right before `reset`");
    assert_refused("receive 268435456\nreceive 1", 2, 1, "receives more than");
    assert_refused("receive 1\nreset\ntext a", 3, 1, "the last line");
}

#[test]
fn the_last_line_feed_may_be_missing_and_rest_may_be_blank() {
    let plan = Plan::parse("# comment\n\ntext  \nframe u8 ").expect("a valid plan");
    let streams = samewire::plan::encode(&plan);
    assert_eq!(streams[0].octets, b" \0");
}
