//! Holding something before its rows are locked. Contexts of one database change the same thing in
//! one transaction, because they hear each other inline; which of them begins differs, and with it
//! the order in which their rows are locked. Whoever holds the thing first waits in no circle.

use crate::db::{DbError, Engine, Rows, Tx};
use kernel::{Entity, Id};
use std::collections::HashSet;
use uuid::Uuid;

impl Tx {
    /// Waits until no other transaction holds one of these, and holds them until the end of this
    /// one; what it holds already it holds. Comes before every lock on a row of theirs. What is new
    /// in this transaction need not be held: nobody else knows of it. SQLite has one writer, who
    /// holds everything.
    pub async fn hold<E: Entity>(
        &mut self,
        ids: impl IntoIterator<Item = Id<E>>,
    ) -> Result<(), DbError> {
        self.hold_any(ids.into_iter().map(Id::uuid).collect()).await
    }

    /// Holds what the reactions of a batch declare, all of it before the first has its turn. In a
    /// debug build one that holds anything else from then on has found a bug of its own.
    pub(super) async fn hold_declared(&mut self, ids: Vec<Uuid>) -> Result<(), DbError> {
        self.holds_all = false;
        self.hold_any(ids).await?;
        self.holds_all = true;
        Ok(())
    }

    async fn hold_any(&mut self, ids: Vec<Uuid>) -> Result<(), DbError> {
        if self.engine() == Engine::Sqlite {
            return Ok(());
        }
        let mut keys: Vec<i64> = ids.into_iter().map(key).collect();
        keys.retain(|key| self.holds.insert(*key));
        if keys.is_empty() {
            return Ok(());
        }
        if cfg!(debug_assertions) && self.holds_all {
            let undeclared = "a reaction holds what Reaction::HOLDS does not declare";
            return Err(DbError::Bug(undeclared.to_owned()));
        }
        // By key and not by id: should two ids share one, nobody waits in a circle either.
        keys.sort_unstable();
        self.bulk(
            "select pg_advisory_xact_lock(r.key) from {rows}",
            Rows::new().bigint("key", keys),
        )
        .execute()
        .await
        .map(drop)
    }

    /// Holds those of these that nobody else holds, without waiting, and answers which they are.
    pub async fn hold_free<E: Entity>(
        &mut self,
        ids: Vec<Id<E>>,
    ) -> Result<HashSet<Id<E>>, DbError> {
        if self.engine() == Engine::Sqlite || ids.is_empty() {
            return Ok(ids.into_iter().collect());
        }
        let keys = ids.iter().map(|id| key(id.uuid())).collect();
        let rows = self
            .bulk(
                "select r.key from {rows} where pg_try_advisory_xact_lock(r.key)",
                Rows::new().bigint("key", keys),
            )
            .fetch_all()
            .await?;
        for row in &rows {
            self.holds.insert(row.get("key")?);
        }
        let is_held = |id: &Id<E>| self.holds.contains(&key(id.uuid()));
        Ok(ids.into_iter().filter(is_held).collect())
    }
}

/// The random half of an id. Two that share it wait for each other, no more. The bit that marks a
/// UUID's variant makes it negative, so that it is never the key that migrations hold.
fn key(id: Uuid) -> i64 {
    let [.., a, b, c, d, e, f, g, h] = *id.as_bytes();
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}
