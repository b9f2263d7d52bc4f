//! Comptoir as its users run it: the release binary in production mode, with the rate limit off
//! and everything else as shipped.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use uuid::Uuid;

use super::process::Process;
use crate::outcome::{Because, Outcome};
use crate::shop::Shop;

pub const ADMIN: &str = "admin@example.com";

/// Made up anew by every run: the same for all of its shops.
static SECRET: LazyLock<String> = LazyLock::new(made_up);
static ADMIN_PASSWORD: LazyLock<String> = LazyLock::new(made_up);

fn made_up() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

pub fn admin_password() -> &'static str {
    &ADMIN_PASSWORD
}

/// Where a shop keeps what it has: a folder of its own and a database of its own.
pub struct Place {
    pub folder: PathBuf,
    pub database_url: String,
}

impl Place {
    /// A shop in this place, run by `binary`.
    pub fn shop(&self, binary: &Path, currency: &str) -> Outcome<Shop> {
        let settings = [
            ("DATABASE_URL", self.database_url.as_str()),
            ("COMPTOIR_ENV", "production"),
            ("COMPTOIR_SECRET", SECRET.as_str()),
            ("COMPTOIR_CURRENCY", currency),
            ("COMPTOIR_ADMIN_EMAIL", ADMIN),
            ("COMPTOIR_ADMIN_PASSWORD", admin_password()),
        ];
        Shop::new(binary, &self.folder, &settings)
    }
}

pub fn process(shop: &Shop) -> Outcome<Process> {
    Ok(Process::new(
        shop.process().ok_or("the server does not run")?,
    ))
}

/// Runs every audit; the sentence says what they found.
pub fn verify(shop: &Shop) -> Outcome<String> {
    let said = shop
        .run(&["verify"])
        .because(|| "audits after the load".into())?;
    Ok(said.lines().last().unwrap_or_default().to_owned())
}
