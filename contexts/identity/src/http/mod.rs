//! The REST routes of identity.

mod api_keys;
mod auth;
mod letters;
mod me;
mod users;

use crate::Identity;
use crate::change_password::ConfirmedError;
use crate::create_user::UserError;
use crate::letter::LetterError;
use crate::log_in::LoginError;
use kernel::{Fault, Timestamp};
use platform::http::{ADMINS, Allow, Problem, Routes};
use platform::routes;
use serde::{Deserialize, Deserializer};
use std::time::Duration;
use utoipa::ToSchema;

/// Who may call what.
pub fn routes(identity: Identity) -> Routes<Identity> {
    // Clients send their expired token along when they ask for a new one.
    let newcomers = Allow::anyone().despite_bad_token();
    Routes::new(identity)
        .add(newcomers, routes!(auth::register))
        .add(newcomers, routes!(auth::log_in))
        .add(newcomers, routes!(auth::refresh))
        .add(newcomers, routes!(auth::log_out))
        .add(Allow::signed_in(), routes!(auth::change_password))
        .add(newcomers, routes!(letters::forgot_password))
        .add(newcomers, routes!(letters::reset_password))
        .add(newcomers, routes!(letters::verify_email))
        .add(Allow::signed_in(), routes!(letters::verify_again))
        .add(Allow::anyone(), routes!(auth::jwks))
        .add(Allow::signed_in(), routes!(me::read_me))
        .add(Allow::signed_in(), routes!(me::change_me))
        .add(Allow::signed_in(), routes!(me::disable_me))
        .add(Allow::only(ADMINS), routes!(users::list_users))
        .add(Allow::only(ADMINS), routes!(users::create_user))
        .add(Allow::only(ADMINS).or_own(), routes!(users::read_user))
        .add(Allow::only(ADMINS), routes!(users::change_user))
        .add(Allow::only(ADMINS), routes!(users::disable_user))
        .add(Allow::only(ADMINS), routes!(api_keys::list_api_keys))
        .add(Allow::only(ADMINS), routes!(api_keys::create_api_key))
        .add(Allow::only(ADMINS), routes!(api_keys::read_api_key))
        .add(Allow::only(ADMINS), routes!(api_keys::revoke_api_key))
}

/// How a list of things with rising ids is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
enum Sort {
    /// Oldest first.
    #[default]
    #[serde(rename = "created_at")]
    Oldest,
    /// Newest first.
    #[serde(rename = "-created_at")]
    Newest,
}

/// For fields that may be left out, but not be null.
fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// The kinds of faults that tell how long to wait.
trait Waits: Fault + Sized {
    fn wait(&self) -> Option<Duration>;

    /// The problem, with `Retry-After` where the fault says so.
    fn told(self) -> Problem {
        let wait = self.wait();
        let problem = Problem::from(self);
        match wait {
            // Rounded up: whoever waits so long is not sent away again.
            Some(wait) => problem.retry_after(u32::try_from(wait.as_secs() + 1).unwrap_or(1)),
            None => problem,
        }
    }
}

impl Waits for LoginError {
    fn wait(&self) -> Option<Duration> {
        match self {
            Self::Throttled(wait) => Some(*wait),
            _ => None,
        }
    }
}

impl Waits for UserError {
    fn wait(&self) -> Option<Duration> {
        match self {
            Self::Throttled(wait) => Some(*wait),
            _ => None,
        }
    }
}

impl Waits for LetterError {
    fn wait(&self) -> Option<Duration> {
        match self {
            Self::Throttled(wait) => Some(*wait),
            Self::User(fault) => fault.wait(),
            _ => None,
        }
    }
}

impl Waits for ConfirmedError {
    fn wait(&self) -> Option<Duration> {
        match self {
            Self::Login(fault) => fault.wait(),
            _ => None,
        }
    }
}

/// Whether a moment that was set has come, for flags in answers.
fn is_set(at: Option<Timestamp>) -> bool {
    at.is_some()
}
