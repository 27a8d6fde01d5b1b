//! What a door opens in its network.

use std::fs::{File, read_link};
use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use rustix::net::{RecvFlags, recv};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use samewire::trial::network::TcpSocket;

use crate::Test;
use crate::stage::{
    accept, address, await_readable, await_writable, client, is_root, network, program, received, run, start, start_bare,
};

pub(crate) const TESTS: &[Test] = &[
    ("two_networks_have_the_same_address_at_once", two_networks_have_the_same_address_at_once),
    ("a_fixed_address_is_free_for_the_next_trial", a_fixed_address_is_free_for_the_next_trial),
    ("any_address_at_all_can_be_listened_at", any_address_at_all_can_be_listened_at),
    ("the_machine_is_out_of_reach", the_machine_is_out_of_reach),
    ("low_ports_are_bound_by_anybody", low_ports_are_bound_by_anybody),
    ("a_server_in_there_is_reached_from_outside", a_server_in_there_is_reached_from_outside),
    ("errors_are_those_of_the_operating_system", errors_are_those_of_the_operating_system),
    (
        "what_a_thread_starts_in_there_is_in_there_and_the_thread_alone",
        what_a_thread_starts_in_there_is_in_there_and_the_thread_alone,
    ),
    ("a_socket_that_finds_no_room_here_is_no_end_of_the_door", a_socket_that_finds_no_room_here_is_no_end_of_the_door),
    ("packets_are_received", packets_are_received),
    ("whose_a_connection_is_can_be_found", whose_a_connection_is_can_be_found),
    ("a_door_is_asked_by_many_at_once", a_door_is_asked_by_many_at_once),
];

fn two_networks_have_the_same_address_at_once() {
    let networks = [network(), network()];
    let listeners = networks.each_ref().map(|network| network.listen(address("127.0.0.1:3099")).unwrap());
    let clients = [0, 1].map(|n| start(&networks[n], &client(&["send", "127.0.0.1:3099", &format!("text {n}")]), "/".as_ref()));
    // Before it is accepted: of one that did not connect nothing would ever come.
    assert!(clients.into_iter().all(|client| client.end().status.success()));
    assert_eq!(listeners.each_ref().map(received), ["text 0", "text 1"]);
}

fn a_fixed_address_is_free_for_the_next_trial() {
    let network = network();
    for n in 0..10 {
        let listener = network.listen(address("127.0.0.1:3099")).unwrap_or_else(|error| panic!("{n}: {error}"));
        let running = start(&network, &client(&["send-and-wait", "127.0.0.1:3099"]), "/".as_ref());
        // Who closes first is the one that the kernel remembers.
        let mut connection = accept(&listener);
        connection.read_exact(&mut [0]).unwrap();
        drop(connection);
        assert!(running.end().status.success());
        drop(listener);
        let is_remembered = |socket: &TcpSocket| socket.is_over() && socket.local == address("127.0.0.1:3099");
        // The kernel hands on the last segment when it comes to it.
        let began = Instant::now();
        while !network.sockets().unwrap().iter().any(is_remembered) {
            assert!(began.elapsed() < Duration::from_secs(30), "{n}: no connection is remembered");
            std::thread::yield_now();
        }
        assert_eq!(network.left_behind().unwrap(), []);
    }
}

fn any_address_at_all_can_be_listened_at() {
    let network = network();
    for text in ["127.0.0.1:0", "[::1]:3099", "127.9.9.9:25", "0.0.0.0:3099", "[::]:3099", "10.1.2.3:80", "[fd00::5]:1"] {
        let listener = network.listen(address(text)).unwrap_or_else(|error| panic!("{text}: {error}"));
        let told = listener.local_addr().unwrap();
        // Before it is accepted: one that did not connect says why.
        let ended = run(&network, &client(&["send", &told.to_string(), text]));
        assert!(ended.status.success(), "{text}: {ended:?}");
        assert_eq!(received(&listener), text);
        drop(listener);
        assert_eq!(network.left_behind().unwrap(), [], "{text}");
    }
    let ended = run(&network, &client(&["send", "10.1.2.3:80", "x"]));
    assert!(ended.stderr.contains("NetworkUnreachable"), "its address was to be taken away: {ended:?}");
}

fn the_machine_is_out_of_reach() {
    let outside = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ended = run(&network(), &client(&["send", &outside.local_addr().unwrap().to_string(), "x"]));
    assert!(ended.stderr.contains("ConnectionRefused"), "{ended:?}");
}

fn low_ports_are_bound_by_anybody() {
    let network = network();
    assert!(network.has_low_ports());
    let mut client = client(&["listen", "127.0.0.1:80"]);
    if is_root() {
        // Root may anyway: so not as root.
        client.args = ["--reuid", "nobody", "--clear-groups"]
            .iter()
            .map(Into::into)
            .chain([client.program.into()])
            .chain(client.args)
            .collect();
        client.program = "/usr/bin/setpriv".into();
        let folder = tempfile::tempdir().unwrap();
        let readable = crate::forbidden::copy_for_others(folder.path());
        client.args[3] = readable.into();
        return listens_at_80(&network, &client);
    }
    listens_at_80(&network, &client);
}

fn listens_at_80(network: &samewire::trial::network::Network, client: &samewire::trial::network::Client) {
    let mut running = start(network, client, "/".as_ref());
    running.says("listening");
    await_writable(&network.connect(address("127.0.0.1:80")).unwrap());
    assert!(running.end().status.success());
}

fn a_server_in_there_is_reached_from_outside() {
    let network = network();
    let mut server = start(&network, &client(&["listen", "[::1]:6379"]), "/".as_ref());
    server.says("listening");
    let connection = network.connect(address("[::1]:6379")).unwrap();
    await_writable(&connection);
    assert!(connection.take_error().unwrap().is_none());
    assert_eq!(connection.peer_addr().unwrap(), address("[::1]:6379"));
    assert!(server.end().status.success());
}

fn errors_are_those_of_the_operating_system() {
    let network = network();
    let _taken = network.listen(address("127.0.0.1:3099")).unwrap();
    assert_eq!(network.bind(address("127.0.0.1:3099")).unwrap_err().kind(), ErrorKind::AddrInUse);
    let refused = network.connect(address("127.0.0.1:1")).and_then(|connection| {
        await_writable(&connection);
        connection.take_error()?.map_or(Ok(()), Err)
    });
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

fn what_a_thread_starts_in_there_is_in_there_and_the_thread_alone() {
    let network = network();
    let own = || read_link("/proc/thread-self/ns/net").unwrap();
    let (before, door) = (own(), read_link(format!("/proc/{}/ns/net", network.door())));
    assert_eq!(network.has_room_for_threads(), is_root());
    if !is_root() {
        assert_eq!(network.within(|| ()).unwrap_err().kind(), ErrorKind::PermissionDenied);
        return;
    }
    let listener = network.listen(address("127.0.0.1:3099")).unwrap();
    let client = client(&["send", "127.0.0.1:3099", "text"]);
    let started = network.within(|| (own(), start_bare(&client, "/".as_ref()))).unwrap();
    assert_eq!(received(&listener), "text");
    assert!(started.1.unwrap().end().status.success());
    assert_eq!((started.0, own()), (door.unwrap(), before));
    drop(listener);
    assert_eq!(network.left_behind().unwrap(), []);
}

/// A limit of open files that is put back.
struct Limited(Rlimit);

impl Drop for Limited {
    fn drop(&mut self) {
        setrlimit(Resource::Nofile, self.0).unwrap();
    }
}

fn a_socket_that_finds_no_room_here_is_no_end_of_the_door() {
    const MOST: u64 = 64;
    let network = network();
    let before = getrlimit(Resource::Nofile);
    let _limited = Limited(before);
    setrlimit(Resource::Nofile, Rlimit { current: Some(MOST), ..before }).unwrap();
    let files: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    for _ in 0..3 {
        let error = network.listen(address("127.0.0.1:0")).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::MFILE.raw_os_error()), "{error}");
    }
    assert!(network.has_door());
    drop(files);
    network.listen(address("127.0.0.1:3099")).unwrap();
}

fn packets_are_received() {
    let network = network();
    let packets = network.packet_socket().unwrap();
    let listener = network.listen(address("127.0.0.1:3099")).unwrap();
    let running = start(&network, &client(&["send", "127.0.0.1:3099", "a payload"]), "/".as_ref());
    assert_eq!(received(&listener), "a payload");
    assert!(running.end().status.success());
    let mut buffer = [0; 2048];
    loop {
        await_readable(&packets, "the packet with the payload");
        let (length, _) = recv(&packets, &mut buffer, RecvFlags::empty()).unwrap();
        if buffer[..length].ends_with(b"a payload") {
            break;
        }
    }
    drop(listener);
    assert_eq!(network.left_behind().unwrap(), [], "the packet socket is the harness's");
}

fn whose_a_connection_is_can_be_found() {
    let network = network();
    for (listening, dialled) in
        [("127.0.0.1:3099", "127.0.0.1:3099"), ("[::1]:3099", "[::1]:3099"), ("127.0.0.1:3099", "[::ffff:127.0.0.1]:3099")]
    {
        let listener = network.listen(address(listening)).unwrap();
        let running = start(&network, &client(&["send-and-wait", dialled]), "/".as_ref());
        let connection = accept(&listener);
        let (peer, own) = (connection.peer_addr().unwrap(), address(listening));
        let inode = network.inode(peer, own).unwrap().unwrap();
        let held = std::fs::read_dir(format!("/proc/{}/fd", running.child.id())).unwrap();
        let held: Vec<_> = held.filter_map(|entry| read_link(entry.ok()?.path()).ok()).collect();
        assert!(held.contains(&format!("socket:[{inode}]").into()), "{held:?}");
        let socket = network.sockets().unwrap().into_iter().find(|socket| socket.local == peer).unwrap();
        assert_eq!((socket.remote, socket.state, socket.inode), (own, 1, inode), "{dialled}");
        let another = std::net::SocketAddr::new(peer.ip(), 1);
        assert_eq!((network.inode(another, own).unwrap(), network.inode(own, another).unwrap()), (None, None));
        drop(connection);
        assert!(running.end().status.success());
        assert_eq!(network.inode(peer, own).unwrap(), None);
    }
}

fn a_door_is_asked_by_many_at_once() {
    let network = network();
    std::thread::scope(|scope| {
        for n in 0..8_u16 {
            let network = &network;
            scope.spawn(move || {
                for _ in 0..20 {
                    let listener = network.listen(([127, 0, 0, 1], 4000 + n).into()).unwrap();
                    assert_eq!(listener.local_addr().unwrap().port(), 4000 + n);
                }
            });
        }
    });
    assert!(run(&network, &program(&["/bin/true"])).status.success());
}
