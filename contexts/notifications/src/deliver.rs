//! Delivers what is due: claims it, makes the attempts outside of any transaction, many at once,
//! and writes down what came of them. Every process does its share, and each channel has its own,
//! so that a server that hangs holds up nobody else.

use crate::attempt::{self, Address, Plan, Reach, Round};
use crate::contact::Contact;
use crate::kind::{Channel, Kind};
use crate::notice::{CLAIM, Outcome, Status, Verdict};
use crate::notifications::Notifications;
use crate::store::claims::{self, Claimed, Settled};
use crate::store::suppressions::{self, Kept};
use crate::store::{notices, templates};
use crate::suppress;
use crate::suppression::Cause;
use crate::unsubscribe;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use kernel::{NotificationId, SuppressionId, Timestamp};
use platform::{DbError, Tx};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Attempts at once, by one channel of one process.
const ATTEMPTS: usize = 16;
/// How often an idle process looks for what is due again, or was claimed by one that is no more.
const POLL: Duration = Duration::from_millis(500);
/// A transaction that lost against another is repeated so often.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(50);

/// A claim and what came of it.
struct Attempted {
    id: NotificationId,
    kind: Kind,
    channel: Channel,
    nth: i64,
    deadline: Timestamp,
    /// Where it went.
    address: Option<Address>,
    outcome: Outcome,
}

impl Notifications {
    /// Delivers everything that is due by all channels, until nothing is.
    pub async fn deliver_due(&self) -> Result<(), DbError> {
        for channel in Channel::ALL {
            self.deliver(channel).await?;
        }
        Ok(())
    }

    /// Waits until there may be something to do, and does it.
    pub(crate) async fn work(&self, channel: Channel) -> Result<(), DbError> {
        let _ = tokio::time::timeout(POLL, self.rung()).await;
        self.deliver(channel).await
    }

    /// Gives up on what can never be delivered.
    pub(crate) async fn give_up(&self) -> Result<(), DbError> {
        let mut tx = self.host.db.begin().await?;
        notices::give_up(&mut tx, self.host.source.now()).await?;
        tx.commit().await
    }

    async fn deliver(&self, channel: Channel) -> Result<(), DbError> {
        if !self.is_open(channel) {
            return Ok(());
        }
        let mut attempts = FuturesUnordered::new();
        loop {
            let begun = Instant::now();
            let room = ATTEMPTS - attempts.len();
            attempts.extend(self.claim(channel, room).await?);
            if attempts.is_empty() {
                return Ok(());
            }
            let done = gather(&mut attempts).await;
            if !done.is_empty() {
                self.repeat_settle(&done).await?;
                self.host.load.give_way(begun.elapsed()).await;
            }
        }
    }

    /// Claims what is due, as far as there is room; the attempts, not begun yet.
    async fn claim(
        &self,
        channel: Channel,
        room: usize,
    ) -> Result<Vec<BoxFuture<'static, Attempted>>, DbError> {
        let now = self.host.source.now();
        let limit = i64::try_from(room).unwrap_or(0);
        if room == 0 {
            return Ok(Vec::new());
        }
        let due = claims::due(&mut self.host.db.read().await?, channel, now).await?;
        if due.is_nothing() {
            return Ok(Vec::new());
        }
        let mut tx = self.host.db.begin().await?;
        let times = (now, now.plus(CLAIM));
        let claimed = claims::claim(&mut tx, (channel, due), times, limit).await?;
        let plans = self.plan(&mut tx, &claimed, now).await?;
        let reached = claimed
            .iter()
            .zip(&plans)
            .filter_map(|(one, (_, address))| {
                let hash = address.as_ref()?.hash.clone();
                Some((hash, one.person_id))
            });
        suppressions::reach(&mut tx, reached.collect()).await?;
        tx.commit().await?;
        let attempts = claimed.into_iter().zip(plans);
        let attempt = |(claimed, (plan, address))| self.clone().attempt(claimed, plan, address);
        Ok(attempts.map(|one| attempt(one).boxed()).collect())
    }

    /// What is to be done about each, and where it goes.
    async fn plan(
        &self,
        tx: &mut Tx,
        claimed: &[Claimed],
        now: Timestamp,
    ) -> Result<Vec<(Plan, Option<Address>)>, DbError> {
        let own = templates::all(tx).await?;
        let reaches = self.open(tx, claimed).await?;
        let addresses: Vec<Option<Address>> = claimed
            .iter()
            .zip(&reaches)
            .map(|(one, reach)| self.address(one.channel, reach))
            .collect();
        let hashes = addresses.iter().flatten().map(|one| one.hash.clone());
        let suppressed = suppressions::of(tx, hashes.collect()).await?;
        let round = Round {
            settings: &self.settings,
            own: &own,
            suppressed: &suppressed,
            now,
        };
        let plans = claimed.iter().zip(&reaches).zip(addresses);
        let plan = |((one, reach), address): ((&Claimed, &Reach), Option<Address>)| {
            let url = self.unsubscribe_url(one.person_id, one.kind);
            let plan = attempt::plan(one, reach, address.clone(), url, &round);
            (plan, address)
        };
        Ok(plans.map(plan).collect())
    }

    /// How each is reached. One that cannot be opened although it should is no reason to hold up
    /// the others.
    async fn open(&self, tx: &mut Tx, claimed: &[Claimed]) -> Result<Vec<Reach>, DbError> {
        let vault = &self.host.vault;
        let sealed = |one: &Claimed| Some((one.person_id, one.sealed.clone()?));
        let sealed: Vec<(Uuid, Vec<u8>)> = claimed.iter().filter_map(sealed).collect();
        let opened = match vault.open_many(tx, &sealed).await {
            Ok(opened) => opened.into_iter().map(Ok).collect(),
            Err(DbError::Bug(_)) => {
                let mut opened = Vec::with_capacity(sealed.len());
                for (person, sealed) in &sealed {
                    opened.push(vault.open(tx, *person, sealed).await);
                }
                opened
            }
            Err(error) => return Err(error),
        };
        let mut opened = opened.into_iter();
        let reach = |one: &Claimed| match &one.sealed {
            None if one.erased => Reach::Erased,
            None => Reach::Unknown,
            Some(_) => opened.next().map_or(Reach::Unknown, reach_of),
        };
        Ok(claimed.iter().map(reach).collect())
    }

    fn address(&self, channel: Channel, reach: &Reach) -> Option<Address> {
        let text = attempt::address(channel, reach)?;
        let hash = suppress::hash(&self.host.vault, &text);
        Some(Address { text, hash })
    }

    fn unsubscribe_url(&self, person: Uuid, kind: Kind) -> Option<String> {
        let token = || unsubscribe::token(&self.host.vault, person, kind);
        let shop = &self.settings.public_url;
        kind.is_optional()
            .then(|| format!("{shop}/v1/notifications/unsubscribe?token={}", token()))
    }

    async fn attempt(self, claimed: Claimed, plan: Plan, address: Option<Address>) -> Attempted {
        let outcome = match plan {
            Plan::Done(outcome) => outcome,
            Plan::Send(message) => self.post.send(&message).await,
        };
        Attempted {
            id: claimed.id,
            kind: claimed.kind,
            channel: claimed.channel,
            nth: claimed.nth,
            deadline: claimed.deadline_at,
            address,
            outcome,
        }
    }

    async fn repeat_settle(&self, done: &[Attempted]) -> Result<(), DbError> {
        let mut tries = 0;
        loop {
            match self.settle(done).await {
                Err(error) if error.is_transient() && tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(PAUSE * tries).await;
                }
                settled => return settled,
            }
        }
    }

    async fn settle(&self, done: &[Attempted]) -> Result<(), DbError> {
        let now = self.host.source.now();
        let settled = done.iter().map(|one| Settled {
            id: one.id,
            nth: one.nth,
            verdict: self.verdict(one, now),
        });
        let settled: Vec<Settled> = settled.collect();
        let mut tx = self.host.db.begin().await?;
        claims::settle(&mut tx, &settled, now).await?;
        let bounced = self.bounced(&mut tx, done, now).await?;
        suppressions::insert(&mut tx, bounced).await?;
        tx.commit().await
    }

    /// What becomes of it; what would be tried again at night waits for the morning.
    fn verdict(&self, one: &Attempted, now: Timestamp) -> Verdict {
        let chance = u64::from_le_bytes(self.host.source.random());
        let verdict = one.outcome.verdict(one.nth, one.deadline, now, chance);
        let quiet = self
            .settings
            .quiet_until(one.kind, one.channel, verdict.next_at);
        match quiet.filter(|until| *until < one.deadline) {
            Some(until) if verdict.status == Status::Queued => Verdict {
                next_at: until,
                ..verdict
            },
            _ => verdict,
        }
    }

    /// The addresses that nothing sent to will ever reach, each sealed with a key of its own.
    async fn bounced(
        &self,
        tx: &mut Tx,
        done: &[Attempted],
        now: Timestamp,
    ) -> Result<Vec<Kept>, DbError> {
        let host = &self.host;
        let mut kept = Vec::new();
        for one in done {
            let (
                Outcome::Refused {
                    bounced: true,
                    reason,
                },
                Some(address),
            ) = (&one.outcome, &one.address)
            else {
                continue;
            };
            let id: SuppressionId = host.source.id();
            // Whose owner was erased meanwhile is not kept.
            let sealed = match suppressions::is_reached(tx, &address.hash).await? {
                true => Some(host.vault.seal(tx, id.uuid(), &address.text).await?),
                false => None,
            };
            kept.push(Kept {
                id,
                channel: one.channel,
                address: address.hash.clone(),
                cause: Cause::Bounce,
                said: Some(reason.clone()),
                notice_id: Some(one.id),
                sealed,
                suppressed_at: now,
            });
        }
        Ok(kept)
    }
}

/// Waits for an attempt to end, and takes what else has ended by then; after a while it lets others
/// be looked for.
async fn gather(attempts: &mut FuturesUnordered<BoxFuture<'static, Attempted>>) -> Vec<Attempted> {
    let mut done = Vec::with_capacity(attempts.len());
    let Ok(first) = tokio::time::timeout(POLL, attempts.next()).await else {
        return done;
    };
    done.extend(first);
    while let Some(Some(more)) = attempts.next().now_or_never() {
        done.push(more);
    }
    done
}

fn reach_of(opened: Result<Option<String>, DbError>) -> Reach {
    match opened {
        Ok(None) => Reach::Erased,
        Ok(Some(text)) => Contact::read(&text).map_or(Reach::Unreadable, Reach::Known),
        Err(_) => Reach::Unreadable,
    }
}
