//! The wire suite: what is expected is what the plan says, by two ways that know nothing of each other.

use std::collections::HashSet;
use std::path::Path;

use samewire::plan::encode;
use samewire::suite::Suite;
use samewire::suite::expectation::ExpectedExit;

fn wire() -> Suite {
    Suite::load(&["builtin:wire".into()]).expect("the wire suite")
}

#[test]
fn encoder_and_written_expectation_agree_on_every_case() {
    let suite = wire();
    assert!(suite.cases.len() >= 175);
    for case in &suite.cases {
        let streams = encode(case.plan.as_ref().unwrap_or_else(|| panic!("{} has no plan", case.name)));
        let fails = case.exit == ExpectedExit::NonZero;
        assert!(fails || streams.len() == case.connections.len(), "{}", case.name);
        for (stream, expected) in streams.iter().zip(&case.connections) {
            // A recorder that cuts its client off has read the beginning only.
            let read = if fails { expected.content.length() as usize } else { stream.octets.len() };
            assert!(expected.content.matches(&stream.octets[..read]), "{}", case.name);
        }
    }
}

#[test]
fn fields_cover_every_octet_once() {
    for case in wire().cases {
        for stream in case.plan.iter().flat_map(encode) {
            let end = stream.fields.iter().fold(0, |at, field| {
                assert_eq!(field.start, at, "{}", case.name);
                at + field.length
            });
            assert_eq!(end, stream.octets.len(), "{}", case.name);
        }
    }
}

#[test]
fn every_case_says_what_it_is_about_and_which_hazards_it_provokes() {
    let suite = wire();
    for case in &suite.cases {
        assert!(!case.about.is_empty() && !case.hazards.is_empty(), "{}", case.name);
    }
    let names: HashSet<&str> = suite.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), suite.cases.len());
}

#[track_caller]
fn assert_refused(toml: &str, line: usize, mend: &str) {
    let error = Suite::parse(Path::new("case.toml"), toml).expect_err("this is not valid");
    assert_eq!(error.line, Some(line), "{error}");
    assert!(error.to_string().contains(mend), "{error}");
}

const HEAD: &str = "[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\n";

#[test]
fn a_suite_file_that_is_wrong_says_where_and_how_to_mend_it() {
    assert_refused("[[case]]\nname = 'a'\nnonsense", 3, "");
    assert_refused(&format!("{HEAD}colour = 'red'"), 5, "colour");
    assert_refused(&format!("{HEAD}plan = 'text a'"), 1, "say what is expected");
    assert_refused(&format!("{HEAD}expect = {{ hex = 'abc' }}"), 5, "pairs of lower-case hex digits");
    assert_refused(&format!("{HEAD}expect = {{ hex = '61', text = 'a' }}"), 5, "exactly one of");
    assert_refused(&format!("{HEAD}expect = {{ parts = [{{ any = 4 }}] }}"), 5, "any octets would fit");
    for any in ["(?s).*", "(?s).+", "[\\\\x00-\\\\xff]*", "(?s:.)*(a|b)?", "(?s)(a.*|.*)"] {
        let part = format!("{{ optional = [{{ matches = \"{any}\" }}] }}");
        assert_refused(&format!("{HEAD}expect = {{ parts = [{part}, {{ any = 1 }}] }}"), 5, "any octets would fit");
    }
    assert_refused(
        &format!("{HEAD}decode = \"lines\"\nmessages = [\"a\", {{ like = \"**\" }}]"),
        6,
        "any message would be right",
    );
    assert_refused(&format!("{HEAD}decode = \"http1\"\nmessages = [\"a\"]\nignore_fields = [\"Date\"]"), 7, "small letters");
    for some in [".*", "(?s)..*", "[^a]*", "(?s)a.*"] {
        let toml = format!("{HEAD}expect = {{ parts = [{{ matches = \"{some}\" }}] }}");
        assert!(Suite::parse("group.toml".as_ref(), &toml).is_ok() != (some == "(?s)..*"), "{some}");
    }
    let masks = "{ any = 1048576 }, { hex = \"00\" }, { any = 1 }";
    assert_refused(&format!("{HEAD}expect = {{ parts = [{masks}] }}"), 5, "together at most 1048576");
    assert_refused(&format!("{HEAD}expect = {{ sha256 = '00', bytes = 1 }}"), 5, "64 lower-case hex digits");
    assert_refused(
        &format!("{HEAD}plan = 'text a'\nconnections = [{{ hex = '61' }}, {{ hex = '62' }}]"),
        5,
        "1 connections and 2",
    );
    assert_refused(&format!("{HEAD}plan = '''\ntext a\nwave 3\n'''\nexpect = {{ hex = '61' }}"), 7, "unknown word `wave`");
    assert_refused(&HEAD.replace("'a'", "'A b'"), 2, "a-z, 0-9 and -");
    assert_refused(&HEAD.replace("'a'", &format!("'{}'", "a".repeat(101))), 2, "101 octets, and 100 is the most");
    assert_refused(&HEAD.replace("'a'", "'nul'"), 2, "a device on Windows");
    assert_refused(&HEAD.replace("[]", "['reply', 'encodng']"), 4, "there is \"encoding\"");
    let resets = "plan = '''\ntext a\nreceive 0\nreset\n'''\nexpect = { text = 'a', ending = 'reset' }";
    assert_refused(&format!("{HEAD}{resets}"), 8, "right before `reset`");
    assert_refused(&format!("{HEAD}expect = {{ text = 'a', ending = ['fin', 'fin'] }}"), 5, "each named once");
    assert_refused(&format!("{HEAD}expect = {{ text = 'a' }}\nturns = 'strict'"), 1, "add some to `[case.recorder]`");
}

#[test]
fn a_case_that_expects_something_else_than_its_plan_sends_is_refused_with_both_sides() {
    let refused = |rest: &str, line: usize, said: &str| assert_refused(&format!("{HEAD}{rest}"), line, said);
    let said = "at offset 4 the case expects 78, and its plan sends 6f (line 1, `text hello`): correct the one that is wrong";
    refused("plan = 'text hello'\nexpect = { text = 'hellx' }", 6, said);
    refused(
        "plan = 'text a'\nexpect = { parts = [{ any = 1 }, { text = 'b' }] }",
        6,
        "expects 62, and its plan sends nothing more",
    );
    let two = "plan = \"text a\\nconnect\\ntext b\"\nconnections = [\n  { text = 'a' },\n  { text = 'c' },\n]";
    refused(two, 8, "on connection 2, at offset 0 the case expects 63");
    let digest = format!("sha256 = '{}', bytes = 5", "00".repeat(32));
    refused(&format!("plan = 'text hello'\nexpect = {{ {digest} }}"), 6, "its plan sends 5 with 2cf24dba");
    let cut_off = "plan = 'text hello'\nexpect = { text = 'EXPECTED', ending = 'open' }\nexit = 'failure'\n[case.recorder]\nclose_after_bytes = 3";
    refused(&cut_off.replace("EXPECTED", "hex"), 6, "at offset 2 the case expects 78");
    let of = |text: &str| Suite::parse(Path::new("case.toml"), &format!("{HEAD}{text}"));
    assert!(of(&cut_off.replace("EXPECTED", "hel")).is_ok());
    assert!(of("plan = 'text hello'\nexpect = { parts = [{ text = 'h' }, { any = 1 }, { text = 'llo' }] }").is_ok());
}

#[test]
fn a_recorder_that_is_wrong_says_where_and_how_to_mend_it() {
    let refused = |recorder: &str, line: usize, mend: &str| {
        assert_refused(&format!("{HEAD}expect = {{ text = 'a' }}\n[case.recorder]\n{recorder}"), line, mend);
    };
    refused("colour = 'red'", 7, "colour");
    refused("echo = true\nupstream = 'a:1'", 6, "echo and upstream cannot go together");
    refused("close_after_bytes = 1\nreset_after_bytes = 1", 6, "close_after_bytes and reset_after_bytes cannot go together");
    refused("read_bytes = 1", 6, "read_every_ms");
    refused("read_bytes = 0\nread_every_ms = 1", 6, "from 1");
    refused("replies = [\n{ at = 'fin' }]", 8, "one of: hex, text");
    refused("replies = [\n{ at = 'fin', after_bytes = 1, text = 'a' }]", 8, "one of: after_bytes");
    refused("replies = [\n{ after_matches = '(', text = 'a' }]", 8, "unclosed group");
    refused("replies = [\n{ after_matches = '(a)', text = '{2}' }]", 8, "a place {2}");
    refused("replies = [\n{ at = 'fin', text = 'a', each_time = true }]", 8, "happens once");
    refused("replies = [\n{ after_hex = 'x', text = 'a' }]", 8, "pairs of lower-case hex digits");
    refused("replies = [\n{ at = 'fin', text = 'ab', pieces = [3] }]", 8, "lengths of the first pieces");
    refused("replies = [\n{ at = 'fin', text = 'ab', pieces = [0] }]", 8, "lengths of the first pieces");
    refused("replies = [\n{ at = 'fin', text = 'ab', repeat = 99999999 }]", 8, "64 MiB");
}

#[test]
fn an_echo_that_nobody_reads_while_it_comes_is_refused() {
    let case = |plan: &str| {
        format!(
            "[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\nplan = \"{plan}\"\nexpect = {{ hex = '', ending = 'open' }}\n[case.recorder]\necho = true\n"
        )
    };
    let parsed = |plan: &str| Suite::parse(Path::new("case.toml"), &case(plan));
    for plan in ["ramp 1048576", "ramp 1048576\\nreceive 1048576\\nramp 1048576\\nhalf-close\\nreceive all"] {
        assert!(parsed(plan).is_ok(), "{plan}");
    }
    for plan in ["ramp 1048577", "ramp 150000000\\nhalf-close\\nreceive all", "ramp 1048576\\nreceive 1\\nu8 1 2"] {
        let error = parsed(plan).expect_err("too much").to_string();
        assert!(error.contains("no client has to read while it sends") && error.contains("case.toml:5"), "{plan}: {error}");
    }
}

#[test]
fn what_is_printed_has_no_ending() {
    assert_refused(&format!("{HEAD}expect = {{ text = 'a' }}\noutput = {{ text = 'b', ending = 'fin' }}"), 6, "has no `ending`");
}
