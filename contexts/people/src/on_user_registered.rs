//! Somebody registered: the user's client is made, with the same 128 bits as id.

use crate::client::{Profile, changed};
use crate::read_clients::{email_index, name_words, read_profile};
use crate::store::clients::{self, NewClient};
use crate::store::words;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::identity::UserRegistered;
use kernel::{ClientId, Timestamp};
use platform::vault::Vault;
use platform::{DbError, Delivered, Host, Reaction, Source, Tx};
use std::collections::HashSet;

/// Makes a client of every user who registers. The profile comes sealed with the person's own key,
/// in the shape in which it is kept here, and is stored as it comes.
///
/// The e-mail address may be another client's (entered by staff): then the new client is kept,
/// shows the address and can be found by it, without claiming it. Nobody registers into the data of
/// another by knowing an address.
pub(crate) struct OnUserRegistered {
    vault: Vault,
    source: Source,
}

/// A client to be made, with what the event about it needs.
struct Newcomer<'a> {
    from: &'a Delivered<UserRegistered>,
    id: ClientId,
    sealed: Vec<u8>,
    profile: Profile,
}

impl OnUserRegistered {
    pub(crate) fn new(host: &Host) -> Self {
        Self {
            vault: host.vault.clone(),
            source: host.source.clone(),
        }
    }

    /// The newcomers of a batch. Who was erased before the event came stays unknown.
    async fn open<'a>(
        &self,
        tx: &mut Tx,
        batch: &'a [Delivered<UserRegistered>],
    ) -> Result<Vec<Newcomer<'a>>, DbError> {
        let ids = batch.iter().map(|one| client_of(&one.event)).collect();
        let mut known: HashSet<ClientId> = clients::known(tx, ids).await?.into_iter().collect();
        let mut sealed = Vec::with_capacity(batch.len());
        let mut new = Vec::with_capacity(batch.len());
        for one in batch {
            if known.insert(client_of(&one.event)) {
                sealed.push((one.event.user_id.uuid(), unwrap(&one.event.sealed_profile)?));
                new.push(one);
            }
        }
        let opened = self.vault.open_many(tx, &sealed).await?;
        let mut newcomers = Vec::with_capacity(new.len());
        for ((from, (id, sealed)), text) in new.into_iter().zip(sealed).zip(opened) {
            let Some(text) = text else { continue };
            let (id, profile) = (ClientId::from_uuid(id), read_profile(&text)?);
            newcomers.push(Newcomer {
                from,
                id,
                sealed,
                profile,
            });
        }
        Ok(newcomers)
    }

    /// Stores them, first with a claim to their e-mail address, then those left without one.
    async fn insert(
        &self,
        tx: &mut Tx,
        newcomers: &[Newcomer<'_>],
        now: Timestamp,
    ) -> Result<HashSet<ClientId>, DbError> {
        let row = |one: &Newcomer<'_>| NewClient {
            id: one.id,
            profile: one.sealed.clone(),
            email_index: one
                .profile
                .email
                .as_deref()
                .map(|email| email_index(&self.vault, email)),
            user_id: Some(one.from.event.user_id),
        };
        let mut rows: Vec<NewClient> = newcomers.iter().map(row).collect();
        let mut stored: HashSet<ClientId> = clients::insert_claiming(tx, &rows, now)
            .await?
            .into_iter()
            .collect();
        rows.retain(|row| !stored.contains(&row.id));
        if !rows.is_empty() {
            stored.extend(clients::insert_unclaiming(tx, &rows, now).await?);
        }
        Ok(stored)
    }
}

impl Reaction for OnUserRegistered {
    type Event = UserRegistered;
    const NAME: &'static str = "people.on-user-registered";

    async fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<UserRegistered>],
    ) -> Result<(), DbError> {
        let mut newcomers = self.open(tx, batch).await?;
        if newcomers.is_empty() {
            return Ok(());
        }
        let stored = self.insert(tx, &newcomers, self.source.now()).await?;
        newcomers.retain(|one| stored.contains(&one.id));
        let name = |one: &Newcomer<'_>| name_words(&self.vault, one.id, &one.profile.name);
        words::add(tx, newcomers.iter().flat_map(name).collect()).await?;
        for one in newcomers {
            let event = changed(one.id, &one.sealed);
            tx.publish_as(&one.from.consequence(), &event, 1)?;
        }
        Ok(())
    }
}

fn client_of(event: &UserRegistered) -> ClientId {
    ClientId::from_uuid(event.user_id.uuid())
}

fn unwrap(sealed: &str) -> Result<Vec<u8>, DbError> {
    let fault = |_| DbError::Bug("a sealed profile is not base64".to_owned());
    STANDARD.decode(sealed).map_err(fault)
}
