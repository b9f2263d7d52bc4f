//! An administrator takes a machine's key away. It stops opening anything at once.

use crate::create_api_key::ApiKeyError;
use crate::store::api_keys;
use kernel::ApiKeyId;
use platform::Host;

/// Revokes a key. Doing it again changes nothing.
pub async fn revoke_api_key(host: &Host, id: ApiKeyId) -> Result<(), ApiKeyError> {
    let mut tx = host.db.begin().await?;
    if !api_keys::revoke(&mut tx, id, host.source.now()).await? {
        return api_keys::read(&mut tx, id)
            .await?
            .map(drop)
            .ok_or(ApiKeyError::NotFound);
    }
    tx.commit().await?;
    Ok(())
}
