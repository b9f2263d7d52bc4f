//! Turning protections off, to see the rig go red. All from outside: the product has no switch for
//! it.

use super::Protection;
use super::ground::Ground;
use crate::outcome::Outcome;

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
pub fn after_stage(broken: Option<Protection>, ground: &Ground) -> Outcome<()> {
    if broken != Some(Protection::LedgerLock) {
        return Ok(());
    }
    let sql = match ground.postgres {
        Some(_) => "drop trigger inventory_movement_apply on inventory_movement",
        None => "drop trigger inventory_movement_apply",
    };
    ground.run_sql(sql)
}
