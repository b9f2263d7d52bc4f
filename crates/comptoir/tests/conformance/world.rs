//! A shop in one of its wirings, behind one front.

use comptoir::wiring::modules;
use payments::provider::sandbox::Switches;
use payments::{Payments, Settings};
use platform::auth::Role;
use platform::events::{Bus, Consumer, MemoryBus, Relay};
use platform::{Engine, Host, Module};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use testkit::{Answer, Setup, TestApp};
use tokio::sync::watch;
use tokio::task::JoinSet;

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
    _tasks: JoinSet<()>,
}

type Wire = fn(&Host) -> Vec<Module>;

/// Each context in a process of its own.
const ALONE: [(&str, Wire); 7] = [
    ("identity", |host| vec![identity::module(host)]),
    ("people", |host| vec![people::module(host)]),
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
];

/// Payments with the sandbox.
fn payments(host: &Host) -> Payments {
    Payments::new(host, Settings::for_tests(Switches::default())).expect("payments open")
}

/// Every context in one process.
fn together(host: &Host) -> Vec<Module> {
    modules(host, &payments(host))
}

impl World {
    pub async fn start(wiring: Wiring) -> Self {
        match wiring {
            Wiring::Inline(engine) => Self {
                apps: vec![TestApp::start(Setup::new(engine, together)).await],
                bus: None,
                consumers: Vec::new(),
                _tasks: JoinSet::new(),
            },
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
            apps,
            bus: Some(bus),
            consumers,
            _tasks: tasks,
        }
    }

    /// Asks whichever context knows the path, as an administrator.
    pub async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let method = method.parse().expect("a method");
        let app = self
            .apps
            .iter()
            .find(|app| knows(app, path))
            .expect("somebody knows the path");
        let request = app.request(method, path).as_role(Role::Admin);
        match body {
            Some(body) => request.json(body).send().await,
            None => request.send().await,
        }
    }

    /// Waits until every event has arrived everywhere and nothing new came of it.
    pub async fn settle(&self) {
        loop {
            for app in &self.apps {
                app.settle().await;
            }
            let Some(bus) = &self.bus else { return };
            let before = bus.len();
            if self.is_quiet().await && bus.len() == before {
                return;
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
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
