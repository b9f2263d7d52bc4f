//! The load: connections that each send the next request when the last is answered. One task a
//! connection on one thread, bodies made beforehand, every status checked: the load shares the
//! processors with what it measures, so it must cost little.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, StatusCode};
use tokio::task::JoinSet;

use super::wire;
use crate::outcome::Outcome;

/// Between two questions about the same.
const POLL: Duration = Duration::from_millis(5);
/// Answers later than this are counted as this late.
const LATEST: Duration = Duration::from_secs(60);
/// No list of requests takes this long.
const MORE_THAN_ENOUGH: Duration = Duration::from_secs(24 * 3600);

/// How one load is put on.
#[derive(Clone)]
pub struct Load {
    pub address: SocketAddr,
    pub connections: usize,
    pub warm_up: Duration,
    pub duration: Duration,
    pub expected: StatusCode,
}

/// Where a connection gets its requests from. `None` ends the connection.
pub trait Requests: Send + 'static {
    fn next(&mut self) -> Option<Request<Full<Bytes>>>;

    /// When the next request is due in a load that started at `start`; what comes late then counts
    /// as late. `None`: whenever the last one is answered.
    fn due(&self, _start: Instant) -> Option<Instant> {
        None
    }

    /// What an answer counts as, or what to ask until it does.
    fn judge(&mut self, status: StatusCode, _body: &Bytes) -> Judged {
        Judged::Counts(status)
    }
}

/// What came of an answer.
pub enum Judged {
    Counts(StatusCode),
    /// Not decided yet: this tells more.
    Ask(Box<Request<Full<Bytes>>>),
}

/// What came back.
pub struct Heard {
    /// Latencies of the expected answers that came while it was measured, in microseconds.
    pub latency: Histogram<u64>,
    /// Expected answers in all, those of the warming up included.
    pub expected: u64,
    pub other: BTreeMap<u16, u64>,
    /// What the first of the other answers said.
    pub complaint: Option<String>,
}

struct Shared {
    start: Instant,
    begin: Instant,
    end: Instant,
    expected: StatusCode,
    heard: Mutex<Heard>,
}

/// Puts the load on; `begun` and `ended` are called at the bounds of what is measured.
pub async fn put_on<R: Requests>(
    load: &Load,
    requests: impl Fn(usize) -> R,
    mut begun: impl FnMut(),
    mut ended: impl FnMut(),
) -> Outcome<Heard> {
    let (tasks, shared) = start(load, requests).await?;
    tokio::time::sleep_until(shared.begin.into()).await;
    begun();
    tokio::time::sleep_until(shared.end.into()).await;
    ended();
    finish(tasks, shared).await
}

/// Sends every request of all connections once, without warming up; tells how long it took.
pub async fn run_out<R: Requests>(
    load: &Load,
    requests: impl Fn(usize) -> R,
) -> Outcome<(Heard, Duration)> {
    let (warm_up, duration) = (Duration::ZERO, MORE_THAN_ENOUGH);
    let load = Load {
        warm_up,
        duration,
        ..load.clone()
    };
    let (tasks, shared) = start(&load, requests).await?;
    let begin = shared.begin;
    let heard = finish(tasks, shared).await?;
    Ok((heard, begin.elapsed()))
}

async fn start<R: Requests>(
    load: &Load,
    requests: impl Fn(usize) -> R,
) -> Outcome<(JoinSet<Outcome<()>>, Arc<Shared>)> {
    let mut senders = Vec::with_capacity(load.connections);
    for _ in 0..load.connections {
        senders.push(wire::connect(load.address).await?);
    }
    let latest = u64::try_from(LATEST.as_micros()).unwrap_or(u64::MAX);
    let heard = Heard {
        latency: Histogram::new_with_max(latest, 3)?,
        expected: 0,
        other: BTreeMap::new(),
        complaint: None,
    };
    let start = Instant::now();
    let begin = start + load.warm_up;
    let shared = Arc::new(Shared {
        start,
        begin,
        end: begin + load.duration,
        expected: load.expected,
        heard: Mutex::new(heard),
    });
    let mut tasks = JoinSet::new();
    for (place, sender) in senders.into_iter().enumerate() {
        tasks.spawn(drive(sender, requests(place), Arc::clone(&shared)));
    }
    Ok((tasks, shared))
}

async fn finish(mut tasks: JoinSet<Outcome<()>>, shared: Arc<Shared>) -> Outcome<Heard> {
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let shared = Arc::into_inner(shared).ok_or("a connection outlived the load")?;
    Ok(shared
        .heard
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner))
}

async fn drive(
    mut sender: SendRequest<Full<Bytes>>,
    mut requests: impl Requests,
    shared: Arc<Shared>,
) -> Outcome<()> {
    loop {
        let due = requests.due(shared.start);
        if let Some(due) = due {
            tokio::time::sleep_until(due.min(shared.end).into()).await;
        }
        let since = due.unwrap_or_else(Instant::now);
        if since >= shared.end {
            break;
        }
        let Some(request) = requests.next() else {
            break;
        };
        let (status, body) = outcome(&mut sender, &mut requests, request).await?;
        shared.note(since, status, &body);
    }
    Ok(())
}

/// Asks until the answer counts. Past all patience it is what was answered last.
async fn outcome(
    sender: &mut SendRequest<Full<Bytes>>,
    requests: &mut impl Requests,
    mut request: Request<Full<Bytes>>,
) -> Outcome<(StatusCode, Bytes)> {
    let asked = Instant::now();
    loop {
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        request = match requests.judge(status, &body) {
            Judged::Counts(status) => return Ok((status, body)),
            Judged::Ask(_) if asked.elapsed() > LATEST => return Ok((status, body)),
            Judged::Ask(more) => *more,
        };
        tokio::time::sleep(POLL).await;
    }
}

impl Shared {
    fn note(&self, sent: Instant, status: StatusCode, body: &Bytes) {
        let now = Instant::now();
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if status != self.expected {
            *heard.other.entry(status.as_u16()).or_default() += 1;
            let said = || format!("{status}: {}", String::from_utf8_lossy(body));
            heard.complaint.get_or_insert_with(said);
            return;
        }
        heard.expected += 1;
        if (self.begin..=self.end).contains(&now) {
            let took = u64::try_from((now - sent).as_micros()).unwrap_or(u64::MAX);
            heard.latency.saturating_record(took);
        }
    }
}
