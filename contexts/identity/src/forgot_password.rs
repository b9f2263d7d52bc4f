//! Somebody forgot their password and asks for a letter.
//!
//! The answer tells nobody whether an address is known: the request writes down what was typed, as
//! a blind index, the same way for every address; who it is and whether to write is found out a
//! moment later.

use crate::Identity;
use crate::letter::{LetterError, LetterKind, MOST, WINDOW};
use crate::send_letter;
use crate::store::{guards, letters, users};
use kernel::Email;
use platform::{DbError, Host};
use std::net::IpAddr;

/// Letters of one transaction.
const BATCH: i64 = 100;

/// Remembers the request; throttled per address typed and per network address, like a login that
/// failed.
pub async fn forgot_password(
    identity: &Identity,
    email: &Email,
    from: IpAddr,
) -> Result<(), LetterError> {
    let host = &identity.host;
    let turn = identity.queue.turn(from).await;
    let account = format!("forgot {}", email.as_str());
    let keys = guards::Keys::of(&host.vault, &account, from);
    let counts = guards::read(&mut host.db.read().await?, keys).await?;
    let now = host.source.now();
    let wait = counts.wait(now);
    if !wait.is_zero() {
        return Err(LetterError::Throttled(wait));
    }
    let index = users::email_index(&host.vault, email);
    let mut tx = host.db.begin().await?;
    turn.until_durable(&mut tx);
    guards::write(&mut tx, keys, counts.failed(now)).await?;
    letters::remember(&mut tx, host.source.uuid(), index, now).await?;
    Ok(tx.commit().await?)
}

/// Sends a letter to everybody who asked and can log in, unless enough were sent already. Run every
/// second; tests run it themselves.
pub async fn send_reset_letters(host: &Host) -> Result<(), DbError> {
    if !letters::somebody_forgot(&mut host.db.read().await?).await? {
        return Ok(());
    }
    let (kind, now) = (LetterKind::PasswordReset, host.source.now());
    let mut tx = host.db.begin().await?;
    let indexes = letters::take_forgotten(&mut tx, BATCH).await?;
    let mut found = users::by_indexes(&mut tx, &host.vault, indexes).await?;
    let ids = found.iter().map(|user| user.id);
    let sent = letters::sent_since(&mut tx, kind, ids, now.minus(WINDOW)).await?;
    let enough = |user: &crate::user::User| sent.get(&user.id).is_some_and(|many| *many >= MOST);
    found.retain(|user| user.disabled_at.is_none() && !enough(user));
    send_letter::send(host, &mut tx, &found, kind).await?;
    tx.commit().await
}
