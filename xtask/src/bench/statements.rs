//! Which statements took PostgreSQL's time, for who wants to make it less.

use comfy_table::Table;

use super::Engine;
use super::progress::Progress;
use super::stage::Stage;
use crate::outcome::Outcome;
use crate::steps::{capture, plain_table};

/// Counting costs a little: never on when figures are published.
pub const SETTING: &str = "shared_preload_libraries=pg_stat_statements";

/// Loaded, but counts only where it is told to: nobody else pays for it.
pub const SETTING_QUIET: &str = "pg_stat_statements.track=none";

const TOP: &str = "select calls, rows, round(total_exec_time::numeric, 1) as ms,
        round((mean_exec_time * 1000)::numeric) as mean_us, wal_bytes,
        regexp_replace(left(query, 300), '\\s+', ' ', 'g') as query
    from pg_stat_statements order by total_exec_time desc limit 25";

/// Forgets what was counted so far.
pub fn forget(stage: &Stage) -> Outcome<()> {
    psql(stage, "create extension if not exists pg_stat_statements")?;
    psql(stage, "select pg_stat_statements_reset()").map(drop)
}

/// Counts what is sent to one database by those who connect from now on.
pub fn count_in(stage: &Stage, database: &str) -> Outcome<()> {
    let sql = format!("alter database \"{database}\" set pg_stat_statements.track = 'top'");
    psql(stage, &sql).map(drop)
}

/// How many statements were sent to a database, of those that were sent so often or more.
pub fn sent_so_often(stage: &Stage, database: &str, often: u64) -> Outcome<u64> {
    let sql = format!(
        "select coalesce(sum(s.calls), 0) from pg_stat_statements s
         join pg_database d on d.oid = s.dbid where d.datname = '{database}' and s.calls >= {often}"
    );
    Ok(psql(stage, &sql)?.trim().parse()?)
}

/// The dearest statements since then, shared out among so many orders.
fn tell(stage: &Stage, orders: u64) -> Outcome<String> {
    let said = psql(stage, TOP)?;
    let orders = orders.max(1) as f64;
    let header = [
        "calls",
        "rows",
        "µs an order",
        "mean µs",
        "WAL bytes an order",
        "statement",
    ];
    let mut table: Table = plain_table(&header);
    for line in said.lines() {
        let cells: Vec<&str> = line.splitn(6, '|').collect();
        let [calls, rows, ms, mean, wal, query] = cells.as_slice() else {
            continue;
        };
        let ms: f64 = ms.parse()?;
        let wal: f64 = wal.parse()?;
        let (share, wal) = (
            format!("{:.1}", ms * 1000.0 / orders),
            format!("{:.0}", wal / orders),
        );
        table.add_row([calls, rows, share.as_str(), mean, wal.as_str(), query]);
    }
    Ok(table.to_string())
}

fn psql(stage: &Stage, sql: &str) -> Outcome<String> {
    let mut psql = stage.postgres.client("psql");
    capture(psql.args(["-X", "-A", "-t", "-d", "postgres", "-c", sql]))
}

/// Before a measurement, where statements are asked for.
pub fn begin(stage: &Stage) -> Outcome<()> {
    match stage.args.statements {
        true => forget(stage),
        false => Ok(()),
    }
}

/// After it, with so many orders placed.
pub fn end(stage: &Stage, engine: Engine, orders: u64, progress: &Progress) -> Outcome<()> {
    if stage.args.statements && engine == Engine::Postgres {
        progress.say(&tell(stage, orders)?);
    }
    Ok(())
}
