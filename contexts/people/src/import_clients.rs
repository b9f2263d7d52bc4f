//! Clients from a history of sales, of whom only a name is known.

use crate::client::Profile;
use crate::read_clients::{name_words, seal_profile};
use crate::store::clients::{self, NewClient};
use crate::store::words;
use contracts::people::ClientChanged;
use kernel::{ClientId, Name};
use platform::{DbError, Host};
use std::collections::{HashMap, HashSet};

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
    if batch.is_empty() {
        return Ok(0);
    }
    let now = host.source.now();
    let mut names: HashMap<ClientId, Name> = batch
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
    let mut new = Vec::with_capacity(names.len());
    let mut name_index = Vec::with_capacity(names.len() * 2);
    for (id, name) in names {
        name_index.extend(name_words(&host.vault, id, name.as_str()));
        let profile = seal_profile(&host.vault, &mut tx, id, &Profile::of_name(name)).await?;
        new.push(NewClient {
            id,
            profile,
            email_index: None,
        });
    }
    let stored: HashSet<ClientId> = clients::insert_unclaiming(&mut tx, &new, now)
        .await?
        .into_iter()
        .collect();
    name_index.retain(|(person, _)| stored.contains(&ClientId::from_uuid(*person)));
    words::add(&mut tx, name_index).await?;
    for client_id in &stored {
        let event = ClientChanged {
            client_id: *client_id,
            archived: false,
            erased: false,
        };
        tx.publish(&event, 1)?;
    }
    tx.commit().await?;
    Ok(stored.len() as u64)
}
