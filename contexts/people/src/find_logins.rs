//! Job: finds out which of the clients from before logins were kept with them registered, once, so
//! that a login can be linked to another client. The log knows.

use crate::link_client::{registrant, set_login};
use crate::store::{clients, unasked};
use contracts::identity::UserRegistered;
use kernel::{ClientId, Event};
use platform::events::read_aggregate;
use platform::module::Job;
use platform::{DbError, Host, Tx};
use std::time::Duration;

/// It has work in the first minute of a new version only.
const EVERY: Duration = Duration::from_secs(20);
/// Clients of one transaction.
const MOST: i64 = 200;

pub(crate) fn job(host: &Host) -> Job {
    Job::new("people-find-logins", EVERY, host, |host| async move {
        find_logins(&host).await
    })
}

/// Asks for every client that nobody has asked for.
pub async fn find_logins(host: &Host) -> Result<(), DbError> {
    while unasked::any(&mut host.db.read().await?).await? {
        let mut tx = host.db.begin().await?;
        let ids = unasked::take(&mut tx, MOST).await?;
        if ids.is_empty() {
            return Ok(()); // another process is asking for the last ones
        }
        for id in ids {
            ask(host, &mut tx, id).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn ask(host: &Host, tx: &mut Tx, id: ClientId) -> Result<(), DbError> {
    let user = registrant(id);
    let events = read_aggregate(tx, UserRegistered::AGGREGATE, user.uuid()).await?;
    if !events
        .iter()
        .any(|event| event.kind == UserRegistered::TYPE)
    {
        return Ok(());
    }
    let row = clients::lock(tx, id).await?;
    let Some(row) = row.filter(|row| !row.erased && row.user_id.is_none()) else {
        return Ok(());
    };
    let told = set_login(tx, row, Some(user), host.source.now()).await;
    told.map(drop)
}
