//! Turning protections off, to see the rig go red. All from outside: the product has no switch for
//! it.

use std::path::Path;
use std::process::Command;

use super::Protection;
use crate::outcome::Outcome;
use crate::services::Postgres;
use crate::steps::capture;

/// Extra settings for PostgreSQL.
pub fn cluster_settings(broken: Option<Protection>) -> Vec<String> {
    match broken {
        Some(Protection::Synchronous) => {
            // The longest the server lets answered commits wait in its memory.
            vec![
                "synchronous_commit=off".into(),
                "wal_writer_delay=10s".into(),
            ]
        }
        _ => Vec::new(),
    }
}

/// Once there is a schema and stock.
pub fn after_stage(
    broken: Option<Protection>,
    folder: &Path,
    postgres: Option<&Postgres>,
) -> Outcome<()> {
    if broken != Some(Protection::LedgerLock) {
        return Ok(());
    }
    match postgres {
        Some(postgres) => {
            let sql = "drop trigger inventory_movement_apply on inventory_movement";
            let mut psql = postgres.client("psql");
            capture(psql.args(["-q", "-d", "shop", "-c", sql])).map(drop)
        }
        None => {
            let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=5); \
                          c.execute('drop trigger inventory_movement_apply'); c.commit()";
            let mut python = Command::new("python3");
            capture(python.args(["-c", script]).arg(folder.join("comptoir.db"))).map(drop)
        }
    }
}
