//! Patterns of texts: `*` is any text, `?` any one character, and all else is itself. Pure.

/// A pattern for whole texts. Capitals count; `*` goes over `/` and line ends too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Like(Vec<char>);

impl Like {
    /// The pattern that this text is.
    #[must_use]
    pub fn of(pattern: &str) -> Self {
        Self(pattern.chars().collect())
    }

    /// The pattern as it is written.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().collect()
    }

    /// Whether it is the pattern of whatever text there is.
    #[must_use]
    pub fn is_of_everything(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|character| *character == '*')
    }

    /// Whether it is the pattern of a text. Takes steps in proportion to the product of both lengths at most: only the last `*` is
    /// ever tried again.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let pattern = &self.0;
        let (mut rest, mut at) = (text, 0);
        let mut star: Option<(usize, &str)> = None;
        loop {
            let mut characters = rest.chars();
            let next = characters.next();
            match (pattern.get(at), next) {
                (Some('*'), _) => {
                    star = Some((at + 1, rest));
                    at += 1;
                }
                (Some(wanted), Some(character)) if *wanted == '?' || *wanted == character => {
                    rest = characters.as_str();
                    at += 1;
                }
                (None, None) => return true,
                _ => {
                    let Some((behind, from)) = star else { return false };
                    let mut skipped = from.chars();
                    if skipped.next().is_none() {
                        return false;
                    }
                    rest = skipped.as_str();
                    star = Some((behind, rest));
                    at = behind;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a pattern means, tried in every way.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), None) => naive(rest, text),
            (Some(('*', rest)), Some((_, behind))) => naive(rest, text) || naive(pattern, behind),
            (Some((wanted, rest)), Some((character, behind))) => (*wanted == '?' || wanted == character) && naive(rest, behind),
            _ => false,
        }
    }

    fn words(letters: &[char], longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest {
            last = last.iter().flat_map(|word| letters.iter().map(move |letter| format!("{word}{letter}"))).collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    #[test]
    fn is_what_trying_everything_finds() {
        for pattern in words(&['a', 'b', '*', '?'], 4) {
            for text in words(&['a', 'b', 'é'], 4) {
                let (one, other): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
                assert_eq!(Like::of(&pattern).matches(&text), naive(&one, &other), "{pattern} {text}");
            }
        }
    }

    #[test]
    fn nothing_but_stars_and_question_marks_is_special() {
        assert!(Like::of("GET /*[x]{y}\\?").matches("GET /a/b\n[x]{y}\\z"));
        assert!(!Like::of("[a-z]").matches("b") && !Like::of("set *").matches("SET k"));
        assert!(Like::of("**").is_of_everything() && !Like::of("*?").is_of_everything() && !Like::of("").is_of_everything());
    }

    #[test]
    fn a_pattern_that_could_take_for_ever_does_not() {
        let pattern = format!("{}b", "*a".repeat(50));
        assert!(!Like::of(&pattern).matches(&"a".repeat(20_000)));
    }
}
