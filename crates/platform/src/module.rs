//! What a process lends to a context ([`Host`]) and what a context gives back ([`Module`]).

use crate::auth::Tokens;
use crate::config::Settings;
use crate::db::{Db, DbError, Migrations};
use crate::events::Subscriptions;
use crate::http::RouteTable;
use crate::load::Load;
use crate::source::Source;
use crate::vault::Vault;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What a context needs of its process. Cheap to clone.
#[derive(Clone)]
pub struct Host {
    pub db: Db,
    pub source: Source,
    pub vault: Vault,
    pub tokens: Tokens,
    pub settings: Arc<Settings>,
    pub load: Load,
}

/// A context, ready to be wired: everything it brings, nothing of how it does it.
pub struct Module {
    pub name: &'static str,
    pub migrations: Migrations,
    pub routes: RouteTable,
    pub subscriptions: Subscriptions,
    pub audits: &'static [Audit],
    pub jobs: Vec<Job>,
}

/// A query that returns no row on a healthy database; each row it does return is a finding.
#[derive(Clone, Copy, Debug)]
pub struct Audit {
    /// `stock-equals-movements`
    pub name: &'static str,
    /// Its columns `subject` and `finding` are text.
    pub sql: &'static str,
}

/// Something done again and again while the process runs. It must not mind running in several
/// processes at once.
pub struct Job {
    pub name: &'static str,
    pub every: Duration,
    pub run: Box<dyn Fn() -> JobRun + Send + Sync>,
}

/// One run of a [`Job`].
pub type JobRun = Pin<Box<dyn Future<Output = Result<(), DbError>> + Send>>;

/// A row an audit returned.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    pub audit: &'static str,
    pub subject: String,
    pub finding: String,
}

/// The platform's own schema, applied before any context's.
pub const PLATFORM_MIGRATIONS: Migrations =
    crate::migrations!("0001_events" + engines, "0002_vault", "0003_idempotency",);

impl Module {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            migrations: &[],
            routes: RouteTable::default(),
            subscriptions: Subscriptions::new(),
            audits: &[],
            jobs: Vec::new(),
        }
    }

    pub fn migrations(self, migrations: Migrations) -> Self {
        Self { migrations, ..self }
    }

    pub fn routes(self, routes: impl Into<RouteTable>) -> Self {
        Self {
            routes: routes.into(),
            ..self
        }
    }

    pub fn subscriptions(self, subscriptions: Subscriptions) -> Self {
        Self {
            subscriptions,
            ..self
        }
    }

    pub fn audits(self, audits: &'static [Audit]) -> Self {
        Self { audits, ..self }
    }

    pub fn jobs(self, jobs: Vec<Job>) -> Self {
        Self { jobs, ..self }
    }
}

impl Job {
    /// `run` is called with a fresh clone of `host` each time.
    pub fn new<F>(
        name: &'static str,
        every: Duration,
        host: &Host,
        run: impl Fn(Host) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), DbError>> + Send + 'static,
    {
        let host = host.clone();
        Self {
            name,
            every,
            run: Box::new(move || Box::pin(run(host.clone()))),
        }
    }

    /// Runs until dropped; a failing run is logged and tried again next time.
    pub async fn repeat(self) {
        let mut ticks = tokio::time::interval(self.every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            if let Err(error) = (self.run)().await {
                tracing::warn!(job = self.name, %error, "job failed");
            }
        }
    }
}

/// Runs audits and collects what they find, however long that takes.
pub async fn run_audits(db: &Db, audits: &[Audit]) -> Result<Vec<Finding>, DbError> {
    let mut findings = Vec::new();
    let mut tx = db.read().await?.unhurried();
    for audit in audits {
        for row in tx.query(audit.sql).fetch_all().await? {
            let (subject, finding) = (row.get("subject")?, row.get("finding")?);
            findings.push(Finding {
                audit: audit.name,
                subject,
                finding,
            });
        }
    }
    Ok(findings)
}
