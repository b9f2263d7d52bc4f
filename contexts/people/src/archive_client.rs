//! A client is archived: kept for history, out of lists, with the e-mail address free again.

use crate::client::ClientFault;
use crate::store::clients;
use contracts::people::ClientChanged;
use kernel::ClientId;
use platform::Host;
use platform::http::IfMatch;

/// Archives a client; one who is archived already stays so.
pub(crate) async fn archive_client(
    host: &Host,
    id: ClientId,
    if_match: &IfMatch,
) -> Result<(), ClientFault> {
    let mut tx = host.db.begin().await?;
    let mut row = clients::lock(&mut tx, id)
        .await?
        .ok_or(ClientFault::NotFound)?;
    if_match
        .check(row.version)
        .map_err(|_| ClientFault::Outdated(row.version))?;
    if row.archived {
        return Ok(());
    }
    row.archived = true;
    row.email_claimed = false;
    row.version += 1;
    row.updated_at = host.source.now();
    clients::update(&mut tx, &row).await?;
    tx.publish(
        &ClientChanged {
            client_id: id,
            archived: true,
            erased: false,
            sealed_contact: None,
        },
        row.version,
    )?;
    Ok(tx.commit().await?)
}
