//! What somebody is told: their own, or anybody's for staff. Who has no client record, as most who
//! work for the shop, finds theirs at `/v1/users/me`.

use super::views::{PreferencesInput, PreferencesView};
use crate::kind::Kind;
use crate::notifications::Notifications;
use crate::preferences::{self, Asking, version};
use axum::extract::State;
use kernel::ClientId;
use platform::auth::PrincipalKind;
use platform::http::{Errors, IfMatch, Json, Path, Principal, Problem, Tagged};
use uuid::Uuid;

/// Users may ask about the client that they are, staff about everybody.
fn asking(principal: &Principal, id: ClientId) -> Result<Asking, Problem> {
    let own = principal.kind == PrincipalKind::User && principal.client_id() == id;
    match own {
        true => Ok(Asking::Themselves),
        false if principal.is_staff() => Ok(Asking::Staff),
        false => Err(Problem::not_found()),
    }
}

/// The user who asks; keys are nobody who is told anything.
fn me(principal: &Principal) -> Result<Uuid, Problem> {
    let user = principal.kind == PrincipalKind::User;
    user.then_some(principal.subject)
        .ok_or_else(Problem::not_found)
}

fn tagged(unsubscribed: Vec<Kind>) -> Tagged<PreferencesView> {
    Tagged {
        version: version(&unsubscribed),
        body: PreferencesView::of(unsubscribed),
    }
}

/// Read what a client is told beside what belongs to their orders and their account.
#[utoipa::path(
    get, path = "/v1/clients/{id}/notification-preferences", tag = "notifications",
    params(("id" = ClientId, Path, description = "The client")),
    responses((status = 200, description = "The preferences", body = PreferencesView), Errors)
)]
pub async fn read_preferences(
    State(notifications): State<Notifications>,
    principal: Principal,
    Path(id): Path<ClientId>,
) -> Result<Tagged<PreferencesView>, Problem> {
    let asking = asking(&principal, id)?;
    let unsubscribed = preferences::read(&notifications, id.uuid(), asking).await?;
    Ok(tagged(unsubscribed))
}

/// Change what a client is told.
///
/// What is not named in `unsubscribed` is sent, also when it was unsubscribed before. 422
/// `NOT_OPTIONAL` for what belongs to a sale or to an account.
#[utoipa::path(
    put, path = "/v1/clients/{id}/notification-preferences", tag = "notifications",
    params(("id" = ClientId, Path, description = "The client"), IfMatch),
    request_body = PreferencesInput,
    responses((status = 200, description = "As they are now", body = PreferencesView), Errors)
)]
pub async fn put_preferences(
    State(notifications): State<Notifications>,
    principal: Principal,
    Path(id): Path<ClientId>,
    if_match: IfMatch,
    Json(input): Json<PreferencesInput>,
) -> Result<Tagged<PreferencesView>, Problem> {
    let somebody = (id.uuid(), asking(&principal, id)?);
    let kinds = &input.unsubscribed;
    Ok(tagged(
        preferences::put(&notifications, somebody, kinds, &if_match).await?,
    ))
}

/// Read what you are told beside what belongs to your orders and your account.
#[utoipa::path(
    get, path = "/v1/users/me/notification-preferences", tag = "notifications",
    responses((status = 200, description = "The preferences", body = PreferencesView), Errors)
)]
pub async fn read_my_preferences(
    State(notifications): State<Notifications>,
    principal: Principal,
) -> Result<Tagged<PreferencesView>, Problem> {
    let me = me(&principal)?;
    let unsubscribed = preferences::read(&notifications, me, Asking::Themselves).await?;
    Ok(tagged(unsubscribed))
}

/// Change what you are told.
#[utoipa::path(
    put, path = "/v1/users/me/notification-preferences", tag = "notifications",
    params(IfMatch), request_body = PreferencesInput,
    responses((status = 200, description = "As they are now", body = PreferencesView), Errors)
)]
pub async fn put_my_preferences(
    State(notifications): State<Notifications>,
    principal: Principal,
    if_match: IfMatch,
    Json(input): Json<PreferencesInput>,
) -> Result<Tagged<PreferencesView>, Problem> {
    let me = (me(&principal)?, Asking::Themselves);
    let kinds = &input.unsubscribed;
    Ok(tagged(
        preferences::put(&notifications, me, kinds, &if_match).await?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::auth::{Role, Roles};

    fn somebody(kind: PrincipalKind, role: Role) -> Principal {
        Principal {
            subject: Uuid::from_u128(7),
            kind,
            roles: Roles::of(&[role]),
            client: None,
            stores: None,
        }
    }

    fn client(number: u128) -> ClientId {
        ClientId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn a_key_that_bears_the_id_of_a_client_is_not_that_client() {
        let user = somebody(PrincipalKind::User, Role::Customer);
        let key = somebody(PrincipalKind::Key, Role::Customer);
        let clerk = somebody(PrincipalKind::Key, Role::Clerk);
        assert_eq!(asking(&user, client(7)).ok(), Some(Asking::Themselves));
        assert_eq!(asking(&user, client(8)).ok(), None);
        assert_eq!(asking(&key, client(7)).ok(), None);
        assert_eq!(asking(&clerk, client(7)).ok(), Some(Asking::Staff));
        assert_eq!(me(&user).ok(), Some(user.subject));
        assert_eq!(me(&clerk).ok(), None);
    }
}
