//! Which database is under a shop that a task starts: a file beside it, or PostgreSQL.

use std::path::Path;

use clap::ValueEnum;
use tempfile::TempDir;

use crate::outcome::Outcome;
use crate::services::{Postgres, Wish};
use crate::shop::Shop;

/// Which database is under Comptoir.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    Postgres,
    Sqlite,
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        }
    }
}

/// A shop with a folder and a database of its own. Dropping it ends and removes all of that.
pub struct Housed {
    pub shop: Shop,
    _postgres: Option<Postgres>,
    _folder: TempDir,
}

impl Housed {
    /// Starts the database where there is one to start; the shop does not run yet.
    pub fn new(
        root: &Path,
        binary: &Path,
        engine: Engine,
        settings: &[(&str, &str)],
    ) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let (postgres, url) = match engine {
            Engine::Sqlite => (None, None),
            Engine::Postgres => {
                let postgres = Postgres::start(root, &Wish::default())?;
                postgres.create_database("shop")?;
                let url = postgres.url("shop");
                (Some(postgres), Some(url))
            }
        };
        let mut settings = settings.to_vec();
        settings.extend(url.iter().map(|url| ("DATABASE_URL", url.as_str())));
        let shop = Shop::new(binary, folder.path(), &settings)?;
        Ok(Self {
            shop,
            _postgres: postgres,
            _folder: folder,
        })
    }
}
