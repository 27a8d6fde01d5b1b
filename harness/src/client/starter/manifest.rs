//! A package's Cargo.toml, to which a dev-dependency and a test are added. All else in it stays as it is. Pure.

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

/// What tests are declared by, and the dependencies that only they have.
const TESTS: &str = "test";
const DEPENDENCIES: &str = "dev-dependencies";

/// This package, as a dependency.
const PACKAGE: &str = env!("CARGO_PKG_NAME");

/// The versions that go with this one: its first two numbers.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));

/// A Cargo.toml.
pub(crate) struct Manifest {
    document: DocumentMut,
    /// Whether its lines end in CR LF, which a TOML document does not remember.
    has_crlf: bool,
}

/// Why it is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub(crate) struct ManifestError {
    /// The offset of what is wrong, where it is known.
    pub offset: Option<usize>,
    /// What is wrong.
    pub problem: String,
}

impl Manifest {
    /// Reads one.
    ///
    /// # Errors
    /// It is no TOML.
    pub(crate) fn parse(text: &str) -> Result<Self, ManifestError> {
        let document = text.parse::<DocumentMut>().map_err(|error| ManifestError {
            offset: error.span().map(|span| span.start),
            problem: error.message().trim_end().replace('\n', ", "),
        })?;
        Ok(Self { document, has_crlf: text.contains("\r\n") })
    }

    /// Whether it is of a package: a workspace alone has no tests.
    pub(crate) fn is_package(&self) -> bool {
        self.document.contains_key("package")
    }

    /// Whether a test of this name is declared with a file of its own.
    pub(crate) fn has_test_elsewhere(&self, name: &str) -> bool {
        self.tests().into_iter().any(|test| is_named(test, name) && test.contains_key("path"))
    }

    fn tests(&self) -> Vec<&dyn TableLike> {
        match self.document.get(TESTS) {
            Some(Item::ArrayOfTables(tables)) => tables.iter().map(|table| table as &dyn TableLike).collect(),
            Some(Item::Value(Value::Array(tables))) => {
                tables.iter().filter_map(Value::as_inline_table).map(|table| table as &dyn TableLike).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The same with this package as a dev-dependency, and a test that runs by itself; nothing where it has both.
    ///
    /// # Errors
    /// What it has under these names is something else.
    pub(crate) fn with_test(mut self, name: &str) -> Result<Option<String>, ManifestError> {
        let before = self.document.to_string();
        self.add_dependency()?;
        self.add_test(name)?;
        let after = self.document.to_string();
        let after = if self.has_crlf { after.replace("\r\n", "\n").replace('\n', "\r\n") } else { after };
        Ok((self.document.to_string() != before).then_some(after))
    }

    fn add_dependency(&mut self) -> Result<(), ManifestError> {
        let table = self.document.entry(DEPENDENCIES).or_insert_with(|| Item::Table(Table::new()));
        let table = table.as_table_like_mut().ok_or_else(|| is_other(DEPENDENCIES, "a table"))?;
        if table.contains_key(PACKAGE) {
            return Ok(());
        }
        let mut dependency = InlineTable::new();
        dependency.insert("version", VERSION.into());
        dependency.insert("default-features", false.into());
        table.insert(PACKAGE, value(dependency));
        Ok(())
    }

    fn add_test(&mut self, name: &str) -> Result<(), ManifestError> {
        if self.tests().into_iter().any(|test| is_named(test, name)) {
            return Ok(());
        }
        let tests = self.document.entry(TESTS).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        match tests {
            Item::ArrayOfTables(tables) => {
                let mut test = Table::new();
                test.insert("name", value(name));
                test.insert("harness", value(false));
                tables.push(test);
            }
            Item::Value(Value::Array(tables)) => tables.push(inline_test(name)),
            _ => return Err(is_other(TESTS, "a list of tables")),
        }
        Ok(())
    }
}

fn inline_test(name: &str) -> InlineTable {
    let mut test = InlineTable::new();
    test.insert("name", name.into());
    test.insert("harness", false.into());
    test
}

fn is_named(test: &dyn TableLike, name: &str) -> bool {
    test.get("name").and_then(Item::as_str) == Some(name)
}

fn is_other(key: &str, is: &str) -> ManifestError {
    ManifestError { offset: None, problem: format!("`{key}` is not {is}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDED: &str = "[[test]]\nname = \"interop\"\nharness = false\n";

    #[track_caller]
    fn with_test(text: &str) -> Option<String> {
        Manifest::parse(text).unwrap().with_test("interop").unwrap()
    }

    fn dependency() -> String {
        format!("samewire = {{ version = \"{VERSION}\", default-features = false }}\n")
    }

    #[test]
    fn what_was_there_stays_as_it_was() {
        let text = "# mine\n[package]\nname='a' # odd\n\n[dev-dependencies]\nx = \"1\" # y\n\n[features]\n";
        let after = with_test(text).unwrap();
        assert_eq!(after.replace(&dependency(), "").replace(&format!("\n{ADDED}"), ""), text);
        assert_eq!(with_test(&after), None, "twice");
        let crlf = with_test(&text.replace('\n', "\r\n")).unwrap();
        assert_eq!(crlf, after.replace('\n', "\r\n"));
    }

    #[test]
    fn every_form_of_tables_is_added_to() {
        for text in [
            "[package]\nname = 'a'\n",
            "[package]\nname = 'a'\n[dev-dependencies.x]\nversion = '1'\n[[test]]\nname = 'other'\n",
            "dev-dependencies = { x = '1' }\ntest = [{ name = 'other' }]\n[package]\nname = 'a'\n",
            "dev-dependencies.x = '1'\n[package]\nname = 'a'\n",
            "[package]\nname = 'a'\n[dev-dependencies]\n[profile.dev]\n",
        ] {
            let after = with_test(text).unwrap();
            let read: toml::Table = toml::from_str(&after).unwrap_or_else(|error| panic!("{after}: {error}"));
            assert_eq!(read["dev-dependencies"]["samewire"]["default-features"].as_bool(), Some(false), "{after}");
            let tests = read["test"].as_array().unwrap();
            assert!(tests.iter().any(|test| test["name"].as_str() == Some("interop")), "{after}");
            assert_eq!(tests.len(), 1 + usize::from(text.contains("other")), "{after}");
            assert_eq!(with_test(&after), None, "{after}");
        }
    }

    #[test]
    fn what_is_no_manifest_is_said() {
        assert_eq!(Manifest::parse("[package\n").err().and_then(|error| error.offset), Some(8));
        for (text, problem) in
            [("dev-dependencies = 1", "`dev-dependencies` is not a table"), ("test = 1", "`test` is not a list of tables")]
        {
            assert_eq!(Manifest::parse(text).unwrap().with_test("interop").unwrap_err().problem, problem);
        }
        assert!(!Manifest::parse("[workspace]\nmembers = []\n").unwrap().is_package());
    }

    #[test]
    fn a_test_with_a_file_of_its_own_is_somebody_else_s() {
        let has = |text: &str| Manifest::parse(text).unwrap().has_test_elsewhere("interop");
        assert!(has("[[test]]\nname = 'interop'\npath = 'x.rs'\n"));
        assert!(!has("[[test]]\nname = 'interop'\n") && !has("[package]\nname = 'interop'\npath = 'x'\n"));
    }
}
