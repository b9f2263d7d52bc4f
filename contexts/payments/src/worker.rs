//! Makes the calls to providers: one process at a time, under a lease, many calls at once, each
//! stored before it is made, and nothing called inside a transaction.
//!
//! Results are stored as they come, whatever has come by then in one transaction, which also takes
//! the calls that are due next: a quick provider is served in rounds of [`CALLS`], and a slow one
//! holds nobody up.

use crate::call::{Answer, call};
use crate::payments::Payments;
use crate::settle::settle;
use crate::store::due::{self, Due};
use futures::stream::{FuturesUnordered, StreamExt as _};
use futures::{FutureExt as _, future::BoxFuture};
use platform::events::Lease;
use platform::{DbError, Host, Tx};
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

/// Calls at once.
const CALLS: usize = 256;
/// How often an idle process looks for calls that other processes have stored, or that are due
/// again.
const POLL: Duration = Duration::from_millis(250);
/// How long answers are waited for before new calls are looked for and the lease is renewed.
const RENEW: Duration = Duration::from_secs(3);
/// A transaction that lost against another is repeated so often.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(50);
const LEASE: &str = "payments.calls";

impl Payments {
    /// Waits until there may be something to do, and does it.
    pub async fn work(&self) -> Result<(), DbError> {
        let _ = tokio::time::timeout(POLL, self.bell.notified()).await;
        self.make_calls().await
    }

    /// Makes every call that is due, and those that follow from them, until none is.
    pub async fn make_calls(&self) -> Result<(), DbError> {
        let Ok(mut lease) = self.lease.try_lock() else {
            return Ok(());
        };
        let mut shift = Shift {
            payments: self,
            lease: lease.take(),
            calls: FuturesUnordered::new(),
            out: HashSet::new(),
        };
        let worked = shift.work().await;
        *lease = shift.lease;
        worked
    }
}

struct Shift<'p> {
    payments: &'p Payments,
    lease: Option<Lease>,
    calls: FuturesUnordered<BoxFuture<'static, Answer>>,
    /// The attempts that are being made.
    out: HashSet<Uuid>,
}

impl Shift<'_> {
    async fn work(&mut self) -> Result<(), DbError> {
        self.take().await?;
        while !self.calls.is_empty() {
            let answers = self.gather().await;
            for answer in &answers {
                self.out.remove(&answer.due.attempt_id);
            }
            if answers.is_empty() || !self.turn(&answers).await {
                store(self.payments, &answers).await?;
                self.take().await?;
            }
        }
        Ok(())
    }

    /// Stores answers and takes the next calls, in one transaction without savepoints. False when
    /// that failed, for whatever reason: nothing has happened then.
    async fn turn(&mut self, answers: &[Answer]) -> bool {
        match self.try_turn(answers).await {
            Ok(calls) => {
                self.start(calls);
                true
            }
            Err(error) => {
                tracing::debug!(%error, "a round is stored with more care");
                false
            }
        }
    }

    async fn try_turn(&mut self, answers: &[Answer]) -> Result<Vec<Due>, DbError> {
        let mut tx = self.host().db.begin_optimistic().await?;
        settle(&mut tx, self.payments, answers).await?;
        tx.deliver_all().await?;
        let due = self.due(&mut tx).await?;
        // Whoever changes another order at this moment is not waited for while these are held.
        let free = tx
            .hold_free(due.iter().map(|one| one.order_id).collect())
            .await?;
        let due = due
            .into_iter()
            .filter(|one| free.contains(&one.order_id))
            .collect();
        let calls = self.mark(&mut tx, due).await?;
        tx.commit().await?;
        Ok(calls)
    }

    fn host(&self) -> &Host {
        &self.payments.host
    }

    /// Starts calls that are due, as far as there is room.
    async fn take(&mut self) -> Result<(), DbError> {
        let mut tx = self.host().db.read().await?;
        let due = self.due(&mut tx).await?;
        drop(tx);
        if due.is_empty() || !self.hold_lease().await? {
            return Ok(());
        }
        let mut tx = self.host().db.begin().await?;
        // Whoever cancels one of the orders at this moment is waited for.
        tx.hold(due.iter().map(|one| one.order_id)).await?;
        let calls = self.mark(&mut tx, due).await?;
        tx.commit().await?;
        self.start(calls);
        Ok(())
    }

    /// What is due and not under way, as far as there is room.
    async fn due(&mut self, tx: &mut Tx) -> Result<Vec<Due>, DbError> {
        let room = CALLS.saturating_sub(self.out.len());
        if room == 0 {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(room + self.out.len()).unwrap_or(i64::MAX);
        let mut calls = due::due(tx, self.host().source.now(), limit).await?;
        calls.retain(|one| !self.out.contains(&one.attempt_id));
        calls.truncate(room);
        Ok(calls)
    }

    /// Writes down that calls are made, before they are; answers those that nobody has withdrawn
    /// meanwhile, and none when somebody else has the lease. Their orders are held.
    async fn mark(&mut self, tx: &mut Tx, mut due: Vec<Due>) -> Result<Vec<Due>, DbError> {
        if due.is_empty() || !self.renew(tx).await? {
            return Ok(Vec::new());
        }
        let marked = due::mark_sent(tx, &due).await?;
        due.retain(|one| marked.contains(&one.attempt_id));
        Ok(due)
    }

    fn start(&mut self, calls: Vec<Due>) {
        for one in calls {
            self.out.insert(one.attempt_id);
            self.calls.push(call(self.payments.clone(), one).boxed());
        }
    }

    async fn hold_lease(&mut self) -> Result<bool, DbError> {
        if self.lease.is_none() {
            let (db, owner) = (&self.payments.host.db, &self.payments.owner);
            self.lease = Lease::take(db, LEASE, owner).await?;
        }
        Ok(self.lease.is_some())
    }

    /// False when the lease ran out; the next look takes it again, if nobody else has.
    async fn renew(&mut self, tx: &mut Tx) -> Result<bool, DbError> {
        let held = match &self.lease {
            Some(lease) => lease.renew(tx).await?,
            None => false,
        };
        if !held {
            self.lease = None;
            self.payments.bell.notify_one();
        }
        Ok(held)
    }

    /// Waits for an answer, and takes what else has come by then.
    async fn gather(&mut self) -> Vec<Answer> {
        let bell = std::sync::Arc::clone(&self.payments.bell);
        let mut answers = Vec::with_capacity(self.out.len());
        tokio::select! {
            biased;
            Some(answer) = self.calls.next() => answers.push(answer),
            () = bell.notified(), if self.out.len() < CALLS => return answers,
            () = tokio::time::sleep(RENEW) => return answers,
        }
        while let Some(Some(answer)) = self.calls.next().now_or_never() {
            answers.push(answer);
        }
        answers
    }
}

async fn store(payments: &Payments, answers: &[Answer]) -> Result<(), DbError> {
    if answers.is_empty() {
        return Ok(());
    }
    match repeat_settle(payments, answers).await {
        Err(error) if !error.is_transient() && answers.len() > 1 => {
            tracing::error!(%error, "a round is stored one by one");
            for one in answers {
                store_one(payments, one).await?;
            }
            Ok(())
        }
        Err(error) if !error.is_transient() => store_one(payments, &answers[0]).await,
        settled => settled,
    }
}

/// What cannot be stored must not be asked for over and over, nor keep others waiting.
async fn store_one(payments: &Payments, answer: &Answer) -> Result<(), DbError> {
    match repeat_settle(payments, std::slice::from_ref(answer)).await {
        Err(error) if !error.is_transient() => {
            let payment = answer.due.payment_id;
            tracing::error!(%payment, %error, "an answer cannot be stored");
            let mut tx = payments.host.db.begin().await?;
            let later = payments
                .host
                .source
                .now()
                .plus(Duration::from_secs(15 * 60));
            due::put_off(&mut tx, answer.due.attempt_id, later).await?;
            tx.commit().await
        }
        settled => settled,
    }
}

async fn settle_apart(payments: &Payments, answers: &[Answer]) -> Result<(), DbError> {
    let mut tx = payments.host.db.begin().await?;
    settle(&mut tx, payments, answers).await?;
    tx.commit().await
}

async fn repeat_settle(payments: &Payments, answers: &[Answer]) -> Result<(), DbError> {
    let mut tries = 0;
    loop {
        match settle_apart(payments, answers).await {
            Err(error) if error.is_transient() && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE * tries).await;
            }
            settled => return settled,
        }
    }
}
