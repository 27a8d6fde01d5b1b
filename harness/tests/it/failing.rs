//! Cases in which a client must fail, because the server cuts it off.

use predicates::str::contains;

use super::support::Project;

const REFUSED: &str = r#"
[[case]]
name = "refused"
about = "nobody listens"
hazards = []
plan = "text hello"
exit = "failure"
[case.recorder]
refuse = true
"#;

const CUT_OFF: &str = r#"
[[case]]
name = "cut-off"
about = "the second connection never comes"
hazards = []
plan = '''
ramp 20000000
connect
text b
'''
expect = { hex = "000102", ending = "open" }
exit = "failure"
[case.recorder]
reset_after_bytes = 3
"#;

#[test]
fn a_client_that_fails_when_it_is_cut_off_passes() {
    let project = Project::new();
    project.sender("right", "").cases(&format!("{REFUSED}{CUT_OFF}"));
    project.run(&[]).assert().code(0);
    assert_eq!(project.verdict("right", "case/refused"), "passed");
    assert_eq!(project.verdict("right", "case/cut-off"), "passed");
}

#[test]
fn success_claimed_of_what_was_cut_off_is_a_wrong_ending() {
    let project = Project::new();
    project.sender("never-connects", "").cases(REFUSED);
    project.run(&[]).assert().code(1).stdout(contains("exited with status 0, but a status other than 0 was expected"));
    assert_eq!(project.verdict("never-connects", "case/refused"), "wrong-ending");
}

#[test]
fn a_client_that_hangs_where_it_should_fail_is_timed_out() {
    let project = Project::new();
    project.sender("hangs", "timeout_ms = 300").cases(REFUSED);
    project.run(&[]).assert().code(1);
    assert_eq!(project.verdict("hangs", "case/refused"), "timed-out");
}
