//! What ends the programs when this process is killed and cannot. Linux only.
//!
//! A shell that waits for the end of a pipe which only this process can write to. When this process is gone, however it went, and
//! has left temporary folders, the guardian kills every process whose environment names one, or that has our heirloom, and removes
//! them. It is a shell and not ourselves, because the program around this library may be any.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::heirloom;

/// Where every Unix has its shell.
const SHELL: &str = "/bin/sh";

/// `$1` is the prefix of all temporary folders, `$2` the number that our programs inherit. Only `rm` and `chmod` are no part of the shell.
///
/// A process may fork while the others are looked at, so it is done again until none is found.
const SCRIPT: &str = r#"
trap '' HUP INT QUIT TERM
read -r _
heirloom=$2
set -- "$1" "$1"*
[ -e "$2" ] || exit 0
for pass in 1 2 3 4 5 6 7 8 9 10; do
  found=
  for process in /proc/[0-9]*; do
    id=${process#/proc/}
    while IFS= read -r line || [ "$line" ]; do
      case $line in
      *"$1"*)
        kill -KILL "-$id"
        kill -KILL "$id" && found=yes
        ;;
      esac
    done <"$process/environ"
    while IFS= read -r line; do
      case $line in
      'Max resident set '*" $heirloom "*)
        kill -KILL "-$id"
        kill -KILL "$id" && found=yes
        ;;
      esac
    done <"$process/limits"
  done
  [ "$found" ] || break
done
shift
for folder do
  # Others may have put something here that is named like ours.
  [ -O "$folder" ] && [ ! -L "$folder" ] || continue
  rm -rf -- "$folder" || { chmod -R u+rwx -- "$folder"; rm -rf -- "$folder"; }
done
"#;

static GUARDIAN: Mutex<Option<Child>> = Mutex::new(None);

/// Starts the guardian of this process. Where there is no shell, there is none.
#[expect(clippy::disallowed_methods, reason = "this is the one door to other programs")]
pub(super) fn start(prefix: &Path) {
    let mut command = Command::new(SHELL);
    command.args(["-c", SCRIPT, "samewire-guardian"]).arg(prefix).arg(heirloom::number().to_string());
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path))).env("LC_ALL", "C");
    command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // Whoever kills this process's group is to spare it.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    *GUARDIAN.lock().unwrap_or_else(PoisonError::into_inner) = heirloom::withheld(|| command.spawn()).ok();
}

/// Lets the guardian go: nothing is started any more.
pub(super) fn dismiss() {
    if let Some(mut guardian) = GUARDIAN.lock().unwrap_or_else(PoisonError::into_inner).take() {
        // This closes its stdin first.
        let _ = guardian.wait();
    }
}
