//! An endpoint is removed, and its key with it; its deliveries are forgotten by and by.

use super::Webhooks;
use super::endpoint::Endpoint;
use super::fault::WebhookError;
use super::store::endpoints;
use kernel::WebhookId;
use platform::http::Problem;

pub async fn remove(
    webhooks: &Webhooks,
    id: WebhookId,
    check: impl FnOnce(&Endpoint) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut tx = webhooks.host.db.begin().await?;
    let endpoint = endpoints::lock(&mut tx, id).await?;
    check(&endpoint.ok_or(WebhookError::NotFound)?)?;
    endpoints::delete(&mut tx, id).await?;
    webhooks.host.vault.erase(&mut tx, id.uuid()).await?;
    tx.commit().await?;
    Ok(())
}
