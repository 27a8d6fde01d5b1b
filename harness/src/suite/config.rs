//! `samewire.toml`: which clients, which suites, which toolchains are required.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::source::{self, FileError, Source};
use crate::suite::BUILTIN;
use crate::suite::decoder::DecoderTable;
use crate::suite::defined::Defined;
use crate::suite::names::folder_of;
use crate::suite::network::NetworkMode;
use crate::suite::packets::PacketsMode;
use crate::suite::redact::Redaction;
use crate::suite::server::ServerTable;

/// The file that is looked for from the current folder upwards.
pub const CONFIG_FILE: &str = "samewire.toml";

/// What to run, and what must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The folder of `samewire.toml`, from which reports see paths; where there is none, the one that it was looked for from.
    pub folder: PathBuf,
    /// The folder of clients.
    pub clients: PathBuf,
    /// The suites: folders, or `builtin:wire`.
    pub suites: Vec<PathBuf>,
    /// The clients whose toolchain must be there.
    pub require: Require,
    /// Whose network trials run in.
    pub network: NetworkMode,
    /// Which trials' packets are kept.
    pub packets: PacketsMode,
    /// What the cases of every suite may name.
    pub defined: Defined,
    /// What is not to be shown.
    pub redaction: Redaction,
}

/// The clients that may not be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Require {
    /// None: a missing toolchain is a visible skip.
    #[default]
    Nothing,
    /// Every one.
    All,
    /// These.
    Names(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    clients: Option<PathBuf>,
    suites: Option<Vec<PathBuf>>,
    #[serde(default)]
    require: RequireList,
    #[serde(default)]
    network: NetworkMode,
    #[serde(default)]
    packets: PacketsMode,
    #[serde(default)]
    decoder: BTreeMap<Spanned<String>, Spanned<DecoderTable>>,
    #[serde(default)]
    server: BTreeMap<Spanned<String>, Spanned<ServerTable>>,
    #[serde(default)]
    redact: Redaction,
}

#[derive(Deserialize, Default)]
#[serde(transparent)]
struct RequireList(Vec<String>);

impl Config {
    /// What `samewire.toml` says, looked for from `folder` upwards; without one, `./clients` and the wire suite.
    ///
    /// # Errors
    /// The file cannot be read, or says what it may not.
    pub fn find(folder: &Path) -> Result<Self, FileError> {
        match folder.ancestors().map(|folder| folder.join(CONFIG_FILE)).find(|path| path.is_file()) {
            Some(path) => Self::parse(&path, &source::read(&path)?),
            None => Ok(Self {
                folder: folder.to_owned(),
                clients: folder.join("clients"),
                suites: vec![wire()],
                require: Require::Nothing,
                network: NetworkMode::default(),
                packets: PacketsMode::default(),
                defined: Defined::default(),
                redaction: Redaction::default(),
            }),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        let table: Table = toml::from_str(text).map_err(|error| Source { path, text }.toml_error(&error))?;
        let folder = path.parent().unwrap_or(path);
        let absolute = |suite: PathBuf| if suite.to_string_lossy().starts_with(BUILTIN) { suite } else { folder.join(suite) };
        Ok(Self {
            folder: folder.to_owned(),
            clients: folder.join(table.clients.unwrap_or_else(|| "clients".into())),
            suites: table.suites.map_or_else(|| vec![wire()], |suites| suites.into_iter().map(absolute).collect()),
            require: Require::of(table.require.0),
            network: table.network,
            packets: table.packets,
            defined: Defined::of(Source { path, text }, table.decoder, table.server)?,
            redaction: table.redact,
        })
    }
}

impl Require {
    /// Parses `all`, or names with commas between them.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::of(text.split(',').map(|name| name.trim().to_owned()).collect())
    }

    /// Of a list of names, one of which may be `all`.
    #[must_use]
    pub fn of(mut names: Vec<String>) -> Self {
        names.retain(|name| !name.is_empty());
        match names.as_slice() {
            [] => Self::Nothing,
            names if names.iter().any(|name| name == "all") => Self::All,
            _ => Self::Names(names),
        }
    }

    /// The names again, as [`Require::of`] takes them.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Nothing => Vec::new(),
            Self::All => vec!["all".into()],
            Self::Names(names) => names.clone(),
        }
    }

    /// Whether this client may not be missing. `all` leaves out what is optional; a folder's name is also its variants that
    /// are not.
    #[must_use]
    pub fn includes(&self, client: &str, optional: bool) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => !optional,
            Self::Names(names) => names.iter().any(|name| name == client || (!optional && name == folder_of(client))),
        }
    }

    /// A required name that is no client.
    #[must_use]
    pub fn unknown(&self, mut is_client: impl FnMut(&str) -> bool) -> Option<&str> {
        match self {
            Self::Names(names) => names.iter().map(String::as_str).find(|name| !is_client(name)),
            Self::Nothing | Self::All => None,
        }
    }
}

fn wire() -> PathBuf {
    format!("{BUILTIN}wire").into()
}
