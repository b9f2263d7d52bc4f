//! Which login a client belongs to. A user is one client at a time: the one made when they
//! registered, or another that a manager links to their login; without that link, their own again.
//! All of it happens in the transaction of whoever changes a client.
//!
//! Locks are taken in one order: a client that is linked, then those that registered.

use crate::client::ClientFault;
use crate::store::clients::{self, ClientRow};
use contracts::people::{ClientChanged, LoginLinked};
use kernel::{ClientId, Timestamp, UserId};
use platform::auth::Roles;
use platform::http::{MANAGERS, Patch, Principal};
use platform::{DbError, Tx};

/// What somebody wants a client's login to be.
pub(crate) struct Login {
    wish: Patch<UserId>,
    by_manager: bool,
}

impl Login {
    pub(crate) fn of(principal: &Principal, wish: Patch<UserId>) -> Self {
        let by_manager = principal.roles.meets(Roles::of(MANAGERS));
        Self { wish, by_manager }
    }

    /// The login after the change. To say again what is so already is no change.
    pub(crate) fn over(&self, now: Option<UserId>) -> Result<Option<UserId>, ClientFault> {
        let wanted = self.wish.over(now);
        if wanted == now || self.by_manager {
            Ok(wanted)
        } else {
            Err(ClientFault::LinkNotAllowed)
        }
    }
}

/// The client made when a user registered: they carry the same UUID.
pub(crate) fn registered_as(user_id: UserId) -> ClientId {
    ClientId::from_uuid(user_id.uuid())
}

/// The user who would have registered as this client.
pub(crate) fn registrant(id: ClientId) -> UserId {
    UserId::from_uuid(id.uuid())
}

/// The login that somebody linked to this client.
pub(crate) fn linked(row: &ClientRow) -> Option<UserId> {
    row.user_id.filter(|user| *user != registrant(row.id))
}

/// Makes it possible to give the client this login, or none. Answers the login that the client
/// loses by it, to [`give_back`] once the client is stored.
pub(crate) async fn relink(
    tx: &mut Tx,
    row: &ClientRow,
    wanted: Option<UserId>,
    now: Timestamp,
) -> Result<Option<UserId>, ClientFault> {
    if wanted == row.user_id {
        return Ok(None);
    }
    let registrant = registrant(row.id);
    if row.user_id == Some(registrant) || clients::of_login(tx, registrant).await?.is_some() {
        return Err(ClientFault::OwnLogin);
    }
    if let Some(user_id) = wanted {
        take(tx, user_id, row.id, now).await?;
    }
    Ok(row.user_id)
}

/// Takes a login from the client it registered as, for another. Every customer's login belongs to
/// some client, so that one that belongs to none is not known.
pub(crate) async fn take(
    tx: &mut Tx,
    user_id: UserId,
    client_id: ClientId,
    now: Timestamp,
) -> Result<(), ClientFault> {
    let own = registered_as(user_id);
    match clients::of_login(tx, user_id).await? {
        None => return Err(ClientFault::UnknownUser),
        Some(id) if id != own => return Err(ClientFault::DuplicateUser),
        Some(_) => {}
    }
    let row = clients::lock(tx, own).await?;
    // Somebody may have been faster.
    let row = row.filter(|row| row.user_id == Some(user_id));
    let row = row.ok_or(ClientFault::DuplicateUser)?;
    let version = set_login(tx, row, None, now).await?;
    Ok(tx.publish(&LoginLinked { user_id, client_id }, version)?)
}

/// Gives a login back to the client it registered as, unless that is erased.
pub(crate) async fn give_back(tx: &mut Tx, user_id: UserId, now: Timestamp) -> Result<(), DbError> {
    let client_id = registered_as(user_id);
    let own = clients::lock(tx, client_id).await?;
    let Some(row) = own.filter(|row| !row.erased) else {
        return Ok(());
    };
    let version = set_login(tx, row, Some(user_id), now).await?;
    tx.publish(&LoginLinked { user_id, client_id }, version)
}

/// Stores and tells a change of the login alone; answers the client's version after it. Whatever
/// happens to a login changes the client that registered with it, which so counts its versions.
pub(crate) async fn set_login(
    tx: &mut Tx,
    row: ClientRow,
    user_id: Option<UserId>,
    now: Timestamp,
) -> Result<i64, DbError> {
    let row = ClientRow {
        user_id,
        version: row.version + 1,
        updated_at: now,
        ..row
    };
    clients::update(tx, &row).await?;
    let event = ClientChanged {
        client_id: row.id,
        archived: row.archived,
        erased: row.erased,
        sealed_contact: None,
    };
    tx.publish(&event, row.version)?;
    Ok(row.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Id;
    use uuid::Uuid;

    fn login(wish: Patch<UserId>, by_manager: bool) -> Login {
        Login { wish, by_manager }
    }

    #[test]
    fn only_managers_change_a_login_and_everybody_may_repeat_it() {
        let [anna, ben] = [1, 2].map(|n| Id::from_uuid(Uuid::from_u128(n)));
        for (wish, wanted) in [(Patch::Set(ben), Some(ben)), (Patch::Clear, None)] {
            let manager = login(wish, true).over(Some(anna));
            assert!(manager.is_ok_and(|login| login == wanted));
            let other = login(wish, false).over(Some(anna));
            assert!(matches!(other, Err(ClientFault::LinkNotAllowed)));
        }
        for wish in [Patch::Keep, Patch::Set(anna)] {
            let kept = login(wish, false).over(Some(anna));
            assert!(kept.is_ok_and(|login| login == Some(anna)));
        }
        assert!(login(Patch::Clear, false).over(None).is_ok());
    }
}
