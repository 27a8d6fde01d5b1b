//! The schemas that are checked in say what is written; a validator that is not ours agrees.

use std::path::PathBuf;

use super::support::{HELLO, Project, SAMEWIRE, valid};

#[track_caller]
fn schema(of: &str) -> String {
    let output = assert_cmd::Command::new(SAMEWIRE).args(["schema", of]).assert().code(0);
    String::from_utf8(output.get_output().stdout.clone()).expect("UTF-8")
}

#[test]
fn what_is_checked_in_is_up_to_date() {
    for of in ["report", "capture", "explain", "fuzz"] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{of}.schema.json"));
        let checked_in = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            checked_in == schema(of),
            "run: for of in report capture explain fuzz; do cargo run -- schema $of > harness/schema/$of.schema.json; done"
        );
    }
}

#[test]
fn every_line_of_a_capture_is_valid() {
    let project = Project::new();
    let answered =
        format!("{HELLO}output = {{ text = 'ok' }}\n[case.recorder]\nreplies = [{{ after_bytes = 5, text = 'ok' }}]\n")
            .replace("text hello\"", "text hello\\nreceive 2\"");
    project.sender("right", "").cases(&answered).run(&[]).assert().code(0);
    let capture = project.path("samewire-report/captures/right/case/hello.jsonl");
    let text = std::fs::read_to_string(capture).expect("a capture");
    let events: Vec<String> = text
        .lines()
        .map(|line| {
            let event: serde_json::Value = serde_json::from_str(line).expect("JSON");
            valid("capture", &event);
            event["event"].as_str().expect("an event").to_owned()
        })
        .collect();
    assert_eq!(events, ["start", "open", "data", "sent", "fin", "close", "stop"]);
}

#[test]
fn what_the_format_does_not_have_is_not_valid() {
    let refused = |of: &str, json: &str| {
        let json = serde_json::from_str(json).expect("JSON");
        assert!(std::panic::catch_unwind(|| valid(of, &json)).is_err(), "{json}");
    };
    refused("capture", r#"{"event":"fin","connection":1}"#);
    refused("capture", r#"{"event":"fin","connection":1,"at_us":1,"colour":"red"}"#);
    refused("report", r#"{"format":1}"#);
}
