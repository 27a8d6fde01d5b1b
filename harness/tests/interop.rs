//! Every client of this repository on every case of the wire suite: one test per trial.

fn main() -> std::process::ExitCode {
    samewire::interop(env!("CARGO_MANIFEST_DIR"))
}
