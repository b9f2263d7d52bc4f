//! A shop in one of its wirings, behind one front.

use axum::http::Method;
use comptoir::wiring::modules;
use kernel::{ClientId, Timestamp};
use notifications::Notifications;
use payments::provider::sandbox::Switches;
use payments::{Payments, Settings};
use platform::auth::Role;
use platform::events::{Bus, Consumer, MemoryBus, Relay};
use platform::{Db, Engine, Host, Module};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use testkit::{Answer, Request, Setup, TestApp};
use tokio::sync::watch;
use tokio::task::JoinSet;

const ROUND: Duration = Duration::from_millis(3);
/// A world that has not come to rest after that never will.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where contexts live and how events get from one to another.
#[derive(Clone, Copy, Debug)]
pub enum Wiring {
    Inline(Engine),
    Split(Engine),
    SplitUnruly(Engine),
}

/// The contexts behind one front: one app, or one a context with a bus between them.
pub struct World {
    apps: Vec<TestApp>,
    bus: Option<Arc<MemoryBus>>,
    consumers: Vec<watch::Receiver<usize>>,
    /// Whose calls to the provider are made here, and where they are written down.
    payments: (Payments, Db),
    _tasks: JoinSet<()>,
}

type Wire = fn(&Host) -> Vec<Module>;

/// Each context in a process of its own.
const ALONE: [(&str, Wire); 9] = [
    ("identity", |host| vec![identity::module(host)]),
    ("people", |host| vec![people::module(host, None)]),
    ("catalog", |host| {
        vec![catalog::module(host, Arc::default())]
    }),
    ("inventory", |host| vec![inventory::module(host)]),
    ("orders", |host| {
        let offered = orders::Offered::usual(host.settings.environment);
        vec![orders::module(host, offered, Arc::default())]
    }),
    ("shipments", |host| vec![shipments::module(host)]),
    ("payments", |host| vec![payments(host).module()]),
    ("notifications", |host| vec![notifications(host).module()]),
    ("reports", |host| vec![reports::module(host)]),
];

/// The payments of each app, found by the settings of its host, which no two apps share.
static PAYMENTS: LazyLock<Mutex<HashMap<usize, Payments>>> = LazyLock::new(Mutex::default);

fn place_of(host: &Host) -> usize {
    Arc::as_ptr(&host.settings) as usize
}

/// Payments with the sandbox.
fn payments(host: &Host) -> Payments {
    let made = Payments::new(host, Settings::for_tests(Switches::default()));
    let made = made.expect("payments open");
    let mut all = PAYMENTS.lock().expect("nobody panics here");
    all.insert(place_of(host), made.clone());
    made
}

/// Notifications that would leave files; nobody delivers any here.
fn notifications(host: &Host) -> Notifications {
    let told = notifications::Settings::for_tests(host.settings.data_dir.join("outbox"));
    Notifications::new(host, told).expect("notifications open")
}

/// The payments of the app they live in.
fn opened(apps: &[TestApp]) -> (Payments, Db) {
    let home = apps.iter().find(|app| knows(app, "/v1/payments"));
    let host = home.expect("payments are somewhere").host();
    let all = PAYMENTS.lock().expect("nobody panics here");
    (all[&place_of(host)].clone(), host.db.clone())
}

/// Every context in one process.
fn together(host: &Host) -> Vec<Module> {
    modules(host, &payments(host), &notifications(host))
}

impl World {
    pub async fn start(wiring: Wiring) -> Self {
        match wiring {
            Wiring::Inline(engine) => {
                let apps = vec![TestApp::start(Setup::new(engine, together)).await];
                Self {
                    payments: opened(&apps),
                    apps,
                    bus: None,
                    consumers: Vec::new(),
                    _tasks: JoinSet::new(),
                }
            }
            Wiring::Split(engine) => Self::split(engine, MemoryBus::new()).await,
            Wiring::SplitUnruly(engine) => Self::split(engine, MemoryBus::unruly()).await,
        }
    }

    async fn split(engine: Engine, bus: MemoryBus) -> Self {
        let bus = Arc::new(bus);
        let shared: Arc<dyn Bus> = bus.clone();
        let (mut apps, mut consumers, mut tasks) = (Vec::new(), Vec::new(), JoinSet::new());
        for (context, wire) in ALONE {
            let app = TestApp::start(Setup::new(engine, wire)).await;
            let db = app.host().db.clone();
            let reactions = db.subscriptions().expect("subscriptions are attached");
            let consumer = Consumer::new(db.clone(), shared.clone(), reactions, context);
            consumers.push(consumer.progress());
            tasks.spawn(consumer.run());
            tasks.spawn(Relay::new(db, shared.clone()).run());
            app.settle().await; // starts its sequencer and runner
            apps.push(app);
        }
        Self {
            payments: opened(&apps),
            apps,
            bus: Some(bus),
            consumers,
            _tasks: tasks,
        }
    }

    /// Asks whichever context knows the path, as an administrator.
    pub async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = self.request(method, path, body).as_role(Role::Admin);
        match method {
            "GET" => request.send().await,
            _ => self.paying(request).await,
        }
    }

    /// As [`World::ask`], as a client.
    pub async fn ask_as(
        &self,
        client: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let client: ClientId = client.parse().expect("a client");
        let request = self.request(method, path, body);
        self.paying(request.as_customer(client.uuid())).await
    }

    fn request(&self, method: &str, path: &str, body: Option<Value>) -> Request {
        let method: Method = method.parse().expect("a method");
        let request = self.home_of(path).request(method, path);
        match body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    fn home_of(&self, path: &str) -> &TestApp {
        let home = self.apps.iter().find(|app| knows(app, path));
        home.expect("somebody knows the path")
    }

    async fn paying(&self, request: Request) -> Answer {
        // Whoever orders waits for the payment, so calls are made meanwhile.
        let answered = AtomicBool::new(false);
        let asking = async {
            let answer = request.send().await;
            answered.store(true, Ordering::Relaxed);
            answer
        };
        let paying = async {
            while !answered.load(Ordering::Relaxed) {
                self.make_calls().await;
                tokio::time::sleep(ROUND).await;
            }
        };
        tokio::join!(asking, paying).0
    }

    /// Makes the calls that are due by now, and has all heard of it: no time passes.
    pub async fn call(&self) {
        self.deliver().await;
        self.make_calls().await;
        self.deliver().await;
    }

    /// Makes the calls that are due. One that lost against another transaction is made next time.
    async fn make_calls(&self) {
        match self.payments.0.make_calls().await {
            Err(error) if !error.is_transient() => panic!("calls are not made: {error}"),
            _ => {}
        }
    }

    /// How the provider behaves from now on.
    pub fn switch(&self, switches: Switches) {
        let sandbox = self.payments.0.sandbox().expect("it pays with the sandbox");
        sandbox.switch(switches);
    }

    /// Waits until every event has arrived everywhere, every call is made, and nothing new came of
    /// it. Where a call is to be made again later, it is later at once. What waits for a buyer is
    /// at rest.
    pub async fn settle(&self) {
        let settled = async {
            loop {
                self.deliver().await;
                let Some(due) = self.next_call().await else {
                    return;
                };
                let now = self.apps[0].host().source.now();
                self.pass(due.since(now));
                self.make_calls().await;
            }
        };
        let settled = tokio::time::timeout(PATIENCE, settled).await;
        settled.expect("the world comes to rest");
    }

    /// When the next call is due that waits for nobody.
    async fn next_call(&self) -> Option<Timestamp> {
        let mut tx = self.payments.1.read().await.expect("the database answers");
        let sql = "select min(next_at) as due from payments_attempt
             where open and state <> 'waiting'";
        let row = tx.query(sql).fetch_one().await.expect("calls are read");
        row.get("due").expect("a time")
    }

    /// Time passes, everywhere alike, and deadlines are seen to.
    pub async fn let_pass(&self, time: Duration) {
        self.pass(time);
        let host = self.home_of("/v1/sagas").host();
        let offered = orders::Offered::usual(host.settings.environment);
        let orders = orders::module(host, offered, Arc::default());
        let job = orders.jobs.iter().find(|job| job.name == "saga-deadlines");
        let seen_to = (job.expect("somebody looks").run)().await;
        seen_to.expect("deadlines are seen to");
        self.settle().await;
    }

    fn pass(&self, time: Duration) {
        for app in &self.apps {
            app.clock_advance(time);
        }
    }

    /// Waits until every event has arrived everywhere and nothing new came of it.
    async fn deliver(&self) {
        loop {
            for app in &self.apps {
                app.settle().await;
            }
            let Some(bus) = &self.bus else { return };
            let before = bus.len();
            if self.is_quiet().await && bus.len() == before {
                return;
            }
            tokio::time::sleep(ROUND).await;
        }
    }

    /// Consumers first: what one of them tells in turn is in its log once it is through, and then
    /// its relay is not done.
    async fn is_quiet(&self) -> bool {
        let len = self.bus.as_ref().map_or(0, |bus| bus.len());
        if self
            .consumers
            .iter()
            .any(|reached| *reached.borrow() != len)
        {
            return false;
        }
        for app in &self.apps {
            if !Relay::is_done(&app.host().db)
                .await
                .expect("the relay's place is read")
            {
                return false;
            }
        }
        true
    }

    /// Audits everything and gives the databases back.
    pub async fn end(mut self) {
        self.settle().await;
        self._tasks.shutdown().await;
        for app in &self.apps {
            app.audit().await;
            app.end().await;
        }
    }
}

/// Whether one of the app's routes has this shape.
fn knows(app: &TestApp, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or(path);
    app.routes().iter().any(|route| {
        let mut wanted = route.path.split('/');
        let mut given = path.split('/');
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(part), Some(_)) if part.starts_with('{') => {}
                (Some(part), Some(word)) if part == word => {}
                _ => return false,
            }
        }
    })
}
