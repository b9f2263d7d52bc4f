//! A provider of mail or text messages reports that an address takes nothing, or that somebody
//! called what came there spam; and somebody takes such a thing back.

use crate::kind::Channel;
use crate::notifications::Notifications;
use crate::store::suppressions::{self, Filter, Kept};
use crate::suppression::{BadAddress, Cause, Suppression, reported};
use kernel::{Cursor, Detail, ErrorKind, Fault, Limit, Page, SuppressionId};
use platform::vault::Vault;
use platform::{DbError, Tx};
use uuid::Uuid;

/// Why nothing was suppressed, or taken back.
#[derive(Debug, thiserror::Error)]
pub enum SuppressError {
    #[error(transparent)]
    Address(#[from] BadAddress),
    #[error("there is no such resource")]
    NotFound,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for SuppressError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Address(_) => ErrorKind::Invalid,
            Self::NotFound => ErrorKind::NotFound,
            Self::Db(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Address(_) => "INVALID_ADDRESS",
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::Db(fault) => fault.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Address(_) => vec![Detail::new("address", self.code(), self.to_string())],
            _ => Vec::new(),
        }
    }
}

/// The keyed hash of an address as messages are sent to it. Capitals make no other mailbox.
pub fn hash(vault: &Vault, address: &str) -> Vec<u8> {
    vault.index("notifications.address", &address.to_ascii_lowercase())
}

/// Suppresses an address. Twice is the same as once.
pub async fn report(
    notifications: &Notifications,
    channel: Channel,
    address: &str,
    cause: Cause,
) -> Result<Suppression, SuppressError> {
    let address = reported(channel, address)?;
    let host = &notifications.host;
    let hash = hash(&host.vault, &address);
    let mut tx = host.db.begin().await?;
    let known = suppressions::find_of(&mut tx, &hash, cause).await?;
    if known.is_none() {
        let id: SuppressionId = host.source.id();
        let sealed = host.vault.seal(&mut tx, id.uuid(), &address).await?;
        let kept = Kept {
            id,
            channel,
            address: hash.clone(),
            cause,
            said: None,
            notice_id: None,
            sealed: Some(sealed),
            suppressed_at: host.source.now(),
        };
        suppressions::insert(&mut tx, vec![kept]).await?;
    }
    // Somebody else may have been faster.
    let kept = suppressions::find_of(&mut tx, &hash, cause).await?;
    let kept = kept.ok_or(DbError::Busy)?;
    let suppression = open_one(&host.vault, &mut tx, kept).await?;
    tx.commit().await?;
    Ok(suppression)
}

/// Takes a suppression back, and its key with it.
pub async fn remove(notifications: &Notifications, id: SuppressionId) -> Result<(), SuppressError> {
    let host = &notifications.host;
    let mut tx = host.db.begin().await?;
    if !suppressions::delete(&mut tx, id).await? {
        return Err(SuppressError::NotFound);
    }
    host.vault.erase(&mut tx, id.uuid()).await?;
    Ok(tx.commit().await?)
}

/// A page of suppressions, newest first.
pub async fn list(
    notifications: &Notifications,
    filter: &Filter,
    after: Option<SuppressionId>,
    (limit, count): (Limit, bool),
) -> Result<Page<Suppression>, DbError> {
    let host = &notifications.host;
    let mut tx = host.db.read().await?;
    let rows = suppressions::list(&mut tx, filter, after, limit).await?;
    let total = match count {
        true => Some(suppressions::count(&mut tx, filter).await?),
        false => None,
    };
    let all = open(&host.vault, &mut tx, rows).await?;
    Ok(Page::cut(all, limit, |one| Cursor::of(&one.id)).with_total(total))
}

/// One suppression.
pub async fn read(
    notifications: &Notifications,
    id: SuppressionId,
) -> Result<Suppression, SuppressError> {
    let host = &notifications.host;
    let mut tx = host.db.read().await?;
    let kept = suppressions::find(&mut tx, id).await?;
    let kept = kept.ok_or(SuppressError::NotFound)?;
    Ok(open_one(&host.vault, &mut tx, kept).await?)
}

async fn open_one(vault: &Vault, tx: &mut Tx, kept: Kept) -> Result<Suppression, DbError> {
    let opened = open(vault, tx, vec![kept]).await?.pop();
    opened.ok_or_else(|| DbError::Bug("one suppression in, none out".to_owned()))
}

async fn open(vault: &Vault, tx: &mut Tx, kept: Vec<Kept>) -> Result<Vec<Suppression>, DbError> {
    let sealed = |one: &Kept| Some((one.id.uuid(), one.sealed.clone()?));
    let sealed: Vec<(Uuid, Vec<u8>)> = kept.iter().filter_map(sealed).collect();
    let mut opened = vault.open_many(tx, &sealed).await?.into_iter();
    let suppression = |one: Kept| Suppression {
        id: one.id,
        channel: one.channel,
        cause: one.cause,
        said: one.said,
        notice_id: one.notice_id,
        address: one.sealed.and_then(|_| opened.next().flatten()),
        suppressed_at: one.suppressed_at,
    };
    Ok(kept.into_iter().map(suppression).collect())
}
