//! One trial: one client, once, on one case, with a recorder and a folder of its own.
//!
//! The verdict comes from the capture read back from disk. Nothing that a client can reach holds the expectation, except as the
//! plan that it is told.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use samewire_recorder::{Answers, CaptureWriter, Finish, Settings, serve_marking};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::client::KnownFailure;
use crate::judge::end::End;
use crate::judge::observed::Observed;
use crate::judge::order::Breach;
use crate::judge::verdict::{Judgement, Verdict, judge};
use crate::packets::Witness;
use crate::suite::Case;
use crate::suite::expectation::{Expectation, ExpectedExit};
use crate::trial::by_hand::by_hand;
use crate::trial::capture::{Seen, read_back, read_back_with};
use crate::trial::closings::Closings;
use crate::trial::decoded::{Tools, explain};
use crate::trial::difference::{Differences, LOOKED_AT, differences};
use crate::trial::enough::{self, BEYOND, Enough, Looks, News, Told, marking};
use crate::trial::given::program;
use crate::trial::holders::Holders;
use crate::trial::holding::Holding;
use crate::trial::interrupt::Interrupt;
use crate::trial::launch::{self, Ended, Output, Scratch, TimeLimit};
use crate::trial::look::{in_messages, is_right, observed, undecided};
use crate::trial::packets::{Tapped, Tapping, Witnessed, addresses};
use crate::trial::place::reached;
use crate::trial::redacted::hide;
use crate::trial::server::ServerSaid;
use crate::trial::setting::{Launcher, Setting};
use crate::trial::setup_error::{SetupError, io};
use crate::trial::spool::Spool;
use crate::trial::timeline::Timeline;
use crate::trial::tls::{TrialTls, names};

/// The most of stdout that is kept for people.
const KEPT_OUTPUT: usize = 1 << 20;

/// What a trial left behind.
#[derive(Debug)]
pub struct Trial {
    /// The verdict, and what else was found.
    pub judgement: Judgement,
    /// What was seen; `None` when there was nothing to see.
    pub observed: Option<Observed>,
    /// What was expected of each connection, in the order in which they were opened, where any order is right.
    pub arranged: Option<Vec<Expectation>>,
    /// Why there was nothing to see.
    pub problem: Option<String>,
    /// The beginning and the end of stderr.
    pub stderr: String,
    /// The beginning of stdout.
    pub stdout: Vec<u8>,
    /// Why its octets differ and where; empty where they do not.
    pub differences: Differences,
    /// When each connection did what.
    pub timelines: Vec<Timeline>,
    /// The id of the process that was started as the client; none where others started it, or there was nothing to see.
    pub started: Option<u32>,
    /// Who held each connection; empty where nobody can say.
    pub processes: Vec<Holders>,
    /// What came of its packets; `None` where none were recorded.
    pub packets: Option<Witnessed>,
    /// The packets themselves.
    pub spool: Option<Spool>,
    /// What the server said that answered, where there was one.
    pub server: Option<ServerSaid>,
    /// That it is known to fail, and how.
    pub known: Option<KnownFailure>,
    /// What would be known were its client of another version, and why it is not.
    pub beyond: Option<(KnownFailure, String)>,
    /// How long the client ran.
    pub duration: Duration,
}

impl Trial {
    /// A trial that did not come about.
    #[must_use]
    pub fn not_run(verdict: Verdict, problem: String) -> Self {
        Self {
            judgement: Judgement { verdict, also: Vec::new() },
            observed: None,
            arranged: None,
            problem: Some(problem),
            stderr: String::new(),
            stdout: Vec::new(),
            differences: Differences::default(),
            timelines: Vec::new(),
            started: None,
            processes: Vec::new(),
            packets: None,
            spool: None,
            server: None,
            known: None,
            beyond: None,
            duration: Duration::ZERO,
        }
    }

    /// The same trial, where its client is known to fail like this. A diagnosis speaks of octets, so an entry that names one excuses
    /// these and no crash, no wrong ending, nothing printed. One of other versions excuses nothing: behind it stands why.
    #[must_use]
    pub fn held_against(mut self, known: Option<(&KnownFailure, Option<String>)>) -> Self {
        if let Some((known, Some(why))) = known {
            self.beyond = Some((known.clone(), why));
        } else if let Some((known, None)) = known {
            let named = |name: &String| self.differences.diagnoses.iter().any(|diagnosis| diagnosis.name == name.as_str());
            let as_named = |name: &String| self.judgement.is_only(Verdict::Differs) && named(name);
            let as_known = known.diagnosis.as_ref().is_none_or(as_named);
            self.judgement = self.judgement.known_to_fail(as_known);
            self.known = Some(known.clone());
        }
        self
    }
}

/// Runs a trial.
#[must_use]
pub fn run(setting: &Setting<'_>, interrupt: &Interrupt) -> Trial {
    let mut server = None;
    match try_run(setting, interrupt, &mut server) {
        Ok(trial) => Trial { server, ..trial },
        Err(error) => Trial { server, ..Trial::not_run(error.verdict(), error.to_string()) },
    }
}

fn try_run(setting: &Setting<'_>, interrupt: &Interrupt, server: &mut Option<ServerSaid>) -> Result<Trial, SetupError> {
    let Setting { client, case, capture, .. } = *setting;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(io("start the runtime"))?;
    let folder = Scratch::new().map_err(io("make the trial's folder"))?;
    let tools = Tools { running: setting.decoders, interrupt };
    let kept = if case.output_messages.is_some() { LOOKED_AT } else { KEPT_OUTPUT };
    let mut stdout = Output::new(Some(&case.output)).keeping(kept);
    let closed = Closings::default();
    let recorded = std::thread::scope(|scope| {
        let mut endless = None;
        if client.ends_when_received {
            let (news, heard) = (News::new(), stdout.heard());
            let told = news.clone();
            stdout.tell(move || told.came());
            let looks =
                Looks::start(scope, move || is_right(setting, &heard, tools)).map_err(io("start a thread that judges"))?;
            endless = Some(Enough::new(looks, news, stdout.heard()));
        }
        runtime.block_on(behind_server(setting, folder.path(), interrupt, &closed, &mut stdout, endless, server))
    });
    // The look-up of an upstream's name may take longer than anybody wants to wait.
    runtime.shutdown_background();
    let Some(Recorded { ended, holders, tapped, addresses }) = recorded? else {
        folder.close().map_err(io("remove the trial's folder"))?;
        return Ok(Trial::not_run(
            Verdict::Interrupted,
            "the run was stopped before everything that was sent had been read".into(),
        ));
    };
    let (mut seen, packets) = held(case, capture, tapped.as_ref(), &addresses)?;
    let spool = tapped.map(|tapped| tapped.spool);
    let processes = processes(&holders, seen.timelines.len());
    if let Some(why) = packets.as_ref().and_then(|packets| packets.disagreement.clone()) {
        folder.close().map_err(io("remove the trial's folder"))?;
        return Ok(Trial { packets, spool, processes, timelines: seen.timelines, ..disagreed(&why) });
    }
    // A client is not judged by what nobody answered.
    if let Some(reason) = seen.failed_upstream.take_if(|_| ended.end != End::Interrupted) {
        return Err(SetupError::Upstream(reason));
    }
    let is_whole = ended.end != End::Interrupted;
    let arranged = in_messages(case, capture, &mut seen, tools, is_whole)?;
    let case = arranged.as_ref().unwrap_or(case);
    let breaches = breaches(setting, &mut seen, &ended, &closed);
    let (output, mut stdout) = stdout.finish();
    let mut observed = observed(setting, seen.connections, (output, &stdout), ended.end, is_whole.then_some(tools))?;
    observed.breaches = breaches;
    stdout.truncate(KEPT_OUTPUT);
    if let Some(why) = undecided(&observed).filter(|_| observed.end != End::Interrupted) {
        return Err(SetupError::Undecided(why));
    }
    let judgement = judge(case, &observed, client.lacks_word_of(case).is_some());
    let differences = match observed.end {
        // What it would have sent is not known.
        End::Interrupted => Differences::default(),
        _ if judgement.has(Verdict::Differs) => {
            explain(case, &mut observed.connections, capture, tools)?;
            differences(case, &observed, &judgement, &stdout, (capture, setting.redaction))?
        }
        _ => differences(case, &observed, &judgement, &stdout, (capture, setting.redaction))?,
    };
    folder.close().map_err(io("remove the trial's folder"))?;
    let mut trial = Trial {
        arranged: None,
        judgement,
        observed: Some(observed),
        problem: None,
        stderr: ended.stderr.text(),
        stdout,
        differences,
        packets,
        spool,
        server: None,
        started: ended.id,
        processes,
        timelines: seen.timelines,
        known: None,
        beyond: None,
        duration: ended.duration,
    };
    hide(&mut trial, setting.redaction, case, capture)?;
    trial.arranged = arranged.map(|case| case.connections);
    Ok(trial)
}

/// What a trial has recorded.
struct Recorded {
    ended: Ended,
    holders: BTreeMap<u64, Holders>,
    tapped: Option<Tapped>,
    addresses: Vec<SocketAddr>,
}

/// Reads a capture back, and holds it against the packets where there are any.
fn held(
    case: &Case,
    capture: &Path,
    tapped: Option<&Tapped>,
    addresses: &[SocketAddr],
) -> Result<(Seen, Option<Witnessed>), SetupError> {
    match tapped.map(|tapped| &tapped.packets) {
        None => Ok((read_back(case, capture)?, None)),
        Some(Err(why)) => Ok((read_back(case, capture)?, Some(Witnessed::not(why)))),
        Some(Ok((packets, recorded))) => {
            let mut witness = Witness::new(packets, addresses);
            let seen = read_back_with(case, capture, |event| witness.event(event))?;
            Ok((seen, Some(Witnessed::of(&witness.finish(), packets, *recorded))))
        }
    }
}

/// One of two witnesses is wrong, so nobody is judged. Capture and packets are kept.
fn disagreed(why: &str) -> Trial {
    Trial::not_run(Verdict::SetupError, format!("the packets of the trial disagree with its capture: {why}"))
}

/// Who held each connection. One that was not looked up has none.
fn processes(holders: &BTreeMap<u64, Holders>, connections: usize) -> Vec<Holders> {
    if holders.is_empty() {
        return Vec::new();
    }
    (1..=connections as u64).map(|connection| holders.get(&connection).cloned().unwrap_or_default()).collect()
}

/// How the client went on too early; of one that reads no plans, that is its own affair.
fn breaches(setting: &Setting<'_>, seen: &mut Seen, ended: &Ended, closed: &Closings) -> Vec<Breach> {
    let Setting { client, case, launcher, .. } = *setting;
    if !client.uses("{plan}") {
        return Vec::new();
    }
    let mut breaches = std::mem::take(&mut seen.breaches);
    let done = ended.end == End::Exit(0) && case.exit == ExpectedExit::Zero && !launcher.is_person();
    breaches.extend(closed.left_early(&seen.connections, ended.at).filter(|_| done));
    // Who cannot half-close has nothing left to read from once it has said FIN.
    breaches.retain(|breach| client.can("half-close") || !breach.is_of_ending());
    breaches
}

/// Records what the client sends, with a server behind the recorder where there is one. What that said goes to `said`.
async fn behind_server(
    setting: &Setting<'_>,
    folder: &Path,
    interrupt: &Interrupt,
    closed: &Closings,
    stdout: &mut Output<'_>,
    endless: Option<(Enough<'_>, Told)>,
    said: &mut Option<ServerSaid>,
) -> Result<Option<Recorded>, SetupError> {
    let Some(server) = setting.server else {
        let answers = setting.case.recorder.answers.clone();
        return record(setting, answers, folder, interrupt, closed, stdout, endless).await;
    };
    let trial = async |upstream| record(setting, Answers::Upstream(upstream), folder, interrupt, closed, stdout, endless).await;
    let (recorded, told) = server.during((folder, &setting.case.name), interrupt, trial).await;
    *said = Some(told);
    recorded?
}

/// Records what the client sends, from before it starts until after it has ended. Nothing where the run was stopped while the
/// recorder still read.
async fn record(
    setting: &Setting<'_>,
    answers: Answers,
    folder: &Path,
    interrupt: &Interrupt,
    closed: &Closings,
    stdout: &mut Output<'_>,
    endless: Option<(Enough<'_>, Told)>,
) -> Result<Option<Recorded>, SetupError> {
    let Setting { client, case, capture, .. } = *setting;
    let tapping = Tapping::begin(setting.place, capture);
    let listener = setting.place.listen(&case.recorder).map_err(SetupError::Listen)?;
    let addresses = addresses(&listener);
    let address = reached(listener.local_addr().map_err(io("ask for the listener's address"))?);
    let names = names(addresses.iter().copied(), &client.hosts);
    let tls = TrialTls::new(&case.tls, setting.authority, &names, folder)?;
    let program = program(setting, folder, address, &tls)?;
    let limit = setting.limit.unwrap_or_else(|| client.timeout.max(case.timeout.unwrap_or_default()));
    let held = case.recorder.faults.close_delay * u32::try_from(case.connections.len()).unwrap_or(1);
    let mut limit = TimeLimit::new(limit + held);
    let (enough, told_enough) = endless.unzip();
    let (watch, mark) = told_enough.map(|told| (told.watch, told.mark)).unzip();
    let pause = case.recorder.faults.slow_read.map_or(Duration::ZERO, |slow| slow.every);
    // A person takes the time that they need.
    let patience = if setting.launcher.is_person() { TimeLimit::new(Duration::MAX) } else { limit.clone() };
    let enough = enough::come(enough, patience, pause);
    if client.ends_when_received {
        limit = TimeLimit::new(limit.left() + BEYOND);
    }
    let (tell, told) = oneshot::channel();
    let finish = async { told.await.unwrap_or_else(|_| Finish::now()) };
    let holding = Holding::begin(setting.place.network(), setting.launcher.is_person());
    let writer = CaptureWriter::create(capture)?.watched_by(Box::new(holding.watch(closed, watch)));
    let (over, recorded) = oneshot::channel();
    let recorder = async {
        let result = serve_marking(listener, writer, settings(setting, answers, &tls), marking(mark), finish).await;
        // Nobody is left to tell where the client ended first.
        let _ = over.send(());
        result
    };
    let client_runs = async {
        let ended = match setting.launcher {
            Launcher::Ourselves => {
                let asked = async {
                    tokio::select! {
                        () = interrupt.stopped() => End::Interrupted,
                        end = enough => end,
                    }
                };
                launch::run_until(&program, &mut limit, asked, stdout).await
            }
            Launcher::Person { told, limit } => {
                told(&program);
                Ok(by_hand(*limit, interrupt, recorded, enough).await)
            }
        };
        let is_over = ended.as_ref().map_or(true, |ended| !matches!(ended.end, End::Exit(_) | End::Signal(_)));
        let left = Instant::now() + limit.left();
        let finish = if is_over || setting.launcher.is_person() { Finish::now() } else { Finish::by(left) };
        // The recorder may have failed and gone: then its own error is the one that counts.
        let _ = tell.send(finish);
        ended
    };
    let mut recorder = std::pin::pin!(recorder);
    let mut recorded = None;
    let ended = {
        let mut client_runs = std::pin::pin!(client_runs);
        loop {
            tokio::select! {
                // The recorder first: its clock runs before the client does.
                biased;
                result = &mut recorder, if recorded.is_none() => recorded = Some(result),
                over = &mut client_runs => break over,
            }
        }
    };
    let was_interrupted = ended.as_ref().is_ok_and(|ended| ended.end == End::Interrupted);
    let recorded = match recorded {
        Some(recorded) => recorded,
        None => tokio::select! {
            biased;
            recorded = recorder => recorded,
            () = interrupt.stopped(), if !was_interrupted && !setting.launcher.is_person() => return Ok(None),
        },
    };
    recorded?;
    let ended = ended?;
    let tapped = tapping.map(|tapping| tapping.finish(&tls.keys));
    let holders = holding.finish(&program, &ended).await;
    Ok(Some(Recorded { ended, holders, tapped, addresses }))
}

/// How the recorder behaves. A client that a person starts is over when its connections are: nobody sees it end.
fn settings(setting: &Setting<'_>, answers: Answers, tls: &TrialTls) -> Settings {
    let expected = Some(setting.case.connections.len() as u64).filter(|count| *count > 0);
    let connections = expected.filter(|_| setting.launcher.is_person()).or(setting.case.recorder.connections);
    let (tls, upstream_tls) = (tls.clients.clone(), tls.upstream.clone());
    Settings { connections, answers, tls, upstream_tls, ..setting.case.recorder.clone() }
}

/// Size of a capture file; 0 where there is none.
#[must_use]
pub fn capture_size(capture: &Path) -> u64 {
    File::open(capture).and_then(|file| file.metadata()).map_or(0, |metadata| metadata.len())
}
