//! Somebody who got the letter chooses a new password.

use crate::Identity;
use crate::create_user::UserError;
use crate::letter::{LetterError, LetterKind};
use crate::password::NewPassword;
use crate::send_letter::hash;
use crate::store::letters::{self, GoodLetter};
use crate::store::{sessions, users};
use crate::user::User;
use kernel::UserId;
use platform::vault::Vault;
use platform::{DbError, Tx};

/// Replaces the password of whoever holds a good token, and ends all their sessions. The token is
/// good once; other letters for the same purpose are worthless from then on.
pub async fn reset_password(
    identity: &Identity,
    token: &str,
    new: NewPassword,
) -> Result<(), LetterError> {
    let host = &identity.host;
    let token_hash = hash(&host.vault, token);
    let mut tx = host.db.read().await?;
    let kind = LetterKind::PasswordReset;
    let letter = letters::find(&mut tx, kind, &token_hash, host.source.now()).await?;
    let letter = letter.ok_or(LetterError::BadToken)?;
    let user = users::read(&mut tx, &host.vault, letter.user_id).await?;
    drop(tx);
    let user = user
        .filter(|user| user.disabled_at.is_none())
        .ok_or(LetterError::BadToken)?;
    let known = user.profile.as_ref().map(|profile| &profile.email);
    if known.is_some_and(|email| new.tells(email)) {
        return Err(UserError::PasswordTellsEmail.into());
    }
    let hashed = identity.passwords.hash(new.into_secret()).await;
    let hashed = hashed.map_err(UserError::from)?;

    let now = host.source.now();
    let mut tx = host.db.begin().await?;
    owner(&mut tx, &host.vault, &letter).await?;
    if !letters::use_up(&mut tx, &token_hash, now).await? {
        return Err(LetterError::BadToken);
    }
    users::set_password(&mut tx, letter.user_id, &hashed).await?;
    end_all(&mut tx, letter.user_id, now).await?;
    Ok(tx.commit().await?)
}

/// Ends every session of a user and makes letters about the old password worthless.
async fn end_all(tx: &mut Tx, user: UserId, now: kernel::Timestamp) -> Result<(), DbError> {
    sessions::revoke_all(tx, user, now).await?;
    letters::void(tx, user, LetterKind::PasswordReset, now).await
}

/// The user a letter went to, who can still log in and still has that address. They stay so until
/// the transaction ends.
pub async fn owner(tx: &mut Tx, vault: &Vault, letter: &GoodLetter) -> Result<User, LetterError> {
    let user = users::lock(tx, vault, letter.user_id).await?;
    let user = user.map(|found| found.user);
    let same = |user: &User| {
        let profile = user.profile.as_ref();
        let index = profile.map(|profile| users::email_index(vault, &profile.email));
        user.disabled_at.is_none() && index.as_ref() == Some(&letter.email_index)
    };
    user.filter(same).ok_or(LetterError::BadToken)
}
