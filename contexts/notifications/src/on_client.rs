//! Reaction: how clients are reached. Keeps what is sealed of them, and forgets it when they are
//! erased.

use crate::store::people::{self, ClientCopy};
use contracts::people::ClientChanged;
use platform::{DbError, Delivered, Reaction, Turn, Tx};
use std::collections::BTreeMap;

pub struct OnClient;

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
        people::keep_clients(tx, clients.into_values().collect()).await
    }
}
