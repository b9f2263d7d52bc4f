//! What identity does by itself from time to time.

use crate::store::{guards, letters, sessions};
use crate::{forgot_password, signing_keys, throttle};
use platform::module::Job;
use platform::{DbError, Host};
use std::time::Duration;

/// Failures older than this are forgotten by every rule of `throttle.rs`.
const GUARDS: Duration = Duration::from_secs(24 * 60 * 60);
/// Ended sessions, and letters, are kept a while for whoever looks into an incident.
const SESSIONS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

pub fn all(host: &Host) -> Vec<Job> {
    let minute = Duration::from_secs(60);
    let keys = Job::new(
        "identity-signing-keys",
        minute,
        host,
        |host: Host| async move { signing_keys::keep_fresh(&host).await },
    );
    let tidy = Job::new(
        "identity-tidy-up",
        minute * 60,
        host,
        |host: Host| async move { tidy_up(&host).await },
    );
    let second = Duration::from_secs(1);
    let letters = Job::new(
        "identity-reset-letters",
        second,
        host,
        |host: Host| async move { forgot_password::send_reset_letters(&host).await },
    );
    vec![keys, tidy, letters]
}

async fn tidy_up(host: &Host) -> Result<(), DbError> {
    let now = host.source.now();
    let mut tx = host.db.begin().await?;
    sessions::delete_expired(&mut tx, now.minus(SESSIONS)).await?;
    letters::delete_expired(&mut tx, now.minus(SESSIONS)).await?;
    guards::delete_old(&mut tx, now.minus(GUARDS), now.minus(throttle::REMEMBER)).await?;
    tx.commit().await
}
