//! The README's picture of a run, which is what a terminal shows. `ci/pictures` makes it anew, through this test.

use std::fs;

use anstyle_svg::Term;
use samewire::view::text::wrapped;

use super::page::{Step, steps};
use super::root;
use super::walk::{Walk, masked};

/// Names a folder for the page that the run leaves, and has the picture written.
const ANEW: &str = "SAMEWIRE_PICTURES";

const PICTURE: &str = "docs/pictures/run.svg";

/// In columns.
const WIDTH: usize = 84;

/// What the run of docs/sdks.md says in a terminal with colours.
fn said() -> String {
    let markdown = fs::read_to_string(root().join("docs/sdks.md")).expect("the page");
    let mut walk = Walk::new(root());
    let is_run = |step: &&Step| matches!(step, Step::Console(commands) if commands[0].0 == "samewire run");
    for step in steps(&markdown).iter().take_while(|step| !is_run(step)) {
        walk.take(step).expect("as the page says");
    }
    let mut said = walk.run(&["CLICOLOR_FORCE=1 samewire run 2>/dev/null"]).expect("a run");
    if let Ok(folder) = std::env::var(ANEW) {
        said.extend(walk.run(&[&format!("cp samewire-report/report.html {folder}/")]).expect("a copy"));
    }
    // Which process sent is seen, or inferred, from one run to the next.
    let lines = said[0].text.lines().filter(|line| !line.contains(" from process "));
    wrapped(&format!("$ samewire run\n{}\n", lines.collect::<Vec<_>>().join("\n")), WIDTH)
}

#[test]
fn the_picture_of_a_run_is_what_a_run_says() {
    let drawn = Term::new().render_svg(&said());
    let path = root().join(PICTURE);
    if std::env::var_os(ANEW).is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, &drawn).expect("the picture");
    }
    let lines = |svg: &str| svg.lines().map(masked).filter(|line| line.contains("<tspan")).collect::<Vec<_>>();
    let there = fs::read_to_string(&path).expect("the picture: `ci/pictures` makes it");
    assert_eq!(lines(&there), lines(&drawn), "{PICTURE} is not what a run says: `ci/pictures` makes it anew");
}
