//! What a server, and its `prepare`, are started with.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::template;
use crate::client::placeholders::filled;
use crate::suite::Server;
use crate::trial::launch::{OwnNetwork, Program};
use crate::trial::toolchain::{Kit, clean_env};

/// All that programs of one trial's server are started with.
pub(super) struct Commands<'a> {
    kit: Kit<'a>,
    server: &'a Server,
    values: Vec<(&'static str, OsString)>,
    /// The folder of the trial's server.
    folder: PathBuf,
    network: Option<Arc<OwnNetwork>>,
}

impl<'a> Commands<'a> {
    /// Makes what they find in `folder`, which is not there yet; `built` is what was built.
    ///
    /// # Errors
    /// Something cannot be written, or what was built cannot be copied.
    pub(super) fn make(
        server: &'a Server,
        built: Option<&Path>,
        folder: PathBuf,
        (address, case): (SocketAddr, &str),
        network: Option<&Arc<OwnNetwork>>,
    ) -> io::Result<Self> {
        std::fs::create_dir(&folder)?;
        ["home", "tmp", "prepare"].iter().try_for_each(|name| std::fs::create_dir(folder.join(name)))?;
        let mut values: Vec<(&str, OsString)> = vec![
            ("{host}", address.ip().to_string().into()),
            ("{port}", address.port().to_string().into()),
            ("{url}", address.to_string().into()),
            ("{tmp}", folder.join("tmp").into()),
            ("{case}", case.into()),
        ];
        if let Some(built) = built {
            let out = folder.join("out");
            template::copy(built, &out)?;
            values.push(("{out}", out.into()));
        }
        Ok(Self { kit: server.into(), server, values, folder, network: network.cloned() })
    }

    /// The server itself.
    pub(super) fn server(&self) -> Program {
        self.program(&self.server.run, "tmp")
    }

    /// Its `prepare`; none where it has none.
    pub(super) fn prepare(&self) -> Option<Program> {
        (!self.server.prepare.is_empty()).then(|| self.program(&self.server.prepare, "prepare"))
    }

    /// A program with this folder as its TMPDIR, by which what it leaves running is known.
    fn program(&self, argv: &[String], temporary: &str) -> Program {
        let mut env = clean_env(&self.kit, &self.folder.join("home"));
        for (name, value) in &self.server.env {
            env.insert(name.into(), filled(value, &self.values));
        }
        Program {
            argv: argv.iter().map(|argument| filled(argument, &self.values)).collect(),
            folder: self.kit.folder.clone(),
            env,
            temporary: self.folder.join(temporary),
            network: self.network.clone(),
            prints_to_stderr: true,
            as_nobody: self.kit.as_nobody,
            ..Program::default()
        }
    }
}
