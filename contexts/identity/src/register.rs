//! Somebody registers as a customer.

use crate::Identity;
use crate::create_user::{NewUser, UserError, create};
use crate::store::guards;
use crate::user::{Access, User};
use kernel::Text;
use std::net::IpAddr;

/// What somebody tells when registering; the address is for the client, identity keeps none.
pub struct Registration {
    pub user: NewUser,
    pub address: Option<Text<500>>,
}

/// Makes a customer user; the event makes their client.
///
/// Registering tells whether an e-mail address is taken. So that nobody asks for long lists of
/// them, each such answer counts as a failed login of the network address.
pub async fn register(
    identity: &Identity,
    registration: Registration,
    from: IpAddr,
) -> Result<User, UserError> {
    let host = &identity.host;
    let turn = identity.queue.turn(from).await;
    let keys = guards::Keys::of(&host.vault, "register", from);
    let counts = guards::read(&mut host.db.read().await?, keys).await?;
    let wait = counts.wait(host.source.now());
    if !wait.is_zero() {
        return Err(UserError::Throttled(wait));
    }
    let user = NewUser {
        access: Access::customer(),
        ..registration.user
    };
    let created = create(identity, user, registration.address).await;
    if matches!(created, Err(UserError::DuplicateEmail)) {
        let mut tx = host.db.begin().await?;
        turn.until_durable(&mut tx);
        guards::write(&mut tx, keys, counts.failed(host.source.now())).await?;
        tx.commit().await?;
    }
    created
}
