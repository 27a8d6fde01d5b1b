//! Parts that bend, as people write them and see them fail.

use std::path::Path;

#[cfg(unix)]
use predicates::str::contains;
use samewire::suite::Suite;
use serde_json::Value;

#[cfg(unix)]
use super::support::SAMEWIRE;
use super::support::{Project, run_sender};

const HEAD: &str = "[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\n";

#[track_caller]
fn refused(parts: &str, mend: &str) {
    let toml = format!("{HEAD}expect = {{ parts = [{{ text = 'a' }},\n{parts}] }}");
    let error = Suite::parse(Path::new("case.toml"), &toml).expect_err("this is not valid");
    assert!(error.to_string().contains(mend), "{error}");
    assert_eq!(error.line, Some(6), "{error}");
}

#[test]
fn parts_that_cannot_be_right_are_refused_with_their_line_and_the_mend() {
    refused("{ any = [3, 2] }", "write [LEAST, MOST]");
    refused("{ any = [1, 2, 3] }", "write [LEAST, MOST]");
    refused("{ any = [0, 0] }", "COUNT from 1");
    refused("{ any = 0 }", "COUNT from 1");
    refused("{ any = [1, 1048577] }", "together at most 1048576");
    refused("{ until = '' }", "octets to look for");
    refused("{ until = 'xy' }", "pairs of lower-case hex digits");
    refused("{ matches = '(' }", "unclosed group");
    refused("{ matches = '[a-z]{50000}' }", "too large");
    refused("{ matches = '[a&&b]' }", "can match nothing");
    refused("{ length = 'u16', of = [{ text = 'a' }] }", "one of: u8, u16be");
    refused("{ length = 'u16be' }", "add `of = [PARTS]`");
    refused("{ any = 2, of = [{ text = 'a' }] }", "go with `length");
    refused("{ any = 2, text = 'a' }", "a part is one of");
    refused("{ name = 'a' }", "a part is one of");
    refused("{ optional = [] }", "parts that may be missing");
    refused("{ any_order = [[{ text = 'a' }]] }", "2 to 32 lists");
    refused("{ any_order = [[{ text = 'a' }], []] }", "2 to 32 lists");
    let many = "[{ text = 'a' }],".repeat(33);
    refused(&format!("{{ any_order = [{many}] }}"), "2 to 32 lists");
    refused("{ same = 'nonce' }", "no part before this one has `name = \"nonce\"`");
    refused("{ same = 'n', name = 'n' }", "is this part itself, or comes later");
    refused("{ same = 'n' }, { any = 1, name = 'n' }", "is this part itself, or comes later");
    refused("{ any_order = [[{ any = 1, name = 'n' }], [{ same = 'n' }]] }", "in any order with it");
    refused("{ optional = [{ any = 1, name = 'n' }] }, { any = 2, name = 'n' }, { same = 'n' }", "different names");
    let deep = format!("{}{{ text = 'a' }}{}", "{ optional = [".repeat(20), "] }".repeat(20));
    refused(&deep, "16 deep");
}

#[test]
fn a_plan_that_does_not_fit_the_parts_is_refused() {
    let of = |plan: &str| {
        let toml = format!("{HEAD}plan = '{plan}'\nexpect = {{ parts = [{{ text = 'id=' }}, {{ matches = '[0-9]+' }}] }}");
        Suite::parse(Path::new("case.toml"), &toml).map_err(|error| error.to_string())
    };
    assert!(of("text id=77").is_ok());
    assert!(
        of("text id=x")
            .unwrap_err()
            .contains("what its plan sends does not fit part 2: matches \"[0-9]+\"; octet 0x78 at offset 3")
    );
}

struct Suites(Project);

impl Suites {
    fn new(expect: &str) -> Self {
        let project = Project::new();
        project.cases(&format!("{HEAD}{expect}\n"));
        Self(project)
    }

    /// A client that does this, whatever it is told: it has a plan of its own.
    #[track_caller]
    fn sends(&self, plan: &str) {
        self.0.write("plan", plan);
        let run = run_sender("right", &self.0.path("plan").display().to_string());
        self.0.client("one", &format!("run = {run}"), "cases = ['case/a']");
    }

    /// What is said of a client that sends this on each connection, and its report.
    #[track_caller]
    fn told(&self, connections: &[&[u8]]) -> (String, Value) {
        let line = |octets: &&[u8]| format!("bytes {}", octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>());
        self.sends(&connections.iter().map(line).collect::<Vec<_>>().join("\nconnect\n"));
        let output = self.0.run(&[]).output().expect("samewire runs");
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (text, self.0.report())
    }

    #[track_caller]
    fn passes(&self, connections: &[&[u8]]) {
        let (text, report) = self.told(connections);
        assert_eq!(report["trials"][0]["verdict"], "passed", "{text}");
    }

    #[track_caller]
    fn fails(&self, connections: &[&[u8]], said: &[&str]) {
        let (text, report) = self.told(connections);
        assert_eq!(report["trials"][0]["verdict"], "differs", "{text}");
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        said.iter().for_each(|said| assert!(joined.contains(said), "{said}\n{text}"));
    }
}

#[test]
fn handshakes_of_redis_that_name_their_library_fit_and_a_wrong_value_is_told_by_its_part() {
    let setinfo = "{ text = \"CLIENT SETINFO LIB-NAME \" }, { until = \"0d0a\", name = \"library\" }";
    let suite = Suites::new(&format!(
        "expect = {{ parts = [{{ optional = [{{ text = \"HELLO 3\\r\\n\" }}] }}, {{ optional = [{setinfo}] }}, {{ text = \"SET k v\\r\\n\" }}] }}"
    ));
    suite.passes(&[b"SET k v\r\n"]);
    suite.passes(&[b"HELLO 3\r\nCLIENT SETINFO LIB-NAME redis-py\r\nSET k v\r\n"]);
    suite.passes(&[b"CLIENT SETINFO LIB-NAME go-redis(,go1.22)\r\nSET k v\r\n"]);
    suite.fails(
        &[b"HELLO 3\r\nCLIENT SETINFO LIB-NAME lettuce\r\nSET k w\r\n"],
        &["part 3: text \"SET k v\\r\\n\"; octet 0x77 at offset 48"],
    );
}

#[test]
fn headers_come_in_any_order_and_a_length_that_counts_characters_is_told() {
    let suite = Suites::new(
        "expect = { parts = [{ text = \"POST / HTTP/1.1\\r\\n\" }, { any_order = [[{ text = \"Host: \" }, { until = \"0d0a\" }], \
         [{ text = \"Accept: */*\\r\\n\" }]] }, { text = \"Content-Length: \" }, { length = \"decimal\", plus = -4, name = \"body length\", \
         of = [{ hex = \"0d0a0d0a\" }, { matches = \"(?s).+\", name = \"body\" }] }] }",
    );
    let head = "POST / HTTP/1.1\r\nAccept: */*\r\nHost: 127.0.0.1:1\r\nContent-Length: ";
    suite.passes(&[format!("{head}6\r\n\r\nhéllo").as_bytes()]);
    let wrong = "part 4, \"body length\": length \"decimal\", plus -4; the number 5 at offset 65, expected 6";
    suite.fails(&[format!("{head}5\r\n\r\nhéllo").as_bytes()], &[wrong]);
    suite.fails(
        &[format!("{}6\r\n\r\nhéllo", head.replace("*/*", "*")).as_bytes()],
        &["part 2.2.1: text \"Accept: */*\\r\\n\"; octet 0x0d"],
    );
}

#[test]
fn an_mqtt_client_chooses_its_id_and_comes_again_with_it() {
    let connect = |id: &str| {
        format!(
            "{{ parts = [{{ hex = \"10\" }}, {{ length = \"uleb\", of = [{{ hex = \"00044d51545404\" }}, {{ hex = \"02003c\" }}, \
             {{ length = \"u16be\", of = [{id}] }}] }}] }}"
        )
    };
    let first = connect("{ matches = \"[0-9A-Za-z-]{1,23}\", name = \"client id\" }");
    let suite = Suites::new(&format!("connections = [{first}, {}]", connect("{ same = \"client id\" }")));
    let packet = |id: &str| {
        [b"\x10".as_slice(), &[12 + id.len() as u8], b"\0\x04MQTT\x04\x02\0\x3c\0", &[id.len() as u8], id.as_bytes()].concat()
    };
    suite.passes(&[&packet("paho-1a2b"), &packet("paho-1a2b")]);
    suite.passes(&[&packet("x"), &packet("x")]);
    suite.fails(
        &[&packet("paho-1"), &packet("paho-2")],
        &["connection 2, part 2.3.1: same \"client id\"; octet 0x32 at offset 19"],
    );
    suite.fails(&[&packet("paho_1"), &packet("paho_1")], &["connection 1, part 2.3.1, \"client id\"", "octet 0x5f at offset 18"]);
}

#[test]
fn what_bends_stands_in_every_view_and_an_endless_case_is_said() {
    let suite = Suites::new(
        "expect = { parts = [{ text = \"id=\" }, { matches = \"[0-9a-f]{8}\", name = \"nonce\" }, { hex = \"0a\" }] }",
    );
    let said = "part 2, \"nonce\": matches \"[0-9a-f]{8}\"; octet 0x67 at offset 9";
    suite.fails(&[b"id=012345g7\n"], &[said]);
    let (_, report) = suite.told(&[b"id=012345g7\n"]);
    let expected = &report["trials"][0]["expected"][0];
    assert_eq!((&expected["length"], &expected["sha256"], &expected["base64"]), (&12.into(), &Value::Null, &Value::Null));
    assert_eq!(expected["parts"][1], "part 2, \"nonce\": matches \"[0-9a-f]{8}\"");
    assert_eq!(report["trials"][0]["drawings"][0]["picture"]["first_difference"]["part"], said);
    assert_eq!(report["trials"][0]["diagnoses"][0]["name"], "unexplained");
    let endless = Suites::new(
        "expect = { parts = [{ matches = \"(?s).*\", name = \"a\" }, { matches = \"(?s).*\", name = \"b\" }, { same = \"a\" }, { same = \"b\" }, { text = \"!\" }] }",
    );
    let (text, report) = endless.told(&[&vec![b'x'; 5000]]);
    assert_eq!(report["trials"][0]["verdict"], "setup-error", "{text}");
    assert!(text.contains("can be read in too many ways: after 1000000 steps"), "{text}");
}

#[test]
fn what_a_program_prints_may_bend_too() {
    let output = "output = { parts = [{ text = \"at \" }, { matches = \"[0-9]+\", name = \"time\" }, { hex = \"0a\" }] }";
    for (text, verdict) in [("at 77", "passed"), ("at noon", "wrong-output")] {
        let answers = format!("[case.recorder]\nreplies = [{{ at = 'fin', text = \"{text}\\n\" }}]");
        let suite = Suites::new(&format!("expect = {{ text = 'a' }}\n{output}\n{answers}"));
        suite.sends("text a\nhalf-close\nreceive all");
        let said = suite.0.run(&[]).output().expect("samewire runs").stdout;
        assert_eq!(suite.0.report()["trials"][0]["verdict"], verdict, "{text}");
        let is_said = String::from_utf8_lossy(&said).contains("part 2, \"time\"");
        assert_eq!(is_said, verdict != "passed", "{}", String::from_utf8_lossy(&said));
    }
}

/// Two clients that send the same wrong end behind an id of their own.
#[cfg(unix)]
fn with_ids(project: &Project, ids: [&str; 2]) {
    for (name, id) in ["one", "two"].into_iter().zip(ids) {
        let sends = format!("printf 'text id {id}, x' > \"$TMPDIR/plan\"; exec '{SAMEWIRE}' sender right $0 $1 \"$TMPDIR/plan\"");
        let run = format!("run = ['sh', '-c', \"\"\"{sends}\"\"\", '{{host}}', '{{port}}', '{{case}}']");
        project.client(name, &run, "cases = ['case/*']");
    }
}

#[cfg(unix)]
#[test]
fn what_may_vary_keeps_nobody_apart() {
    let run = |project: &Project, out: &str| project.run_all(&["--profile", "default", "--case", "case/*", "--out", out]);
    for part in ["any = 1", "matches = '[0-9]'"] {
        let project = Project::new();
        let expect = format!("[{{ text = 'id ' }}, {{ {part}, name = 'id' }}, {{ text = ', y' }}]");
        project.cases(&format!("[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\nexpect = {{ parts = {expect} }}\n"));
        with_ids(&project, ["1", "2"]);
        let said = contains("both clients agree with each other and not with the expectation");
        run(&project, "first").assert().code(1).stdout(said);
        with_ids(&project, ["3", "4"]);
        run(&project, "second").assert().code(1);
        project.samewire(&["compare", "first", "second"]).assert().code(0).stdout(contains("2 the same"));
        with_ids(&project, ["3", "x"]);
        run(&project, "third").assert().code(1);
        let differs = if part.starts_with("any") { 0 } else { 1 };
        project.samewire(&["compare", "first", "third"]).assert().code(differs);
    }
}
