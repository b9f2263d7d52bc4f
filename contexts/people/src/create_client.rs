//! Staff enter a client.

use crate::client::{Client, ClientFault, Profile, changed};
use crate::read_clients::{email_index, name_words, seal_profile};
use crate::store::clients::{self, NewClient};
use crate::store::words;
use platform::Host;

/// Stores a new client, who must be the only one with that e-mail address.
pub(crate) async fn create_client(host: &Host, profile: Profile) -> Result<Client, ClientFault> {
    let (id, now) = (host.source.id(), host.source.now());
    let email_index = profile
        .email
        .as_deref()
        .map(|email| email_index(&host.vault, email));
    let mut tx = host.db.begin().await?;
    let sealed = seal_profile(&host.vault, &mut tx, id, &profile).await?;
    let event = changed(id, &sealed);
    let new = NewClient {
        id,
        profile: sealed,
        email_index,
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
        archived: false,
        erased: false,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}
