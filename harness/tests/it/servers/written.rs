//! How servers are written down, and what is refused.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use samewire::suite::config::Config;
use samewire::suite::{Case, Defined, Servers, Suite};
use tempfile::TempDir;

const CASE: &str = "[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\nserver = 's'\nexpect = { text = 'a' }\n";

fn servers(toml: &str) -> Result<Servers, String> {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("samewire.toml"), toml).expect("a file");
    let servers = Config::find(folder.path()).map(|config| config.defined.servers).map_err(|error| error.to_string());
    servers.map_err(|error| error.replace(&folder.path().display().to_string(), ""))
}

/// The case of a suite whose folder and whose samewire.toml define servers.
fn case(of_suite: &str, of_config: &str, case: &str) -> Result<Case, String> {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    fs::create_dir(folder.path().join("cases")).expect("a folder");
    write("samewire.toml", &format!("suites = ['cases']\n{of_config}"));
    write("cases/suite.toml", of_suite);
    write("cases/group.toml", case);
    let config = Config::find(folder.path()).expect("a config");
    let suite = Suite::load_parted(&config.suites, &config.defined).map_err(|error| error.to_string())?;
    Ok(suite.0.cases.into_iter().next().expect("a case"))
}

#[test]
fn every_key_of_a_server_is_read() {
    let servers = servers(
        r#"
        [server.all]
        needs      = ["initdb", "postgres"]
        version    = ["postgres", "--version"]
        version_status = 3
        at_least   = "15"
        install    = { apt = "postgresql" }
        build      = ["initdb", "-D", "{out}/data"]
        inputs     = ["servers/*.sql"]
        run        = ["postgres", "-D", "{out}/data", "-p", "{port}", "-k", "{tmp}"]
        prepare    = ["psql", "-p", "{port}"]
        root       = false
        env        = { A = "b" }
        timeout_ms = 30000
        [server.fixed]
        run    = ["fixed"]
        listen = ["127.0.0.1:6379", "[::1]:6379"]
        "#,
    );
    let servers = servers.unwrap_or_else(|error| panic!("{error}"));
    let all = servers.get("all").expect("a server");
    assert_eq!((all.needs.len(), all.version_status, all.at_least.as_deref()), (2, 3, Some("15")));
    assert_eq!((all.build[0].as_str(), all.prepare[0].as_str(), all.inputs.len()), ("initdb", "psql", 1));
    assert_eq!((all.root, all.timeout.as_secs(), all.env["A"].as_str()), (false, 30, "b"));
    assert_eq!((&*all.install["apt"], all.location.line), ("postgresql", 2));
    let fixed = servers.get("fixed").expect("a server");
    assert_eq!((fixed.listen.len(), fixed.root, fixed.timeout.as_secs()), (2, true, 10));
}

#[test]
fn every_key_of_a_server_stands_on_the_page() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cases.md")).expect("the page");
    let (_, section) = page.split_once("\n## Servers\n").expect("a section");
    let section = section.split("\n## ").next().expect("its end");
    let row = |line: &str| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned());
    let documented: BTreeSet<String> = section.lines().filter_map(row).collect();
    let error = servers("[server.a]\nnonsense = 1").expect_err("no such key");
    let known: BTreeSet<String> = error.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    assert_eq!(documented, known);
    let definitions = section.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("definitions");
    assert_eq!(servers(definitions).expect("servers").names().collect::<Vec<_>>(), ["postgres", "redis"]);
}

#[test]
fn a_server_that_is_wrong_is_refused_with_its_line() {
    for (toml, line, what) in [
        ("\n[server.a]", 2, "a server has a `run`"),
        ("[server.a]\nrun = []\nlisten = '127.0.0.1:1'", 2, "name a program"),
        ("[server.a]\nrun = ['x']", 2, "it is not told where to listen"),
        ("[server.a]\nrun = ['x', '{port}', '{out}']", 2, "there is no `build`"),
        ("[server.a]\nrun = ['x', '{port}']\nprepare = ['{out}/x']", 3, "there is no `build`"),
        ("[server.a]\nrun = ['x', '{port}']\ninputs = ['*']", 3, "this needs a `build`"),
        ("[server.a]\nrun = ['x', '{port}']\nversion = ['x', '{tmp}']", 3, "{tmp} is known in a trial alone"),
        ("[server.a]\nrun = ['x', '{port}']\nbuild = ['x', '{port}']", 3, "{port} is known in a trial alone"),
        ("[server.a]\nrun = ['x', '{port}']\nat_least = '1'", 3, "add `version`"),
        ("[server.a]\nrun = ['x', '{port}']\nlisten = 'localhost:1'", 3, "is not a numeric address"),
        ("[server.a]\nrun = ['x', '{port}']\nport = 1", 3, "unknown field `port`"),
        ("[server.'a b']\nrun = ['x', '{port}']", 1, "the name of a server consists of"),
    ] {
        let error = servers(toml).expect_err(toml);
        assert!(error.starts_with(&format!("/samewire.toml:{line}: ")) && error.contains(what), "{toml}: {error}");
    }
}

#[test]
fn what_samewire_toml_says_of_a_server_wins_over_the_suite() {
    let server = |program: &str| format!("[server.s]\nrun = ['{program}', '{{port}}']\n");
    let program = |case: Case| case.server.expect("a server").run[0].clone();
    assert_eq!(case(&server("suites"), "", CASE).map(program), Ok("suites".into()));
    assert_eq!(case("", &server("configs"), CASE).map(program), Ok("configs".into()));
    assert_eq!(case(&server("suites"), &server("configs"), CASE).map(program), Ok("configs".into()));
}

#[test]
fn a_server_that_is_not_defined_is_told_with_those_that_are() {
    let error = case("[server.other]\nrun = ['x', '{port}']", "", CASE).expect_err("no such server");
    assert!(error.contains("group.toml:5: there is no server \"s\"; there are: other; define it as [server.s]"), "{error}");
    assert!(case("", "", CASE).expect_err("none").contains("there is no server \"s\"; there is none; define it"));
}

#[test]
fn beside_a_server_nothing_else_answers() {
    let server = "[server.s]\nrun = ['x', '{port}']";
    for (recorder, what) in [
        ("replies = [{ at = 'connect', text = 'a' }]", "`replies` and `server` cannot go together"),
        ("echo = true", "`echo` and `server` cannot go together"),
        ("upstream = 'localhost:1'", "`server` and `upstream` cannot go together"),
        ("refuse = true", "`refuse` and `server` cannot go together: nobody can connect"),
        ("half_close_after_bytes = 1", "`server` and `half_close_after_bytes` cannot go together"),
    ] {
        let error = case(server, "", &format!("{CASE}[case.recorder]\n{recorder}\n")).expect_err(recorder);
        assert!(error.contains(&format!("group.toml:5: {what}")), "{recorder}: {error}");
    }
    assert!(case(server, "", &format!("{CASE}[case.recorder]\nread_delay_ms = 1\nclose_after_bytes = 4\n")).is_ok());
    assert_eq!(Defined::default().servers, Servers::default());
}
