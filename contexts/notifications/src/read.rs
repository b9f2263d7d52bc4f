//! Reading the delivery log.

use crate::notice::Notice;
use crate::store::lists::{self, Attempt};
use kernel::{Cursor, Limit, NotificationId, Page};
use platform::{DbError, Host};

pub use crate::store::lists::Filter;

/// A page of notices, newest first.
pub async fn list_notices(
    host: &Host,
    filter: &Filter,
    after: Option<NotificationId>,
    limit: Limit,
) -> Result<Page<Notice>, DbError> {
    let mut tx = host.db.read().await?;
    let rows = lists::list(&mut tx, filter, after, limit).await?;
    Ok(Page::cut(rows, limit, |one| Cursor::of(&one.id)))
}

/// How many there are.
pub(crate) async fn count_notices(host: &Host, filter: &Filter) -> Result<i64, DbError> {
    lists::count(&mut host.db.read().await?, filter).await
}

/// One notice with its attempts.
pub(crate) async fn read_notice(
    host: &Host,
    id: NotificationId,
) -> Result<Option<(Notice, Vec<Attempt>)>, DbError> {
    let mut tx = host.db.read().await?;
    let Some(notice) = lists::find(&mut tx, id).await? else {
        return Ok(None);
    };
    Ok(Some((notice, lists::attempts(&mut tx, id).await?)))
}
