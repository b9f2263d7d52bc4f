//! Notifications in a process: what its use cases share.

use crate::kind::Channel;
use crate::post::{NoClient, Post};
use crate::settings::Settings;
use crate::webhook::Webhooks;
use platform::{Host, Tx};
use std::sync::Arc;
use tokio::sync::Notify;

/// Everything notifications needs to work. Clones are the same.
#[derive(Clone)]
pub struct Notifications {
    pub(crate) host: Host,
    pub(crate) settings: Arc<Settings>,
    pub(crate) post: Post,
    pub(crate) webhooks: Webhooks,
    /// Rung when there is something new to deliver.
    bell: Arc<Notify>,
}

impl Notifications {
    /// With the ways out that `settings` name. Fails where no HTTPS client can be made.
    pub fn new(host: &Host, settings: Settings) -> Result<Self, NoClient> {
        Ok(Self {
            post: Post::new(&settings)?,
            webhooks: Webhooks::new(host, settings.webhooks),
            host: host.clone(),
            settings: Arc::new(settings),
            bell: Arc::default(),
        })
    }

    /// What systems outside are told by.
    pub fn webhooks(&self) -> &Webhooks {
        &self.webhooks
    }

    pub(crate) fn is_open(&self, channel: Channel) -> bool {
        self.settings.is_open(channel)
    }

    /// Wakes whoever delivers, once `tx` is durable.
    pub(crate) fn ring_after(&self, tx: &mut Tx) {
        let bell = Arc::clone(&self.bell);
        tx.after_commit(move || bell.notify_waiters());
    }

    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }
}
