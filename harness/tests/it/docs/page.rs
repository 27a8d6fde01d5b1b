//! What of a page in Markdown is run.

use std::fs;
use std::path::{Component, Path};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

#[derive(Debug)]
pub(super) enum Step {
    /// What follows is run in a copy of this folder of the repository.
    In(String),
    /// A fence that is not run here.
    Elsewhere,
    /// Files, by their paths.
    Files(Vec<(String, String)>),
    /// Commands, and what each says.
    Console(Vec<(String, Vec<String>)>),
    /// Commands that end in status 0.
    Shell(Vec<String>),
    /// What can be neither.
    Unclear(String),
}

impl Step {
    pub(super) fn has_commands(&self) -> bool {
        matches!(self, Self::Console(_) | Self::Shell(_) | Self::Unclear(_))
    }
}

pub(super) fn steps(markdown: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut fence: Option<(String, String)> = None;
    let mut is_elsewhere = false;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                fence = Some((language.into_string(), String::new()))
            }
            Event::Text(text) => fence.iter_mut().for_each(|(_, so_far)| so_far.push_str(&text)),
            Event::End(TagEnd::CodeBlock) => {
                let Some((language, text)) = fence.take() else { continue };
                let step = if std::mem::take(&mut is_elsewhere) { Some(Step::Elsewhere) } else { fenced(&language, &text) };
                steps.extend(step);
            }
            Event::Html(html) => {
                let comment =
                    html.trim().strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")).unwrap_or_default().trim();
                is_elsewhere |= comment.starts_with("elsewhere: ");
                steps.extend(comment.strip_prefix("in ").map(|folder| Step::In(folder.to_owned())));
            }
            _ => {}
        }
    }
    steps
}

/// The links of a page to files that are not there.
pub(super) fn dead_links(page: &Path) -> Vec<String> {
    let markdown = fs::read_to_string(page).expect("a page");
    let links = Parser::new_ext(&markdown, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    let is_dead = |link: &String| {
        let file = link.split('#').next().unwrap_or_default();
        !link.contains("://") && !file.is_empty() && !page.with_file_name(file).exists()
    };
    links.filter(is_dead).map(|link| format!("{}: {link}", page.display())).collect()
}

fn fenced(language: &str, text: &str) -> Option<Step> {
    let files = files(text);
    match language {
        _ if !files.is_empty() => Some(Step::Files(files)),
        "console" => Some(console(text)),
        "bash" | "shell" | "shell-session" => Some(Step::Unclear(format!("a fence of {language}: say sh or console"))),
        "sh" => {
            Some(Step::Shell(text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()))
        }
        _ => None,
    }
}

/// The files of a fence whose first line names one.
fn files(text: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (path_of(line), files.last_mut()) {
            (Some(path), _) => files.push((path.to_owned(), String::new())),
            (None, Some((_, content))) => content.extend([line, "\n"]),
            (None, None) => return Vec::new(),
        }
    }
    files
}

/// The path that a comment consists of: one with an extension, inside the folder.
fn path_of(line: &str) -> Option<&str> {
    let path = line.strip_prefix("# ").or_else(|| line.strip_prefix("// "))?;
    let is_inside = Path::new(path).components().all(|component| matches!(component, Component::Normal(_)));
    (!path.contains(' ') && is_inside && Path::new(path).extension().is_some()).then_some(path)
}

fn console(text: &str) -> Step {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), Vec::new())),
            (None, Some((_, says))) => says.push(line.to_owned()),
            (None, None) => return Step::Unclear(format!("a console that begins with what is no command: {line}")),
        }
    }
    Step::Console(commands)
}
