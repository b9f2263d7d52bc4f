//! Turning protections off, to see the rig go red. All from outside: the product has no switch for
//! it.

use std::path::Path;

use super::Protection;
use super::database::run_sql;
use crate::outcome::Outcome;
use crate::services::Postgres;

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
    let sql = match postgres {
        Some(_) => "drop trigger inventory_movement_apply on inventory_movement",
        None => "drop trigger inventory_movement_apply",
    };
    run_sql(sql, folder, postgres)
}
