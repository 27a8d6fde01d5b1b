//! The names of fields that cases ask for, held against those that their decoders know, where only a program can say these.

use std::collections::BTreeSet;

use crate::source::{FileError, Location};
use crate::suite::messages::{Decoding, Wanted};
use crate::suite::{Case, DecoderKind};
use crate::trial::Interrupt;
use crate::trial::decoder::Running;
use crate::trial::toolchain::NotReady;

/// Refuses what is misspelt in these cases. Of a decoder that is not there nothing can be said: its cases are missing.
///
/// # Errors
/// A case asks for a protocol or a field that there is not.
pub(super) fn refuse_misspelt<'a>(running: &Running, cases: impl Iterator<Item = &'a Case>) -> Result<(), FileError> {
    let interrupt = Interrupt::new();
    for case in cases {
        for (decoding, wanted) in decodings(case) {
            if !matches!(decoding.decoder.kind, DecoderKind::Wireshark(_)) {
                continue;
            }
            running.expect(&decoding.decoder);
            if let Err(NotReady::Broken(why)) = running.ready(&decoding.decoder, &interrupt) {
                let location = decoding.decoder.location.as_ref().unwrap_or(&case.location);
                return Err(error(location, why));
            }
            for name in names(decoding, &wanted) {
                if let Ok(Some(why)) = running.no_field(&decoding.decoder, name, &interrupt) {
                    return Err(error(&case.location, format!("the case {}: {why}", case.name)));
                }
            }
        }
    }
    Ok(())
}

/// How a case is decoded, and what it expects in messages.
fn decodings(case: &Case) -> Vec<(&Decoding, Vec<&Wanted>)> {
    let received = case.connections.iter().flat_map(|expected| expected.messages.iter().flatten()).collect();
    let received = case.decoding.iter().map(|decoding| (decoding, Vec::clone(&received)));
    let printed = case.output_messages.iter().map(|output| (&output.decoding, output.messages.iter().collect()));
    received.chain(printed).collect()
}

fn names<'a>(decoding: &'a Decoding, wanted: &[&'a Wanted]) -> BTreeSet<&'a str> {
    let fields = wanted.iter().flat_map(|wanted| &wanted.fields).map(|field| field.name.as_str());
    fields.chain(decoding.ignore_fields.iter().map(String::as_str)).collect()
}

fn error(Location { path, line }: &Location, problem: String) -> FileError {
    FileError { path: path.clone(), line: Some(*line), problem }
}
