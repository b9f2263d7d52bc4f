//! The durable log: written once per transaction at its very end, read by sequence number.

use super::Envelope;
use super::outbox::Entry;
use crate::db::{Db, DbError, Engine, Row, Rows, Tx};
use std::collections::BTreeSet;
use uuid::Uuid;

/// An event read from the log.
pub type Logged = Envelope;

/// Writes what the transaction published; answers how many events that were.
///
/// It runs last, after every lock is held: so the commit's place is drawn after the commit of
/// whatever the transaction waited for, and an aggregate's versions keep their order.
pub(crate) fn append(tx: &mut Tx) -> Result<u64, DbError> {
    let entries = tx.outbox.take();
    if entries.is_empty() {
        return Ok(0);
    }
    let complete = complete_contexts(tx.db(), &entries);
    let count = entries.len() as i64;
    let commit = Rows::new()
        .bigint("events", vec![count])
        .text("complete", vec![complete]);
    let (insert_commit, insert_events) = match tx.engine() {
        Engine::Sqlite => (INSERT_COMMIT_SQLITE, INSERT_EVENTS_SQLITE),
        Engine::Postgres => (INSERT_COMMIT_POSTGRES, INSERT_EVENTS_POSTGRES),
    };
    tx.gather("committed", insert_commit, commit);
    tx.gather("logged", insert_events, event_rows(entries));
    Ok(count.unsigned_abs())
}

/// The single writer numbers as it inserts.
const INSERT_COMMIT_SQLITE: &str = "
    insert into event_commit (events, complete, first_seq, last_seq)
    select events, complete, last + 1, last + events
    from {rows}, (select coalesce(max(last_seq), 0) as last from event_commit)";

const INSERT_EVENTS_SQLITE: &str = "
    insert into event_log (pos, nth, id, kind, aggregate, aggregate_id, version, occurred_at,
        correlation, causation, actor, traceparent, handled, data)
    select (select max(pos) from event_commit), nth, id, kind, aggregate, aggregate_id, version,
        occurred_at, correlation, causation, actor, traceparent, handled, data from {rows}";

const INSERT_COMMIT_POSTGRES: &str = "
    insert into event_commit (events, complete) select events, complete from {rows} returning pos";

const INSERT_EVENTS_POSTGRES: &str = "
    insert into event_log (pos, nth, id, kind, aggregate, aggregate_id, version, occurred_at,
        correlation, causation, actor, traceparent, handled, data)
    select committed.pos, nth, id, kind, aggregate, aggregate_id, version, occurred_at,
        correlation, causation, actor, traceparent, handled, data from {rows}, committed";

/// Contexts at home here for whose reactions nothing in this transaction is left to do, as
/// `|context|…`: their runners skip it.
fn complete_contexts(db: &Db, entries: &[Entry]) -> String {
    let Some(subscriptions) = db.subscriptions() else {
        return String::new();
    };
    let (mut home, mut open) = (BTreeSet::new(), BTreeSet::new());
    for subscription in subscriptions.iter() {
        home.insert(subscription.context());
        let is_open = |entry: &Entry| {
            subscription.wants(&entry.envelope.kind) && !entry.handled.contains(&subscription.name)
        };
        if entries.iter().any(is_open) {
            open.insert(subscription.context());
        }
    }
    marked(home.difference(&open).copied())
}

/// `|a|b|`, or nothing for an empty list.
fn marked<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let joined = names.collect::<Vec<_>>().join("|");
    if joined.is_empty() {
        joined
    } else {
        format!("|{joined}|")
    }
}

fn event_rows(entries: Vec<Entry>) -> Rows {
    let handled = entries
        .iter()
        .map(|entry| marked(entry.handled.iter().copied()))
        .collect();
    let events: Vec<Envelope> = entries.into_iter().map(|entry| entry.envelope).collect();
    Rows::new()
        .bigint("nth", (0..events.len() as i64).collect())
        .uuid("id", events.iter().map(|event| event.id).collect())
        .text(
            "kind",
            events.iter().map(|event| event.kind.clone()).collect(),
        )
        .text(
            "aggregate",
            events.iter().map(|event| event.aggregate.clone()).collect(),
        )
        .uuid(
            "aggregate_id",
            events.iter().map(|event| event.aggregate_id).collect(),
        )
        .bigint(
            "version",
            events.iter().map(|event| event.version).collect(),
        )
        .time("occurred_at", events.iter().map(|event| event.occurred_at))
        .uuid(
            "correlation",
            events.iter().map(|event| event.correlation).collect(),
        )
        .optional_uuid(
            "causation",
            events.iter().map(|event| event.causation).collect(),
        )
        .text(
            "actor",
            events.iter().map(|event| event.actor.clone()).collect(),
        )
        .optional_text(
            "traceparent",
            events.iter().map(|e| e.traceparent.clone()).collect(),
        )
        .text("handled", handled)
        .text("data", events.into_iter().map(|event| event.data).collect())
}

/// Numbered events after `after`, at most `limit`, in order. Reading by number never misses one:
/// numbers are given to committed rows only, one range after the other.
pub async fn read_after(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Logged>, DbError> {
    let rows = tx
        .query_for(AFTER_SQLITE, AFTER_POSTGRES)
        .bind(after)
        .bind(NOBODY)
        .bind(limit)
        .bind(ALL_KINDS)
        .fetch_all()
        .await?;
    rows.iter().map(logged).collect()
}

/// As [`read_after`], leaving out commits in which `context` has nothing left to do, and events of
/// other kinds than `kinds`, given as `|kind|kind|`: so a batch is full of what is wanted.
pub(crate) async fn read_open(
    tx: &mut Tx,
    (context, kinds): (&str, &str),
    after: i64,
    limit: i64,
) -> Result<Vec<Logged>, DbError> {
    let mark = format!("%|{context}|%");
    let rows = tx
        .query_for(AFTER_SQLITE, AFTER_POSTGRES)
        .bind(after)
        .bind(mark)
        .bind(limit)
        .bind(kinds)
        .fetch_all()
        .await?;
    rows.iter().map(logged).collect()
}

/// Matches no list of contexts, not even the empty one.
const NOBODY: &str = "|";
/// Leaves out no kind.
const ALL_KINDS: &str = "";

const AFTER_SQLITE: &str = "
    select c.first_seq + e.nth as seq, e.id, e.kind, e.aggregate, e.aggregate_id, e.version,
        e.occurred_at, e.correlation, e.causation, e.actor, e.traceparent, e.handled, e.data
    from event_commit c join event_log e on e.pos = c.pos
    where c.last_seq > $1 and c.first_seq + e.nth > $1 and c.complete not like $2
        and ($4 = '' or $4 like '%|' || e.kind || '|%')
    order by c.last_seq, e.nth limit $3";

/// The lateral keeps it from reading the whole log while nothing is known of the tables' sizes.
const AFTER_POSTGRES: &str = "
    select c.first_seq + e.nth as seq, e.id, e.kind, e.aggregate, e.aggregate_id, e.version,
        e.occurred_at, e.correlation, e.causation, e.actor, e.traceparent, e.handled, e.data
    from event_commit c cross join lateral (
        select * from event_log e where e.pos = c.pos offset 0) e
    where c.last_seq > $1 and c.first_seq + e.nth > $1 and c.complete not like $2
        and ($4 = '' or $4 like '%|' || e.kind || '|%')
    order by c.last_seq, e.nth limit $3";

/// The last number given so far.
pub(crate) async fn last_number(tx: &mut Tx) -> Result<i64, DbError> {
    let row = tx
        .query("select coalesce(max(last_seq), 0) as last from event_commit")
        .fetch_one()
        .await?;
    row.get("last")
}

/// All events of one aggregate, oldest first; unnumbered ones have `seq` 0.
pub async fn read_aggregate(
    tx: &mut Tx,
    aggregate: &str,
    aggregate_id: Uuid,
) -> Result<Vec<Logged>, DbError> {
    let rows = tx
        .query(
            "select coalesce(c.first_seq + e.nth, 0) as seq, e.id, e.kind, e.aggregate,
                 e.aggregate_id, e.version, e.occurred_at, e.correlation, e.causation, e.actor,
                 e.traceparent, e.handled, e.data
             from event_log e join event_commit c on c.pos = e.pos
             where e.aggregate_id = $1 and e.aggregate = $2 order by e.version",
        )
        .bind(aggregate_id)
        .bind(aggregate)
        .fetch_all()
        .await?;
    rows.iter().map(logged).collect()
}

pub(crate) fn logged(row: &Row) -> Result<Logged, DbError> {
    Ok(Envelope {
        seq: row.get("seq")?,
        id: row.get("id")?,
        kind: row.get("kind")?,
        aggregate: row.get("aggregate")?,
        aggregate_id: row.get("aggregate_id")?,
        version: row.get("version")?,
        occurred_at: row.get("occurred_at")?,
        correlation: row.get("correlation")?,
        causation: row.get("causation")?,
        actor: row.get("actor")?,
        traceparent: row.get("traceparent")?,
        handled: row.get("handled")?,
        data: row.get("data")?,
    })
}

/// Gives numbers to committed rows that have none; answers how many commits it numbered.
/// The caller holds the sequencer's lease in this transaction and passes the last number given.
pub(crate) async fn number(tx: &mut Tx, last: i64) -> Result<i64, DbError> {
    if tx.engine() == Engine::Sqlite {
        return Ok(last); // the single writer numbers as it inserts
    }
    let row = tx
        .query(
            "with waiting as (
                 select pos, events from event_commit where last_seq is null
                 order by pos limit 1000),
             running as (
                 select pos, events, sum(events) over (order by pos) as upto from waiting),
             numbered as (
                 update event_commit c set first_seq = $1 + r.upto - r.events + 1,
                     last_seq = $1 + r.upto
                 from running r where c.pos = r.pos returning c.last_seq)
             select coalesce(max(last_seq), $1)::bigint as last from numbered",
        )
        .bind(last)
        .fetch_one()
        .await?;
    row.get("last")
}
