//! Leases: one owner at a time for the sequencer, for each runner and for whatever else only one
//! process may do, with the position reached.
//! The owner's epoch is checked in the transaction that moves the position, so a process that was
//! paused past its lease commits nothing. Time is the database's.

use crate::db::{Db, DbError, Tx};

/// How long a lease lasts without being renewed, in microseconds.
const TTL: i64 = 10_000_000;

/// A held lease.
#[derive(Clone, Debug)]
pub struct Lease {
    name: String,
    owner: String,
    epoch: i64,
}

impl Lease {
    /// Takes the lease when it is free, expired, or already this owner's.
    pub async fn take(db: &Db, name: &str, owner: &str) -> Result<Option<Self>, DbError> {
        if !is_free(&mut db.read().await?, name, owner).await? {
            return Ok(None);
        }
        let mut tx = db.begin().await?;
        tx.query(
            "insert into event_lease (name, owner, epoch, until_at, position)
             values ($1, '', 0, 0, 0) on conflict (name) do nothing",
        )
        .bind(name)
        .execute()
        .await?;
        let row = tx
            .query_for(
                "update event_lease set owner = $2, epoch = epoch + 1,
                     until_at = cast(unixepoch('subsec') * 1000000 as integer) + $3
                 where name = $1 and (owner = $2
                     or until_at < cast(unixepoch('subsec') * 1000000 as integer))
                 returning epoch",
                "update event_lease set owner = $2, epoch = epoch + 1,
                     until_at = (extract(epoch from clock_timestamp()) * 1000000)::bigint + $3
                 where name = $1 and (owner = $2
                     or until_at < (extract(epoch from clock_timestamp()) * 1000000)::bigint)
                 returning epoch",
            )
            .bind(name)
            .bind(owner)
            .bind(TTL)
            .fetch_optional()
            .await?;
        tx.commit_now().await?;
        let Some(row) = row else { return Ok(None) };
        let (name, owner) = (name.to_owned(), owner.to_owned());
        Ok(Some(Self {
            name,
            owner,
            epoch: row.get("epoch")?,
        }))
    }

    /// Takes the lease whoever holds it, who then commits nothing more under it.
    pub(crate) async fn seize(db: &Db, name: &str, owner: &str) -> Result<Self, DbError> {
        let mut tx = db.begin().await?;
        tx.query(
            "insert into event_lease (name, owner, epoch, until_at, position)
             values ($1, '', 0, 0, 0) on conflict (name) do update set until_at = 0",
        )
        .bind(name)
        .execute()
        .await?;
        tx.commit_now().await?;
        Self::take(db, name, owner).await?.ok_or(DbError::Busy)
    }

    /// Gives the lease up, so that nobody need wait for its end.
    pub(crate) async fn release(&self, tx: &mut Tx) -> Result<(), DbError> {
        tx.query(
            "update event_lease set until_at = 0 where name = $1 and owner = $2 and epoch = $3",
        )
        .bind(self.name.as_str())
        .bind(self.owner.as_str())
        .bind(self.epoch)
        .execute()
        .await
        .map(drop)
    }

    /// Renews the lease in `tx`; false when it was lost.
    pub async fn renew(&self, tx: &mut Tx) -> Result<bool, DbError> {
        Ok(self.position(tx).await?.is_some())
    }

    /// The position, locked for this transaction and the lease renewed; `None` when it was lost.
    pub(crate) async fn position(&self, tx: &mut Tx) -> Result<Option<i64>, DbError> {
        let row = tx
            .query_for(
                "update event_lease set
                     until_at = cast(unixepoch('subsec') * 1000000 as integer) + $4
                 where name = $1 and owner = $2 and epoch = $3
                   and until_at > cast(unixepoch('subsec') * 1000000 as integer)
                 returning position",
                "update event_lease set
                     until_at = (extract(epoch from clock_timestamp()) * 1000000)::bigint + $4
                 where name = $1 and owner = $2 and epoch = $3
                   and until_at > (extract(epoch from clock_timestamp()) * 1000000)::bigint
                 returning position",
            )
            .bind(self.name.as_str())
            .bind(self.owner.as_str())
            .bind(self.epoch)
            .bind(TTL)
            .fetch_optional()
            .await?;
        row.map(|row| row.get("position")).transpose()
    }

    /// The position as it stands; `None` when somebody else has taken the lease since.
    pub(crate) async fn read_position(&self, tx: &mut Tx) -> Result<Option<i64>, DbError> {
        let row = tx
            .query("select position from event_lease where name = $1 and owner = $2 and epoch = $3")
            .bind(self.name.as_str())
            .bind(self.owner.as_str())
            .bind(self.epoch)
            .fetch_optional()
            .await?;
        row.map(|row| row.get("position")).transpose()
    }

    /// Moves the position, in the transaction that did the work up to it.
    pub(crate) async fn advance(&self, tx: &mut Tx, position: i64) -> Result<(), DbError> {
        let moved = tx
            .query(
                "update event_lease set position = $4
                 where name = $1 and owner = $2 and epoch = $3",
            )
            .bind(self.name.as_str())
            .bind(self.owner.as_str())
            .bind(self.epoch)
            .bind(position)
            .execute()
            .await?;
        if moved == 1 {
            Ok(())
        } else {
            Err(DbError::Busy)
        }
    }
}

/// Those who wait for somebody else's lease ask often: that must cost no write.
async fn is_free(tx: &mut Tx, name: &str, owner: &str) -> Result<bool, DbError> {
    let row = tx
        .query_for(
            "select owner = $2 or until_at < cast(unixepoch('subsec') * 1000000 as integer) as free
             from event_lease where name = $1",
            "select owner = $2
                 or until_at < (extract(epoch from clock_timestamp()) * 1000000)::bigint as free
             from event_lease where name = $1",
        )
        .bind(name)
        .bind(owner)
        .fetch_optional()
        .await?;
    row.map_or(Ok(true), |row| row.get("free"))
}

/// Gives up every lease of this process, so that the next one need not wait for their end.
pub async fn give_up_leases(db: &Db) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    tx.query("update event_lease set until_at = 0 where owner like $1")
        .bind(format!("{}.%", db.process()))
        .execute()
        .await?;
    tx.commit_now().await
}
