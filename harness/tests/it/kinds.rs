//! Programs of many kinds do in networks of their own what they do in the machine's.

use predicates::str::contains;

use super::support::{HELLO, Project};

/// Sends `hello`, and waits for the server to close.
const SENDS: &str = "s.sendall(b'hello'); s.shutdown(socket.SHUT_WR); s.recv(1); s.close()";

/// Has the program's beginning done first, then sends.
fn python(beginning: &str) -> String {
    format!(
        "import os, socket, sys, time\nhost, port = sys.argv[1], int(sys.argv[2])\n{beginning}\n\
         s = socket.create_connection((host, port))\n{SENDS}\n"
    )
}

/// Asks for a name as most programs do: only for families of which the machine has an address.
const ASKS: &str =
    "host = socket.getaddrinfo('localhost', port, socket.AF_INET, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)[0][4][0]";

/// Is a server too, at a port that takes a privilege elsewhere. Somebody may have it in the machine's network.
const BINDS: &str = "try: socket.create_server(('127.0.0.1', 80))\nexcept PermissionError: pass\nexcept OSError as error:\n \
                     if error.errno != 98: raise";

/// Gives up what it may, as servers that are started by root do, once it has read what it needs.
const DROPS: &str = "import encodings.idna\nif os.getuid() == 0:\n os.setgroups([]); os.setgid(65534); os.setuid(65534)\n assert os.getuid() == 65534";

/// Starts another that goes on without it, waits for what that sent, and leaves it behind.
const DAEMON: &str = "r, w = os.pipe()\nif os.fork():\n os.read(r, 1); sys.exit()\nos.setsid()\nif os.fork(): os._exit(0)\n\
                      s = socket.create_connection((host, port)); s.sendall(b'hello'); s.shutdown(socket.SHUT_WR); s.recv(1); s.close(); os.write(w, b'x')\n\
                      time.sleep(600)";

#[test]
fn programs_of_every_kind_do_there_what_they_do_outside() {
    let project = Project::new();
    project.cases(HELLO);
    for (name, beginning) in [("asks", ASKS), ("binds", BINDS), ("drops", DROPS), ("daemon", DAEMON)] {
        project.write(&format!("clients/{name}/{name}.py"), &python(beginning));
        project.client(
            name,
            &format!("run = ['python3', '{name}.py', '{{host}}', '{{port}}', '{{plan}}']"),
            "timeout_ms = 30000",
        );
    }
    for network in ["shared", "own"] {
        let run = project.run(&["--network", network]).assert().code(0);
        run.stdout(contains("4 trials: 4 passed"));
    }
}
