//! The names that tshark knows: of protocols and of fields. Pure.

use std::collections::BTreeSet;

/// The names of a tshark, as `tshark -G fields` lists them.
#[derive(Debug, Default)]
pub(super) struct Names {
    protocols: BTreeSet<String>,
    fields: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(listed: &str) -> Self {
        let mut names = Self::default();
        for line in listed.lines() {
            let mut columns = line.split('\t');
            let (kind, name) = (columns.next(), columns.nth(1));
            match (kind, name) {
                (Some("P"), Some(name)) => names.protocols.insert(name.to_owned()),
                (Some("F"), Some(name)) => names.fields.insert(name.to_owned()),
                _ => false,
            };
        }
        names
    }

    pub(super) fn is_empty(&self) -> bool {
        self.protocols.is_empty()
    }

    /// Why a protocol is none; nothing where it is one.
    pub(super) fn no_protocol(&self, name: &str) -> Option<String> {
        let is_one = self.protocols.contains(name);
        (!is_one).then(|| format!("Wireshark has no protocol {name:?}{}", nearest(name, &self.protocols)))
    }

    /// Why a field is none; nothing where it is one. A protocol is one too.
    pub(super) fn no_field(&self, name: &str) -> Option<String> {
        let is_one = self.fields.contains(name) || self.protocols.contains(name);
        (!is_one).then(|| format!("Wireshark has no field {name:?}{}", nearest(name, &self.fields)))
    }
}

fn nearest(name: &str, known: &BTreeSet<String>) -> String {
    let likeness = |other: &&String| strsim::normalized_damerau_levenshtein(name, other);
    // Of the same protocol, where there is one: all of them are very many.
    let protocol = name.split('.').next().unwrap_or_default();
    let of_protocol = known.iter().filter(|other| other.split('.').next() == Some(protocol));
    let best = of_protocol.max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let best = best.or_else(|| {
        let alike = known.iter().filter(|other| other.len().abs_diff(name.len()) <= 2);
        alike.max_by(|one, other| likeness(one).total_cmp(&likeness(other))).filter(|other| likeness(other) > 0.5)
    });
    best.map(|best| format!("; did you mean {best:?}?")).unwrap_or_default()
}
