//! The shop's database, also spoken to behind the shop's back: what no switch of the product does.

use std::path::Path;
use std::process::Command;

use super::Engines;
use crate::outcome::Outcome;
use crate::services::{Postgres, Wish};
use crate::steps::capture;

/// Runs statements in the database of the shop whose files are in `folder`, or in `postgres`.
pub fn run_sql(sql: &str, folder: &Path, postgres: Option<&Postgres>) -> Outcome<()> {
    let Some(postgres) = postgres else {
        let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=5); \
                      c.executescript(sys.argv[2]); c.commit()";
        let mut python = Command::new("python3");
        python.args(["-c", script]).arg(folder.join("comptoir.db"));
        return capture(python.arg(sql)).map(drop);
    };
    let mut psql = postgres.client("psql");
    capture(psql.args(["-q", "-v", "ON_ERROR_STOP=1", "-d", "shop", "-c", sql])).map(drop)
}

/// A PostgreSQL of its own, with an empty database for the shop.
pub fn cluster(root: &Path, settings: Vec<String>) -> Outcome<Postgres> {
    let wish = Wish {
        durable: true,
        settings,
        ..Wish::default()
    };
    let postgres = Postgres::start(root, &wish)?;
    postgres.create_database("shop")?;
    Ok(postgres)
}

/// Plays on every engine wanted, all at once; what came of each.
pub async fn on_each<R>(
    root: &Path,
    engines: Engines,
    play: impl AsyncFn(Option<Postgres>) -> Outcome<R>,
) -> Outcome<Vec<R>> {
    let on_sqlite = async {
        match engines {
            Engines::Postgres => Ok(None),
            _ => play(None).await.map(Some),
        }
    };
    let on_postgres = async {
        match engines {
            Engines::Sqlite => Ok(None),
            _ => play(Some(cluster(root, Vec::new())?)).await.map(Some),
        }
    };
    let (first, second) = tokio::try_join!(on_sqlite, on_postgres)?;
    Ok([first, second].into_iter().flatten().collect())
}
