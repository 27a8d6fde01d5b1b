//! The layout of the code: each room imports only rooms below it, and no file imports another that imports it, by whatever detour.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rooms of `harness/src`, from the top down. What stands flat beside them is below all, but for the two entrances.
const ROOMS: [&str; 10] = ["cli", "senders", "view", "run", "report", "trial", "judge", "packets", "client", "suite"];

/// The files that may know every room.
const ENTRANCES: [&str; 2] = ["lib", "main"];

/// The modules of a crate, by path (`suite::plan::word`), with the paths that each imports of its own crate.
struct House(BTreeMap<String, BTreeSet<String>>);

impl House {
    #[track_caller]
    fn read(folder: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut texts = BTreeMap::new();
        collect(&root, "", &mut texts);
        assert!(texts.len() > 10, "{folder} is not where it was");
        Self::of(&texts)
    }

    fn of(texts: &BTreeMap<String, String>) -> Self {
        let imports = |(module, text): (&String, &String)| {
            let paths = paths(module, &code(text)).into_iter().filter_map(|path| file_of(&path, texts));
            (module.clone(), paths.filter(|other| other != module).collect())
        };
        Self(texts.iter().map(imports).collect())
    }

    /// Imports that go up: `one -> other`.
    fn ascents(&self) -> Vec<String> {
        self.arrows().filter(|(from, to)| floor(from) < floor(to)).map(|(from, to)| format!("{from} -> {to}")).collect()
    }

    fn arrows(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)))
    }

    /// The imports that close a circle: `one -> other`, where other imports one, by whatever detour.
    fn circles(&self) -> Vec<String> {
        self.arrows().filter(|(from, to)| self.leads(to, from)).map(|(from, to)| format!("{from} -> {to}")).collect()
    }

    fn leads(&self, from: &str, to: &str) -> bool {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            if module == to {
                return true;
            }
            if seen.insert(module) {
                next.extend(self.0[module].iter().map(String::as_str));
            }
        }
        false
    }
}

fn collect(folder: &Path, prefix: &str, texts: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}::"), texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let module = if name == "mod" { prefix.trim_end_matches("::").to_owned() } else { format!("{prefix}{name}") };
            texts.insert(module, fs::read_to_string(&path).expect("text"));
        }
    }
}

/// How high a module stands; what all share is at the bottom.
fn floor(module: &str) -> usize {
    let room = module.split("::").next().unwrap_or_default();
    if ENTRANCES.contains(&room) {
        return ROOMS.len() + 1;
    }
    ROOMS.iter().position(|name| *name == room).map_or(0, |index| ROOMS.len() - index)
}

/// What a file does beside being tested and explained.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// All paths into the crate that stand in `code`, from its root on. A file's own parent, called `super`, is its house and no import;
/// its parent's other children are.
fn paths(module: &str, code: &str) -> Vec<String> {
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let mut found: Vec<String> = starts(code, "crate::").flat_map(expanded).collect();
    let beside = starts(code, "super::").flat_map(expanded).filter(|path| !path.starts_with("super"));
    let beside = beside.map(|path| format!("{parent}::{path}")).filter(|path| path.matches("::").count() > 0);
    found.extend(beside.map(|path| path.trim_start_matches("::").to_owned()));
    found
}

fn starts<'a>(code: &'a str, root: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(root).map(move |(at, _)| &code[at + root.len()..])
}

/// `a::{b, c::d}` is two paths; what follows the path is left out.
fn expanded(rest: &str) -> Vec<String> {
    let end = rest.find(|character: char| !(character.is_alphanumeric() || "_:".contains(character))).unwrap_or(rest.len());
    let stem = rest[..end].trim_end_matches(':');
    match rest[end..].strip_prefix('{').and_then(|group| group.split_once('}')) {
        Some((group, _)) => {
            let members = group.split(',').map(|member| member.trim().split(' ').next().unwrap_or_default());
            members
                .filter(|member| !member.is_empty())
                .map(|member| format!("{stem}::{member}").trim_start_matches("::").to_owned())
                .collect()
        }
        None => vec![stem.to_owned()],
    }
}

/// The file that a path leads into: the longest beginning of it that is a module.
fn file_of(path: &str, texts: &BTreeMap<String, String>) -> Option<String> {
    let mut path = path;
    loop {
        if texts.contains_key(path) {
            return Some(path.to_owned());
        }
        path = path.rsplit_once("::")?.0;
    }
}

#[test]
fn imports_go_down() {
    let ascents = House::read("src").ascents();
    assert!(ascents.is_empty(), "these imports go up; move what both need into the lower room: {ascents:#?}");
}

#[test]
fn no_file_imports_what_imports_it() {
    for folder in ["src", "../src"] {
        let circles = House::read(folder).circles();
        assert!(circles.is_empty(), "{folder}: these imports are part of a circle; move what is shared down: {circles:#?}");
    }
}

#[test]
fn nothing_stands_flat_but_what_all_share() {
    let flat: BTreeSet<String> = House::read("src").0.into_keys().filter(|module| !module.contains("::")).collect();
    let rooms: BTreeSet<String> = ROOMS.map(str::to_owned).into();
    let others: Vec<&String> = flat.difference(&rooms).collect();
    assert_eq!(others, ["hex", "lib", "main", "printable", "source"]);
}

#[test]
fn an_import_that_goes_up_or_round_is_seen() {
    let text = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let house = House::of(&BTreeMap::from([
        text("suite", "pub mod plan;"),
        text("suite::plan", "use crate::judge::{verdict::Verdict};\n"),
        text("suite::word", "use super::plan;"),
        text("judge", ""),
        text("judge::verdict", "fn of() -> crate::suite::word::Word {}\n// crate::cli::run"),
        text("cli::run", "use crate::judge::verdict;\n#[cfg(test)]\nmod tests { use crate::main; }"),
    ]));
    assert_eq!(house.ascents(), ["suite::plan -> judge::verdict"]);
    let circle = ["judge::verdict -> suite::word", "suite::plan -> judge::verdict", "suite::word -> suite::plan"];
    assert_eq!(house.circles(), circle);
}
