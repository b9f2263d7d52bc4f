//! Clients from a history of sales, of whom only a name is known.

use crate::client::Profile;
use crate::read_clients::{name_words, profile_text};
use crate::store::clients::{self, NewClient};
use crate::store::words;
use contracts::people::ClientChanged;
use kernel::{ClientId, Name};
use platform::vault::Vault;
use platform::{DbError, Host, Tx};
use std::collections::BTreeMap;

/// A client as a history of sales knows one.
pub struct ImportedClient {
    /// Made from what the history calls the client, so that a second import finds the first.
    pub client_id: ClientId,
    /// What the history calls the client.
    pub name: Name,
}

/// Stores those clients of a batch that are not known yet, without an e-mail address, and answers
/// how many those were. A client who is known stays as is.
pub async fn import_clients(host: &Host, batch: Vec<ImportedClient>) -> Result<u64, DbError> {
    // In the order of ids, so that two imports at a time do not lock each other out.
    let mut names: BTreeMap<ClientId, Name> = batch
        .into_iter()
        .map(|one| (one.client_id, one.name))
        .collect();
    let mut tx = host.db.begin().await?;
    for id in clients::known(&mut tx, names.keys().copied().collect()).await? {
        names.remove(&id);
    }
    if names.is_empty() {
        return Ok(0);
    }
    let new = seal(&host.vault, &mut tx, &names).await?;
    let stored = clients::insert_unclaiming(&mut tx, &new, host.source.now()).await?;
    let indexed = stored.iter().filter_map(|id| {
        let name = names.get(id)?;
        Some(name_words(&host.vault, *id, name.as_str()))
    });
    words::add(&mut tx, indexed.flatten().collect()).await?;
    for client_id in stored.iter().copied() {
        let event = ClientChanged {
            client_id,
            archived: false,
            erased: false,
            // A name reaches nobody.
            sealed_contact: None,
        };
        tx.publish(&event, 1)?;
    }
    tx.commit().await?;
    Ok(stored.len() as u64)
}

async fn seal(
    vault: &Vault,
    tx: &mut Tx,
    names: &BTreeMap<ClientId, Name>,
) -> Result<Vec<NewClient>, DbError> {
    let mut texts = Vec::with_capacity(names.len());
    for (id, name) in names {
        texts.push((id.uuid(), profile_text(&Profile::of_name(name.clone()))?));
    }
    let texts: Vec<_> = texts
        .iter()
        .map(|(id, text)| (*id, text.as_str()))
        .collect();
    let sealed = vault.seal_many(tx, &texts).await?;
    let new = |(id, profile)| NewClient {
        id,
        profile,
        email_index: None,
        user_id: None,
    };
    Ok(names.keys().copied().zip(sealed).map(new).collect())
}
