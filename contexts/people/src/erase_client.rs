//! A person is erased: the key goes, and with it everything that was ever sealed for them, here, in
//! other contexts, in the event log and in back-ups. The empty client stays for history.

use crate::client::{Client, ClientFault};
use crate::read_clients::open_client;
use crate::store::{clients, words};
use contracts::people::ClientChanged;
use kernel::ClientId;
use platform::Host;
use platform::http::IfMatch;

/// Erases a client; one who is erased already stays so.
pub(crate) async fn erase_client(
    host: &Host,
    id: ClientId,
    if_match: &IfMatch,
) -> Result<Client, ClientFault> {
    let mut tx = host.db.begin().await?;
    let mut row = clients::lock(&mut tx, id)
        .await?
        .ok_or(ClientFault::NotFound)?;
    if_match
        .check(row.version)
        .map_err(|_| ClientFault::Outdated(row.version))?;
    if row.erased {
        return Ok(open_client(&host.vault, &mut tx, &row).await?);
    }
    row.profile = None;
    row.email_index = None;
    row.email_claimed = false;
    row.archived = true;
    row.erased = true;
    row.version += 1;
    row.updated_at = host.source.now();
    clients::update(&mut tx, &row).await?;
    words::forget(&mut tx, id.uuid()).await?;
    tx.publish(
        &ClientChanged {
            client_id: id,
            archived: true,
            erased: true,
            sealed_contact: None,
        },
        row.version,
    )?;
    // Last, because a vault with a database of its own does not wait for our commit.
    host.vault.erase(&mut tx, id.uuid()).await?;
    let client = open_client(&host.vault, &mut tx, &row).await?;
    tx.commit().await?;
    Ok(client)
}
