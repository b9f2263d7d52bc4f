//! The table of notices: writing down what is to be told, trying again, giving up.

use super::word;
use crate::kind::Channel;
use crate::news::{NewNotice, News};
use crate::notice::{CLAIM, Notice, QUIET};
use crate::notifications::Notifications;
use kernel::{NotificationId, Timestamp};
use platform::db::Row;
use platform::{DbError, Rows, Tx};

/// The columns of [`read`].
pub const COLUMNS: &str = "select id, kind, channel, status, reason, order_id,
    (select o.store_id from notifications_order o where o.id = notifications_notice.order_id)
        as store_id,
    person_id, tries, next_at, deadline_at, version, created_at, updated_at
    from notifications_notice";

/// Writes down what is to be told, each once whatever comes again, and wakes whoever delivers.
pub async fn insert(
    tx: &mut Tx,
    notifications: &Notifications,
    news: Vec<News>,
) -> Result<(), DbError> {
    let source = notifications.host.source.clone();
    let now = source.now();
    let open = |channel: Channel| notifications.is_open(channel);
    let notices = news.into_iter().flat_map(|one| one.notices(open, now));
    let notices: Vec<NewNotice> = notices.collect();
    if notices.is_empty() {
        return Ok(());
    }
    let quiet = |one: &NewNotice| {
        notifications
            .settings
            .quiet_until(one.kind, one.channel, now)
    };
    let waits: Vec<Option<Timestamp>> = notices.iter().map(quiet).collect();
    let why = |_| QUIET.to_owned();
    tx.bulk(
        "insert into notifications_notice (id, told_of, kind, channel, order_id, person_id,
             details, sealed, status, reason, tries, next_at, deadline_at, version,
             created_at, updated_at, urgent)
         select r.id, r.told_of, r.kind, r.channel, r.order_id,
             coalesce(r.person_id, o.client_id), r.details, r.sealed, 'queued', r.reason, 0,
             r.next_at, r.deadline_at, 1, {1}, {1}, r.urgent
         from {rows} left join notifications_order o on o.id = r.order_id where true
         on conflict (told_of) do nothing",
        rows(notices, || source.uuid())
            .time("next_at", waits.iter().map(|until| until.unwrap_or(now)))
            .optional_text("reason", waits.iter().map(|until| until.map(why)).collect()),
    )
    .bind(now)
    .execute()
    .await?;
    notifications.ring_after(tx);
    Ok(())
}

fn rows(notices: Vec<NewNotice>, id: impl Fn() -> uuid::Uuid) -> Rows {
    let text = |of: fn(&NewNotice) -> &str| notices.iter().map(|one| of(one).to_owned()).collect();
    let rows = Rows::new()
        .uuid("id", notices.iter().map(|_| id()).collect())
        .text("told_of", text(|one| &one.told_of))
        .text("kind", text(|one| one.kind.as_str()))
        .text("channel", text(|one| one.channel.as_str()))
        .boolean(
            "urgent",
            notices.iter().map(|one| one.kind.is_urgent()).collect(),
        )
        .optional_id("order_id", notices.iter().map(|one| one.order_id))
        .optional_uuid(
            "person_id",
            notices.iter().map(|one| one.person_id).collect(),
        )
        .time("deadline_at", notices.iter().map(|one| one.deadline_at));
    let (details, sealed) = notices
        .into_iter()
        .map(|one| (one.details, one.sealed))
        .unzip();
    rows.text("details", details)
        .optional_bytes("sealed", sealed)
}

/// A notice, to be changed.
pub async fn lock(tx: &mut Tx, id: NotificationId) -> Result<Option<Notice>, DbError> {
    let build = tx.build(COLUMNS).push("where id = ?").bind(id);
    let build = match build.engine() {
        platform::Engine::Sqlite => build,
        platform::Engine::Postgres => build.push("for no key update"),
    };
    build.fetch_optional().await?.as_ref().map(read).transpose()
}

/// Makes a notice due again.
pub async fn requeue(tx: &mut Tx, notice: &Notice) -> Result<(), DbError> {
    tx.query(
        "update notifications_notice set status = 'queued', reason = null, next_at = $2,
             deadline_at = $3, version = $4, updated_at = $2 where id = $1",
    )
    .bind(notice.id)
    .bind(notice.updated_at)
    .bind(notice.deadline_at)
    .bind(notice.version)
    .execute()
    .await
    .map(drop)
}

/// Gives up on what nobody claims: news of orders that nobody placed here, and what was to go by a
/// channel that is no longer open.
pub async fn give_up(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    tx.query(
        "update notifications_notice set status = 'dead', reason = 'expired',
             version = version + 1, updated_at = $1
         where status = 'queued' and deadline_at <= $2",
    )
    .bind(now)
    .bind(now.minus(CLAIM))
    .execute()
    .await
}

pub fn read(row: &Row) -> Result<Notice, DbError> {
    Ok(Notice {
        id: row.get("id")?,
        kind: word(row, "kind")?,
        channel: word(row, "channel")?,
        status: word(row, "status")?,
        reason: row.get("reason")?,
        order_id: row.get("order_id")?,
        store_id: row.get("store_id")?,
        person_id: row.get("person_id")?,
        tries: row.get("tries")?,
        next_at: row.get("next_at")?,
        deadline_at: row.get("deadline_at")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
