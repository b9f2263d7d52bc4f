//! An endpoint is changed, paused or resumed.

use super::Webhooks;
use super::endpoint::{Change, Endpoint};
use super::fault::WebhookError;
use super::store::{deliveries, endpoints};
use kernel::WebhookId;
use platform::http::Problem;

/// Changes it, if `check` does not mind; what changes nothing leaves the version alone. When it is
/// resumed, all that was kept for it is due.
pub async fn change(
    webhooks: &Webhooks,
    id: WebhookId,
    change: Change,
    check: impl FnOnce(&Endpoint) -> Result<(), Problem>,
) -> Result<Endpoint, Problem> {
    let host = &webhooks.host;
    let now = host.source.now();
    let mut tx = host.db.begin().await?;
    let before = endpoints::lock(&mut tx, id).await?;
    let before = before.ok_or(WebhookError::NotFound)?;
    check(&before)?;
    let mut after = before
        .clone()
        .changed(change, webhooks.settings.reach, now)?;
    if after == before {
        return Ok(before);
    }
    after.version += 1;
    after.updated_at = now;
    endpoints::update(&mut tx, &after).await?;
    if before.paused.is_some() && after.paused.is_none() {
        deliveries::all_due(&mut tx, id, now).await?;
        let bell = webhooks.bell.clone();
        tx.after_commit(move || bell.notify_one());
    }
    tx.commit().await?;
    Ok(after)
}
