//! Every pair of a recorder's switches: together they work, or they are refused. The table of docs/recorder-switches.md is made here.

use std::any::Any;
use std::time::{Duration, Instant};

use samewire_recorder::{Answers, Cut, EndedBy, Event, Limits, PeerEnd, REFUSED, Settings, SlowRead, Trigger, refused};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::{JoinSet, LocalSet};

use super::support::{Recorder, closes, in_time, received, reply, sent, soon, time_of, upstream_at};

const OCTETS: &[u8] = b"abcdefgh";
const WHILE: Duration = Duration::from_millis(30);
const WHILE_US: u64 = 30_000;
const CUT: u64 = 5;
const HALF_CLOSE: u64 = 3;
const LIMIT: u64 = 6;

/// The switches, as flags and TOML files call them.
const SWITCHES: [&str; 19] = [
    "replies",
    "echo",
    "upstream",
    "refuse",
    "accept_delay_ms",
    "read_delay_ms",
    "read_bytes",
    "receive_buffer",
    "close_after_bytes",
    "reset_after_bytes",
    "half_close_after_bytes",
    "close_delay_ms",
    "idle_timeout_ms",
    "max_connections",
    "max_bytes",
    "max_bytes_in_all",
    "connections",
    "skip_empty",
    "tls",
];

/// TLS may be left out of what is tested.
fn is_there(pair: [&str; 2]) -> bool {
    cfg!(feature = "tls") || !pair.contains(&"tls")
}

fn switch_on(settings: &mut Settings, switch: &str, upstream: &Recorder) {
    let (faults, limits) = (&mut settings.faults, &mut settings.limits);
    match switch {
        "replies" => settings.answers = Answers::Replies(vec![reply(Trigger::Connect, b"hi")]),
        "echo" => settings.answers = Answers::Echo,
        "upstream" => settings.answers = upstream_at(&upstream.address().to_string()),
        "accept_delay_ms" => faults.accept_delay = WHILE,
        "read_delay_ms" => faults.read_delay = WHILE,
        "read_bytes" => faults.slow_read = Some(SlowRead { bytes: 2, every: Duration::from_millis(5) }),
        "receive_buffer" => faults.receive_buffer = Some(4096),
        "close_after_bytes" => faults.cut = Some(Cut::Close(CUT)),
        "reset_after_bytes" => faults.cut = Some(Cut::Reset(CUT)),
        "half_close_after_bytes" => faults.half_close_after = Some(HALF_CLOSE),
        "close_delay_ms" => faults.close_delay = WHILE,
        "idle_timeout_ms" => limits.idle = Some(WHILE * 2),
        "max_connections" => limits.connections_at_once = Some(1),
        "max_bytes" => limits.bytes_per_connection = Some(LIMIT),
        "max_bytes_in_all" => limits.bytes_in_all = Some(LIMIT),
        "connections" => settings.connections = Some(1),
        "skip_empty" => settings.skip_empty = true,
        "tls" => secured::switch_on(settings),
        "refuse" => faults.refuse = true,
        other => panic!("no switch {other}"),
    }
}

/// What came of one client that sent all octets, and its end of stream unless idleness is to end the connection.
struct Outcome {
    events: Vec<Event<'static>>,
    behind: Vec<Event<'static>>,
    took: Duration,
}

async fn outcome(pair: [&'static str; 2]) -> Outcome {
    let upstream = Recorder::start(Settings::default());
    let mut settings = Settings { limits: Limits::default(), ..Settings::default() };
    for switch in pair {
        switch_on(&mut settings, switch, &upstream);
    }
    let recorder = Recorder::start(settings);
    let before = Instant::now();
    let ends = !pair.contains(&"idle_timeout_ms");
    let client = if pair.contains(&"tls") { secured::client(&recorder, ends).await } else { client(&recorder, ends).await };
    let took = before.elapsed();
    // A half-close is no end yet.
    let _ = in_time(async {
        while !recorder.has_closed() {
            tokio::task::yield_now().await
        }
    })
    .await;
    drop(client);
    let events = if pair.contains(&"connections") { recorder.ended().await } else { recorder.finish(soon()).await };
    Outcome { events, behind: upstream.finish(soon()).await, took }
}

/// One that says all octets, ends if it `ends`, and reads to the end of what is answered. It is still there.
async fn client(recorder: &Recorder, ends: bool) -> Box<dyn Any> {
    let mut stream = recorder.connect().await;
    // Where it is cut off meanwhile, that is told by what is recorded.
    let _ = stream.write_all(OCTETS).await;
    if ends {
        let _ = stream.shutdown().await;
    }
    let _ = in_time(stream.read_to_end(&mut Vec::new())).await;
    Box::new(stream)
}

/// The same under TLS.
#[cfg(feature = "tls")]
mod secured {
    use super::super::tls::{beside, say, shared};
    use super::{Any, OCTETS, Recorder, Settings};

    pub(super) fn switch_on(settings: &mut Settings) {
        settings.tls = Some(shared().1.clone());
    }

    pub(super) async fn client(recorder: &Recorder, ends: bool) -> Box<dyn Any> {
        let address = recorder.address();
        Box::new(beside(move || say(address, &shared().0, OCTETS, ends)).await)
    }
}

/// There is none.
#[cfg(not(feature = "tls"))]
mod secured {
    use super::{Any, Recorder, Settings};

    pub(super) fn switch_on(_: &mut Settings) {}

    pub(super) async fn client(_: &Recorder, _: bool) -> Box<dyn Any> {
        Box::new(())
    }
}

/// How the connection ends, and after how many octets.
fn end(pair: [&str; 2]) -> (u64, PeerEnd, EndedBy) {
    let has = |switch: &str| pair.contains(&switch);
    if has("close_after_bytes") || has("reset_after_bytes") {
        (CUT, PeerEnd::Open, EndedBy::Recorder)
    } else if has("max_bytes") || has("max_bytes_in_all") {
        (LIMIT, PeerEnd::Open, EndedBy::Limit)
    } else if has("idle_timeout_ms") {
        (OCTETS.len() as u64, PeerEnd::Open, EndedBy::IdleTimeout)
    } else {
        (OCTETS.len() as u64, PeerEnd::Fin, EndedBy::Peer)
    }
}

async fn works(pair: [&'static str; 2]) {
    let Outcome { events, behind, took } = outcome(pair).await;
    let (count, peer, by) = end(pair);
    let all = &OCTETS[..usize::try_from(count).expect("a length")];
    assert_eq!(received(&events, 1), all, "{pair:?}");
    assert_eq!(closes(&events), [(1, peer, by)], "{pair:?}");
    let answered = sent(&events, 1).concat();
    let since_open = |is: fn(&Event<'_>) -> bool| time_of(&events, is) - time_of(&events, |e| matches!(e, Event::Open { .. }));
    let shuts = events.iter().filter(|event| matches!(event, Event::Shut { .. })).count();
    let half_closes = pair.contains(&"half_close_after_bytes");
    for switch in pair {
        match switch {
            "replies" => assert_eq!(answered, b"hi", "{pair:?}"),
            "echo" if half_closes => assert_eq!(answered, b"abc", "{pair:?}"),
            "echo" => assert_eq!(answered, all, "{pair:?}"),
            "upstream" => {
                assert_eq!(received(&behind, 1), all, "{pair:?}");
                let in_order = by == EndedBy::Peer || pair.contains(&"close_after_bytes");
                let end = if in_order { PeerEnd::Fin } else { PeerEnd::Reset };
                assert_eq!(closes(&behind), [(1, end, EndedBy::Peer)], "{pair:?}");
            }
            "accept_delay_ms" => assert!(took >= WHILE, "{pair:?}: {took:?}"),
            "read_delay_ms" => assert!(since_open(|event| matches!(event, Event::Data { .. })) >= WHILE_US, "{pair:?}"),
            "read_bytes" => {
                let mut reads = events
                    .iter()
                    .filter_map(|event| if let Event::Data { octets, .. } = event { Some(octets.len()) } else { None });
                assert!(reads.all(|read| read <= 2), "{pair:?}");
            }
            "half_close_after_bytes" => assert_eq!(shuts, 1, "{pair:?}"),
            "close_delay_ms" if by == EndedBy::Peer => {
                let fin = time_of(&events, |event| matches!(event, Event::Fin { .. }));
                assert!(time_of(&events, |event| matches!(event, Event::Close { .. })) - fin >= WHILE_US, "{pair:?}");
            }
            // What they do is in how the connection ends, in what is not lost, and in that the recorder ends.
            _ => {}
        }
    }
}

fn pairs() -> impl Iterator<Item = [&'static str; 2]> {
    SWITCHES.iter().enumerate().flat_map(|(index, one)| SWITCHES[index + 1..].iter().map(move |other| [*one, *other]))
}

/// A recorder that refuses has no connections that anything could go wrong with; limits are there in any case.
fn lets_nobody_in(pair: [&str; 2]) -> bool {
    pair.contains(&"refuse")
}

#[tokio::test]
async fn every_pair_that_is_offered_works() {
    let offered: Vec<[&str; 2]> =
        pairs().filter(|pair| refused(pair).is_none() && !lets_nobody_in(*pair) && is_there(*pair)).collect();
    let all = async {
        for some in offered.chunks(16) {
            let mut running = JoinSet::new();
            for pair in some {
                running.spawn_local(works(*pair));
            }
            running.join_all().await;
        }
    };
    LocalSet::new().run_until(all).await;
}

#[test]
fn what_is_refused_are_switches() {
    for (one, other, _) in REFUSED {
        assert!(SWITCHES.contains(one) && SWITCHES.contains(other) && one != other, "{one} and {other}");
    }
}

#[test]
fn the_table_in_the_documentation_says_all_pairs() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recorder-switches.md");
    let written = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    let expected = page();
    if std::env::var_os("SAMEWIRE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &expected).expect("to write the page");
    } else {
        assert!(
            written == expected,
            "docs/recorder-switches.md is not what is true: write it with SAMEWIRE_WRITE_DOCS=1\n{expected}"
        );
    }
}

const HEAD: &str = "\
# The recorder's switches, pair by pair

Flags of `samewire serve` and fields of `[case.recorder]` have the same names (`--reply` is one of `replies`; `max_*`, `connections`
and `skip_empty` are flags only). `read_bytes` always goes with `read_every_ms`.

- `+`: they work together. The test `every_pair_that_is_offered_works` of `tests/recorder/switches.rs` has them both on, and looks for
  what each of them promises.
- a number: they are refused, for the reason below; the test `what_cannot_go_together_is_refused` of `harness/tests/it/switches.rs`.
- `.`: limits say nothing where nobody can connect.

The page is made by its test: `SAMEWIRE_WRITE_DOCS=1 cargo test --package samewire-recorder --test recorder switches`.

";

fn page() -> String {
    let mut reasons: Vec<&str> = Vec::new();
    let mut table = format!("| |{}|\n|---|{}\n", columns(), "---|".repeat(SWITCHES.len() - 1));
    for (index, one) in SWITCHES.iter().enumerate().skip(1) {
        let cells = SWITCHES[..index].iter().map(|other| match refused(&[one, other]) {
            Some(refused) => {
                let known = reasons.iter().position(|why| *why == refused.why);
                (known.unwrap_or_else(|| {
                    reasons.push(refused.why);
                    reasons.len() - 1
                }) + 1)
                    .to_string()
            }
            None if lets_nobody_in([one, other]) => ".".to_owned(),
            None => "+".to_owned(),
        });
        let cells: Vec<String> = cells.collect();
        table += &format!("| `{one}` | {} |{}\n", cells.join(" | "), " |".repeat(SWITCHES.len() - 1 - index));
    }
    let reasons = reasons.iter().enumerate().map(|(index, why)| format!("{}. {why}\n", index + 1));
    let reasons: String = reasons.collect();
    format!(
        "{HEAD}{table}\nRefused because:\n\n{reasons}\n\
        Also refused: a half-close after more octets than a cut, since the connection is over by then.\n\n\
        What some pairs mean:\n\n\
        - `close_after_bytes` with `upstream`: so many octets are passed on, then FIN; what the upstream answers until its own end is passed back.\n\
        - `reset_after_bytes` with `upstream`: so many octets are passed on, then both connections are reset.\n\
        - `half_close_after_bytes` with `echo`: so many octets are echoed, and no more.\n\
        - `idle_timeout_ms` with a delay: the recorder's own waits are nobody's idleness.\n\
        - `close_delay_ms` with a cut: it holds the close of a client that ended before the cut.\n\
        - `tls` with all others: they begin behind the handshake, and count plain octets.\n"
    )
}

fn columns() -> String {
    let names: Vec<String> = SWITCHES[..SWITCHES.len() - 1].iter().map(|name| format!(" `{name}` ")).collect();
    names.join("|")
}
