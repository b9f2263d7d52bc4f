//! The sequencer: gives every committed event its number, so that readers can follow the log
//! without missing what commits late. One at a time across all processes of a database.

use super::{lease::Lease, log};
use crate::db::{Db, DbError, Engine};
use std::time::Duration;

/// The safety net behind the in-process signal, and the only signal between processes.
const POLL: Duration = Duration::from_millis(50);
/// After a round, let commits gather: numbering a hundred at once costs what numbering one costs.
const GATHER: Duration = Duration::from_millis(4);

const NAME: &str = "sequencer";

/// Numbers the log of one database.
pub struct Sequencer {
    db: Db,
    owner: String,
}

impl Sequencer {
    pub fn new(db: Db) -> Self {
        let owner = db.lease_owner();
        Self { db, owner }
    }

    /// Runs until dropped. On SQLite it only passes the signal on: the writer numbers by itself.
    pub async fn run(self) {
        let mut published = self.db.published().subscribe();
        let mut lease = None;
        loop {
            match self.round(&mut lease).await {
                Ok(true) => self.db.sequenced().send_modify(|count| *count += 1),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "sequencer");
                    lease = None;
                    tokio::time::sleep(POLL).await;
                }
            }
            tokio::time::sleep(GATHER).await;
            let _ = tokio::time::timeout(self.patience(), published.changed()).await;
        }
    }

    /// Numbers what is committed, unless another process does that: for commands that read the log
    /// while, perhaps, nobody serves.
    pub(super) async fn catch_up(db: &Db) -> Result<(), DbError> {
        let (sequencer, mut lease) = (Self::new(db.clone()), None);
        while sequencer.round(&mut lease).await? && lease.is_some() {}
        let Some(lease) = lease else { return Ok(()) };
        let mut tx = db.begin().await?;
        lease.release(&mut tx).await?;
        tx.commit_now().await
    }

    fn patience(&self) -> Duration {
        match self.db.engine() {
            Engine::Sqlite => Duration::from_secs(3600),
            Engine::Postgres => POLL,
        }
    }

    async fn round(&self, lease: &mut Option<Lease>) -> Result<bool, DbError> {
        if self.db.engine() == Engine::Sqlite {
            return Ok(true);
        }
        if lease.is_none() {
            *lease = Lease::take(&self.db, NAME, &self.owner).await?;
        }
        let Some(held) = lease.as_ref() else {
            // Another process numbers; look whether it did, for our own readers.
            return Ok(true);
        };
        if !anything_waits(&self.db).await? {
            return Ok(false);
        }
        let mut tx = self.db.begin().await?;
        let Some(last) = held.position(&mut tx).await? else {
            *lease = None;
            return Ok(false);
        };
        let numbered = log::number(&mut tx, last).await?;
        held.advance(&mut tx, numbered).await?;
        tx.commit_now().await?;
        Ok(numbered > last)
    }
}

async fn anything_waits(db: &Db) -> Result<bool, DbError> {
    let mut tx = db.read().await?;
    let row = tx
        .query("select exists (select 1 from event_commit where last_seq is null) as waiting")
        .fetch_one()
        .await?;
    row.get("waiting")
}
