//! The binary as users run it, over a database of the test's own on either engine.

use platform::{Db, Source};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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

impl Till {
    /// `comptoir` with these arguments and nothing of this process's environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_comptoir"));
        command
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", self.database.url())
            .env("COMPTOIR_DATA_DIR", self.folder.path())
            .env("COMPTOIR_LOG", "warn")
            .current_dir(self.folder.path());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let ran = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran {
            code: ran.status.code(),
            out: text(ran.stdout),
            err: text(ran.stderr),
        }
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
