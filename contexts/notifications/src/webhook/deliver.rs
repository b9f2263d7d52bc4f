//! Sends what is due. Each endpoint has a lane of its own: it claims a few deliveries, of each
//! aggregate the oldest only, sends them at once, records what came of them, and goes on. So an
//! endpoint that keeps us waiting keeps only itself waiting.
//!
//! A claim is a row's, with an end: several processes share the work, and what a killed one had
//! claimed is sent again by another, under the same id.

use super::Webhooks;
use super::client::Call;
use super::endpoint::Endpoint;
use super::record::record;
use super::signature;
use super::store::due::{self, Claimed};
use super::store::endpoints;
use super::verdict::{Attempted, window};
use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt as _};
use kernel::{EventId, WebhookId};
use platform::DbError;
use secrecy::SecretString;
use std::collections::HashSet;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Calls to one endpoint at once.
const WINDOW: u32 = 16;
/// How often an idle process looks for what other processes have stored, or what is due again.
const POLL: Duration = Duration::from_millis(500);
/// How long a claim lasts: four times as long as an attempt may take.
const CLAIM: Duration = Duration::from_secs(60);

/// Deliveries of one endpoint that are this process's to send.
pub struct Batch {
    pub endpoint: Endpoint,
    pub claim: Uuid,
    pub claimed: Vec<Claimed>,
    secrets: Vec<SecretString>,
}

impl Webhooks {
    /// Waits until there may be something to do, and does it.
    pub async fn work(&self) -> Result<(), DbError> {
        let _ = tokio::time::timeout(POLL, self.bell.notified()).await;
        self.deliver_due().await
    }

    /// Sends everything that is due, until nothing is.
    pub async fn deliver_due(&self) -> Result<(), DbError> {
        let (mut lanes, mut open) = (FuturesUnordered::new(), HashSet::new());
        loop {
            let now = self.host.source.now();
            let due = due::endpoints(&mut self.host.db.read().await?, now).await?;
            for endpoint in due {
                if open.insert(endpoint) {
                    lanes.push(lane(self, endpoint));
                }
            }
            if lanes.is_empty() {
                return Ok(());
            }
            tokio::select! {
                Some(endpoint) = lanes.next() => {
                    open.remove(&endpoint);
                }
                () = self.bell.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
}

/// Sends to one endpoint until nothing is due to it.
async fn lane(webhooks: &Webhooks, endpoint: WebhookId) -> WebhookId {
    loop {
        let begun = Instant::now();
        match round(webhooks, endpoint).await {
            Ok(true) => webhooks.host.load.give_way(begun.elapsed()).await,
            Ok(false) => return endpoint,
            Err(error) => {
                tracing::warn!(%endpoint, %error, "webhooks");
                tokio::time::sleep(POLL).await;
                return endpoint;
            }
        }
    }
}

/// One batch; false when there was none.
async fn round(webhooks: &Webhooks, endpoint: WebhookId) -> Result<bool, DbError> {
    let permits = webhooks.calls.acquire_many(WINDOW).await;
    let mut permits = permits.map_err(|_| DbError::Bug("nobody may call".to_owned()))?;
    let Some(batch) = claim(webhooks, endpoint).await? else {
        return Ok(false);
    };
    let spare = permits.num_permits().saturating_sub(batch.claimed.len());
    drop(permits.split(spare));
    let calls = batch.claimed.iter().map(|one| send(webhooks, &batch, one));
    let attempted = join_all(calls).await;
    drop(permits);
    record(webhooks, &batch, &attempted).await?;
    Ok(true)
}

/// Takes what is due, as much as an endpoint in its state is sent at once.
async fn claim(webhooks: &Webhooks, id: WebhookId) -> Result<Option<Batch>, DbError> {
    let host = &webhooks.host;
    let (now, claim) = (host.source.now(), host.source.uuid());
    let mut tx = host.db.begin().await?;
    let callable = |one: &Endpoint| one.paused.is_none() && one.probe_at <= now;
    let Some(endpoint) = endpoints::find(&mut tx, id).await?.filter(callable) else {
        return Ok(None);
    };
    let taking = due::Taking {
        endpoint: id,
        claim,
        now,
        until: now.plus(CLAIM),
        limit: window(endpoint.failures, WINDOW),
    };
    let claimed = due::claim(&mut tx, &taking).await?;
    if claimed.is_empty() {
        return Ok(None);
    }
    let sealed = endpoints::secrets(&mut tx, id, now).await?;
    let secrets = host.vault.open_many(&mut tx, &sealed).await?;
    tx.commit().await?;
    Ok(Some(Batch {
        endpoint,
        claim,
        claimed,
        secrets: secrets
            .into_iter()
            .flatten()
            .map(SecretString::from)
            .collect(),
    }))
}

async fn send(webhooks: &Webhooks, batch: &Batch, one: &Claimed) -> Attempted {
    let id = EventId::from_uuid(one.event_id).to_string();
    let at = webhooks.host.source.now();
    let call = Call {
        url: &batch.endpoint.url,
        at,
        signature: signature::header(&batch.secrets, &id, at, &one.body),
        id,
        body: &one.body,
    };
    webhooks.client.send(&call).await
}
