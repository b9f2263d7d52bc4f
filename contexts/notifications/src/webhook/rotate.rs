//! The secret of an endpoint is replaced; the old one signs beside it for a day, so that its
//! receiver can change over whenever it likes.

use super::Webhooks;
use super::endpoint::{Endpoint, OVERLAP};
use super::fault::WebhookError;
use super::signature;
use super::store::endpoints;
use kernel::WebhookId;
use secrecy::{ExposeSecret as _, SecretString};

/// Makes a new secret, which is told this once.
pub async fn rotate(
    webhooks: &Webhooks,
    id: WebhookId,
) -> Result<(Endpoint, SecretString), WebhookError> {
    let host = &webhooks.host;
    let now = host.source.now();
    let secret = signature::secret(host.source.random());
    let mut tx = host.db.begin().await?;
    let endpoint = endpoints::lock(&mut tx, id).await?;
    let mut endpoint = endpoint.ok_or(WebhookError::NotFound)?;
    endpoint.version += 1;
    endpoint.updated_at = now;
    endpoint.old_secret_until = Some(now.plus(OVERLAP));
    let text = secret.expose_secret();
    let sealed = host.vault.seal(&mut tx, id.uuid(), text).await?;
    endpoints::replace_secret(&mut tx, &endpoint, sealed).await?;
    tx.commit().await?;
    Ok((endpoint, secret))
}
