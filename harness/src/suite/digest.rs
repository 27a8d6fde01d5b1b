//! What a case is, as a digest: the same wherever its suite lies, and another where anything is changed that decides a trial, what
//! decodes and answers included.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use crate::suite::case::Case;
use crate::suite::decoder::{Decoder, DecoderKind};
use crate::suite::messages::Decoding;

/// A digest of each case (BLAKE3 in hex), in their order.
#[must_use]
pub fn digests(cases: &[Case]) -> Vec<String> {
    let mut programs = Programs::default();
    cases.iter().map(|case| blake3::hash(said(case, &mut programs).as_bytes()).to_hex().to_string()).collect()
}

/// A digest of some of them together, in whatever order.
#[must_use]
pub fn together<'a>(digests: impl Iterator<Item = &'a String>) -> String {
    let sorted: BTreeSet<&str> = digests.map(String::as_str).collect();
    blake3::hash(sorted.into_iter().collect::<String>().as_bytes()).to_hex().to_string()
}

/// All that is said of a case and decides a trial. No path of a machine is in it.
fn said(case: &Case, programs: &mut Programs) -> String {
    let told = (&case.name, &case.plan, &case.input);
    let judged = (&case.connections, &case.output, &case.exit, &case.recorder, &case.tls, &case.timeout);
    let how = (case.says_output, case.strict_turns, case.connections_in_any_order, &case.addressing);
    let server = case.server.as_ref().map(|server| {
        let argvs = [&server.build, &server.run, &server.prepare];
        (server.said(), argvs.map(|argv| programs.files(server.folder(), argv)))
    });
    let decoded = case.decoding.as_ref().map(|decoding| read_by(decoding, programs));
    let printed = case.output_messages.as_ref();
    let printed = printed.map(|printed| (read_by(&printed.decoding, programs), &printed.messages));
    format!("{told:?}{judged:?}{how:?}{server:?}{decoded:?}{printed:?}")
}

fn read_by(decoding: &Decoding, programs: &mut Programs) -> String {
    let Decoding { decoder, ignore, ignore_fields, in_any_order } = decoding;
    let Decoder { name, kind, .. } = &**decoder;
    let files = match kind {
        DecoderKind::Program(program) => programs.files(decoder.folder(), &program.run),
        _ => Vec::new(),
    };
    format!("{:?}", (name, kind, files, ignore, ignore_fields, in_any_order))
}

/// The files that commands name, each read once.
#[derive(Default)]
struct Programs(HashMap<PathBuf, Option<blake3::Hash>>);

impl Programs {
    /// Digests of the files of a folder that a command names. One that cannot be read is said by whoever starts it.
    fn files(&mut self, folder: &Path, argv: &[String]) -> Vec<blake3::Hash> {
        let relative = argv.iter().filter(|argument| Path::new(argument).is_relative());
        relative.filter_map(|argument| self.digest(&folder.join(argument))).collect()
    }

    fn digest(&mut self, path: &Path) -> Option<blake3::Hash> {
        if !self.0.contains_key(path) {
            let text = path.is_file().then(|| fs::read(path).ok()).flatten();
            self.0.insert(path.to_owned(), text.map(|text| blake3::hash(&with_lf(&text))));
        }
        self.0[path]
    }
}

/// A text as it was committed: on Windows Git may check it out with CRLF.
fn with_lf(text: &[u8]) -> Vec<u8> {
    let is_kept = |at: usize| text[at] != b'\r' || text.get(at + 1) != Some(&b'\n');
    (0..text.len()).filter(|at| is_kept(*at)).map(|at| text[at]).collect()
}
