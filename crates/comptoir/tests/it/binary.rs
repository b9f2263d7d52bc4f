//! The binary as users run it, over a database of the test's own on either engine.

use platform::{Db, Source};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use testkit::{Engine, TestDatabase};

/// A shop at the command line.
pub struct Till {
    database: TestDatabase,
    pub folder: TempDir,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Whether a line of the output is exactly this.
    pub fn says(&self, line: &str) -> bool {
        self.out.lines().any(|one| one == line)
    }
}

/// `comptoir` over this database, with nothing of this process's environment.
pub fn comptoir(database_url: &str, folder: &Path, env: &[(&str, &str)]) -> Command {
    let mut comptoir = Command::new(env!("CARGO_BIN_EXE_comptoir"));
    comptoir
        .env_clear()
        .env("DATABASE_URL", database_url)
        .env("COMPTOIR_DATA_DIR", folder)
        .env("COMPTOIR_LOG", "warn")
        .envs(env.iter().copied())
        .current_dir(folder);
    comptoir
}

impl Ran {
    /// Runs it to its end.
    pub fn of(mut comptoir: Command, arguments: &[&str]) -> Self {
        let ran = comptoir.args(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: ran.status.code(),
            out: text(ran.stdout),
            err: text(ran.stderr),
        }
    }
}

impl Till {
    /// Runs `comptoir` with these arguments.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(&[], arguments)
    }

    /// Runs `comptoir` with these settings and arguments.
    pub fn run_with(&self, env: &[(&str, &str)], arguments: &[&str]) -> Ran {
        Ran::of(self.comptoir(env), arguments)
    }

    pub fn comptoir(&self, env: &[(&str, &str)]) -> Command {
        comptoir(self.database.url(), self.folder.path(), env)
    }

    /// As [`Self::run`], not begun yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.comptoir(&[]);
        command.args(arguments);
        command
    }

    /// Does something to the database behind the shop's back; answers the rows it changed.
    pub async fn tamper(&self, sql: &'static str) -> u64 {
        let db = self.connect().await;
        let mut tx = db.begin().await.unwrap();
        let changed = tx.query(sql).execute().await.unwrap();
        tx.commit().await.unwrap();
        db.close().await;
        changed
    }

    pub fn engine(&self) -> Engine {
        self.database.engine()
    }

    pub async fn connect(&self) -> Db {
        self.database.connect(&Source::system()).await
    }

    /// The number `n` that a query answers.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let db = self.connect().await;
        let row = db
            .read()
            .await
            .unwrap()
            .query(sql)
            .fetch_one()
            .await
            .unwrap();
        db.close().await;
        row.get("n").unwrap()
    }
}

/// Runs a body over an empty database, which goes in any case.
pub fn run(engine: Engine, body: impl AsyncFnOnce(&Till)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let till = runtime.block_on(async {
        Till {
            database: TestDatabase::empty(engine).await,
            folder: tempfile::tempdir().unwrap(),
        }
    });
    let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(body(&till))));
    runtime.block_on(till.database.end());
    if let Err(panic) = ended {
        resume_unwind(panic);
    }
}

/// `::sqlite` and `::postgres` from one body.
macro_rules! on_both_by_binary {
    ($(async fn $name:ident($till:ident: &Till) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn body($till: &Till) $body

            #[test]
            fn sqlite() {
                crate::binary::run(testkit::Engine::Sqlite, body);
            }

            #[test]
            fn postgres() {
                crate::binary::run(testkit::Engine::Postgres, body);
            }
        }
    )+};
}
pub(crate) use on_both_by_binary;
