//! A database per test, copied from a template that is migrated once per process and set of
//! contexts: copying takes milliseconds, migrating every context does not.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use platform::db::DbOptions;
use platform::module::PLATFORM_MIGRATIONS;
use platform::{Db, Engine, Host, Module, Source};
use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::app::host;
use crate::postgres;

/// The contexts under test, as a process would wire them.
pub type Modules = fn(&Host) -> Vec<Module>;

/// A database that exists as long as this value. PostgreSQL's is dropped by [`TestDatabase::end`],
/// which [`crate::run`] calls; one left behind by a crash is swept by a later run.
pub struct TestDatabase {
    engine: Engine,
    url: String,
    /// SQLite's file lives in here.
    _folder: Option<TempDir>,
}

/// Templates by engine (is it PostgreSQL?) and by the function that makes the contexts.
type Templates = Mutex<HashMap<(bool, usize), Arc<TestDatabase>>>;

static TEMPLATES: LazyLock<Templates> = LazyLock::new(Mutex::default);

impl TestDatabase {
    /// A fresh database with the schema of `modules`.
    pub async fn new(engine: Engine, modules: Modules) -> Self {
        let template = Self::template(engine, modules).await;
        match engine {
            Engine::Sqlite => {
                let copy = Self::empty_sqlite();
                std::fs::copy(template.path(), copy.path()).expect("the template can be copied");
                copy
            }
            Engine::Postgres => {
                let url = postgres::create(Some(&template.url)).await;
                Self {
                    engine,
                    url,
                    _folder: None,
                }
            }
        }
    }

    /// A fresh database with nothing in it.
    pub async fn empty(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::empty_sqlite(),
            Engine::Postgres => Self {
                engine,
                url: postgres::create(None).await,
                _folder: None,
            },
        }
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens it. SQLite does not wait for the disk here: no test cuts the power.
    pub async fn connect(&self, source: &Source) -> Db {
        let options = DbOptions {
            connections: 8,
            durable: false,
            ..DbOptions::default()
        };
        let db = Db::connect(&self.url, options, source.clone()).await;
        db.unwrap_or_else(|error| panic!("the test database does not open: {error}"))
    }

    /// Drops a PostgreSQL database, whoever is still connected to it.
    pub async fn end(&self) {
        if self.engine == Engine::Postgres {
            postgres::drop_database(&self.url).await;
        }
    }

    async fn template(engine: Engine, modules: Modules) -> Arc<Self> {
        let key = (engine == Engine::Postgres, modules as usize);
        let mut templates = TEMPLATES.lock().await;
        if let Some(template) = templates.get(&key) {
            return Arc::clone(template);
        }
        let template = Self::empty(engine).await;
        let db = template.connect(&Source::system()).await;
        let host = host(db.clone(), Source::system(), |_| {});
        migrate(&db, &modules(&host)).await;
        // PostgreSQL copies only what nobody is connected to.
        db.close().await;
        let template = Arc::new(template);
        templates.insert(key, Arc::clone(&template));
        template
    }

    fn empty_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let url = format!("sqlite://{}", folder.path().join("shop.db").display());
        Self {
            engine: Engine::Sqlite,
            url,
            _folder: Some(folder),
        }
    }

    fn path(&self) -> PathBuf {
        PathBuf::from(self.url.trim_start_matches("sqlite://"))
    }
}

async fn migrate(db: &Db, modules: &[Module]) {
    let platform = [("platform", PLATFORM_MIGRATIONS)];
    let contexts = modules
        .iter()
        .map(|module| (module.name, module.migrations));
    for (name, migrations) in platform.into_iter().chain(contexts) {
        let done = db.migrate(name, migrations).await;
        done.unwrap_or_else(|error| panic!("the migrations of {name} fail: {error}"));
    }
}
