//! The checkout desk: a bounded queue and workers that take what is waiting and handle it in one
//! transaction. No timer: an idle desk serves one request at once, a busy one serves many
//! together, so a rush on one product makes it faster, not slower.

use crate::answers::Answers;
use crate::cart::checkout::{Checkout, apart};
use crate::error::OrderError;
use crate::payment::Offered;
use crate::place;
use crate::price::Wish;
use crate::wait;
use crate::waiting::{Waiter, Waiting};
use axum::response::{IntoResponse as _, Response};
use kernel::{ErrorKind, Fault as _};
use platform::http::{Problem, RetryKey, StoredAnswer};
use platform::{Cause, DbError, Engine, Host, Tx};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// Requests that may wait; the next one is told to come back.
const QUEUE: usize = 4096;
/// Requests in one transaction. Larger ones gain little and hold locks longer.
const BATCH: usize = 96;
/// While one batch waits for the disk another is in the database and a third is being made.
const WORKERS_POSTGRES: usize = 3;
/// SQLite has one writer: the second worker waits for it while the first answers.
const WORKERS_SQLITE: usize = 2;
/// A transaction that lost against another is repeated this often.
const ATTEMPTS: u32 = 4;

/// Where requests to place orders queue up. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    queue: mpsc::Sender<Job>,
    answers: Answers,
    offered: Offered,
    opening: Arc<Mutex<Option<Opening>>>,
}

type Queue = Arc<tokio::sync::Mutex<mpsc::Receiver<Job>>>;
/// What the workers start with, until they have started.
type Opening = (Counter, mpsc::Receiver<Job>);

/// Where a batch is served.
#[derive(Clone)]
pub struct Counter {
    pub host: Host,
    /// Where buyers sit whose order is not decided yet.
    pub waiting: Waiting,
}

/// One request at the desk.
pub struct Job {
    pub wish: Wish,
    /// What is wished for is in the client's cart.
    pub checkout: Option<Checkout>,
    pub cause: Cause,
    pub request_id: Arc<str>,
    pub key: Option<RetryKey>,
    pub reply: oneshot::Sender<Reply>,
}

/// What the desk answers.
#[derive(Debug)]
pub enum Reply {
    /// The answer, stored with its key.
    Done(StoredAnswer),
    /// The answer this key got before.
    Again(StoredAnswer),
    /// Placed; the outcome is not known yet. Holds the answer to give when it stays so.
    Pending(Waiter, StoredAnswer),
    /// Not served; nothing is stored.
    Problem(Problem),
}

impl Desk {
    pub fn new(at: Counter, offered: Offered) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        Self {
            queue,
            answers: Answers::new(&at.host),
            offered,
            opening: Arc::new(Mutex::new(Some((at, jobs)))),
        }
    }

    /// Places, waits a while for an outcome that comes from elsewhere, and answers.
    pub async fn serve(&self, wish: Wish, key: Option<RetryKey>) -> Result<Response, Problem> {
        self.respond(wish, None, key).await
    }

    /// As [`Desk::serve`], for what is in the client's cart.
    pub async fn check_out(
        &self,
        wish: Wish,
        checkout: Checkout,
        key: Option<RetryKey>,
    ) -> Result<Response, Problem> {
        self.respond(wish, Some(checkout), key).await
    }

    async fn respond(
        &self,
        wish: Wish,
        checkout: Option<Checkout>,
        key: Option<RetryKey>,
    ) -> Result<Response, Problem> {
        match self.queue(wish, checkout, key.clone()).await? {
            Reply::Done(answer) => Ok(answer.into_response()),
            Reply::Again(answer) => Ok(answer.replay()),
            Reply::Problem(problem) => Err(problem),
            Reply::Pending(waiter, pending) => {
                wait::for_outcome(&self.answers, waiter, key, pending).await
            }
        }
    }

    /// Waits in the queue and for the answer.
    async fn queue(
        &self,
        wish: Wish,
        checkout: Option<Checkout>,
        key: Option<RetryKey>,
    ) -> Result<Reply, Problem> {
        self.offered.check(wish.payment_method)?;
        self.open();
        let (reply, answer) = oneshot::channel();
        let (cause, request_id) = (Cause::current(), platform::http::request_id().into());
        let job = Job {
            wish,
            checkout,
            cause,
            request_id,
            key,
            reply,
        };
        self.queue.try_send(job).map_err(|_| busy())?;
        answer.await.map_err(|_| busy())
    }

    /// Starts the workers when the first request comes.
    fn open(&self) {
        let taken = self
            .opening
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some((at, jobs)) = taken else { return };
        let workers = match at.host.db.engine() {
            Engine::Sqlite => WORKERS_SQLITE,
            Engine::Postgres => WORKERS_POSTGRES,
        };
        let queue = Arc::new(tokio::sync::Mutex::new(jobs));
        for _ in 0..workers {
            tokio::spawn(work(at.clone(), Arc::clone(&queue)));
        }
    }
}

fn busy() -> Problem {
    Problem::new(
        ErrorKind::Unavailable,
        "CHECKOUT_BUSY",
        "too many orders are waiting; try again",
    )
}

/// Takes what waits, up to a batch, for as long as the desk exists.
async fn work(at: Counter, queue: Queue) {
    loop {
        let Some(first) = queue.lock().await.recv().await else {
            return;
        };
        // The batch is taken once the transaction is open: on SQLite that is when it is this
        // worker's turn to write, and by then more are waiting.
        let tx = at.host.db.begin_optimistic().await;
        let jobs = take(first, &queue);
        serve(&at, tx, jobs).await;
    }
}

/// What waits behind `first`. When somebody else holds the queue, it is empty.
fn take(first: Job, queue: &Queue) -> Vec<Job> {
    let mut jobs = vec![first];
    if let Ok(mut queue) = queue.try_lock() {
        while jobs.len() < BATCH
            && let Ok(job) = queue.try_recv()
        {
            jobs.push(job);
        }
    }
    jobs.retain(|job| !job.reply.is_closed());
    jobs
}

/// Serves a batch. One that fails is halved until the guilty request is alone.
async fn serve(at: &Counter, tx: Result<Tx, DbError>, jobs: Vec<Job>) {
    let mut opened = Some(tx);
    let mut batches = vec![jobs];
    while let Some(jobs) = batches.pop() {
        let (mut jobs, waiting) = apart(jobs);
        if jobs.is_empty() {
            continue;
        }
        batches.push(waiting);
        match attempt(at, opened.take(), &jobs).await {
            Ok(replies) => {
                for (job, reply) in jobs.into_iter().zip(replies) {
                    let _ = job.reply.send(reply); // who hung up retries with the key
                }
            }
            Err(_) if jobs.len() > 1 => {
                let rest = jobs.split_off(jobs.len() / 2);
                batches.push(rest);
                batches.push(jobs);
            }
            Err(error) => {
                let problem = Problem::from(OrderError::from(error));
                if let Some(job) = jobs.pop() {
                    let _ = job.reply.send(Reply::Problem(problem));
                }
            }
        }
    }
}

/// Tries again what lost against another transaction, or against another process's same key. The
/// first try takes no locks before the end and bears no failing reaction; whatever came in its way,
/// the next one waits its turn.
async fn attempt(
    at: &Counter,
    opened: Option<Result<Tx, DbError>>,
    jobs: &[Job],
) -> Result<Vec<Reply>, DbError> {
    let mut opened = opened;
    let mut attempts = 0;
    loop {
        attempts += 1;
        let tx = match opened.take() {
            Some(tx) => tx?,
            None if attempts == 1 => at.host.db.begin_optimistic().await?,
            None => at.host.db.begin().await?,
        };
        let optimistic = tx.is_optimistic();
        match place::place_all(tx, at, jobs).await {
            Err(_) if optimistic => {}
            Err(error) if attempts < ATTEMPTS && may_pass(&error) => {
                let pause = u64::from(at.host.source.random::<1>()[0] % 16) + 1;
                tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
            }
            outcome => return outcome,
        }
    }
}

fn may_pass(error: &DbError) -> bool {
    matches!(error.kind(), ErrorKind::Busy) || matches!(error, DbError::Unique(_))
}
