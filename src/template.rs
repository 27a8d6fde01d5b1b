//! What a reply says, with what the request held in its places. Pure.

use std::borrow::Cow;

/// Octets of a reply, with places for what the groups of an [`crate::Expression`] held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Octets(Vec<u8>),
    Group(usize),
}

impl Template {
    /// With places: `{1}` is what group 1 held, `{0}` the whole match, and `{{}` is `{` itself where it would be read as a place.
    /// Every other brace is a brace.
    #[must_use]
    pub fn with_places(octets: &[u8]) -> Self {
        let mut parts = Vec::new();
        let mut plain = Vec::new();
        let mut rest = octets;
        while let Some((first, behind)) = rest.split_first() {
            if let Some(after) = rest.strip_prefix(b"{{}") {
                plain.push(b'{');
                rest = after;
            } else if let Some((group, after)) = place(rest) {
                parts.push(Part::Octets(std::mem::take(&mut plain)));
                parts.push(Part::Group(group));
                rest = after;
            } else {
                plain.push(*first);
                rest = behind;
            }
        }
        parts.push(Part::Octets(plain));
        Self(parts)
    }

    /// The greatest group that it has a place for; none where it has no place.
    #[must_use]
    pub fn greatest_group(&self) -> Option<usize> {
        self.0.iter().filter_map(|part| if let Part::Group(group) = part { Some(*group) } else { None }).max()
    }

    /// How many places it has.
    #[must_use]
    pub fn places(&self) -> usize {
        self.0.iter().filter(|part| matches!(part, Part::Group(_))).count()
    }

    /// Its octets, with what the groups held.
    pub(crate) fn filled(&self, groups: &[Vec<u8>]) -> Cow<'_, [u8]> {
        if let [Part::Octets(octets)] = self.0.as_slice() {
            return octets.into();
        }
        let of = |part: &Part| match part {
            Part::Octets(octets) => octets.clone(),
            Part::Group(group) => groups.get(*group).cloned().unwrap_or_default(),
        };
        self.0.iter().flat_map(of).collect::<Vec<u8>>().into()
    }
}

impl<T: Into<Vec<u8>>> From<T> for Template {
    /// Exactly these octets.
    fn from(octets: T) -> Self {
        Self(vec![Part::Octets(octets.into())])
    }
}

/// The place that octets begin with, and what is behind it.
fn place(octets: &[u8]) -> Option<(usize, &[u8])> {
    let inner = octets.strip_prefix(b"{")?;
    let end = inner.iter().position(|octet| *octet == b'}')?;
    let digits = inner.get(..end).filter(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))?;
    let group = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((group, &inner[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        let groups = [b"id=7".to_vec(), b"7".to_vec(), Vec::new()];
        String::from_utf8(Template::with_places(text.as_bytes()).filled(&groups).into_owned()).unwrap()
    }

    #[test]
    fn a_place_takes_what_its_group_held() {
        assert_eq!(filled("ok {1}\n"), "ok 7\n");
        assert_eq!(filled("{0}:{1}{1}:{2}"), "id=7:77:");
        assert_eq!(filled(r#"{"a":{"id":{1}}}"#), r#"{"a":{"id":7}}"#);
    }

    #[test]
    fn braces_that_are_no_place_are_braces() {
        for text in ["{}", "{", "}{", "{ 1}", "{-1}", "{a}", "{1", "1}", "{99999999999999999999999}"] {
            assert_eq!(filled(text), text);
        }
        assert_eq!(filled("{{}1} {{1}}"), "{1} {7}");
        assert_eq!(filled("{{}{}"), "{{}");
    }

    #[test]
    fn plain_octets_have_no_places() {
        let plain = Template::from("{1}");
        assert_eq!((&*plain.filled(&[]), plain.greatest_group()), (&b"{1}"[..], None));
        let places = Template::with_places(b"{1}{3}{2}");
        assert_eq!((places.greatest_group(), places.places()), (Some(3), 3));
    }
}
