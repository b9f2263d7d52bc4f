//! Somebody shows that mail to their address reaches them, or asks for another letter to show it.

use crate::Identity;
use crate::create_user::UserError;
use crate::letter::{LetterError, LetterKind, MOST, WINDOW};
use crate::reset_password::owner;
use crate::send_letter::{self, hash};
use crate::store::{letters, users};
use kernel::UserId;

const KIND: LetterKind = LetterKind::EmailVerification;

/// Marks the address of whoever holds a good token as verified.
pub async fn verify_email(identity: &Identity, token: &str) -> Result<(), LetterError> {
    let host = &identity.host;
    let (token_hash, now) = (hash(&host.vault, token), host.source.now());
    let mut tx = host.db.begin().await?;
    let letter = letters::find(&mut tx, KIND, &token_hash, now).await?;
    let letter = letter.ok_or(LetterError::BadToken)?;
    let user = owner(&mut tx, &host.vault, &letter).await?;
    if !letters::use_up(&mut tx, &token_hash, now).await? {
        return Err(LetterError::BadToken);
    }
    if let Some(verified) = user.verified(now) {
        users::update(&mut tx, &host.vault, &verified).await?;
    }
    Ok(tx.commit().await?)
}

/// Sends another letter to somebody whose address is not verified yet.
pub async fn verify_again(identity: &Identity, id: UserId) -> Result<(), LetterError> {
    let (host, now) = (&identity.host, identity.host.source.now());
    let mut tx = host.db.begin().await?;
    let user = users::lock(&mut tx, &host.vault, id).await?;
    let user = user.ok_or(UserError::NotFound)?.user;
    if user.email_verified_at.is_some() {
        return Err(LetterError::AlreadyVerified);
    }
    let sent = letters::sent_since(&mut tx, KIND, [id], now.minus(WINDOW)).await?;
    if sent.get(&id).is_some_and(|many| *many >= MOST) {
        return Err(LetterError::Throttled(WINDOW));
    }
    send_letter::send(host, &mut tx, &[user], KIND).await?;
    Ok(tx.commit().await?)
}
