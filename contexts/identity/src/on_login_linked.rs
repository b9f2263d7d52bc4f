//! A login was linked to another client, or is its own client's again: from the next access token
//! on the user buys as that one. Tokens already given out keep theirs, for 15 minutes at most.

use crate::create_user::changed;
use crate::store::users;
use contracts::people::LoginLinked;
use platform::vault::Vault;
use platform::{DbError, Delivered, Reaction, Source, Tx};

pub struct OnLoginLinked {
    pub source: Source,
    pub vault: Vault,
}

impl Reaction for OnLoginLinked {
    type Event = LoginLinked;
    const NAME: &'static str = "identity.on-login-linked";

    /// Twice is the same as once, and what is older than what is known changes nothing. Before the
    /// user it cannot come: a login is known to people once it has registered.
    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<Self::Event>]) -> Result<(), DbError> {
        let now = self.source.now();
        for delivered in batch {
            let LoginLinked { user_id, client_id } = delivered.event;
            let client = Some(client_id).filter(|client| client.uuid() != user_id.uuid());
            let link = users::Link {
                client,
                version: delivered.version,
            };
            let Some(user) = users::link(tx, &self.vault, user_id, link, now).await? else {
                continue;
            };
            let cause = delivered.consequence();
            let event = changed(&self.vault, tx, &user).await?;
            tx.publish_as(&cause, &event, user.version)?;
        }
        Ok(())
    }
}
