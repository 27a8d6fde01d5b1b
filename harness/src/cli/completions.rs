//! `samewire completions` and `samewire man`: what a shell and `man` know of the command.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::terminal::print_raw;
use super::{Cli, CommandError, Status};

/// The name of the command.
const NAME: &str = "samewire";

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<Status, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), NAME, &mut script);
    print_raw(&String::from_utf8(script)?)?;
    Ok(Status::Good)
}

/// The page of the command, and behind it those of its subcommands.
pub(super) fn man() -> Result<Status, CommandError> {
    let mut command = Cli::command().disable_help_subcommand(true);
    // Names subcommands as they are called: samewire-run.
    command.build();
    let mut pages = Vec::new();
    for page in std::iter::once(&command).chain(command.get_subcommands()) {
        clap_mangen::Man::new(page.clone()).render(&mut pages)?;
    }
    print_raw(&String::from_utf8(pages)?)?;
    Ok(Status::Good)
}
