//! What is made ready: a client, or a server. Both are looked for, asked for their version and built in the same way.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::client::Client;
use crate::suite::Server;
use crate::trial::machine;

/// The variables of one that passes none through, and the like.
const NONE: &[String] = &[];

/// What a client or a server is made ready from.
#[derive(Debug, Clone)]
pub(crate) struct Kit<'a> {
    /// Names the folder of its builds.
    pub name: String,
    /// Where its programs run.
    pub folder: PathBuf,
    /// Programs that must be on PATH.
    pub needs: &'a [String],
    /// Prints its version; may be empty.
    pub version: &'a [String],
    /// The status that `version` ends in.
    pub version_status: i32,
    /// The least version that it needs.
    pub at_least: Option<&'a str>,
    /// Must end in 0 where it is given.
    pub check: &'a [String],
    /// Prints the path of its program; may be empty.
    pub locate: &'a [String],
    /// Builds it; may be empty.
    pub build: &'a [String],
    /// Globs of further files that `build` depends on.
    pub inputs: &'a [String],
    /// Whether `build` is run each time, in place.
    pub each_run: bool,
    /// Variables beyond what every trial gets.
    pub env: &'a BTreeMap<String, String>,
    /// Variables that are passed through.
    pub pass_env: &'a [String],
    /// Whether all that lies in its folder is its own. Of another, `build` depends on what it names alone.
    pub owns_folder: bool,
    /// Whether it is built as another user, since we are root, and it refuses that.
    pub as_nobody: bool,
}

impl<'a> From<&'a Client> for Kit<'a> {
    fn from(client: &'a Client) -> Self {
        Self {
            name: client.name.clone(),
            folder: client.folder.clone(),
            needs: &client.needs,
            version: &client.version,
            version_status: client.version_status,
            at_least: client.at_least.as_deref(),
            check: &client.check,
            locate: &client.locate,
            build: &client.build,
            inputs: &client.inputs,
            each_run: client.each_run,
            env: &client.env,
            pass_env: &client.pass_env,
            owns_folder: true,
            as_nobody: false,
        }
    }
}

impl<'a> From<&'a Server> for Kit<'a> {
    fn from(server: &'a Server) -> Self {
        let folder = server.folder();
        Self {
            // No client has this name.
            name: format!("+server-{}", server.name),
            folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
            needs: &server.needs,
            version: &server.version,
            version_status: server.version_status,
            at_least: server.at_least.as_deref(),
            check: NONE,
            locate: NONE,
            build: &server.build,
            inputs: &server.inputs,
            each_run: false,
            env: &server.env,
            pass_env: NONE,
            owns_folder: false,
            as_nobody: !server.root && machine::is_root(),
        }
    }
}

impl Kit<'_> {
    /// The files that `build` names, where the folder is not its own.
    pub(super) fn named_by_build(&self) -> impl Iterator<Item = PathBuf> {
        let arguments = self.build.iter().filter(|_| !self.owns_folder);
        arguments.map(|argument| self.folder.join(argument)).filter(|path| path.is_file())
    }
}
