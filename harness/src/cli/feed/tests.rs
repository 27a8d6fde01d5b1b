//! Watchers that stop, come back, or never read.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::*;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stream whose reader takes a piece when it is told to.
struct Gate {
    open: Receiver<()>,
    passed: Arc<Mutex<Vec<u8>>>,
}

impl Write for Gate {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.open.recv().map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        self.passed.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn gate() -> (Feed, Sender<()>, Arc<Mutex<Vec<u8>>>) {
    let (opener, open) = channel();
    let passed = Arc::default();
    let feed = Feed::new(Gate { open, passed: Arc::clone(&passed) }, Reader::Wayward).unwrap();
    (feed, opener, passed)
}

fn shown(passed: &Mutex<Vec<u8>>) -> String {
    String::from_utf8(passed.lock().unwrap().clone()).unwrap()
}

#[test]
fn a_watcher_that_is_back_is_told_how_much_it_missed_and_goes_on_from_there() {
    let (feed, open, passed) = gate();
    let line = "x".repeat(ROOM - 1) + "\n";
    feed.offer(&line);
    feed.offer("a\nb\n");
    feed.offer("c\n");
    (0..ROOM / PIECE + 2).for_each(|_| open.send(()).unwrap());
    feed.settle(PATIENCE);
    feed.offer("after\n");
    assert_eq!(feed.finish(PATIENCE), None);
    assert_eq!(shown(&passed), format!("{line}not shown: 3 lines, 6 octets: {NOBODY}\nafter\n"));
}

#[test]
fn what_nobody_ever_read_is_counted_at_the_end() {
    let (feed, _open, passed) = gate();
    feed.offer("a\n");
    feed.offer(&"x\n".repeat(ROOM / 2));
    let text = feed.finish(Duration::ZERO).unwrap();
    let lines = 1 + ROOM / 2;
    assert_eq!(text, format!("not shown: {lines} lines, {} octets: {NOBODY}\n", lines * 2));
    assert_eq!(shown(&passed), "");
}

#[test]
fn a_thread_that_is_late_is_waited_for_since_nobody_could_read_yet() {
    let shared =
        Arc::new(Shared { reader: Reader::Wayward, state: Mutex::default(), work: Condvar::new(), changed: Condvar::new() });
    let feed = Feed(Arc::clone(&shared));
    let (opener, open) = channel();
    let passed = Arc::default();
    opener.send(()).unwrap();
    let out = Gate { open, passed: Arc::clone(&passed) };
    feed.offer("a\n");
    let (tell, told) = channel();
    thread::spawn(move || {
        feed.settle(Duration::ZERO);
        tell.send(()).unwrap();
    });
    let until = Instant::now() + PATIENCE;
    while shared.state().waiters == 0 {
        assert!(Instant::now() < until && told.try_recv().is_err(), "it was not waited for");
        thread::yield_now();
    }
    thread::spawn(move || shared.feed(out));
    told.recv_timeout(PATIENCE).unwrap();
}

#[test]
fn a_stream_that_is_closed_says_so_at_the_end_and_holds_up_nobody() {
    let (feed, open, _) = gate();
    drop(open);
    feed.offer("a\n");
    assert_eq!(feed.finish(PATIENCE).as_deref(), Some("not shown: 1 line, 2 octets: broken pipe\n"));
    assert_eq!(feed.deliver(b"b").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn a_file_on_a_full_disk_holds_up_nobody_either() {
    let (opener, open) = channel();
    drop(opener);
    let feed = Feed::new(Gate { open, passed: Arc::default() }, Reader::Steady).unwrap();
    let (tell, told) = channel();
    thread::spawn(move || {
        (0..3).for_each(|_| {
            feed.offer("a\n");
            feed.settle(PATIENCE);
        });
        let _ = tell.send(feed.finish(PATIENCE));
    });
    let unseen = told.recv_timeout(PATIENCE).unwrap();
    assert_eq!(unseen.as_deref(), Some("not shown: 3 lines, 6 octets: broken pipe\n"));
}

#[test]
fn one_text_that_is_longer_than_the_room_is_shown_where_nothing_else_waits() {
    let passed = Arc::new(Mutex::new(Vec::new()));
    let (opener, open) = channel();
    let feed = Feed::new(Gate { open, passed: Arc::clone(&passed) }, Reader::Steady).unwrap();
    (0..=ROOM / PIECE + 1).for_each(|_| opener.send(()).unwrap());
    let (tell, told) = channel();
    thread::spawn(move || {
        feed.offer(&"x".repeat(ROOM + 1));
        let _ = tell.send(feed.finish(PATIENCE));
    });
    assert_eq!(told.recv_timeout(PATIENCE).unwrap(), None);
    assert_eq!(passed.lock().unwrap().len(), ROOM + 1);
}

#[test]
fn a_file_that_is_slow_is_shown_everything() {
    let passed = Arc::new(Mutex::new(Vec::new()));
    let (opener, open) = channel();
    let feed = Feed::new(Gate { open, passed: Arc::clone(&passed) }, Reader::Steady).unwrap();
    let offering = thread::spawn(move || {
        (0..3).for_each(|_| feed.offer(&"x".repeat(ROOM)));
        feed.finish(PATIENCE)
    });
    (0..3 * ROOM / PIECE).for_each(|_| opener.send(()).unwrap());
    assert_eq!(offering.join().unwrap(), None);
    assert_eq!(passed.lock().unwrap().len(), 3 * ROOM);
}

#[test]
fn a_record_is_written_when_deliver_returns() {
    let (feed, open, passed) = gate();
    open.send(()).unwrap();
    feed.deliver(b"record\n").unwrap();
    assert_eq!(shown(&passed), "record\n");
}

#[test]
fn a_record_that_nobody_reads_is_given_up_in_a_hurry_and_takes_nothing_more() {
    let (feed, open, passed) = gate();
    let late = feed.clone();
    let delivering = thread::spawn(move || late.deliver(b"stuck\n"));
    while feed.0.state().unwritten == Extent::default() {
        thread::yield_now();
    }
    feed.hurry();
    assert_eq!(delivering.join().unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
    (0..2).for_each(|_| open.send(()).unwrap());
    assert!(feed.deliver(b"more\n").is_err());
    assert!(!shown(&passed).contains("more"));
}
