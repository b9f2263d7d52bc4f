//! Seals what is personal with a key per person, so that destroying the key erases the person
//! everywhere at once: tables, events, back-ups. Also makes blind indexes, which find a sealed
//! value by equality without opening it. Decides nothing about who may read what.
//!
//! Sealed bytes: version (1), 24 random bytes of nonce, XChaCha20-Poly1305 of the text with the
//! subject as associated data, so that bytes moved to another person do not open.

mod crypt;
mod store;

use crate::db::{Db, DbError, Tx};
use crate::source::Source;
use crypt::{Key, seal_with, unseal_with};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The door to sealed values. Cloning shares the keys derived from the master secret; the keys of
/// persons are read from the database every time, so that an erasure holds from its commit on.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    source: Source,
    wrapping: Key,
    indexing: Key,
    /// Where the keys live when they do not live beside the data.
    own: Option<Db>,
}

impl Vault {
    /// Derives its keys from `master`. With a database of its `own`, keys of persons are read and
    /// written there and not in the caller's transaction: contexts that keep separate databases
    /// share one vault so, like a key management service. A key made for a transaction that is
    /// rolled back then stays behind, unused. `own` must not be the caller's SQLite file.
    pub fn new(master: &SecretSlice<u8>, source: Source, own: Option<Db>) -> Self {
        let wrapping = crypt::derive(master.expose_secret(), b"comptoir vault: wrapping, v1");
        let indexing = crypt::derive(master.expose_secret(), b"comptoir vault: blind index, v1");
        Self(Arc::new(Inner {
            source,
            wrapping,
            indexing,
            own,
        }))
    }

    /// Seals `text` with the key of `subject`, which is made when there is none yet.
    pub async fn seal(&self, tx: &mut Tx, subject: Uuid, text: &str) -> Result<Vec<u8>, DbError> {
        let key = match &self.0.own {
            None => self.key_or_new(tx, subject).await?,
            Some(own) => self.own_key_or_new(own, subject).await?,
        };
        seal_with(&key, &self.0.source, subject.as_bytes(), text.as_bytes())
    }

    /// Seals many texts with a few statements; the answers are in the order of the questions.
    pub async fn seal_many(
        &self,
        tx: &mut Tx,
        texts: &[(Uuid, &str)],
    ) -> Result<Vec<Vec<u8>>, DbError> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let mut subjects: Vec<_> = texts.iter().map(|(subject, _)| *subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let keys = match &self.0.own {
            None => self.keys_or_new(tx, subjects).await?,
            Some(own) => {
                let mut tx = own.begin().await?;
                let keys = self.keys_or_new(&mut tx, subjects).await?;
                tx.commit_now().await?;
                keys
            }
        };
        let seal = |(subject, text): &(Uuid, &str)| {
            let key = keys.get(subject).ok_or(DbError::Busy)?;
            seal_with(key, &self.0.source, subject.as_bytes(), text.as_bytes())
        };
        texts.iter().map(seal).collect()
    }

    /// Opens what was sealed for `subject`; `None` when the key was destroyed.
    pub async fn open(
        &self,
        tx: &mut Tx,
        subject: Uuid,
        sealed: &[u8],
    ) -> Result<Option<String>, DbError> {
        let wrapped = match &self.0.own {
            None => store::key(tx, subject).await?,
            Some(own) => store::key(&mut own.read().await?, subject).await?,
        };
        let Some(wrapped) = wrapped else {
            return Ok(None);
        };
        let key = self.unwrap_key(subject, &wrapped)?;
        open_text(&key, subject, sealed).map(Some)
    }

    /// Opens many values with one statement; the answers are in the order of the questions.
    pub async fn open_many(
        &self,
        tx: &mut Tx,
        sealed: &[(Uuid, Vec<u8>)],
    ) -> Result<Vec<Option<String>>, DbError> {
        if sealed.is_empty() {
            return Ok(Vec::new());
        }
        let mut subjects: Vec<_> = sealed.iter().map(|(subject, _)| *subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let wrapped = match &self.0.own {
            None => store::keys(tx, subjects).await?,
            Some(own) => store::keys(&mut own.read().await?, subjects).await?,
        };
        let keys = self.unwrap_keys(wrapped)?;
        let open = |(subject, sealed): &(Uuid, Vec<u8>)| {
            let key = keys.get(subject);
            key.map(|key| open_text(key, *subject, sealed)).transpose()
        };
        sealed.iter().map(open).collect()
    }

    /// A keyed hash of `text`, the same whenever the text is the same. `kind` keeps the indexes of
    /// different columns apart. Normalise the text before.
    pub fn index(&self, kind: &str, text: &str) -> Vec<u8> {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&*self.0.indexing) {
            Ok(mac) => mac,
            Err(never) => unreachable!("HMAC takes keys of every length: {never}"),
        };
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    /// Destroys the key of `subject`: nothing sealed for them opens any more.
    pub async fn erase(&self, tx: &mut Tx, subject: Uuid) -> Result<(), DbError> {
        let Some(own) = &self.0.own else {
            return store::erase(tx, subject).await;
        };
        let mut tx = own.begin().await?;
        store::erase(&mut tx, subject).await?;
        // `commit_now`, because a request's joined transaction is not the vault's to wait for.
        tx.commit_now().await
    }

    async fn own_key_or_new(&self, own: &Db, subject: Uuid) -> Result<Key, DbError> {
        let known = store::key(&mut own.read().await?, subject).await?;
        if let Some(wrapped) = known {
            return self.unwrap_key(subject, &wrapped);
        }
        let mut tx = own.begin().await?;
        let key = self.key_or_new(&mut tx, subject).await?;
        tx.commit_now().await?;
        Ok(key)
    }

    async fn key_or_new(&self, tx: &mut Tx, subject: Uuid) -> Result<Key, DbError> {
        if let Some(wrapped) = store::key(tx, subject).await? {
            return self.unwrap_key(subject, &wrapped);
        }
        let key: Key = Zeroizing::new(self.0.source.random());
        let wrapped = seal_with(&self.0.wrapping, &self.0.source, &wrap_aad(subject), &*key)?;
        let now = self.0.source.now();
        if store::insert(tx, subject, wrapped, now).await? {
            return Ok(key);
        }
        // Another transaction was faster; its key counts.
        let wrapped = store::key(tx, subject).await?.ok_or(DbError::Busy)?;
        self.unwrap_key(subject, &wrapped)
    }

    async fn keys_or_new(
        &self,
        tx: &mut Tx,
        subjects: Vec<Uuid>,
    ) -> Result<HashMap<Uuid, Key>, DbError> {
        let known = self.unwrap_keys(store::keys(tx, subjects.clone()).await?)?;
        let missing: Vec<_> = subjects
            .into_iter()
            .filter(|subject| !known.contains_key(subject))
            .collect();
        if missing.is_empty() {
            return Ok(known);
        }
        let mut wrapped = Vec::with_capacity(missing.len());
        for subject in &missing {
            let key: Key = Zeroizing::new(self.0.source.random());
            wrapped.push(seal_with(
                &self.0.wrapping,
                &self.0.source,
                &wrap_aad(*subject),
                &*key,
            )?);
        }
        store::insert_many(tx, missing.clone(), wrapped, self.0.source.now()).await?;
        // Read back: where another transaction was faster, its key counts.
        let mut keys = self.unwrap_keys(store::keys(tx, missing).await?)?;
        keys.extend(known);
        Ok(keys)
    }

    fn unwrap_keys(&self, wrapped: Vec<(Uuid, Vec<u8>)>) -> Result<HashMap<Uuid, Key>, DbError> {
        let unwrap = |(subject, wrapped): (Uuid, Vec<u8>)| {
            Ok((subject, self.unwrap_key(subject, &wrapped)?))
        };
        wrapped.into_iter().map(unwrap).collect()
    }

    fn unwrap_key(&self, subject: Uuid, wrapped: &[u8]) -> Result<Key, DbError> {
        let bytes = unseal_with(&self.0.wrapping, &wrap_aad(subject), wrapped);
        let bytes = bytes.ok_or_else(|| {
            DbError::Bug("a vault key does not open: was COMPTOIR_SECRET changed?".to_owned())
        })?;
        let key: Result<[u8; 32], _> = bytes.as_slice().try_into();
        key.map(Zeroizing::new)
            .map_err(|_| DbError::Bug("a vault key is not 32 bytes".to_owned()))
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

fn wrap_aad(subject: Uuid) -> Vec<u8> {
    [b"vault_key ".as_slice(), subject.as_bytes()].concat()
}

fn open_text(key: &Key, subject: Uuid, sealed: &[u8]) -> Result<String, DbError> {
    let text = unseal_with(key, subject.as_bytes(), sealed);
    let text = text.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
    text.ok_or_else(|| DbError::Bug("a sealed value does not open with its key".to_owned()))
}

#[cfg(test)]
mod tests;
