//! `samewire new`: the folder of a new client, with what to do next.

use std::fs;
use std::io;
use std::path::Path;

use clap::Args;
use toml_edit::InlineTable;

mod around;

use super::reply;
use super::terminal::{STRONG, print, styled};
use super::{CommandError, PlaceArgs, Status};
use crate::client::scaffold::{self, STEPS_FILE};
use crate::printable::line;

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// The name of the client and its folder: a-z, 0-9 and -
    name: String,
    /// Around PROGRAM, which exists already: recognise in ARGS the address that it connects to, find out what it dials where they
    /// name none, and record what it sends as the first case
    ///
    /// ARGS may hold {host}, {port}, {url} and {input}.
    #[arg(long, requires = "program")]
    from_program: bool,
    /// What PROGRAM is to send, where it reads that from the file {input} in ARGS, or else from its stdin
    #[arg(long, value_name = "TEXT", requires = "from_program")]
    input: Option<String>,
    /// Answer PROGRAM: TEXT once WHEN has happened, as with `samewire serve --reply`, whose help has it all; may be repeated
    ///
    /// For programs that wait for an answer, or for the server to speak first: 'connect=220 hello\r\n', '/QUIT/=221 bye\r\n'.
    #[arg(long, value_name = "WHEN=TEXT", value_parser = reply::in_case, requires = "from_program")]
    reply: Vec<InlineTable>,
    /// Answer PROGRAM by a real server: a [server.NAME] of samewire.toml or of a suite's suite.toml
    #[arg(long, value_name = "NAME", requires = "from_program", conflicts_with = "reply")]
    server: Option<String>,
    /// PROGRAM and its ARGS, behind `--`
    #[arg(last = true, value_name = "PROGRAM", requires = "from_program")]
    program: Vec<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

pub(super) fn new(args: &NewArgs) -> Result<Status, CommandError> {
    let name = &args.name;
    scaffold::check_name(name)?;
    if args.from_program {
        return around::new(args);
    }
    let clients = args.place.config()?.clients;
    let folder = clients.join(name);
    make(&folder).map_err(|error| failed(&folder, &error))?;
    for (file, text) in scaffold::files(name) {
        let path = folder.join(file);
        fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    let more = args.place.flags();
    print(&format!(
        "created {folder}; the next steps are in {steps}\n\n  {check}\n  {serve}\n  {run}\n",
        folder = from_here(&folder),
        steps = styled(STRONG, &from_here(&folder.join(STEPS_FILE))),
        check = said(&format!("samewire check {name}{more}"), "the first failure, and what to do about it"),
        serve = said("samewire serve", "what a program really sends to 127.0.0.1:3099"),
        run = said(&format!("samewire run --client {name}{more}"), "every case, once `check` passes"),
    ))?;
    Ok(Status::Good)
}

/// How a path is told to somebody in the current folder.
fn from_here(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let inside = here.and_then(|here| path.strip_prefix(here).ok());
    line(&inside.unwrap_or(path).display().to_string())
}

/// Makes the folder, which must not be there.
fn make(folder: &Path) -> io::Result<()> {
    folder.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::create_dir(folder)
}

fn failed(folder: &Path, error: &io::Error) -> String {
    let folder = folder.display();
    match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!(
                "{folder} exists already, and was left as it is: choose another name, or continue there with `samewire check`"
            )
        }
        _ => format!("cannot make the folder {folder}: {error}"),
    }
}

fn said(command: &str, what: &str) -> String {
    format!("{command:34}  # {what}")
}
