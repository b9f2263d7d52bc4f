//! Identity: who signs in, how they prove it, and what they may do. Users, sessions, API keys,
//! and the keys that sign access tokens. Clients and employees as people live elsewhere.

mod api_key;
mod authenticate;
mod change_password;
mod change_user;
mod confirm;
mod create_api_key;
mod create_user;
mod first_admin;
mod forgot_password;
mod grant;
mod http;
mod jobs;
mod letter;
mod log_in;
mod log_out;
mod on_client_erased;
mod on_login_linked;
mod password;
mod queue;
mod refresh;
mod register;
mod reset_password;
mod revoke_api_key;
mod send_letter;
mod session;
mod signing_keys;
mod store;
mod throttle;
mod usage;
mod user;
mod verify_email;

use platform::auth::Passwords;
use platform::{Host, Module, Subscriptions};

pub use authenticate::authenticator;
pub use create_api_key::create_api_key;
pub use first_admin::{GeneratedPassword, ensure_admin};
pub use forgot_password::send_reset_letters;
pub use signing_keys::ensure_signing_key;

/// What every use case here works with.
#[derive(Clone)]
pub(crate) struct Identity {
    pub host: Host,
    pub passwords: Passwords,
    pub queue: queue::Queue,
}

impl Identity {
    fn new(host: &Host) -> Self {
        let passwords = Passwords::new(host.source.clone());
        Self {
            host: host.clone(),
            passwords,
            queue: queue::Queue::default(),
        }
    }
}

/// The context. Before serving, call [`ensure_signing_key`] and [`ensure_admin`] once the schema
/// is up to date, and give [`authenticator`] to the HTTP server.
pub fn module(host: &Host) -> Module {
    let erased = on_client_erased::OnClientErased {
        source: host.source.clone(),
        vault: host.vault.clone(),
    };
    let linked = on_login_linked::OnLoginLinked {
        source: host.source.clone(),
        vault: host.vault.clone(),
    };
    Module::new("identity")
        .migrations(platform::migrations!(
            "0001_identity",
            "0002_identity_plans",
            "0003_identity_letters",
            "0004_identity_links"
        ))
        .routes(http::routes(Identity::new(host)))
        .subscriptions(Subscriptions::new().on(erased).on(linked))
        .audits(store::AUDITS)
        .jobs(jobs::all(host))
}
