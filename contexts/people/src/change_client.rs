//! A client's profile is replaced or patched, by staff or by the client; and managers say which
//! login the client belongs to.

use crate::client::{Client, ClientFault, Profile, changed};
use crate::link_client::{Login, give_back, relink};
use crate::read_clients::{email_index, name_words, open_client, seal_profile};
use crate::store::clients::{self, ClientRow};
use crate::store::words;
use kernel::ClientId;
use platform::http::IfMatch;
use platform::vault::Vault;
use platform::{DbError, Host, Tx};

/// Applies `change` to the profile as it is now, and `login` to the login. What changes nothing
/// leaves the version alone.
pub(crate) async fn change_client(
    host: &Host,
    id: ClientId,
    if_match: &IfMatch,
    login: Login,
    change: impl FnOnce(&Profile) -> Result<Profile, ClientFault>,
) -> Result<Client, ClientFault> {
    let mut tx = host.db.begin().await?;
    let row = clients::lock(&mut tx, id)
        .await?
        .ok_or(ClientFault::NotFound)?;
    if_match
        .check(row.version)
        .map_err(|_| ClientFault::Outdated(row.version))?;
    let client = open_client(&host.vault, &mut tx, &row).await?;
    let old = client.changeable()?;
    let new = change(old)?;
    let user_id = login.over(row.user_id)?;
    if new == *old && user_id == row.user_id {
        return Ok(client);
    }
    let now = host.source.now();
    let lost = relink(&mut tx, &row, user_id, now).await?;
    let renamed = new.name != old.name;
    let mut row = with_email(row, &host.vault, old, &new);
    row.user_id = user_id;
    let sealed = seal_profile(&host.vault, &mut tx, id, &new).await?;
    let event = changed(id, &sealed);
    row.profile = Some(sealed);
    row.version += 1;
    row.updated_at = now;
    clients::update(&mut tx, &row).await.map_err(taken)?;
    if let Some(lost) = lost {
        give_back(&mut tx, lost, now).await?;
    }
    if renamed {
        rename(&host.vault, &mut tx, id, &new.name).await?;
    }
    tx.publish(&event, row.version)?;
    tx.commit().await?;
    let (version, updated_at) = (row.version, row.updated_at);
    Ok(Client {
        profile: Some(new),
        user_id,
        version,
        updated_at,
        ..client
    })
}

/// A new e-mail address is claimed; the old one stays claimed, or not, as it was.
fn with_email(row: ClientRow, vault: &Vault, old: &Profile, new: &Profile) -> ClientRow {
    if old.email == new.email {
        return row;
    }
    let email_index = new.email.as_deref().map(|email| email_index(vault, email));
    ClientRow {
        email_claimed: email_index.is_some(),
        email_index,
        ..row
    }
}

async fn rename(vault: &Vault, tx: &mut Tx, id: ClientId, name: &str) -> Result<(), DbError> {
    words::forget(tx, id.uuid()).await?;
    words::add(tx, name_words(vault, id, name)).await
}

fn taken(fault: DbError) -> ClientFault {
    if fault.is_unique("email_index") {
        ClientFault::DuplicateEmail
    } else if fault.is_unique("user_id") {
        ClientFault::DuplicateUser
    } else {
        fault.into()
    }
}
