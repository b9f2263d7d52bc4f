//! Reading the delivery log: lists, and one notice with its attempts.

use super::notices::{COLUMNS, read};
use crate::kind::{Channel, Kind};
use crate::notice::{Notice, Status};
use kernel::{ClientId, Limit, NotificationId, OrderId, StoreId, Timestamp};
use platform::db::{Build, Row};
use platform::{DbError, Tx};

/// What a list is narrowed down to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub status: Option<Status>,
    pub kind: Option<Kind>,
    pub channel: Option<Channel>,
    pub order_id: Option<OrderId>,
    pub client_id: Option<ClientId>,
    /// The stores the caller is limited to: of orders, only what these serve.
    pub only_stores: Option<Vec<StoreId>>,
}

/// An attempt to deliver a notice.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub nth: i64,
    pub outcome: String,
    pub reason: Option<String>,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// One more row than `limit`, newest first, to know whether there is a next page.
pub async fn list(
    tx: &mut Tx,
    filter: &Filter,
    after: Option<NotificationId>,
    limit: Limit,
) -> Result<Vec<Notice>, DbError> {
    let rows = filtered(tx.build(COLUMNS), filter)
        .and("and id < ?", after)
        .push("order by id desc limit ?")
        .bind(limit.get() + 1)
        .fetch_all()
        .await?;
    rows.iter().map(read).collect()
}

/// How many there are under the filter.
pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, DbError> {
    let query = tx.build("select count(*) as total from notifications_notice");
    filtered(query, filter).fetch_one().await?.get("total")
}

fn filtered<'t>(query: Build<'t>, filter: &Filter) -> Build<'t> {
    let query = query.push("where true");
    let query = match &filter.only_stores {
        None => query,
        Some(stores) => {
            let query = query.push(
                "and (order_id is null or exists (select 1 from notifications_order o
                     where o.id = notifications_notice.order_id and o.store_id in (null",
            );
            let each = |query: Build<'t>, store: &StoreId| query.push(", ?").bind(*store);
            stores.iter().fold(query, each).push(")))")
        }
    };
    query
        .and("and status = ?", filter.status.map(Status::as_str))
        .and("and kind = ?", filter.kind.map(Kind::as_str))
        .and("and channel = ?", filter.channel.map(Channel::as_str))
        .and("and order_id = ?", filter.order_id)
        .and("and person_id = ?", filter.client_id)
}

/// One notice.
pub async fn find(tx: &mut Tx, id: NotificationId) -> Result<Option<Notice>, DbError> {
    let found = tx.build(COLUMNS).push("where id = ?").bind(id);
    found.fetch_optional().await?.as_ref().map(read).transpose()
}

/// Its attempts, oldest first.
pub async fn attempts(tx: &mut Tx, id: NotificationId) -> Result<Vec<Attempt>, DbError> {
    let rows = tx
        .query(
            "select nth, outcome, reason, started_at, ended_at from notifications_attempt
             where notice_id = $1 order by nth",
        )
        .bind(id)
        .fetch_all()
        .await?;
    let attempt = |row: &Row| {
        Ok(Attempt {
            nth: row.get("nth")?,
            outcome: row.get("outcome")?,
            reason: row.get("reason")?,
            started_at: row.get("started_at")?,
            ended_at: row.get("ended_at")?,
        })
    };
    rows.iter().map(attempt).collect()
}
