//! The sockets of a network as the kernel lists them: `/proc/net/tcp` and `/proc/net/sockstat`. Pure.

use std::net::{IpAddr, SocketAddr};

use super::sockets::TcpSocket;

impl TcpSocket {
    /// The sockets in a table, as `/proc/net/tcp` and `/proc/net/tcp6` are written.
    pub(crate) fn all_in(table: &str) -> impl Iterator<Item = Self> {
        table.lines().skip(1).filter_map(Self::in_line)
    }

    fn in_line(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let (local, remote) = (address(fields.get(1)?)?, address(fields.get(2)?)?);
        let state = u8::from_str_radix(fields.get(3)?, 16).ok()?;
        Some(Self { local, remote, state, inode: fields.get(9)?.parse().ok()? })
    }
}

/// How many TCP, UDP and raw sockets there are, as `/proc/net/sockstat` and `/proc/net/sockstat6` say. Those in TIME_WAIT do not count.
///
/// Of the others, which need a process to be anything, some are counted for tens of milliseconds after they were closed.
pub(crate) fn in_use(sockstat: &str) -> u64 {
    const KINDS: [&str; 4] = ["TCP", "UDP", "UDPLITE", "RAW"];
    let count = |line: &str| {
        let (kind, counts) = line.split_once(": inuse ")?;
        let is_counted = KINDS.contains(&kind.trim_end_matches('6'));
        counts.split(' ').next()?.parse::<u64>().ok().filter(|_| is_counted)
    };
    sockstat.lines().filter_map(count).sum()
}

/// An address as the kernel writes it: groups of four octets, each as a number of this machine, and the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let groups = ip.as_bytes().chunks(8).map(|group| u32::from_str_radix(std::str::from_utf8(group).ok()?, 16).ok());
    let octets: Vec<u8> = groups.collect::<Option<Vec<_>>>()?.iter().flat_map(|group| group.to_ne_bytes()).collect();
    let ip = match octets.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(octets).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(octets).ok()?),
    };
    // An IPv6 socket that is connected by IPv4 is told by that.
    Some(SocketAddr::new(ip.to_canonical(), u16::from_str_radix(port, 16).ok()?))
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    const IPV4: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0C1B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0000000000000000 100 0 0 10 0
   1: 0100007F:0C1B 0100007F:A3F2 06 00000000:00000000 03:000014DA 00000000     0        0 0 3 0000000000000000
";
    const IPV6: &str = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: B80D0120000000000000000001000000:0050 00000000000000000000000001000000:A3F2 01 00000000:00000000 00:00000000 00000000     0        0 7 1 0
";

    #[test]
    fn tables_of_both_families_are_read() {
        let shown: Vec<String> =
            TcpSocket::all_in(IPV4).chain(TcpSocket::all_in(IPV6)).map(|socket| format!("{socket} {}", socket.inode)).collect();
        assert_eq!(
            shown,
            [
                "at 127.0.0.1:3099, LISTEN 4242",
                "at 127.0.0.1:3099 to 127.0.0.1:41970, TIME_WAIT 0",
                "at [2001:db8::1]:80 to [::1]:41970, ESTABLISHED 7",
            ]
        );
        assert!(TcpSocket::all_in(IPV4).nth(1).unwrap().is_over());
    }

    #[test]
    fn what_is_no_table_holds_no_sockets() {
        assert_eq!(TcpSocket::all_in("head\n0: zz:1 0:0 01\n1: 0100007F 0 0\n\n").count(), 0);
    }

    #[test]
    fn sockets_that_can_be_without_a_process_are_counted() {
        let ipv4 = "sockets: used 9\nTCP: inuse 3 orphan 0 tw 5 alloc 4 mem 1\nUDP: inuse 2 mem 0\nFRAG: inuse 7 memory 0\n";
        assert_eq!(in_use(&[ipv4, "TCP6: inuse 1\nRAW6: inuse 1\nFRAG6: inuse 7 memory 0\n"].concat()), 7);
        assert_eq!(in_use(""), 0);
    }
}
