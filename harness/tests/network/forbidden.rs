//! Other users, and where there are no networks of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::Test;
use crate::stage::{is_root, network, ourselves};

pub(crate) const TESTS: &[Test] = &[
    ("all_of_this_holds_for_nobody_too", all_of_this_holds_for_nobody_too),
    ("it_is_available_here", it_is_available_here),
    ("where_user_namespaces_are_forbidden_it_is_said_why", where_user_namespaces_are_forbidden_it_is_said_why),
    ("a_filter_of_system_calls_is_said", a_filter_of_system_calls_is_said),
    (
        "a_program_that_does_not_begin_as_it_must_is_not_started_again",
        a_program_that_does_not_begin_as_it_must_is_not_started_again,
    ),
    ("settings_that_cannot_be_written_forbid_no_network", settings_that_cannot_be_written_forbid_no_network),
    ("processes_that_others_do_not_see_have_networks", processes_that_others_do_not_see_have_networks),
    ("a_program_that_may_not_be_read_has_networks", a_program_that_may_not_be_read_has_networks),
    ("where_mounts_are_shared_names_are_unseen_outside", where_mounts_are_shared_names_are_unseen_outside),
    ("a_program_whose_file_is_replaced_goes_on", a_program_whose_file_is_replaced_goes_on),
];

/// This program at a path that other users may run.
pub(crate) fn copy_for_others(folder: &Path) -> PathBuf {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let copy = folder.join("program");
    fs::copy(ourselves(), &copy).unwrap();
    copy
}

fn as_nobody(program: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]).arg(program).args(arguments);
    command.env_remove("TMPDIR").current_dir("/").output().unwrap()
}

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|octets| String::from_utf8_lossy(octets)).concat()
}

fn all_of_this_holds_for_nobody_too() {
    if is_root() {
        let folder = tempfile::tempdir().unwrap();
        let output = as_nobody(&copy_for_others(folder.path()), &["--color", "never"]);
        assert!(output.status.success(), "as nobody:\n{}", text(&output));
        println!("as nobody:\n{}", text(&output));
    } else {
        assert!(network().has_own_user());
    }
}

fn it_is_available_here() {
    samewire::trial::network::available(&Command::spawn).unwrap();
    assert_ne!(network().has_own_user(), is_root());
}

fn where_user_namespaces_are_forbidden_it_is_said_why() {
    // In a user namespace of our own: there we may forbid it to ourselves.
    let script =
        "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all \"$0\" client available";
    let output =
        Command::new("unshare").args(["--user", "--map-root-user", "sh", "-c", script]).arg(ourselves()).output().unwrap();
    let said = "make a user namespace: No space left on device (os error 28), because user.max_user_namespaces is 0; \
                `sudo sysctl -w user.max_user_namespaces=15000`\n";
    assert_eq!(text(&output), said);
}

fn a_filter_of_system_calls_is_said() {
    // A filter that lets everything through but unshare, set for what is started: as containers do.
    let script = "
import ctypes, os, struct, sys, platform
number = {'x86_64': 272, 'aarch64': 97}[platform.machine()]
step = lambda code, yes, no, k: struct.pack('HBBI', code, yes, no, k)
code = step(0x20, 0, 0, 0) + step(0x15, 0, 1, number) + step(0x06, 0, 0, 0x50001) + step(0x06, 0, 0, 0x7fff0000)
held = ctypes.create_string_buffer(code)
program = struct.pack('HxxxxxxP', 4, ctypes.addressof(held))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0, ctypes.get_errno()
os.execv(sys.argv[1], [sys.argv[1], 'client', 'available'])";
    let output = Command::new("python3").args(["-c", script]).arg(ourselves()).output().unwrap();
    let said = text(&output);
    assert!(
        said.contains("Operation not permitted")
            && said.contains("under a filter of system calls (seccomp)")
            && said.contains("--cap-add SYS_ADMIN"),
        "{said}"
    );
}

/// As in a container: `/proc/sys` is read-only.
fn settings_that_cannot_be_written_forbid_no_network() {
    let script = "mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec \"$0\" client available";
    let user: &[&str] = if is_root() { &[] } else { &["--user", "--map-root-user"] };
    let output = Command::new("unshare").args(user).args(["--mount", "sh", "-c", script]).arg(ourselves()).output().unwrap();
    assert_eq!(text(&output), "available\n");
}

fn processes_that_others_do_not_see_have_networks() {
    // Only root can have its processes hidden.
    if is_root() {
        let folder = tempfile::tempdir().unwrap();
        let script = "mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid nobody --regid nogroup --clear-groups \"$0\" client available";
        let output =
            Command::new("unshare").args(["--mount", "sh", "-c", script]).arg(copy_for_others(folder.path())).output().unwrap();
        assert_eq!(text(&output), "available\n");
    }
}

fn a_program_that_may_not_be_read_has_networks() {
    // Whoever owns a program can read it: so it is somebody else's.
    if is_root() {
        let folder = tempfile::tempdir().unwrap();
        let copy = copy_for_others(folder.path());
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o711)).unwrap();
        assert_eq!(text(&as_nobody(&copy, &["client", "available"])), "available\n");
    }
}

fn a_program_that_does_not_begin_as_it_must_is_not_started_again() {
    let output = Command::new(ourselves()).arg("before").output().unwrap();
    assert!(text(&output).starts_with("this program does not begin with `samewire::interop`"), "{}", text(&output));
}

fn where_mounts_are_shared_names_are_unseen_outside() {
    let user: &[&str] = if is_root() { &[] } else { &["--user", "--map-current-user"] };
    let mut command = Command::new("unshare");
    command.args(user).args(["--mount", "--propagation", "shared"]).arg(ourselves()).args(["client", "names-with-shared-mounts"]);
    assert_eq!(text(&command.output().unwrap()), "unseen\n");
}

fn a_program_whose_file_is_replaced_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let copy = copy_for_others(folder.path());
    let output = Command::new(copy).args(["client", "replaced"]).output().unwrap();
    assert_eq!(text(&output), "ran\n");
}
