//! A project whose case has a server.

use super::super::launch::{Finished, Run};
use super::super::support::{Project, example, has_networks};

/// A client that sends five octets and reads as many.
pub(super) const GREETING: &str = r#"
[[case]]
name = "greeting"
about = "five octets, and the same again"
hazards = []
server = "it"
plan = "text hello\nreceive 5"
expect = { text = "hello" }
output = { text = "hello" }
"#;

/// In whose network servers run.
pub(super) fn networks() -> &'static [&'static str] {
    if cfg!(target_os = "linux") && has_networks() { &["shared", "own"] } else { &["shared"] }
}

/// What starts the server that goes this way.
pub(super) fn run(way: &str, argument: &str) -> String {
    format!("run = ['{}', '{way}', '{{host}}', '{{port}}', '{argument}']", example("server"))
}

/// A right client of a server with these keys.
#[track_caller]
pub(super) fn project(network: &str, server: &str) -> Project {
    let project = Project::new();
    project.write("samewire.toml", &format!("network = '{network}'\nrequire = ['all']\n[server.it]\n{server}\n"));
    project.sender("right", "").cases(GREETING);
    project
}

/// A run of it, of which nothing is left.
#[track_caller]
pub(super) fn ran(network: &str, server: &str) -> Finished {
    Run::start(project(network, server)).finish()
}

/// Its verdict, and why it did not come about where it did not.
#[track_caller]
pub(super) fn outcome(network: &str, server: &str) -> (String, String) {
    let trial = ran(network, server).project.trial("right", "case/greeting");
    let text = |key: &str| trial[key].as_str().unwrap_or_default().to_owned();
    (text("verdict"), text("problem"))
}
