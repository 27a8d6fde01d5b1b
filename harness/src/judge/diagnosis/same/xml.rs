//! XML that has the same content: attributes in another order, other quotes, empty elements with one tag or two, other prefixes.

use std::collections::{BTreeMap, BTreeSet};

use super::super::rule::Held;
use super::{MOST_OCTETS, markup};

/// The names of the forms in which two texts of XML differ; none where they are not the same apart from these.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let is_open = |octets: &[u8]| octets.len() <= MOST_OCTETS && matches!(octets, [b'<', .., b'>']);
    if !is_open(expected) || !is_open(captured) {
        return Vec::new();
    }
    let (Ok(one), Ok(other)) = (std::str::from_utf8(expected), std::str::from_utf8(captured)) else { return Vec::new() };
    Held::together(both(one, other).unwrap_or_default())
}

fn both(one: &str, other: &str) -> Option<BTreeSet<&'static str>> {
    let (one, other) = (tokens(one)?, tokens(other)?);
    let mut comparison = Comparison::default();
    comparison.are_same(&one, &other).then_some(comparison.forms)
}

/// A part of XML.
#[derive(Debug)]
enum Token<'a> {
    Declaration(&'a str),
    Start(Tag<'a>),
    End(&'a str),
    /// What it means, and how it is written.
    Text(String, &'a str),
    /// Comments, instructions and what else has a mark of its own.
    Other(&'a str),
}

#[derive(Debug)]
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<Attribute<'a>>,
    is_closed: bool,
    written: &'a str,
}

#[derive(Debug)]
struct Attribute<'a> {
    name: &'a str,
    value: String,
    raw: &'a str,
    quote: char,
}

fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let (mut rest, mut tokens) = (text, Vec::new());
    while !rest.is_empty() {
        let token = token(&mut rest)?;
        tokens.push(token);
    }
    tokens.iter().any(|token| matches!(token, Token::Start(_))).then_some(tokens)
}

fn token<'a>(rest: &mut &'a str) -> Option<Token<'a>> {
    let marked = [("<![CDATA[", "]]>"), ("<!--", "-->"), ("<?", "?>"), ("<!", ">"), ("</", ">")];
    if let Some((begin, end)) = marked.into_iter().find(|(begin, _)| rest.starts_with(begin)) {
        let written = &rest[..rest.find(end)? + end.len()];
        let inside = written.get(begin.len()..written.len() - end.len())?;
        *rest = &rest[written.len()..];
        return Some(match begin {
            "<![CDATA[" => Token::Text(inside.to_owned(), written),
            "</" => Token::End(inside.trim_end()),
            _ if inside.starts_with("xml ") => Token::Declaration(inside),
            _ => Token::Other(written),
        });
    }
    if rest.starts_with('<') {
        return tag(rest).map(Token::Start);
    }
    let written = &rest[..rest.find('<').unwrap_or(rest.len())];
    *rest = &rest[written.len()..];
    Some(Token::Text(markup::meaning(written)?, written))
}

fn tag<'a>(rest: &mut &'a str) -> Option<Tag<'a>> {
    let all = *rest;
    let name_end = all[1..].find(|c: char| c.is_whitespace() || c == '/' || c == '>')? + 1;
    let (name, mut inside) = (&all[1..name_end], &all[name_end..]);
    let mut attributes = Vec::new();
    loop {
        inside = inside.trim_start();
        let is_closed = inside.starts_with("/>");
        if is_closed || inside.starts_with('>') {
            *rest = &inside[if is_closed { 2 } else { 1 }..];
            return (!name.is_empty()).then(|| Tag { name, attributes, is_closed, written: &all[..all.len() - rest.len()] });
        }
        let (name, after) = inside.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (raw, behind) = after[1..].split_once(quote)?;
        attributes.push(Attribute { name: name.trim_end(), value: markup::meaning(raw)?, raw, quote });
        inside = behind;
    }
}

/// What was found in comparing.
#[derive(Default)]
struct Comparison<'a> {
    forms: BTreeSet<&'static str>,
    /// The prefixes of one side, and what stands for them on the other.
    prefixes: BTreeMap<&'a str, &'a str>,
}

impl<'a> Comparison<'a> {
    fn differ_in(&mut self, form: &'static str) -> bool {
        self.forms.insert(form);
        true
    }

    fn are_same(&mut self, one: &[Token<'a>], other: &[Token<'a>]) -> bool {
        let (mut one, mut other) = (one, other);
        loop {
            (one, other) = match (one, other) {
                ([], []) => return true,
                ([Token::Text(text, _), rest @ ..], other)
                    if text.trim().is_empty() && !matches!(other, [Token::Text(..), ..]) && self.differ_in("xml-spacing") =>
                {
                    (rest, other)
                }
                (one, [Token::Text(text, _), rest @ ..])
                    if text.trim().is_empty() && !matches!(one, [Token::Text(..), ..]) && self.differ_in("xml-spacing") =>
                {
                    (one, rest)
                }
                ([Token::Declaration(wanted), one @ ..], [Token::Declaration(came), other @ ..])
                    if wanted == came || self.differ_in("xml-declaration") =>
                {
                    (one, other)
                }
                ([Token::Declaration(_), one @ ..], other) if self.differ_in("xml-declaration") => (one, other),
                (one, [Token::Declaration(_), other @ ..]) if self.differ_in("xml-declaration") => (one, other),
                ([Token::Start(tag), one @ ..], [Token::Start(came), other @ ..]) if self.are_tags_same(tag, came) => {
                    match self.past_end((tag, one), (came, other)) {
                        Some(rest) => rest,
                        None => return false,
                    }
                }
                ([Token::End(name), one @ ..], [Token::End(came), other @ ..]) if self.are_names_same(name, came) => (one, other),
                ([Token::Text(text, raw), one @ ..], [Token::Text(came, came_raw), other @ ..]) => {
                    let is_blank = text.trim().is_empty() && came.trim().is_empty();
                    let form = if is_blank { "xml-spacing" } else { "xml-escapes" };
                    if !(raw == came_raw || (is_blank || text == came) && self.differ_in(form)) {
                        return false;
                    }
                    (one, other)
                }
                ([Token::Other(text), one @ ..], [Token::Other(came), other @ ..]) if text == came => (one, other),
                _ => return false,
            };
        }
    }

    /// What is behind two tags, where one closes its element, and the other has one more for that, or needs none in HTML.
    fn past_end<'b>(
        &mut self,
        (tag, one): (&Tag<'a>, &'b [Token<'a>]),
        (came, other): (&Tag<'a>, &'b [Token<'a>]),
    ) -> Option<(&'b [Token<'a>], &'b [Token<'a>])> {
        let behind = |rest: &'b [Token<'a>], name: &str| match rest {
            [Token::End(end), rest @ ..] if *end == name => Some(rest),
            _ => ["br", "hr", "img", "input", "link", "meta"].contains(&name).then_some(rest),
        };
        match (tag.is_closed, came.is_closed) {
            (true, false) => self.differ_in("xml-empty-elements").then(|| Some((one, behind(other, came.name)?)))?,
            (false, true) => self.differ_in("xml-empty-elements").then(|| Some((behind(one, tag.name)?, other)))?,
            _ => {
                if tag.attributes.is_empty() && tag.name == came.name && tag.written != came.written {
                    self.differ_in("xml-spacing");
                }
                Some((one, other))
            }
        }
    }

    /// Names that are the same but for their prefixes.
    fn are_names_same(&mut self, one: &'a str, other: &'a str) -> bool {
        let parts = |name: &'a str| name.split_once(':').unwrap_or(("", name));
        let ((prefix, local), (came, same)) = (parts(one), parts(other));
        let is_known = |prefix: &str| matches!(prefix, "xml" | "xmlns");
        if local != same || (is_known(prefix) || is_known(came)) && prefix != came {
            return false;
        }
        if prefix != came {
            self.differ_in("xml-prefixes");
        }
        self.prefixes.entry(prefix).or_insert(came);
        // Each stands for one other, and no two for the same.
        self.prefixes.iter().all(|(one, other)| (*one == prefix) == (*other == came))
    }

    fn are_tags_same(&mut self, one: &Tag<'a>, other: &Tag<'a>) -> bool {
        if !self.are_names_same(one.name, other.name) || one.attributes.len() != other.attributes.len() {
            return false;
        }
        let names = |tag: &Tag<'a>| tag.attributes.iter().map(|attribute| attribute.name).collect::<Vec<_>>();
        let is_in_order = names(one) == names(other);
        let mut left: Vec<&Attribute<'a>> = other.attributes.iter().collect();
        for wanted in &one.attributes {
            let Some(at) = left.iter().position(|came| self.are_attributes_same(wanted, came)) else { return false };
            let came = left.remove(at);
            if at > 0 && !is_in_order {
                self.differ_in("xml-attribute-order");
            }
            if wanted.quote != came.quote {
                self.differ_in("xml-quotes");
            }
            if wanted.raw != came.raw {
                self.differ_in("xml-escapes");
            }
        }
        true
    }

    fn are_attributes_same(&mut self, one: &Attribute<'a>, other: &Attribute<'a>) -> bool {
        let defined = |attribute: &Attribute<'a>| attribute.name.strip_prefix("xmlns:");
        match (defined(one), defined(other)) {
            (Some(prefix), Some(came)) => {
                let is_same = one.value == other.value;
                if is_same && prefix != came {
                    self.differ_in("xml-prefixes");
                }
                is_same
            }
            (None, None) => one.value == other.value && one.name == other.name,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(one: &str, other: &str) -> Vec<&'static str> {
        both(one, other).into_iter().flatten().collect()
    }

    #[test]
    fn the_same_content_has_several_forms() {
        for (one, other, form) in [
            (r#"<a x="1" y="2"><b/></a>"#, r#"<a y="2" x="1"><b/></a>"#, "xml-attribute-order"),
            (r#"<a x="1"><b/></a>"#, r#"<a x='1'><b/></a>"#, "xml-quotes"),
            ("<a><b/>c</a>", "<a><b></b>c</a>", "xml-empty-elements"),
            ("<p>x<br>y</p>", "<p>x<br/>y</p>", "xml-empty-elements"),
            ("<a><b/></a>", "<a><b /></a>", "xml-spacing"),
            ("<a><b>1</b></a>", "<a>\n  <b>1</b>\n</a>", "xml-spacing"),
            ("<a>x &lt; y</a>", "<a><![CDATA[x < y]]></a>", "xml-escapes"),
            (r#"<s:E xmlns:s="u"><s:B>1</s:B></s:E>"#, r#"<n:E xmlns:n="u"><n:B>1</n:B></n:E>"#, "xml-prefixes"),
            (r#"<?xml version="1.0"?><a/>"#, r#"<?xml version="1.0" standalone="yes"?><a/>"#, "xml-declaration"),
            (r#"<?xml version="1.0"?><a/>"#, "<a/>", "xml-declaration"),
        ] {
            assert_eq!(named(one, other), [form], "{one} {other}");
        }
        assert_eq!(named(r#"<a t="x &quot;y&quot;"/>"#, r#"<a t='x "y"'/>"#), ["xml-escapes", "xml-quotes"]);
    }

    #[test]
    fn other_content_is_not_the_same() {
        for (one, other) in [
            (r#"<a x="1" y="2"/>"#, r#"<a x="2" y="1"/>"#),
            ("<a><b/></a>", "<a><c/></a>"),
            ("<a>1</a>", "<a>2</a>"),
            ("<a><b/>c</a>", "<a><b>c</b></a>"),
            (r#"<s:E xmlns:s="u"><t:B>1</t:B></s:E>"#, r#"<n:E xmlns:n="u"><n:B>1</n:B></n:E>"#),
            ("<a", "<a>"),
            ("text", "<a>text</a>"),
        ] {
            assert!(named(one, other).is_empty(), "{one} {other}");
        }
    }
}
