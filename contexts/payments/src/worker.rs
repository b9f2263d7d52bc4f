//! Makes the calls to providers: one process at a time, under a lease, many calls at once, each
//! stored before it is made, and nothing called inside a transaction.
//!
//! Results are stored as they come, whatever has come by then in one transaction: a quick provider
//! is served in rounds of [`CALLS`], and a slow one holds nobody up.

use crate::call::{Answer, call};
use crate::payments::Payments;
use crate::settle::settle;
use crate::store::{due, sales};
use futures::stream::{FuturesUnordered, StreamExt as _};
use futures::{FutureExt as _, future::BoxFuture};
use platform::events::Lease;
use platform::{DbError, Host};
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

/// Calls at once.
const CALLS: usize = 64;
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
        loop {
            self.take().await?;
            if self.calls.is_empty() {
                return Ok(());
            }
            let answers = self.gather().await;
            if !answers.is_empty() {
                store(self.payments, &answers).await?;
            }
            for answer in &answers {
                self.out.remove(&answer.due.attempt_id);
            }
        }
    }

    fn host(&self) -> &Host {
        &self.payments.host
    }

    /// Starts calls that are due, as far as there is room.
    async fn take(&mut self) -> Result<(), DbError> {
        let room = CALLS.saturating_sub(self.out.len());
        if room == 0 {
            return Ok(());
        }
        let now = self.host().source.now();
        let limit = i64::try_from(room + self.out.len()).unwrap_or(i64::MAX);
        let mut tx = self.host().db.read().await?;
        let mut calls = due::due(&mut tx, now, limit).await?;
        drop(tx);
        calls.retain(|one| !self.out.contains(&one.attempt_id));
        calls.truncate(room);
        if calls.is_empty() || !self.hold_lease().await? {
            return Ok(());
        }
        let mut tx = self.host().db.begin().await?;
        if !self.renew(&mut tx).await? {
            return Ok(());
        }
        // Whoever cancels one of the orders at this moment is waited for.
        let orders = calls.iter().map(|one| one.order_id).collect();
        sales::lock(&mut tx, orders).await?;
        let marked = due::mark_sent(&mut tx, &calls).await?;
        tx.commit().await?;
        for one in calls {
            if marked.contains(&one.attempt_id) {
                self.out.insert(one.attempt_id);
                self.calls.push(call(self.payments.clone(), one).boxed());
            }
        }
        Ok(())
    }

    async fn hold_lease(&mut self) -> Result<bool, DbError> {
        if self.lease.is_none() {
            let (db, owner) = (&self.payments.host.db, &self.payments.owner);
            self.lease = Lease::take(db, LEASE, owner).await?;
        }
        Ok(self.lease.is_some())
    }

    /// False when the lease ran out; the next look takes it again, if nobody else has.
    async fn renew(&mut self, tx: &mut platform::Tx) -> Result<bool, DbError> {
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

async fn repeat_settle(payments: &Payments, answers: &[Answer]) -> Result<(), DbError> {
    let mut tries = 0;
    loop {
        match settle(payments, answers).await {
            Err(error) if error.is_transient() && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE * tries).await;
            }
            settled => return settled,
        }
    }
}
