//! An endpoint is made: from now on it is told of what happens.

use super::Webhooks;
use super::endpoint::{Description, Endpoint, check_types, check_url};
use super::fault::WebhookError;
use super::signature;
use super::store::endpoints;
use platform::events::KindPattern;
use secrecy::{ExposeSecret as _, SecretString};

/// What is said of a new endpoint.
#[derive(Debug)]
pub struct NewEndpoint {
    pub url: String,
    pub event_types: Vec<KindPattern>,
    pub description: Option<Description>,
}

/// Makes it; its secret is told this once.
pub async fn create(
    webhooks: &Webhooks,
    new: NewEndpoint,
) -> Result<(Endpoint, SecretString), WebhookError> {
    let host = &webhooks.host;
    let now = host.source.now();
    let endpoint = Endpoint {
        id: host.source.id(),
        url: check_url(&new.url, webhooks.settings.reach)?,
        event_types: check_types(new.event_types)?,
        description: new.description.map(Description::into_string),
        paused: None,
        failures: 0,
        failing_since: None,
        probe_at: now,
        old_secret_until: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let secret = signature::secret(host.source.random());
    let mut tx = host.db.begin().await?;
    let uuid = endpoint.id.uuid();
    let sealed = host
        .vault
        .seal(&mut tx, uuid, secret.expose_secret())
        .await?;
    endpoints::insert(&mut tx, &endpoint, sealed).await?;
    tx.commit().await?;
    Ok((endpoint, secret))
}
