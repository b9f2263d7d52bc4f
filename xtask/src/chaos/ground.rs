//! What every rig stands on: a folder of its own below target/, the database of the shop, and the
//! choices that a seed repeats.

use std::path::Path;

use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use tempfile::TempDir;

use super::database;
use crate::outcome::Outcome;
use crate::services::Postgres;
use crate::shop::Shop;

/// The place of one run on one engine. Dropping it clears it away.
pub struct Ground {
    /// `None`: the shop has SQLite in its folder.
    pub postgres: Option<Postgres>,
    folder: TempDir,
}

impl Ground {
    /// An empty one; the name of its folder begins with that of the rig.
    pub fn new(root: &Path, rig: &str, postgres: Option<Postgres>) -> Outcome<Self> {
        let all = root.join("target/chaos");
        std::fs::create_dir_all(&all)?;
        let prefix = format!("{rig}-");
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(all)?;
        Ok(Self { postgres, folder })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn engine(&self) -> &'static str {
        match &self.postgres {
            Some(_) => "PostgreSQL",
            None => "SQLite",
        }
    }

    /// A shop with its files and its database here; nothing runs yet.
    pub fn shop(&self, binary: &Path, settings: &[(&str, &str)]) -> Outcome<Shop> {
        let url = self.postgres.as_ref().map(|postgres| postgres.url("shop"));
        let mut settings = settings.to_vec();
        settings.extend(url.iter().map(|url| ("DATABASE_URL", url.as_str())));
        Shop::new(binary, self.folder(), &settings)
    }

    /// Speaks to the shop's database behind its back.
    pub fn run_sql(&self, sql: &str) -> Outcome<()> {
        database::run_sql(sql, self.folder(), self.postgres.as_ref())
    }

    /// The seed of this run, drawn unless somebody names one, and what is drawn from it.
    pub fn seed(&self, wanted: Option<u64>) -> (u64, SmallRng) {
        let seed = wanted.unwrap_or_else(rand::random);
        println!("{}: seed {seed}", self.engine());
        (seed, SmallRng::seed_from_u64(seed))
    }

    /// Leaves everything to whoever looks into it.
    pub fn keep(self, what: &str) {
        let engine = self.engine();
        let kept = self.folder.keep();
        println!("{engine}: {what} stay in {}", kept.display());
    }
}
