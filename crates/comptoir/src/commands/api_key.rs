//! `comptoir api-key create`.

use super::CommandError;
use crate::wiring::Shop;
use platform::auth::Role;
use std::process::ExitCode;

/// Makes a key; the secret goes to standard output, the advice beside it.
pub async fn create(shop: &Shop, name: &str, roles: &[Role]) -> Result<ExitCode, CommandError> {
    let secret = identity::create_api_key(shop.host(), name, roles)
        .await
        .map_err(|error| CommandError::Other(error.to_string()))?;
    println!("{secret}");
    eprintln!("This is the only time it is shown. Use it as `Authorization: Bearer <key>`.");
    Ok(ExitCode::SUCCESS)
}
