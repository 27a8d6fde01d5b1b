//! `samewire run --record`: a first expectation from what clients send, and nothing that they do not agree on.

use std::fs;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::{contains, is_empty};

use super::support::{HELLO, Project, SAMEWIRE, Witness, assert_gone, example, run_sender};

/// A case without an expectation.
const UNWRITTEN: &str = "\n[[case]]\nname = 'new'\nabout = 'x'\nhazards = []\n";

const PLAN: &str = "plan = 'text hello'\n";

fn project(clients: &[&str], cases: &str) -> Project {
    let project = Project::new();
    for client in clients {
        project.sender(client, "");
    }
    project.cases(cases);
    project
}

fn record(project: &Project) -> assert_cmd::assert::Assert {
    project.run_all(&["--record"]).assert()
}

fn written(project: &Project) -> String {
    fs::read_to_string(project.path("suite/case.toml")).expect("the cases")
}

/// A sender once more, under another name.
fn twin_of(fault: &str, project: &Project) {
    project.client("twin", &format!("run = {}", run_sender(fault, "{plan}")), "");
}

fn twin(project: &Project) {
    twin_of("right", project);
}

#[test]
fn what_clients_agree_on_is_written_and_then_holds() {
    let before = format!("# kept\n{UNWRITTEN}{PLAN}{HELLO}");
    let project = project(&["right"], &before);
    twin(&project);
    project.run(&[]).assert().code(2).stderr(contains("case.toml:3: say what is expected").and(contains("run --record")));
    record(&project).code(0).stdout(contains("recorded case/new: right and twin agree\n  expect = { text = \"hello\" }\n"));
    assert_eq!(written(&project), format!("# kept\n{UNWRITTEN}{PLAN}expect = {{ text = \"hello\" }}\n{HELLO}"));
    project.run(&[]).assert().code(0);
    record(&project).code(1).stderr(contains("every case already has an expectation"));
}

#[test]
fn a_case_that_says_nothing_yet_stops_those_who_select_it() {
    let project = project(&["right"], &format!("{UNWRITTEN}{PLAN}{HELLO}"));
    project.run(&[]).assert().code(2).stderr(contains("say what is expected"));
    project.run_all(&["--profile", "default", "--case", "case/hello"]).assert().code(0);
}

#[test]
fn one_alone_is_believed_nothing() {
    let cases = format!("{UNWRITTEN}{PLAN}");
    let project = project(&["right"], &cases);
    project.sender("one-octet-changed", "needs = ['no-such-program']");
    let said = "not recorded case/new: clients of at least two folders must agree, and there is only right\n";
    record(&project).code(1).stdout(contains(said).and(contains("missing: one-octet-changed")));
    assert_eq!(written(&project), cases);
}

#[test]
fn who_is_in_the_minority_is_named_and_who_fails_takes_no_part() {
    let project = project(&["right", "one-octet-changed"], &format!("{UNWRITTEN}{PLAN}"));
    twin(&project);
    project.client("broken", "run = ['sh', '-c', 'echo no luck >&2; exit 3', '{plan}']", "");
    let said = contains("recorded case/new: right and twin agree, and not one-octet-changed\n")
        .and(contains("  broken left out: crashed: no luck\n"));
    record(&project).code(0).stdout(said);
}

#[test]
fn what_each_client_always_sends_the_same_is_told_as_a_difference_and_never_masked() {
    let cases = format!("{UNWRITTEN}{PLAN}");
    let changed = project(&["right", "one-octet-changed"], &cases);
    let told = contains("not recorded case/new: no two agree\n  1 client: one-octet-changed: 5 octets, \"")
        .and(contains("  1 client: right: 5 octets, \"hello\"\n"))
        .and(contains("first difference at offset"))
        .and(contains("any = ").not())
        .and(contains("may vary").not());
    record(&changed).code(1).stdout(told);
    assert_eq!(written(&changed), cases);
    let drawn = project(&["right", "line-feed-added"], &cases);
    record(&drawn).code(1).stdout(contains("A is line-feed-added, B is right").and(contains("first difference at offset 5")));
}

#[test]
fn agreeing_against_the_plan_is_not_enough() {
    let cases = format!("{UNWRITTEN}{PLAN}");
    let project = project(&["line-feed-added"], &cases);
    twin_of("line-feed-added", &project);
    record(&project).code(1).stdout(contains("line-feed-added and twin agree with each other and not with the plan"));
    assert_eq!(written(&project), cases);
}

#[test]
fn what_would_make_the_file_invalid_is_not_written() {
    // With `resets`, both end in RST, and the plan has no `reset`.
    let cases =
        format!("{UNWRITTEN}plan = 'text hello\\nreceive 1'\n[case.recorder]\nreplies = [{{ after_bytes = 5, text = 'x' }}]\n");
    let cases = cases.replace("'text hello\\nreceive 1'", "'''\ntext hello\nreceive 1\n'''");
    let project = project(&["resets"], &cases);
    twin_of("resets", &project);
    record(&project).code(1).stdout(contains("`reset` in the plan and `ending = \"reset\"` go together"));
    assert_eq!(written(&project), cases);
}

#[test]
fn connections_endings_and_output_are_recorded_too() {
    let plan = "plan = '''\ntext a\nreceive 2\nconnect\nbytes ff\nreceive 2\nreset\n'''\n[case.recorder]\nreplies = [{ after_bytes = 1, text = 'ok' }]\n";
    let project = project(&["right"], &format!("{UNWRITTEN}{plan}"));
    twin(&project);
    record(&project).code(0);
    let expected = "connections = [{ text = \"a\" }, { hex = \"ff\", ending = \"reset\" }]\noutput = { text = \"okok\" }\n";
    assert!(written(&project).contains(expected), "{}", written(&project));
    project.run(&[]).assert().code(0);
}

#[test]
fn a_selection_holds_and_cases_of_the_contract_have_nothing_to_record() {
    let project = project(&["right"], &format!("{UNWRITTEN}{PLAN}"));
    twin(&project);
    let selected = project.run_all(&["--record", "--case", "other/*"]).assert();
    selected.code(1).stderr(contains("no trial is selected")).stdout(is_empty());
    project.run_all(&["--record", "--wait"]).assert().code(2);
}

#[cfg(unix)]
#[test]
fn permissions_of_the_file_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let project = project(&["right"], &format!("{UNWRITTEN}{PLAN}"));
    twin(&project);
    let path = project.path("suite/case.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("permissions");
    record(&project).code(0);
    assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(project.path("suite")).expect("the folder").count(), 1, "a file is left behind");
}

#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_writes_nothing() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::process::{Command, Stdio};
    let cases = format!("{UNWRITTEN}{PLAN}");
    let (witness, project) = (Witness::new(), project(&["right"], &cases));
    twin(&project);
    let stays = format!("run = ['{}', 'connects-and-stays', '{{host}}', '{{port}}']\ncases = ['case/*']", example("stray"));
    project.client("stays", &stays, &witness.env());
    let mut command = Command::new(SAMEWIRE);
    command.args(["run", "--suite", "suite", "--record"]).current_dir(project.path("")).stderr(Stdio::piped());
    let run = command.env("SAMEWIRE_CACHE", project.path("cache")).env_remove("SAMEWIRE_REQUIRE").spawn().expect("samewire");
    let mut client = witness.accept();
    kill_process(Pid::from_child(&run), Signal::INT).expect("to signal");
    let output = run.wait_with_output().expect("its end");
    assert_gone(&mut client);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("stopped: nothing was written"));
    assert_eq!(written(&project), cases);
}

#[test]
fn a_connection_that_the_recorder_gave_up_tells_nothing() {
    let plan = "plan = '''\ntext a\npause 600\n'''\n[case.recorder]\nidle_timeout_ms = 100\n";
    let project = project(&["right"], &format!("{UNWRITTEN}{plan}"));
    twin(&project);
    let said = "  right left out: a connection was ended by the idle timeout\n";
    record(&project).code(1).stdout(contains(said).and(contains("and none finished")));
}

#[test]
fn what_is_long_is_recorded_as_a_digest() {
    let project = project(&["right"], &format!("{UNWRITTEN}plan = 'ramp 5000'\n"));
    twin(&project);
    record(&project).code(0);
    assert!(written(&project).contains("bytes = 5000 }"), "{}", written(&project));
    project.run(&[]).assert().code(0);
}

#[test]
fn a_file_with_other_line_ends_means_the_same_and_keeps_them() {
    let cases = format!("{UNWRITTEN}plan = '''\ntext a\ntext b\n'''\n").replace('\n', "\r\n");
    let project = project(&["right"], &cases);
    twin(&project);
    record(&project).code(0);
    assert_eq!(written(&project), format!("{cases}expect = {{ text = \"ab\" }}\r\n"));
    project.run(&[]).assert().code(0);
}

/// A client that counts its runs in `n`, and sends the plan that the shell's `commands` print.
#[cfg(unix)]
fn counting(name: &str, commands: &str, project: &Project) {
    let sends = format!("exec '{SAMEWIRE}' sender right \"$1\" \"$2\" \"$TMPDIR/plan\"");
    let script = format!("echo run >> runs\nn=$(grep -c run runs)\n{{ {commands}; }} > \"$TMPDIR/plan\"\n{sends}\n");
    let run = "run = ['sh', 'send.sh', '{host}', '{port}']\ncases = ['case/*']";
    project.client(name, run, "").write(&format!("clients/{name}/send.sh"), &script);
}

#[cfg(unix)]
#[test]
fn who_agrees_by_luck_is_run_again_and_not_believed() {
    let project = project(&[], UNWRITTEN);
    for name in ["one", "two"] {
        counting(name, "echo text id $((n > 2)) of 9", &project);
    }
    let said =
        contains("not recorded case/new: one and two: not the same in every run\n  it is noise, since the runs of one and two")
            .and(contains("matches = \"[0-9]{1}\", name = \"varies\""))
            .and(contains("  one does not agree with itself; in "))
            .and(contains(" runs, these vary: the octets at 3 of connection 1\n"));
    record(&project).code(1).stdout(said);
    assert_eq!(written(&project), UNWRITTEN);
}

#[cfg(unix)]
#[test]
fn clocks_hosts_and_process_ids_bend() {
    let project = project(&[], UNWRITTEN);
    for (name, format) in [("one", "%s"), ("two", "%s")] {
        counting(
            name,
            &format!("echo \"text shop.size 12 $(date +{format}) on $(uname -n) by app[$$], $(date '+%b %e %H:%M:%S')\""),
            &project,
        );
    }
    let bends = r#"{ text = "shop.size 12 " }, { matches = "[0-9]{10}", name = "clock" }, { text = " on " }, { matches = "[A-Za-z0-9._-]+", name = "host name" }, { text = " by app[" }, { matches = "[0-9]+", name = "process id" }, { text = "], " }, { matches = "[A-Z][a-z]{2} [ 0-3][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}", name = "clock" }"#;
    record(&project).code(0).stdout(
        contains("  clock, host name and process id of one and two: they bend\n")
            .and(contains("does not agree with itself").not()),
    );
    assert!(written(&project).contains(bends), "{}", written(&project));
    project.run(&[]).assert().code(0);
}

#[cfg(unix)]
#[test]
fn another_form_of_a_clock_is_a_difference() {
    let project = project(&[], UNWRITTEN);
    counting("seconds", "echo \"text t $(date +%s)\"", &project);
    counting("float", "echo \"text t $(date +%s).5\"", &project);
    record(&project)
        .code(1)
        .stdout(contains("not recorded case/new: no two agree\n").and(contains("  1 client: float: \"t {clock 1")));
    assert_eq!(written(&project), UNWRITTEN);
}

#[test]
fn all_groups_are_told_the_largest_first_and_captures_are_kept() {
    let cases = format!("{UNWRITTEN}{PLAN}");
    let project = project(&["right", "line-feed-added", "one-octet-changed"], &cases);
    twin(&project);
    let output = record(&project).code(1).stdout(contains("3 groups that disagree")).get_output().stdout.clone();
    let text = String::from_utf8_lossy(&output).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(" client")).collect();
    assert!(lines[0].starts_with("  2 clients: right and twin: 5 octets, \"hello\""), "{text}");
    assert!(lines[1].starts_with("  1 client: ") && lines[2].starts_with("  1 client: "), "{text}");
    let kept = project.path("samewire-report/last-recording/line-feed-added/case/new.jsonl");
    let shown = project.samewire(&["show", &kept.display().to_string()]).assert().code(0);
    shown.stdout(contains("hello"));
    // A report goes there all the same.
    project.write("suite/other.toml", HELLO);
    project.run_all(&["--case", "other/*", "--client", "right", "--out", "samewire-report"]).assert().code(0);
}

#[cfg(unix)]
#[test]
fn messages_are_written_where_there_is_a_decoder() {
    let cases = format!("{UNWRITTEN}decode = 'mine'\nignore_fields = ['sdk']\n");
    let project = project(&[], &cases);
    project.write("samewire.toml", "suites = ['suite']\n[decoder.mine]\nlines = { fields = 'json' }\n");
    let sends = |fields: &str| format!("echo \"text {{{fields}}}\"; echo bytes 0a");
    counting("one", &sends(r#"\"a\":1,\"t\":$(date +%s),\"id\":\"x$n\",\"sdk\":\"one\""#), &project);
    counting("two", &sends(r#"\"sdk\":\"two\",\"id\":\"y$n\", \"t\":$(date +%s), \"a\":1"#), &project);
    let said = contains("  t of one and two: clock; left out\n")
        .and(contains("  id of one and two: not the same in every run; left out\n"))
        .and(contains("not in every run").not())
        .and(contains("does not agree with itself").not());
    record(&project).code(0).stdout(said);
    assert!(written(&project).contains("messages = [{ fields = { a = \"1\" } }]\n"), "{}", written(&project));
    project.run(&[]).assert().code(0);
    let differs = sends(r#"\"a\":2"#);
    counting("two", &differs, &project);
    project.run(&[]).assert().code(1).stdout(contains("a is 2, expected 1"));
}

#[cfg(unix)]
#[test]
fn fields_are_written_and_told_in_the_order_in_which_they_came() {
    let project = project(&[], &format!("{UNWRITTEN}decode = 'mine'\n"));
    project.write("samewire.toml", "suites = ['suite']\n[decoder.mine]\nlines = { fields = 'key=value' }\n");
    for name in ["one", "two"] {
        counting(name, "echo text z=1 a=2; echo bytes 0a", &project);
    }
    record(&project).code(0);
    assert!(written(&project).contains("fields = { z = \"1\", a = \"2\" }"), "{}", written(&project));
    counting("two", "echo text z=3 a=4; echo bytes 0a", &project);
    project.run(&[]).assert().code(1).stdout(contains(": z is 3, expected 1; a is 4, expected 2\n"));
}

/// A client as [`counting`], whose shell stays beside the sender, with an id that is not near its own.
#[cfg(target_os = "linux")]
fn beside(name: &str, commands: &str, project: &Project) {
    counting(name, commands, project);
    let path = format!("clients/{name}/send.sh");
    let script = fs::read_to_string(project.path(&path)).expect("the script").replace("exec ", "");
    let away = "i=0; while [ $i -lt 120 ]; do (:); i=$((i + 1)); done";
    project.write(&path, &format!("{away}\n{script}exit $?\n"));
}

/// Processes are looked up on Linux alone.
#[cfg(target_os = "linux")]
#[test]
fn the_id_of_a_shell_beside_the_sender_bends_too_and_a_number_that_stays_does_not() {
    let project = project(&[], UNWRITTEN);
    for name in ["one", "two"] {
        beside(name, "echo text \"app[$$] at $(date +%s) of 1234\"", &project);
    }
    record(&project).code(0).stdout(contains("  clock and process id of one and two: they bend\n"));
    let written = written(&project);
    let bends = r#"{ text = "app[" }, { matches = "[0-9]+", name = "process id" }, { text = "] at " }"#;
    assert!(written.contains(bends) && written.contains("{ text = \" of 1234\" }"), "{written}");
}

#[cfg(unix)]
#[test]
fn where_clients_disagree_fields_are_told_and_what_all_send_is_proposed() {
    let cases = format!("{UNWRITTEN}decode = 'mine'\n");
    let project = project(&[], &cases);
    project.write("samewire.toml", "suites = ['suite']\n[decoder.mine]\nlines = { fields = 'json' }\n");
    let sends = |level: u32, more: &str| {
        let host = r#"\"host\":\"$(uname -n)\",\"by\":\"me at $(uname -n)\""#;
        format!(r#"echo "text {{\"msg\":\"full\",\"t\":$(date +%s),{host},\"level\":{level}{more}}}"; echo bytes 0a"#)
    };
    counting("four", &sends(4, ""), &project);
    counting("six", &sends(6, r#",\"stack\":null"#), &project);
    let said = contains("  host of four and six: host name; left out\n")
        .and(contains("  by of four and six: the host name is in it; left out there\n"))
        .and(contains("  message 1: level: \"4\" of four; \"6\" of six\n  message 1: only of six: stack \"null\"\n"))
        .and(contains("  all agree on this; if it is what matters, add: messages = [{ fields = { msg = \"full\" } }]\n"))
        .and(contains("first difference").not())
        .and(contains("not in every run").not());
    record(&project).code(1).stdout(said);
    project.cases(&format!("{cases}messages = [{{ fields = {{ msg = \"full\" }} }}]\n"));
    project.run(&[]).assert().code(0);
}

#[cfg(unix)]
#[test]
fn where_one_sends_more_messages_those_of_it_are_told_and_a_host_in_a_text_bends() {
    let cases = format!("{UNWRITTEN}decode = 'lines'\n");
    let project = project(&[], &cases);
    let sends = |texts: &str| format!("for text in {texts}; do echo \"text $text\"; echo bytes 0a; done");
    counting("few", &sends("\"EHLO $(uname -n)\" DATA"), &project);
    counting("more", &sends("\"EHLO $(uname -n)\" RSET DATA"), &project);
    let said = contains("  more, unlike few:\n    + 2: RSET, end \"lf\"\n").and(contains("like = \"EHLO *\""));
    record(&project).code(1).stdout(said);
}

#[cfg(unix)]
#[test]
fn whose_time_is_up_is_said_with_the_reply_that_waits() {
    let replies = "timeout_ms = 500\n[case.recorder]\nreplies = [{ after_text = 'EHLO', text = 'ok' }]\n";
    let project = project(&["right"], &format!("{UNWRITTEN}{replies}"));
    project.sender("right", "timeout_ms = 500");
    counting("waits", "echo text ehlo; echo receive 2", &project);
    let said = contains("  waits left out: timed-out: the client's time was up after ")
        .and(contains(" s, and 4 octets had come; connection 1: reply 1 of 1 waits for \"EHLO\""));
    record(&project).code(1).stdout(said);
}

#[cfg(unix)]
#[test]
fn a_message_that_does_not_come_in_every_run_is_proposed_to_be_ignored() {
    let cases = format!("{UNWRITTEN}decode = 'lines'\n");
    let project = project(&[], &cases);
    for name in ["one", "two"] {
        counting(name, "echo text SET; echo bytes 0a; [ $n -ne 2 ] || { echo text PING; echo bytes 0a; }", &project);
    }
    let said = contains("  not in every run of one and two: \"PING\"; if they may be missing, add: ignore = [\"PING\"]\n");
    record(&project).code(1).stdout(said);
    project.cases(&format!("{cases}ignore = ['PING']\n"));
    record(&project).code(0);
    assert!(written(&project).contains("messages = [{ text = \"SET\", fields = { end = \"lf\" } }]"), "{}", written(&project));
}

#[cfg(unix)]
#[test]
fn what_redact_matches_is_not_written_and_what_is_written_holds() {
    let project = project(&[], UNWRITTEN);
    project.write("samewire.toml", "suites = ['suite']\nredact = ['Bearer [a-z0-9-]+']\n");
    for name in ["one", "two"] {
        counting(name, "echo 'text A: Bearer s3cr3t-tok3n; b'", &project);
    }
    let output = record(&project).code(0).get_output().clone();
    let printed = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    let text = written(&project);
    assert!(text.contains("{ matches = \"Bearer [a-z0-9-]+\", name = \"*******************\" }"), "{text}");
    assert!(!text.contains("s3cr3t") && !printed.contains("s3cr3t"), "{text}{printed}");
    project.run(&[]).assert().code(0);
    counting("two", "echo 'text A: Basic s3cr3t-tok3n; b'", &project);
    project.run(&[]).assert().code(1);
}

#[cfg(unix)]
#[test]
fn who_does_not_agree_with_itself_is_named_and_repeat_asks_more_often() {
    // Four rounds of this are enough for the clock.
    let project = project(&["right"], &format!("{UNWRITTEN}plan = \"pause 600\\ntext hello\"\n"));
    twin(&project);
    counting("late", "[ $n -lt 5 ] && echo text hello || echo text other", &project);
    let said = contains("recorded case/new: right and twin agree\n")
        .and(contains("  late does not agree with itself; in 5 runs, these vary: the octets at 0-4 of connection 1\n"));
    project.run_all(&["--record", "--repeat", "5"]).assert().code(0).stdout(said).stderr(contains("each 5 times or more"));
}

#[cfg(unix)]
#[test]
fn who_fails_in_a_later_run_takes_no_part_and_is_not_asked_again() {
    let project = project(&["right"], &format!("{UNWRITTEN}{PLAN}"));
    counting("fails", "echo text hello; [ $n -ne 2 ] || exit 3", &project);
    record(&project).code(1).stdout(contains("  fails left out: in run 2: crashed\n"));
    assert_eq!(fs::read_to_string(project.path("clients/fails/runs")).expect("its runs"), "run\nrun\n");
}

/// A plan that receives, and what is answered.
const RECEIVES: &str =
    "plan = '''\ntext a\nreceive 2\ntext b\n'''\n[case.recorder]\nreplies = [{ after_bytes = 1, text = 'ok' }]\n";

#[test]
fn who_does_not_print_what_its_plan_receives_is_not_right() {
    let cases = format!("{UNWRITTEN}{RECEIVES}");
    let project = project(&["prints-more"], &cases);
    twin_of("prints-more", &project);
    let said = "  twin left out: it does not print what its plan receives: it printed 7 octets, and not the 2 received\n";
    record(&project).code(1).stdout(contains(said));
    assert_eq!(written(&project), cases);
}

#[test]
fn who_prints_where_its_plan_receives_nothing_is_not_right() {
    let project = project(&["prints-more"], &format!("{UNWRITTEN}{PLAN}"));
    twin_of("prints-more", &project);
    record(&project).code(1).stdout(contains("it printed 5 octets, and not the 0 received\n"));
}

#[test]
fn who_goes_on_before_it_has_received_is_not_right() {
    // The answer comes only to those who do not wait for it.
    let cases = format!("{UNWRITTEN}{}", RECEIVES.replace("after_bytes = 1", "after_bytes = 2"));
    let project = project(&["receives-last"], &cases);
    twin_of("receives-last", &project);
    record(&project).code(1).stdout(contains("  twin left out: connection 1: the octet at offset 1 came before the 2 octets"));
    assert_eq!(written(&project), cases);
}

#[cfg(unix)]
#[test]
fn who_reads_no_plan_does_not_say_what_is_to_be_printed() {
    let cases = format!("{UNWRITTEN}{RECEIVES}");
    let project = project(&[], &cases);
    for name in ["one", "two"] {
        counting(name, "printf 'text a\\nreceive 2\\ntext b\\n'", &project);
    }
    record(&project).code(1).stdout(contains("  two left out: it reads no plan, and this case receives"));
    assert_eq!(written(&project), cases);
}
