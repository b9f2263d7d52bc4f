//! Schema changes: per context, embedded in the binary, applied in order under a lock.

use super::{Db, DbError, Engine};
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, Executor as _};

/// One step of a context's schema: a text for both engines, then what only one of them needs.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// `0001_orders`
    pub name: &'static str,
    pub both: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

/// A context's steps in order.
pub type Migrations = &'static [Migration];

/// Embeds `migrations/<name>.sql` of the calling crate; `+ engines` adds `<name>.sqlite.sql` and
/// `<name>.postgres.sql`.
#[macro_export]
macro_rules! migrations {
    ($($name:literal $(+ $engines:ident)?),+ $(,)?) => {
        &[$($crate::migrations!(@one $name $(+ $engines)?)),+]
    };
    (@one $name:literal) => {
        $crate::db::Migration {
            name: $name,
            both: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/", $name, ".sql")),
            sqlite: "",
            postgres: "",
        }
    };
    (@one $name:literal + postgres) => {
        $crate::db::Migration {
            name: $name,
            both: "",
            sqlite: "",
            postgres: include_str!(
                concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/", $name, ".postgres.sql")
            ),
        }
    };
    (@one $name:literal + engines) => {
        $crate::db::Migration {
            name: $name,
            both: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/", $name, ".sql")),
            sqlite: include_str!(
                concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/", $name, ".sqlite.sql")
            ),
            postgres: include_str!(
                concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/", $name, ".postgres.sql")
            ),
        }
    };
}

/// Serialises migrating processes on PostgreSQL; any constant will do.
const LOCK: &str = "select pg_advisory_xact_lock(7032066)";

const TABLE: &str = "create table if not exists schema_migration (
    context text not null, name text not null, checksum text not null, applied_at bigint not null,
    primary key (context, name))";

impl Db {
    /// Brings the schema of `context` up to date; answers the names of the steps applied now.
    /// A step that was changed after it was applied is refused.
    pub async fn migrate(
        &self,
        context: &'static str,
        migrations: Migrations,
    ) -> Result<Vec<&'static str>, DbError> {
        let mut tx = self.begin().await?;
        if self.engine() == Engine::Postgres {
            tx.query(LOCK).execute().await?;
        }
        tx.query(TABLE).execute().await?;
        let mut applied = Vec::new();
        for step in migrations {
            if tx.is_applied(context, step).await? {
                continue;
            }
            tx.apply(step).await?;
            tx.query("insert into schema_migration values ($1, $2, $3, $4)")
                .bind(context)
                .bind(step.name)
                .bind(step.checksum())
                .bind(self.source().now())
                .execute()
                .await?;
            applied.push(step.name);
        }
        tx.commit_now().await?;
        Ok(applied)
    }
}

impl Migration {
    fn checksum(&self) -> String {
        let mut hash = Sha256::new();
        for text in [self.both, self.sqlite, self.postgres] {
            hash.update(text.as_bytes());
        }
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl super::Tx {
    async fn is_applied(&mut self, context: &str, step: &Migration) -> Result<bool, DbError> {
        let row = self
            .query("select checksum from schema_migration where context = $1 and name = $2")
            .bind(context)
            .bind(step.name)
            .fetch_optional()
            .await?;
        let Some(row) = row else { return Ok(false) };
        if row.get::<String>("checksum")? == step.checksum() {
            return Ok(true);
        }
        let name = step.name;
        Err(DbError::Bug(format!(
            "migration {context}/{name} was changed after it was applied"
        )))
    }

    async fn apply(&mut self, step: &Migration) -> Result<(), DbError> {
        for text in [step.both, step.only_for(self.engine())] {
            match self.conn()? {
                super::Conn::Sqlite(conn) => {
                    conn.execute(sqlx::raw_sql(AssertSqlSafe(text))).await?;
                }
                super::Conn::Postgres(conn) => {
                    conn.execute(sqlx::raw_sql(AssertSqlSafe(text))).await?;
                }
            }
        }
        Ok(())
    }
}

impl Migration {
    fn only_for(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }
}
