//! The `samewire` command.

fn main() -> std::process::ExitCode {
    // First: this process may have been started to be something else.
    samewire::trial::network::step_in();
    samewire::cli::main()
}
