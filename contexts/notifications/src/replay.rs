//! Somebody has what was not delivered tried again, or what waits tried at once.

use crate::notice::{Notice, PATIENCE, Status};
use crate::store::{notices, suppressions};
use kernel::{ErrorKind, Fault, NotificationId};
use platform::{DbError, Host};

/// Why a notice is not tried again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("there is no such notification")]
    NotFound,
    #[error("it is {0}; only what is dead, skipped or queued is tried again")]
    NotReplayable(&'static str),
    #[error("what is in it is worth nothing any more")]
    Expired,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for ReplayError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::NotReplayable(_) | Self::Expired => ErrorKind::Conflict,
            Self::Db(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::NotReplayable(_) => "ILLEGAL_TRANSITION",
            Self::Expired => "NOTIFICATION_EXPIRED",
            Self::Db(fault) => fault.code(),
        }
    }
}

/// Makes a notice due now, with its whole time before it, and forgets what its delivery showed of
/// its address. One that the caller may not see is not there.
pub async fn replay_notice(
    host: &Host,
    id: NotificationId,
    may_see: impl FnOnce(&Notice) -> bool,
) -> Result<Notice, ReplayError> {
    let mut tx = host.db.begin().await?;
    let notice = notices::lock(&mut tx, id).await?;
    let notice = notice.filter(may_see).ok_or(ReplayError::NotFound)?;
    match notice.status {
        Status::Queued | Status::Dead | Status::Skipped => {}
        other => return Err(ReplayError::NotReplayable(other.as_str())),
    }
    let now = host.source.now();
    let has_token = notice.kind.has_token();
    if has_token && notice.deadline_at <= now {
        return Err(ReplayError::Expired);
    }
    let deadline_at = match has_token {
        true => notice.deadline_at,
        false => now.plus(PATIENCE),
    };
    let notice = Notice {
        status: Status::Queued,
        reason: None,
        next_at: now,
        deadline_at,
        version: notice.version + 1,
        updated_at: now,
        ..notice
    };
    notices::requeue(&mut tx, &notice).await?;
    suppressions::lift(&mut tx, id).await?;
    tx.commit().await?;
    Ok(notice)
}
