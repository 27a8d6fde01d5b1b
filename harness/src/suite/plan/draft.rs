//! A plan as it is written and changed, line by line: what is generated, joined and shrunk.

/// A plan as lines of text. It need not be valid.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Draft {
    /// The lines, each without its line feed.
    pub lines: Vec<String>,
    /// Whether a line feed ends the last line too.
    pub is_ended: bool,
}

impl Draft {
    /// Its text, as a client gets it.
    #[must_use]
    pub fn text(&self) -> String {
        let end = if self.is_ended && !self.lines.is_empty() { "\n" } else { "" };
        self.lines.join("\n") + end
    }

    /// The word that a line begins with; nothing of a comment or an empty line.
    #[must_use]
    pub fn word(line: &str) -> Option<&str> {
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        Some(line.split_once(' ').map_or(line, |(word, _)| word))
    }

    /// How many connections it makes.
    #[must_use]
    pub fn connections(&self) -> usize {
        1 + self.lines.iter().filter(|line| Self::word(line) == Some("connect")).count()
    }

    /// Whether it ends by aborting its last connection, so that nothing can follow it.
    #[must_use]
    pub fn ends_in_reset(&self) -> bool {
        self.lines.iter().any(|line| Self::word(line) == Some("reset"))
    }

    /// Plans one after the other, each on connections of its own.
    #[must_use]
    pub fn joined<'a>(drafts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut whole = Self { lines: Vec::new(), is_ended: true };
        for (index, draft) in drafts.into_iter().enumerate() {
            if index > 0 {
                whole.lines.push("connect".into());
            }
            whole.lines.extend(draft.lines.iter().cloned());
            whole.is_ended = draft.is_ended;
        }
        whole
    }

    /// The plan for somebody who cannot do some words: without these lines, and without those that are not valid then. Who cannot
    /// `connect` gets the first connection.
    #[must_use]
    pub fn without(&self, lacks: impl Fn(&str) -> bool) -> Self {
        let mut kept: Vec<&String> = Vec::new();
        let (mut has_closed, mut has_received) = (false, false);
        for line in &self.lines {
            let word = Self::word(line);
            if word == Some("connect") && lacks("connect") {
                break;
            }
            let stays = match word {
                Some(word) if lacks(word) => false,
                Some("receive") if line == "receive all" => has_closed,
                Some("reset") => has_received,
                _ => true,
            };
            if !stays {
                continue;
            }
            match word {
                Some("connect") => (has_closed, has_received) = (false, false),
                Some("half-close") => has_closed = true,
                _ => {}
            }
            has_received = word.map_or(has_received, |word| word == "receive");
            kept.push(line);
        }
        Self { lines: kept.into_iter().cloned().collect(), is_ended: self.is_ended }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(lines: &[&str]) -> Draft {
        Draft { lines: lines.iter().map(|line| (*line).to_owned()).collect(), is_ended: true }
    }

    #[test]
    fn a_text_is_lines_and_its_end() {
        assert_eq!(draft(&["text a", "", "u8 1"]).text(), "text a\n\nu8 1\n");
        assert_eq!((draft(&[]).text().as_str(), draft(&[""]).text().as_str()), ("", "\n"));
        assert_eq!(Draft { is_ended: false, ..draft(&["text a"]) }.text(), "text a");
    }

    #[test]
    fn plans_are_joined_on_connections_of_their_own() {
        let (one, two) = (draft(&["text a", "connect"]), Draft { is_ended: false, ..draft(&["u8 1"]) });
        let both = Draft::joined([&one, &two]);
        assert_eq!(both.text(), "text a\nconnect\nconnect\nu8 1");
        assert_eq!(both.connections(), one.connections() + two.connections());
    }

    #[test]
    fn what_somebody_lacks_is_left_out_with_what_needs_it() {
        let whole = draft(&["text a", "half-close", "receive all", "connect", "receive 3", "reset"]);
        let without = |word: &'static str| whole.without(|lacked| lacked == word).lines.join(" / ");
        assert_eq!(without("reset"), "text a / half-close / receive all / connect / receive 3");
        assert_eq!(without("half-close"), "text a / connect / receive 3 / reset");
        assert_eq!(without("receive"), "text a / half-close / connect");
        assert_eq!(without("connect"), "text a / half-close / receive all");
        assert_eq!(without("u8"), whole.lines.join(" / "));
    }
}
