//! A person is erased: the key goes, and with it everything that was ever sealed for them, here, in
//! other contexts, in the event log and in back-ups. The empty client stays for history.
//!
//! Whoever signs in as this client is the same person: the client that registered with a login that
//! staff linked to this one goes too, and the login with it. When that one is erased by itself, the
//! link goes, and the client it led to stays.

use crate::client::{Client, ClientFault};
use crate::link_client::{linked, registered_as, registrant, set_login};
use crate::read_clients::open_client;
use crate::store::clients::ClientRow;
use crate::store::{clients, words};
use contracts::people::ClientChanged;
use kernel::{ClientId, Timestamp};
use platform::http::IfMatch;
use platform::{DbError, Host, Tx};

/// Erases a client; one who is erased already stays so.
pub(crate) async fn erase_client(
    host: &Host,
    id: ClientId,
    if_match: &IfMatch,
) -> Result<Client, ClientFault> {
    let now = host.source.now();
    let mut tx = host.db.begin().await?;
    let (row, instead) = lock(&mut tx, id).await?;
    if_match
        .check(row.version)
        .map_err(|_| ClientFault::Outdated(row.version))?;
    if row.erased {
        return Ok(open_client(&host.vault, &mut tx, &row).await?);
    }
    if let Some(instead) = instead {
        set_login(&mut tx, instead, None, now).await?;
    }
    let registered = match linked(&row) {
        Some(user_id) => clients::lock(&mut tx, registered_as(user_id)).await?,
        None => None,
    };
    let row = erase(&mut tx, row, now).await?;
    let registered = registered.filter(|row| !row.erased);
    if let Some(registered) = registered {
        let registered = erase(&mut tx, registered, now).await?;
        host.vault.erase(&mut tx, registered.id.uuid()).await?;
    }
    // Last, because a vault with a database of its own does not wait for our commit.
    host.vault.erase(&mut tx, id.uuid()).await?;
    let client = open_client(&host.vault, &mut tx, &row).await?;
    tx.commit().await?;
    Ok(client)
}

/// The client, and the one that is linked to the login that registered as this client. That one is
/// locked first; who links meanwhile is asked to come again.
async fn lock(tx: &mut Tx, id: ClientId) -> Result<(ClientRow, Option<ClientRow>), ClientFault> {
    let instead = match elsewhere(tx, id).await? {
        Some(holder) => clients::lock(tx, holder).await?,
        None => None,
    };
    let row = clients::lock(tx, id).await?.ok_or(ClientFault::NotFound)?;
    if elsewhere(tx, id).await? != instead.as_ref().map(|row| row.id) {
        return Err(DbError::Busy.into());
    }
    Ok((row, instead))
}

/// Which client the login that registered as `id` is linked to instead.
async fn elsewhere(tx: &mut Tx, id: ClientId) -> Result<Option<ClientId>, DbError> {
    let holder = clients::of_login(tx, registrant(id)).await?;
    Ok(holder.filter(|holder| *holder != id))
}

/// Empties a client, and tells.
async fn erase(tx: &mut Tx, row: ClientRow, now: Timestamp) -> Result<ClientRow, DbError> {
    let row = ClientRow {
        profile: None,
        email_index: None,
        email_claimed: false,
        user_id: None,
        archived: true,
        erased: true,
        version: row.version + 1,
        updated_at: now,
        ..row
    };
    clients::update(tx, &row).await?;
    words::forget(tx, row.id.uuid()).await?;
    let event = ClientChanged {
        client_id: row.id,
        archived: true,
        erased: true,
        sealed_contact: None,
    };
    tx.publish(&event, row.version)?;
    Ok(row)
}
