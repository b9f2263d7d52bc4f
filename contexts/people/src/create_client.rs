//! Staff enter a client.

use crate::client::{Client, ClientFault, Profile, changed};
use crate::link_client::{Login, take};
use crate::read_clients::{email_index, name_words, seal_profile};
use crate::store::clients::{self, NewClient};
use crate::store::words;
use platform::Host;

/// Stores a new client, who must be the only one with that e-mail address and that login.
pub(crate) async fn create_client(
    host: &Host,
    profile: Profile,
    login: Login,
) -> Result<Client, ClientFault> {
    let user_id = login.over(None)?;
    let (id, now) = (host.source.id(), host.source.now());
    let email_index = profile
        .email
        .as_deref()
        .map(|email| email_index(&host.vault, email));
    let mut tx = host.db.begin().await?;
    if let Some(user_id) = user_id {
        take(&mut tx, user_id, id, now).await?;
    }
    let sealed = seal_profile(&host.vault, &mut tx, id, &profile).await?;
    let event = changed(id, &sealed);
    let new = NewClient {
        id,
        profile: sealed,
        email_index,
        user_id,
    };
    if clients::insert_claiming(&mut tx, &[new], now)
        .await?
        .is_empty()
    {
        return Err(ClientFault::DuplicateEmail);
    }
    words::add(&mut tx, name_words(&host.vault, id, &profile.name)).await?;
    tx.publish(&event, 1)?;
    tx.commit().await?;
    Ok(Client {
        id,
        profile: Some(profile),
        user_id,
        archived: false,
        erased: false,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}
