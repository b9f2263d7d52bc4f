//! The shop's database, also spoken to behind the shop's back: what no switch of the product does.

use std::path::Path;
use std::process::Command;

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
pub fn cluster(root: &Path) -> Outcome<Postgres> {
    let wish = Wish {
        durable: true,
        ..Wish::default()
    };
    let postgres = Postgres::start(root, &wish)?;
    postgres.create_database("shop")?;
    Ok(postgres)
}
