//! `comptoir api-key create`.

use super::CommandError;
use crate::wiring::Shop;
use kernel::Name;
use platform::auth::{Role, Roles, UsagePlan};
use secrecy::ExposeSecret as _;
use std::process::ExitCode;

/// Makes a key; the secret goes to standard output, the advice beside it.
pub async fn create(
    shop: &Shop,
    name: &str,
    roles: &[Role],
    plan: UsagePlan,
) -> Result<ExitCode, CommandError> {
    let failed = |error: &dyn std::fmt::Display| CommandError::Other(error.to_string());
    let name = name.parse::<Name>().map_err(|error| failed(&error))?;
    let secret = identity::create_api_key(shop.host(), name, Roles::of(roles), plan)
        .await
        .map_err(|error| failed(&error))?;
    println!("{}", secret.expose_secret());
    eprintln!("This is the only time it is shown. Use it as `Authorization: Bearer <key>`.");
    Ok(ExitCode::SUCCESS)
}
