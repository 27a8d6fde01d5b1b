//! Cases in messages, tried: verdicts, what is said of them, and decoders that do wrong.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use crate::page;
use crate::support::Project;

/// A case that sends these octets, and what is said of them.
fn case(plan: &str, keys: &str) -> String {
    format!("[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\nplan = '''\n{plan}\n'''\n{keys}\n")
}

/// A project whose right sender sends two lines, `one` and `two`.
fn two_lines(keys: &str) -> Project {
    let project = Project::new();
    project.sender("right", "").cases(&case("text one\nbytes 0a\ntext two\nbytes 0a", keys));
    project
}

/// The same, decoded by a shell that runs this script.
#[cfg(unix)]
fn decoded_by(script: &str, keys: &str) -> Project {
    let project = two_lines("decode = 'mine'\nmessages = [{ like = '*', fields = { k = 1 } }]");
    let toml = format!("suites = ['suite']\n[decoder.mine]\nrun = ['sh', '-c', '''{script}''']\n{keys}\n");
    project.write("samewire.toml", &toml);
    project
}

#[test]
fn a_client_that_sends_another_message_is_told_which() {
    let right = two_lines("decode = 'lines'\nmessages = ['one', 'two']");
    right.run(&[]).assert().code(0).stdout(contains("1 passed"));
    let wrong = two_lines("decode = 'lines'\nmessages = ['one', { text = 'two', fields = { end = 'crlf' } }]");
    let said = "message 2, two: end is lf, expected crlf";
    wrong.run(&[]).assert().code(1).stdout(contains(said).and(contains("74 77 6f 0a")).and(contains("^^\n")));
    let report = wrong.report();
    let trial = &report["trials"][0];
    assert_eq!((&trial["verdict"], &trial["expected"][0]["anything"]), (&"differs".into(), &true.into()));
    let messages = &trial["messages"][0];
    assert_eq!((&messages["decoder"], &messages["count"]), (&"lines".into(), &2.into()));
    assert_eq!((&messages["differences"][0]["message"], &messages["differences"][0]["says"]), (&2.into(), &said.into()));
    assert_eq!(messages["messages"][1]["fields"][0]["place"], serde_json::json!([7, 1]));
    for file in ["samewire-report/junit.xml", "samewire-report/report.html"] {
        let text = std::fs::read_to_string(wrong.path(file)).unwrap();
        assert!(page::inflated(&text).contains(said), "{file}");
    }
}

#[test]
fn octets_judge_and_a_decoder_explains_them() {
    let project = two_lines("decode = 'lines'\nexpect = { text = \"one\\ntvo\\n\" }\nexit = 'success'");
    // The plan and the octets have to agree where both are written, so that the sender is wrong.
    project.run(&[]).assert().code(2).stderr(contains("correct the one that is wrong"));
    let project = Project::new();
    let plan = "text one\nbytes 0a\nu16be 513";
    project.sender("order-swapped-16", "").cases(&case(plan, "decode = 'lines'\nexpect = { hex = '6f6e650a0201' }"));
    project.run(&[]).assert().code(1).stdout(contains("message 2"));
}

#[test]
fn parts_that_bend_are_explained_in_messages_too() {
    let told = |plan: &str, parts: &str, said: &str| {
        let project = Project::new();
        project.write("samewire.toml", "suites = ['suite']\n[decoder.pairs]\nlines = { end = 'lf', fields = 'key=value' }\n");
        let keys = format!("decode = 'pairs'\nexpect = {{ parts = [{parts}] }}");
        project.sender("order-swapped-16", "").cases(&case(&format!("text a=1\nbytes 0a\n{plan}\nbytes 0a"), &keys));
        project.run(&[]).assert().code(1).stdout(contains(said).and(contains("no messages").not()));
    };
    // What would have been right is known.
    let known = r#"{ matches = "a=[0-9]" }, { text = "\nid=01\n" }"#;
    told("text id=\nu16be 12337", known, "message 2, id=10: id is 10, expected 01");
    // Only that this is not right is known.
    let unknown = r#"{ text = "a=1\nid=" }, { matches = "[0-9][a-f]" }, { text = "\n" }"#;
    told("text id=\nu16be 12385", unknown, "message 2, id=a0: id is a0, which does not fit");
    // What would have been right is put together of what came, and makes no sense.
    let senseless = r#"{ matches = "a=[0-9]\n" }, { text = "i " }, { optional = [{ text = "=1\n" }] }"#;
    told("u16be 26912\ntext =1", senseless, "message 2: \" i=1\" does not fit");
}

#[test]
fn what_is_printed_is_judged_by_its_messages() {
    let replies = "[case.recorder]\nreplies = [{ after_bytes = 8, text = \"a\\nb\\n\" }]";
    let of = |messages: &str| {
        let project = Project::new();
        let plan = "text one\nbytes 0a\ntext two\nbytes 0a\nreceive 4";
        let keys =
            format!("expect = {{ text = \"one\\ntwo\\n\" }}\noutput = {{ decode = 'lines', messages = {messages} }}\n{replies}");
        project.sender("right", "").cases(&case(plan, &keys));
        project
    };
    of("['a', 'b']").run(&[]).assert().code(0);
    let said = "what it received and printed: message 2: it is \"b\", expected \"c\"";
    of("['a', 'c']").run(&[]).assert().code(1).stdout(contains("wrong-output").and(contains(said)));
}

#[cfg(unix)]
#[test]
fn a_program_decodes_in_its_folder_with_a_clean_environment() {
    let script = r#"test -f samewire.toml && test -z "$SECRET" && cat > "$TMPDIR/x" && printf '{"at":0,"octets":8,"text":"all","fields":{"k":1}}\n'"#;
    let project = decoded_by(script, "version = ['sh', '-c', 'echo mine 1.2']\nat_least = '1.1'");
    project.run(&[]).env("SECRET", "x").assert().code(0);
    assert_eq!(project.report()["trials"][0]["messages"][0]["version"], "mine 1.2");
    let old = decoded_by(script, "version = ['sh', '-c', 'echo mine 1.2']\nat_least = '1.10'\ninstall = { apt = 'mine' }");
    old.run(&[]).assert().code(1);
    let trial = &old.report()["trials"][0];
    assert_eq!(trial["verdict"], "missing");
    let problem = "the decoder mine: 1.2 is too old: 1.10 or newer is needed; apt install mine";
    assert_eq!(trial["problem"], problem);
}

#[cfg(unix)]
#[test]
fn a_decoder_that_does_wrong_is_a_setup_error_that_says_what() {
    for (script, keys, said) in [
        ("echo broken >&2; exit 3", "", "the decoder mine exited with status 3: broken"),
        ("kill -9 $$", "", "the decoder mine was ended by signal 9"),
        ("sleep 100", "timeout_ms = 200", "the decoder mine did not end within 0.2 s"),
        ("yes", "", "the decoder mine printed more than"),
        ("echo nonsense", "", "the decoder mine printed a line 1 that is not a message"),
        (r"printf '\377\n'", "", "is not UTF-8"),
        (r#"echo '{"at":7,"octets":2,"text":"x"}'"#, "", "has a message of 2 octets at 7, and 8 octets came"),
        (r#"echo '{"at":0,"octets":8,"text":"x","fields":{"kk":1}}'"#, "fields = ['k']", "has the field \"kk\""),
    ] {
        let project = decoded_by(script, keys);
        project.run(&[]).assert().code(1);
        let trial = &project.report()["trials"][0];
        assert_eq!(trial["verdict"], "setup-error", "{script}: {trial}");
        assert!(trial["problem"].as_str().unwrap().contains(said), "{script}: {}", trial["problem"]);
    }
}

#[cfg(unix)]
#[test]
fn a_decoder_s_children_end_with_it_and_hostile_text_is_escaped() {
    let script =
        r#"sleep 1000 & echo $! > child; printf '{"at":0,"octets":8,"text":"\\u001b[31m::error::x","fields":{"k":2}}\n'"#;
    let project = decoded_by(script, "");
    let run = project.run(&[]).assert().code(1);
    run.stdout(contains("k is 2, expected 1").and(contains("\x1b").not()));
    let child = std::fs::read_to_string(project.path("child")).unwrap();
    assert!(!std::path::Path::new("/proc").join(child.trim()).exists(), "an orphan: {child}");
}

#[test]
fn a_decoder_that_is_not_there_makes_its_cases_missing() {
    let project = two_lines("decode = 'mine'\nmessages = ['x']");
    project.write("suite/suite.toml", "[decoder.mine]\nrun = ['no-such-decoder']\ninstall = { apt = 'mine' }");
    project.run(&[]).assert().code(1);
    let trial = &project.report()["trials"][0];
    assert_eq!(trial["verdict"], "missing");
    assert_eq!(trial["problem"], "the decoder mine: no-such-decoder is not on PATH; apt install mine");
}

/// A client that sends `b` on its first connection and `a` on its second, and reads no plan.
#[cfg(unix)]
#[test]
fn connections_in_any_order_are_held_against_what_fits() {
    let tried = |connections: &str| {
        let project = Project::new();
        let sends =
            format!("printf 'text %s' $word > $TMPDIR/plan; '{}' sender right $0 $1 $TMPDIR/plan", crate::support::SAMEWIRE);
        let script = format!("for word in b a; do {sends}; done");
        let run = format!("run = [\"sh\", \"-c\", \"{script}\", \"{{host}}\", \"{{port}}\"]\ncases = [\"case/*\"]");
        project.client("pool", &run, "");
        let keys = format!("decode = 'lines'\nconnections = {connections}\nconnections_in = 'any'");
        project.cases(&format!("[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\n{keys}"));
        let run = project.run(&[]).assert();
        (run, project)
    };
    tried("[{ text = 'a' }, { text = 'b' }]").0.code(0);
    tried("[{ messages = ['a'] }, { messages = [{ like = '?' }] }]").0.code(0);
    let (run, project) = tried("[{ messages = ['c'] }, { text = 'b' }]");
    run.code(1).stdout(contains("connection 2, message 1: it is \"a\", expected \"c\""));
    assert_eq!(project.report()["trials"][0]["expected"][1]["anything"], true);
}
