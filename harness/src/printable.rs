//! Recorded octets are hostile: how they are shown to people without reaching a terminal as they are.

/// Octets a row of a hex dump.
pub const ROW: usize = 16;

/// The column of a hex dump that shows octets as ASCII: what is not printable is a dot.
#[must_use]
pub fn ascii(octets: &[u8]) -> String {
    octets.iter().map(|octet| if matches!(octet, b' '..=b'~') { char::from(*octet) } else { '.' }).collect()
}

/// Octets as pairs of digits with spaces between them: `e2 82 ac`.
#[must_use]
pub fn spaced_hex(octets: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut text = String::with_capacity(octets.len() * 3);
    for octet in octets {
        if !text.is_empty() {
            text.push(' ');
        }
        text.extend([DIGITS[usize::from(octet >> 4)], DIGITS[usize::from(octet & 15)]]);
    }
    text
}

/// One row of a hex dump: offset, octets, ASCII.
#[must_use]
pub fn row(offset: u64, octets: &[u8]) -> String {
    format!("{offset:08x}  {:<47}  |{}|", spaced_hex(octets), ascii(octets))
}

/// As [`row`], with `**` for octets that are not to be shown, by their place in the row.
#[must_use]
pub fn row_hiding(offset: u64, octets: &[u8], is_hidden: impl Fn(usize) -> bool) -> String {
    let cells = octets.iter().enumerate().map(|(index, octet)| match is_hidden(index) {
        true => ("**".to_owned(), '*'),
        false => (spaced_hex(&[*octet]), ascii(&[*octet]).chars().next().unwrap_or('.')),
    });
    let (hex, ascii): (Vec<String>, String) = cells.unzip();
    format!("{offset:08x}  {:<47}  |{ascii}|", hex.join(" "))
}

/// Text in which nothing steers a terminal: controls and what reorders or hides text are written as escapes.
/// Line feeds stay, and tabs.
#[must_use]
pub fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => safe.push(character),
            character if is_steering(character) => safe.extend(character.escape_default()),
            character => safe.push(character),
        }
    }
    safe
}

/// As [`text`], on one line.
#[must_use]
pub fn line(line: &str) -> String {
    text(line).replace('\n', "\\n").replace('\t', "\\t")
}

fn is_steering(character: char) -> bool {
    let reorders = matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || reorders || is_unseen(character)
}

/// Whether nobody sees it: what Unicode lets be ignored where it is shown, but for the selectors of variants.
fn is_unseen(character: char) -> bool {
    let letters = matches!(character, '\u{ad}' | '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180e}');
    let joiners = matches!(character, '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}');
    letters || joiners || matches!(character, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e00ff}')
}

/// A command as it is typed into a shell that is to start it just so.
#[must_use]
pub fn shell_command<T: AsRef<str>>(argv: &[T]) -> String {
    argv.iter().map(|argument| shell_word(argument.as_ref())).collect::<Vec<_>>().join(" ")
}

/// A word that a shell takes for just this text, and that steers no terminal.
#[must_use]
pub fn shell_word(text: &str) -> String {
    // Shells expand braces around a comma or dots; those of a placeholder they leave alone.
    let more = if text.contains(',') || text.contains("..") { "/._-+=:,@%" } else { "/._-+=:@%{}" };
    let is_plain = |character: char| character.is_ascii_alphanumeric() || more.contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    if text.chars().any(is_steering) {
        // Only bash and its like know these, but what steers a terminal is not to reach one.
        let escaped = text.bytes().map(|octet| match octet {
            b'\'' | b'\\' => format!("\\{}", char::from(octet)),
            b' '..=b'~' => char::from(octet).to_string(),
            octet => format!("\\x{octet:02x}"),
        });
        return format!("$'{}'", escaped.collect::<String>());
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Whether a shell takes this for one command with its arguments and nothing else, as [`shell_command`] writes them.
#[must_use]
pub fn is_one_command(text: &str) -> bool {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let literal = rest.strip_prefix('\'').and_then(|inside| Some(inside.split_once('\'')?.1));
        let escaped = rest.strip_prefix("$'").and_then(behind_escapes);
        rest = match literal.or(escaped).or_else(|| rest.strip_prefix("\\'")) {
            Some(behind) => behind,
            None if first.is_alphanumeric() || " /._-+=:,@%{}*![]?".contains(first) => &rest[first.len_utf8()..],
            None => return false,
        };
    }
    true
}

/// What stands behind the quote that ends text with escapes.
fn behind_escapes(text: &str) -> Option<&str> {
    let mut characters = text.char_indices();
    loop {
        match characters.next()? {
            (_, '\\') => drop(characters.next()),
            (at, '\'') => return Some(&text[at + 1..]),
            _ => {}
        }
    }
}

/// Text cut at its blanks into lines of at most so many characters, where no word is longer.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `1 octet`, `2 octets`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The beginning of a text of more characters than these.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}

/// The first `most` of these texts, and how many more there are: `a, b and 3 more`.
#[must_use]
pub fn few<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, most: usize, between: &str) -> String {
    let mut texts = texts.into_iter();
    let first: Vec<String> = texts.by_ref().take(most).map(|text| text.as_ref().to_owned()).collect();
    match texts.count() {
        0 => first.join(between),
        more => format!("{} and {more} more", first.join(between)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        let hostile = "a\u{1b}[31mred\u{7}\u{9b}31m\u{202e}evil\r\u{0}";
        assert_eq!(text(hostile), "a\\u{1b}[31mred\\u{7}\\u{9b}31m\\u{202e}evil\\r\\u{0}");
        assert_eq!(text("a\u{61c}b\u{2060}c\u{ad}d\u{3164}"), "a\\u{61c}b\\u{2060}c\\u{ad}d\\u{3164}");
        assert_eq!(text("é€😀\n\tplain"), "é€😀\n\tplain");
    }

    #[test]
    fn long_text_is_wrapped_at_its_blanks() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("überlänge", 3), ["überlänge"]);
        assert_eq!(wrapped("", 3), [""]);
    }

    #[test]
    fn a_row_is_offset_hex_and_ascii() {
        assert_eq!(row(16, b"A\x1b\xff"), "00000010  41 1b ff                                         |A..|");
    }

    #[test]
    fn a_row_that_hides_has_the_same_columns() {
        assert_eq!(row_hiding(16, b"A\x1b\xff", |_| false), row(16, b"A\x1b\xff"));
        let hidden = "00000010  41 **                                            |A*|";
        assert_eq!(row_hiding(16, b"Ab", |index| index == 1), hidden);
    }

    #[test]
    fn what_is_quoted_is_one_command_and_nothing_else_is() {
        for hostile in ["a b", "it's", "$(reboot)", "`reboot`", "a;b", "a\u{1b}'\\;b", "a\n;b", "'", "\\", "a'\u{7}'; b"] {
            let command = shell_command(&["samewire", "run", "--client", hostile]);
            assert!(is_one_command(&command), "{command}");
            assert!(is_one_command(&(command.clone() + " --repeat 3")), "{command}");
            for more in [";x", "&x", "|x", "\nx", "$(x)", "`x`", ">x", "<x", "'", "\"x\"", "\\", "$'x\\'", "#", "~", "(x)"] {
                assert!(!is_one_command(&format!("{command}{more}")), "{command}{more}");
            }
        }
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(shell_word("/a/b-c=1"), "/a/b-c=1");
        assert_eq!(shell_word(""), "''");
        assert_eq!([shell_word("{port}"), shell_word("{a,b}"), shell_word("{1..3}")], ["{port}", "'{a,b}'", "'{1..3}'"]);
        assert_eq!(shell_word("it's $HOME"), "'it'\\''s $HOME'");
        assert_eq!(shell_word("a\u{1b}[2J'\\"), "$'a\\x1b[2J\\'\\\\'");
        assert_eq!(shell_word("a\u{202e}b"), "$'a\\xe2\\x80\\xaeb'");
    }
}
