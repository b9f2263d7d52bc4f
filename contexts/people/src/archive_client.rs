//! A client is archived: kept for history, out of lists, with the e-mail address free again, and a
//! login that was linked.

use crate::client::ClientFault;
use crate::link_client::{give_back, linked};
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
    let lost = linked(&row);
    if lost.is_some() {
        row.user_id = None;
    }
    row.archived = true;
    row.email_claimed = false;
    row.version += 1;
    row.updated_at = host.source.now();
    clients::update(&mut tx, &row).await?;
    if let Some(lost) = lost {
        give_back(&mut tx, lost, row.updated_at).await?;
    }
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
