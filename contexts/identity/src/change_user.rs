//! A user changes: their profile, what they may do, whether they may sign in, their password.

use crate::Identity;
use crate::create_user::{UserError, changed};
use crate::letter::LetterKind;
use crate::password::NewPassword;
use crate::send_letter;
use crate::store::{letters, sessions, users};
use crate::user::{Change, User, UserFault};
use kernel::UserId;
use platform::Tx;
use platform::http::IfMatch;

/// Changes a user as [`Change`] asks. Whoever is disabled or gets another password is signed out
/// everywhere; access tokens already given out live on for at most 15 minutes.
pub async fn change_user(
    identity: &Identity,
    id: UserId,
    change: Change,
    password: Option<NewPassword>,
    if_match: Option<&IfMatch>,
) -> Result<User, UserError> {
    let host = &identity.host;
    let password = match password {
        Some(password) => Some(hashed(identity, id, &change, password).await?),
        None => None,
    };
    let now = host.source.now();
    let mut tx = host.db.begin().await?;
    let may_demote = change.roles.is_some() || change.disabled == Some(true);
    let admins = if may_demote {
        users::lock_admins(&mut tx).await?
    } else {
        Vec::new()
    };
    let found = users::lock(&mut tx, &host.vault, id).await?;
    let old = found.ok_or(UserError::NotFound)?.user;
    if if_match.is_some_and(|if_match| if_match.check(old.version).is_err()) {
        return Err(UserError::Stale(old.version));
    }
    let new = old.changed(change, now)?;
    if old.administers() && !new.administers() && admins == [id] {
        return Err(UserError::LastAdmin);
    }
    if let Some(hash) = &password {
        users::set_password(&mut tx, id, hash).await?;
        letters::void(&mut tx, id, LetterKind::PasswordReset, now).await?;
    }
    if password.is_some() || new.disabled_at.is_some() && old.disabled_at.is_none() {
        sessions::revoke_all(&mut tx, id, now).await?;
    }
    if new.version != old.version {
        write(identity, &mut tx, &old, &new).await?;
    }
    tx.commit().await?;
    Ok(new)
}

async fn write(identity: &Identity, tx: &mut Tx, old: &User, new: &User) -> Result<(), UserError> {
    let host = &identity.host;
    let written = users::update(tx, &host.vault, new).await;
    match written {
        Ok(true) => {}
        Err(error) if error.is_unique("email_index") => return Err(UserError::DuplicateEmail),
        Ok(false) => return Err(UserError::DuplicateEmail),
        Err(error) => return Err(error.into()),
    }
    let event = changed(&host.vault, tx, new).await?;
    tx.publish(&event, new.version)?;
    if new.moved_from(old) {
        let users = std::slice::from_ref(new);
        send_letter::send(host, tx, users, LetterKind::EmailVerification).await?;
    }
    Ok(())
}

async fn hashed(
    identity: &Identity,
    id: UserId,
    change: &Change,
    password: NewPassword,
) -> Result<String, UserError> {
    let host = &identity.host;
    let known = users::read(&mut host.db.read().await?, &host.vault, id).await?;
    let known = known
        .ok_or(UserError::NotFound)?
        .profile
        .map(|profile| profile.email);
    if change
        .email
        .iter()
        .chain(&known)
        .any(|email| password.tells(email))
    {
        return Err(UserError::PasswordTellsEmail);
    }
    Ok(identity.passwords.hash(password.into_secret()).await?)
}

/// Disables a user; doing it again, or to an erased person, changes nothing.
pub async fn disable_user(
    identity: &Identity,
    id: UserId,
    if_match: Option<&IfMatch>,
) -> Result<(), UserError> {
    let change = Change {
        disabled: Some(true),
        ..Change::default()
    };
    match change_user(identity, id, change, None, if_match).await {
        Err(UserError::Rule(UserFault::Erased)) => Ok(()),
        changed => changed.map(drop),
    }
}

/// A user as anybody who may see them sees them.
pub async fn read_user(identity: &Identity, id: UserId) -> Result<User, UserError> {
    let host = &identity.host;
    let mut tx = host.db.read().await?;
    users::read(&mut tx, &host.vault, id)
        .await?
        .ok_or(UserError::NotFound)
}
