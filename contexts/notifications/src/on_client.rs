//! Reaction: how clients are reached. Keeps what is sealed of them, and forgets it when they are
//! erased, also what is suppressed of theirs.

use crate::notifications::Notifications;
use crate::store::people::{self, ClientCopy};
use crate::store::suppressions;
use contracts::people::ClientChanged;
use platform::{DbError, Delivered, Reaction, Turn, Tx};
use std::collections::BTreeMap;

pub struct OnClient(pub Notifications);

impl Reaction for OnClient {
    type Event = ClientChanged;
    const NAME: &'static str = "notifications.on-client";
    const TURN: Turn = Turn::Leisurely;

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<ClientChanged>]) -> Result<(), DbError> {
        let mut clients: BTreeMap<_, ClientCopy> = BTreeMap::new();
        for one in batch {
            let sealed = people::unsealed(one.event.sealed_contact.as_deref())?;
            let before = clients.remove(&one.event.client_id);
            // What an event does not say stays as it was, and of the erased nothing stays.
            let sealed = sealed.or(before.and_then(|copy| copy.sealed_contact));
            let copy = ClientCopy {
                id: one.event.client_id.uuid(),
                sealed_contact: sealed.filter(|_| !one.event.erased),
                erased: one.event.erased,
                version: one.version,
            };
            clients.insert(one.event.client_id, copy);
        }
        let erased = clients.values().filter(|copy| copy.erased);
        let erased = erased.map(|copy| copy.id).collect();
        for id in suppressions::forget(tx, erased).await? {
            self.0.host.vault.erase(tx, id).await?;
        }
        people::keep_clients(tx, clients.into_values().collect()).await
    }
}
