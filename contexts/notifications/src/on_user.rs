//! Reaction: users. Who registers is welcomed, and who manages stores is remembered for what they
//! are to be told.

use crate::kind::Kind;
use crate::news::News;
use crate::notifications::Notifications;
use crate::store::notices;
use crate::store::people::{self, ClientCopy, UserCopy};
use contracts::identity::{UserChanged, UserRegistered};
use kernel::event_set;
use platform::auth::Role;
use platform::{DbError, Delivered, Reaction, Turn, Tx};
use std::collections::BTreeMap;

event_set! {
    /// What users do that somebody is told of.
    pub enum UserNews {
        Registered(UserRegistered),
        Changed(UserChanged),
    }
}

pub struct OnUser(pub Notifications);

impl Reaction for OnUser {
    type Event = UserNews;
    const NAME: &'static str = "notifications.on-user";
    const TURN: Turn = Turn::Leisurely;

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<UserNews>]) -> Result<(), DbError> {
        let (mut clients, mut users, mut news) = (Vec::new(), BTreeMap::new(), Vec::new());
        for one in batch {
            match &one.event {
                UserNews::Registered(event) => {
                    let sealed = people::unseal(&event.sealed_profile)?;
                    let person = event.user_id.uuid();
                    clients.push(ClientCopy::of_registration(person, sealed.clone()));
                    let at = one.occurred_at;
                    news.push(News::sealed(Kind::Welcome, person, person, sealed, at));
                }
                UserNews::Changed(event) => {
                    users.insert(event.user_id, copy(event, one.version)?);
                }
            }
        }
        people::keep_registered(tx, clients).await?;
        people::keep_users(tx, users.into_values().collect()).await?;
        notices::insert(tx, &self.0, news).await
    }
}

fn copy(event: &UserChanged, version: i64) -> Result<UserCopy, DbError> {
    let manages = event
        .roles
        .iter()
        .any(|role| role == Role::Manager.as_str());
    let stores = event.store_ids.as_ref().map(serde_json::to_string);
    let stores = stores
        .transpose()
        .map_err(|error| DbError::Bug(format!("stores of a user: {error}")))?;
    Ok(UserCopy {
        id: event.user_id.uuid(),
        sealed_contact: people::unsealed(event.sealed_contact.as_deref())?,
        manages: manages && !event.disabled,
        store_ids: stores,
        version,
    })
}
