//! How decoders and messages are written down, and what is refused.

use std::fs;

use samewire::suite::config::Config;
use samewire::suite::decoder::DecoderKind;
use samewire::suite::{Decoders, Defined, Suite};
use tempfile::TempDir;

fn config(toml: &str) -> Result<Decoders, String> {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("samewire.toml"), toml).expect("a file");
    let config = Config::find(folder.path()).map(|config| config.defined.decoders).map_err(|error| error.to_string());
    config.map_err(|error| error.replace(&folder.path().display().to_string(), ""))
}

#[test]
fn every_kind_of_decoder_is_read() {
    let decoders = config(
        r#"
        [decoder.resp]
        needs      = ["python3"]
        version    = ["python3", "--version"]
        at_least   = "3.8"
        install    = { apt = "python3" }
        run        = ["python3", "resp.py", "{direction}"]
        env        = { A = "b" }
        timeout_ms = 500
        fields     = ["key"]
        [decoder.mqtt]
        wireshark = "mqtt"
        [decoder.blocks]
        frames = "u32be"
        [decoder.counted]
        frames = "decimal-space"
        fields = "key=value"
        [decoder.nested]
        frames = { length = "uleb", fields = "json" }
        [decoder.gelf]
        lines = { end = "00", fields = "json" }
        [decoder.crlf]
        lines = { end = "crlf" }
        "#,
    );
    let decoders = decoders.unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = decoders.names().collect();
    assert_eq!(names, ["blocks", "counted", "crlf", "gelf", "http1", "lines", "mqtt", "nested", "resp"]);
    let DecoderKind::Program(program) = &decoders.get("resp").unwrap().kind else { panic!("no program") };
    assert_eq!((program.timeout.as_millis(), program.fields.as_deref()), (500, Some(&["key".to_owned()][..])));
    assert_eq!(decoders.get("crlf").unwrap().field_names(), Some(vec!["end"]));
    assert_eq!(decoders.get("gelf").unwrap().field_names(), None);
}

#[test]
fn a_decoder_that_is_wrong_is_refused_with_its_line() {
    for (toml, line, what) in [
        ("\n[decoder.a]", 2, "a decoder has one of"),
        ("[decoder.a]\nrun = ['x']\nlines = {}", 1, "a decoder has one of"),
        ("[decoder.a]\nrun = []", 2, "name a program"),
        ("[decoder.a]\nlines = { end = 'zz' }", 2, "`end` is"),
        ("[decoder.a]\nlines = { end = '' }", 2, "`end` is"),
        ("[decoder.a]\nframes = 'u24be'", 2, "the length of a frame is one of"),
        ("[decoder.a]\nframes = 'u8'\nfields = 'yaml'", 3, "`fields` is"),
        ("[decoder.a]\nframes = 'u8'\nfields = ['x']", 3, "`fields` is"),
        ("[decoder.a]\nrun = ['x']\nfields = 'json'", 3, "list their names"),
        ("[decoder.a]\nwireshark = 'mqtt'\nfields = ['x']", 3, "tshark -G fields"),
        ("[decoder.a]\nwireshark = 'a,b'", 2, "the name of a dissector"),
        ("[decoder.a]\nlines = {}\nneeds = ['x']", 3, "`needs` is about a program"),
        ("[decoder.a]\nrun = ['x']\nat_least = '3'", 3, "add `version`"),
        ("[decoder.a]\nrun = ['x']\nversion = ['x']\nat_least = 'v3'", 4, "a version is numbers"),
        ("[decoder.lines]\nlines = {}", 1, "is built in"),
        ("[decoder.'a b']\nlines = {}", 1, "the name of a decoder"),
        ("[decoder.a]\nnonsense = 1", 2, "unknown field `nonsense`"),
    ] {
        let error = config(toml).expect_err(toml);
        assert!(error.contains(&format!("samewire.toml:{line}: ")) && error.contains(what), "{toml}\n{error}");
    }
}

const HEAD: &str = "[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\n";

#[test]
fn keys_of_messages_that_are_wrong_are_refused_with_their_line() {
    for (toml, line, what) in [
        ("messages = ['a']", 5, "say what decodes"),
        ("expect = { hex = '' }\nignore = ['a']", 6, "`ignore` is about messages: add `decode`"),
        ("decode = 'nope'\nmessages = []", 5, "there is no decoder \"nope\"; there are: http1 lines"),
        ("decode = 'lines'\nmessages = [\n  'a',\n  { text = 'a', like = 'b' },\n]", 8, "keep one of the two"),
        ("decode = 'lines'\nmessages = [{}]", 6, "any message would be right"),
        ("decode = 'lines'\nmessages = [{ fields = { ending = 'lf' } }]", 6, "has no field \"ending\"; it has: end"),
        ("decode = 'lines'\nignore_fields = ['endd']\nmessages = ['a']", 6, "has no field \"endd\"; it has: end"),
        ("decode = 'lines'\nignore_fields = ['end']\nmessages = [{ fields = { end = 'lf' } }]", 7, "keep one of the two"),
        ("decode = 'lines'\nignore = ['x', '**']\nmessages = []", 6, "ignores every message"),
        ("decode = 'lines'\nconnections = [{ messages = [] }]\nmessages = []", 7, "into the entries of `connections`"),
        ("decode = 'lines'\nexpect = { messages = [] }\nmessages = []", 6, "keep one of the two"),
        ("decode = 'lines'\nexpect = { hex = '00', ignore = ['x'] }", 6, "`ignore` stands in the case itself"),
        ("output = { messages = ['a'] }\nexpect = { hex = '' }", 5, "say what decodes"),
        ("decode = 'lines'\nignore = ['x*']\nmessages = ['a', 'xy']", 7, "`ignore` hides \"xy\", so it would always be missing"),
        ("expect = { hex = '' }\nconnections_in = 'any'", 6, "list them"),
        (
            "connections_in = 'any'\nconnections = [{ parts = [{ hex = '00' }, { any = 1, name = 'n' }] }, { parts = [{ same = 'n' }, { hex = '00' }] }]",
            6,
            "\"n\" is a part of another connection, and `connections_in = \"any\"` does not say which of them is earlier",
        ),
        ("plan = ''\nconnections = [{ hex = '' }]\nconnections_in = 'any'", 7, "a plan opens its connections in their order"),
        ("decode = 'lines'\nmessages = [1]", 6, "the text of a message, or a table"),
        ("decode = 'lines'\nmessages = [{ fields = { end = [1] } }]", 6, "the value of a field"),
    ] {
        let error = Suite::parse("group.toml".as_ref(), &format!("{HEAD}{toml}")).expect_err(toml).to_string();
        assert!(error.starts_with(&format!("group.toml:{line}: ")) && error.contains(what), "{toml}\n{error}");
    }
}

#[test]
fn values_are_as_they_are_written_and_names_may_be_dotted() {
    let toml = format!("{HEAD}decode = 'http1'\nmessages = [{{ fields = {{ a.b = 1.50, 'c.d' = 0x1F, e = true, f = 'g' }} }}]");
    let case = Suite::parse("group.toml".as_ref(), &toml).unwrap().cases.remove(0);
    let messages = case.connections[0].messages.as_ref().unwrap();
    let fields: Vec<_> = messages[0].fields.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect();
    assert_eq!(fields, [("a.b", "1.50"), ("c.d", "0x1F"), ("e", "true"), ("f", "g")]);
}

#[test]
fn a_suite_brings_its_decoders_along_and_samewire_toml_wins() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("suite.toml"), "[decoder.mine]\nframes = 'u8'\n[decoder.both]\nframes = 'u8'").unwrap();
    let case =
        format!("{HEAD}decode = 'mine'\nmessages = ['a']\n{}decode = 'both'\nmessages = ['a']", HEAD.replace("'a'", "'b'"));
    fs::write(folder.path().join("group.toml"), case).unwrap();
    let ours = Defined { decoders: config("[decoder.both]\nframes = 'u16be'").unwrap(), ..Defined::default() };
    let (suite, _) = Suite::load_parted(&[folder.path().to_owned()], &ours).unwrap_or_else(|error| panic!("{error}"));
    let kind = |index: usize| suite.cases[index].decoding.as_ref().unwrap().decoder.clone();
    assert_eq!(suite.cases.len(), 2);
    assert_eq!(kind(0).folder(), folder.path());
    assert_eq!(kind(1), *ours.decoders.get("both").unwrap());
    assert!(suite.remarks.is_empty(), "{:?}", suite.remarks);
}

#[test]
fn the_file_of_a_suite_is_no_group() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("suite.toml"), format!("\n{HEAD}")).unwrap();
    let error = Suite::load(&[folder.path().to_owned()]).unwrap_err().to_string();
    assert!(error.contains("suite.toml:2: ") && error.contains("is not a group of cases"), "{error}");
}
