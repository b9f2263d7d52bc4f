//! When a person is erased, their login goes as well. Their key in the vault is destroyed by
//! whoever erased them; here go the blind index, the password and the open sessions.

use crate::create_user::changed;
use crate::store::{sessions, users};
use contracts::people::ClientChanged;
use kernel::UserId;
use platform::vault::Vault;
use platform::{DbError, Delivered, Reaction, Source, Tx};

pub struct OnClientErased {
    pub source: Source,
    pub vault: Vault,
}

impl Reaction for OnClientErased {
    type Event = ClientChanged;
    const NAME: &'static str = "identity.on-client-erased";

    /// Twice is the same as once. Before its cause it cannot come: a client's user is made first.
    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<Self::Event>]) -> Result<(), DbError> {
        let now = self.source.now();
        for delivered in batch.iter().filter(|delivered| delivered.event.erased) {
            // A user and their client carry the same UUID; clients without login have no user.
            let user = UserId::from_uuid(delivered.event.client_id.uuid());
            let Some(forgotten) = users::forget(tx, user, now).await? else {
                continue;
            };
            sessions::revoke_all(tx, user, now).await?;
            let cause = delivered.consequence();
            let event = changed(&self.vault, tx, &forgotten).await?;
            tx.publish_as(&cause, &event, forgotten.version)?;
        }
        Ok(())
    }
}
