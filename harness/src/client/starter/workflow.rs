//! A workflow for GitHub, as text. Pure.

/// Installs Samewire, runs it, and keeps the report.
const RUN: &str = include_str!("workflow.yml");

/// Runs a test of a package.
const TEST: &str = include_str!("workflow-test.yml");

/// Clients that connect to an address of their own choice need a network each, which Ubuntu forbids to programs it does not know.
const NETWORKS: &str = "      # Clients that dial an address of their own choice have a network of their own.
      - run: sudo sysctl -q -w kernel.apparmor_restrict_unprivileged_userns=0
";

/// Where the report is put as it may be published.
const PUBLISHED: &str = "samewire-published";

/// What a workflow is to do.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Job<'a> {
    /// The folder that it is for, seen from the repository's; empty where that is it.
    pub folder: &'a str,
    /// The test of a package that it runs, where there is one.
    pub test: Option<&'a str>,
    /// Whether clients need networks of their own.
    pub needs_networks: bool,
}

/// The name of a workflow's file: each folder of a repository may have one.
pub(crate) fn file_name(folder: &str) -> String {
    format!("samewire{}.yml", suffix(folder))
}

fn suffix(folder: &str) -> String {
    let tame = |character: char| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' };
    if folder.is_empty() { String::new() } else { format!("-{}", folder.chars().map(tame).collect::<String>()) }
}

impl Job<'_> {
    /// The text of its workflow.
    pub(crate) fn text(&self) -> String {
        let template = if self.test.is_some() { TEST } else { RUN };
        let mut parts = template.split('<');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.filter_map(|part| part.split_once('>')).fold(first, |text, (name, rest)| text + &self.value(name) + rest)
    }

    /// What stands for `<NAME>` in a template.
    fn value(&self, name: &str) -> String {
        match name {
            "NAME" => format!("samewire{}", suffix(self.folder)),
            "FOLDER" => self.working_directory(),
            "NETWORKS" if self.needs_networks => NETWORKS.to_owned(),
            "VERSION" => env!("CARGO_PKG_VERSION").to_owned(),
            "PUBLISHED" => PUBLISHED.to_owned(),
            "TEST" => self.test.unwrap_or_default().to_owned(),
            "SUFFIX" => suffix(self.folder),
            "UPLOAD" if self.folder.is_empty() => PUBLISHED.to_owned(),
            "UPLOAD" => quoted(&format!("{}/{PUBLISHED}", self.folder)),
            _ => String::new(),
        }
    }

    fn working_directory(&self) -> String {
        if self.folder.is_empty() { String::new() } else { format!("        working-directory: {}\n", quoted(self.folder)) }
    }
}

/// A text as YAML and GitHub take it for just that. What JSON quotes, YAML reads alike; an expression begins with `${{`.
fn quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '/' | '-' | '_' | '.');
    if text.chars().all(is_plain) && text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return text.to_owned();
    }
    serde_json::Value::from(text.replace("${{", "${{ '${{' }}")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_so_that_it_commands_nothing() {
        let text = |folder| Job { folder, ..Job::default() }.text();
        assert!(text("sdk/a-1").contains("        working-directory: sdk/a-1\n") && !text("").contains("working-directory"));
        let hostile = text("a: b\n#\"${{ secrets.X }} <UPLOAD>");
        assert!(hostile.contains(r##"working-directory: "a: b\n#\"${{ '${{' }} secrets.X }} <UPLOAD>""##), "{hostile}");
        assert_eq!(file_name("SDK/a b"), "samewire-sdk-a-b.yml");
        assert_eq!(file_name(""), "samewire.yml");
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        for (test, needs_networks) in [(None, true), (Some("interop"), false)] {
            let text = Job { folder: "x", test, needs_networks }.text();
            assert!(!text.contains(['<', '>']) && text.contains("steps:\n") && text.contains("working-directory: x\n"), "{text}");
            assert_eq!(text.contains("sysctl"), needs_networks);
        }
    }
}
