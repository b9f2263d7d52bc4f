//! The contexts under test, wired as in a process, with a clock that stands still.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::Method;
use futures::future::BoxFuture;
use kernel::{Event, Timestamp};
use platform::auth::{Caller, SigningKey, Tokens};
use platform::config::Settings;
use platform::events::{Runner, Sequencer, is_settled, list_parked};
use platform::http::{Authenticate, Problem, RouteInfo, RouteTable, Site, all_routes, site};
use platform::module::run_audits;
use platform::vault::Vault;
use platform::{Audit, Db, Engine, Host, Source, Subscriptions};
use tokio::task::{JoinSet, block_in_place};

use crate::{Modules, Request, TestDatabase};

/// The moment every test begins: 2026-03-02T14:00:00Z, a Monday.
const BEGINNING: i64 = 1_772_460_000_000_000;
/// How often it is looked whether all events are handled.
const ROUND: Duration = Duration::from_millis(2);
/// Events that need longer than so many rounds (20 s and more) to settle never will.
const PATIENCE: u32 = 10_000;
/// Parked events are retried by the clock, which stands still: after a second they are news.
const PATIENCE_WITH_PARKED: u32 = 500;

/// What a test app is made of.
#[derive(Clone, Copy)]
pub struct Setup {
    engine: Engine,
    modules: Modules,
    adjust: fn(&mut Settings),
    authenticate: fn(&Host) -> Arc<dyn Authenticate>,
}

impl Setup {
    pub fn new(engine: Engine, modules: Modules) -> Self {
        let authenticate: fn(&Host) -> Arc<dyn Authenticate> =
            |host| Arc::new(TokensOnly(host.tokens.clone()));
        Self {
            engine,
            modules,
            adjust: |_| {},
            authenticate,
        }
    }

    /// With somebody else to tell who is calling, for the tests of API keys.
    pub fn authenticate(self, authenticate: fn(&Host) -> Arc<dyn Authenticate>) -> Self {
        Self {
            authenticate,
            ..self
        }
    }

    /// With settings other than [`Settings::for_tests`].
    pub fn settings(self, adjust: fn(&mut Settings)) -> Self {
        Self { adjust, ..self }
    }
}

/// The shop in-process. Clones are the same shop. When the last one goes, every event must have
/// been handled and every audit must be clean.
#[derive(Clone)]
pub struct TestApp(Arc<Inner>);

struct Inner {
    host: Host,
    site: Site,
    routes: Vec<RouteInfo>,
    subscriptions: Arc<Subscriptions>,
    audits: Vec<Audit>,
    database: TestDatabase,
    /// Sequencer and runners; started by the first [`TestApp::settle`].
    workers: Mutex<Option<JoinSet<()>>>,
    finished: AtomicBool,
}

impl TestApp {
    pub async fn start(setup: Setup) -> Self {
        let source = Source::fixed(Timestamp::from_unix_micros(BEGINNING));
        let database = TestDatabase::new(setup.engine, setup.modules).await;
        let db = database.connect(&source).await;
        let host = host(db, source, setup.adjust);
        let (mut table, mut audits) = (RouteTable::default(), Vec::new());
        let mut subscriptions = Subscriptions::new();
        for module in (setup.modules)(&host) {
            table = table.merge(module.routes);
            audits.extend_from_slice(module.audits);
            subscriptions = subscriptions.merge(module.subscriptions);
        }
        let subscriptions = Arc::new(subscriptions);
        host.db
            .attach(Arc::clone(&subscriptions))
            .expect("nobody attached before");
        let table = all_routes(&host, table);
        let routes = table.infos().to_vec();
        let site = site(&host, (setup.authenticate)(&host), table);
        let (workers, finished) = Default::default();
        Self(Arc::new(Inner {
            host,
            site,
            routes,
            subscriptions,
            audits,
            database,
            workers,
            finished,
        }))
    }

    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Request {
        self.request(Method::POST, path)
    }

    pub fn put(&self, path: &str) -> Request {
        self.request(Method::PUT, path)
    }

    pub fn patch(&self, path: &str) -> Request {
        self.request(Method::PATCH, path)
    }

    pub fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    pub fn request(&self, method: Method, path: &str) -> Request {
        Request::new(self.0.site.clone(), self.0.host.clone(), method, path)
    }

    /// Every operation with its permission.
    pub fn routes(&self) -> &[RouteInfo] {
        &self.0.routes
    }

    pub fn host(&self) -> &Host {
        &self.0.host
    }

    pub fn engine(&self) -> Engine {
        self.0.host.db.engine()
    }

    pub fn database_url(&self) -> &str {
        self.0.database.url()
    }

    pub fn clock_advance(&self, by: Duration) {
        self.0.host.source.advance(by);
    }

    /// Publishes an event as another context would: in a transaction of its own.
    pub async fn publish<E: Event>(&self, event: &E, version: i64) {
        let mut tx = self.0.host.db.begin().await.expect("the database answers");
        tx.publish(event, version)
            .expect("the event can be published");
        tx.commit()
            .await
            .unwrap_or_else(|error| panic!("{} v{version}: {error}", E::TYPE));
    }

    /// Waits until every event was delivered; fails when one was parked.
    pub async fn settle(&self) {
        self.0.settle().await;
    }

    /// Fails when an audit finds something.
    pub async fn audit(&self) {
        self.0.audit().await;
    }

    /// Checks what must hold at the end of every test.
    pub(crate) async fn finish(&self) {
        self.0.finish().await;
    }

    /// Gives the database back, also after a failure.
    pub async fn end(&self) {
        self.0.finished.store(true, Ordering::Relaxed);
        self.0.stop_workers();
        self.0.host.db.close().await;
        self.0.database.end().await;
    }
}

impl Inner {
    async fn finish(&self) {
        if !self.finished.swap(true, Ordering::Relaxed) {
            self.settle().await;
            self.audit().await;
        }
    }

    async fn settle(&self) {
        self.start_workers();
        let mut rounds = 0;
        while !is_settled(&self.host.db, &self.subscriptions)
            .await
            .expect("events are read")
        {
            rounds += 1;
            assert!(rounds < PATIENCE, "events are left unhandled");
            if rounds.is_multiple_of(PATIENCE_WITH_PARKED) {
                self.nothing_is_parked().await;
            }
            tokio::time::sleep(ROUND).await;
        }
        self.nothing_is_parked().await;
    }

    async fn nothing_is_parked(&self) {
        let parked = list_parked(&self.host.db)
            .await
            .expect("parked events can be listed");
        assert!(parked.is_empty(), "events were parked: {parked:#?}");
    }

    async fn audit(&self) {
        let findings = run_audits(&self.host.db, &self.audits).await;
        let findings = findings.unwrap_or_else(|error| panic!("an audit fails: {error}"));
        assert!(findings.is_empty(), "audits found: {findings:#?}");
    }

    fn start_workers(&self) {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let db = &self.host.db;
        workers.get_or_insert_with(|| {
            let mut workers = JoinSet::new();
            workers.spawn(Sequencer::new(db.clone()).run());
            for context in contexts(&self.subscriptions) {
                let subscriptions = Arc::clone(&self.subscriptions);
                let runner = Runner::new(db.clone(), subscriptions, context, &self.host.load);
                workers.spawn(runner.run());
            }
            workers
        });
    }

    fn stop_workers(&self) {
        self.workers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if std::thread::panicking() || self.finished.load(Ordering::Relaxed) {
            return;
        }
        block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                self.finish().await;
                self.stop_workers();
                self.host.db.close().await;
                self.database.end().await;
            });
        });
    }
}

/// Knows access tokens and nothing else.
struct TokensOnly(Tokens);

impl Authenticate for TokensOnly {
    fn authenticate<'a>(&'a self, bearer: &'a str) -> BoxFuture<'a, Result<Caller, Problem>> {
        Box::pin(async { Ok(self.0.verify(bearer)?.into()) })
    }
}

/// The contexts that react to something: what stands before the first dot of a subscription's name.
fn contexts(subscriptions: &Subscriptions) -> Vec<&'static str> {
    let names = subscriptions
        .names()
        .map(|(name, _)| name.split('.').next().unwrap_or(name));
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What a process lends to its contexts, made for tests: known secret, one signing key.
pub(crate) fn host(db: Db, source: Source, adjust: impl FnOnce(&mut Settings)) -> Host {
    let mut settings = Settings::for_tests();
    adjust(&mut settings);
    let tokens = Tokens::new(source.clone(), &settings.token_issuer, "comptoir-api");
    let key = SigningKey::generate(&source).expect("a key can be made");
    tokens.install(&[key]);
    let vault = Vault::new(&settings.secret, source.clone(), None);
    Host {
        db,
        source,
        vault,
        tokens,
        settings: Arc::new(settings),
        load: platform::Load::default(),
    }
}
