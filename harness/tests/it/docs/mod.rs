//! README and `docs/` as a reader follows them: each page is run from top to bottom, in a folder of its own.
//!
//! - A line `# PATH` or `// PATH` in a fence begins a file: what stands below is its content.
//! - In `console`, what stands behind `$ ` is run, and what stands below is what it says. `...` is any lines; times, versions, ports and
//!   ids of processes may be others.
//! - In `sh`, each line ends in status 0.
//! - `<!-- in FOLDER -->` runs the fences behind it in a copy of that folder of the repository.
//! - `<!-- elsewhere: WHY -->` stands before a fence that is not run here.

mod page;
mod picture;
mod walk;

use std::fs;
use std::path::{Path, PathBuf};

use samewire::senders::{RIGHT, faults};
use walk::Walk;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Follows a page, and fails with all that is not as it says.
#[track_caller]
fn follow(page: &str) {
    let markdown = fs::read_to_string(root().join(page)).expect("a page");
    let mut walk = Walk::new(root());
    let wrong: Vec<String> = page::steps(&markdown).iter().filter_map(|step| walk.take(step).err()).collect();
    assert!(wrong.is_empty(), "{page} is not as it says:\n\n{}", wrong.join("\n\n"));
    assert!(walk.ran > 0, "{page} has nothing to run");
}

/// Every page of `docs/`.
fn docs() -> impl Iterator<Item = PathBuf> {
    let files = fs::read_dir(root().join("docs")).expect("docs").map(|entry| entry.expect("an entry").path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "md"))
}

/// The pages with commands; each has a test below, so that they run side by side.
const FOLLOWED: [&str; 7] =
    ["README.md", "docs/running.md", "docs/reports.md", "docs/sdks.md", "docs/client.md", "docs/watch.md", "docs/teams.md"];

#[test]
fn readme() {
    follow("README.md");
}

#[test]
fn running() {
    follow("docs/running.md");
}

#[test]
fn reports() {
    follow("docs/reports.md");
}

#[test]
fn sdks() {
    follow("docs/sdks.md");
}

#[test]
fn client() {
    follow("docs/client.md");
}

#[test]
fn watch() {
    follow("docs/watch.md");
}

#[test]
fn teams() {
    follow("docs/teams.md");
}

#[test]
fn every_page_with_commands_is_followed() {
    let pages = fs::read_dir(root().join("docs")).expect("docs").map(|entry| entry.expect("an entry").path());
    let pages =
        pages.filter(|path| path.extension().is_some_and(|extension| extension == "md")).chain([root().join("README.md")]);
    for path in pages {
        let markdown = fs::read_to_string(&path).expect("a page");
        let has_commands = page::steps(&markdown).iter().any(page::Step::has_commands);
        let is_followed = FOLLOWED.iter().any(|page| path.ends_with(page));
        assert_eq!(has_commands, is_followed, "{}", path.display());
    }
}

#[test]
fn every_link_leads_to_a_file() {
    let pages = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "clients/README.md"].map(|page| root().join(page));
    let gone: Vec<String> = pages.into_iter().chain(docs()).flat_map(|path| page::dead_links(&path)).collect();
    assert!(gone.is_empty(), "{gone:#?}");
}

#[test]
fn how_many_there_are_is_said_as_it_is() {
    let suites = fs::read_dir(root().join("harness/suites/wire")).expect("the suite");
    let cases: usize = suites
        .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("cases"))
        .map(|text| text.lines().filter(|line| *line == "[[case]]").count())
        .sum();
    let languages = fs::read_dir(root().join("clients"))
        .expect("clients")
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()));
    let (languages, senders) = (languages.count(), faults().filter(|fault| fault.name != RIGHT).count());
    let page = |page: &str| fs::read_to_string(root().join(page)).expect("a page");
    for (page, says) in [
        (page("README.md"), format!("{cases} cases hold")),
        (page("README.md"), format!("in {languages} languages")),
        (page("README.md"), format!("runs {senders} senders")),
        (page("docs/client.md"), format!("all {cases} cases")),
        (page("docs/client.md"), format!("{senders} wrong senders")),
    ] {
        assert!(page.contains(&says), "no page says: {says}");
    }
}

#[test]
fn what_is_not_as_the_page_says_is_told() {
    let mut walk = Walk::new(root());
    let mut take = |markdown: &str| page::steps(markdown).iter().try_for_each(|step| walk.take(step));
    take("```sh\n# a/b.txt\nx\n```\n```console\n$ cat a/b.txt; false\nx\n$ echo 12.5 s; seq 9\n0.1 s\n1\n...\n9\n```\n")
        .expect("as it says");
    for (markdown, why) in [
        ("```sh\ntrue\nfalse\n```\n", "`false` ends in 1"),
        ("```console\n$ echo a\nb\n```\n", "`echo a` says"),
        ("```console\n$ seq 3\n1\n...\n2\n```\n", "`seq 3` says"),
        ("```console\n$ echo\n```\n", "`echo` says"),
        ("```console\nno command\n```\n", "no command"),
        ("<!-- in nowhere -->\n", "nowhere"),
        ("```bash\ntrue\n```\n", "say sh or console"),
    ] {
        let wrong = take(markdown).expect_err(markdown);
        assert!(wrong.contains(why), "{wrong}");
    }
}

#[test]
fn what_a_fence_leaves_running_is_ended_with_it() {
    let mut walk = Walk::new(root());
    walk.patience = 1;
    let wrong = page::steps("```sh\nsleep 600\n```\n").iter().try_for_each(|step| walk.take(step)).expect_err("no end");
    assert!(wrong.contains("did not come to its end"), "{wrong}");
}
