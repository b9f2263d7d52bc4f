//! Outgoing webhooks: systems outside are told of events, signed, in order, until they have
//! taken them. What this part of the context brings to it: routes, a reaction, jobs.

mod address;
mod change;
mod client;
mod create;
mod deliver;
mod endpoint;
mod fault;
mod forget;
mod http;
mod on_event;
mod record;
mod remove;
mod replay;
mod rotate;
mod settings;
mod signature;
mod store;
mod told;
mod verdict;

pub use address::Reach;
pub use settings::Settings;

use client::Client;
use platform::module::JobRun;
use platform::{Host, Job, Subscriptions};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};

/// Calls at once, to all endpoints together.
const CALLS: usize = 128;

/// Everything webhooks need to work. Clones are the same.
#[derive(Clone)]
pub struct Webhooks {
    host: Host,
    settings: Settings,
    client: Client,
    /// Rung when there is something to deliver.
    bell: Arc<Notify>,
    calls: Arc<Semaphore>,
}

impl Webhooks {
    pub fn new(host: &Host, settings: Settings) -> Self {
        Self {
            host: host.clone(),
            client: Client::new(settings.reach, settings.patience),
            settings,
            bell: Arc::default(),
            calls: Arc::new(Semaphore::new(CALLS)),
        }
    }

    pub fn routes(&self) -> platform::http::Routes<Self> {
        http::routes(self)
    }

    pub fn subscriptions(&self) -> Subscriptions {
        Subscriptions::new().on(on_event::OnEvent(self.clone()))
    }

    pub fn jobs(&self) -> Vec<Job> {
        let job = |name, every, run: Run| {
            let webhooks = self.clone();
            Job::new(name, every, &self.host, move |_| run(webhooks.clone()))
        };
        vec![
            // It waits by itself until there is something to do.
            job(
                "notifications.webhooks",
                Duration::from_millis(1),
                |webhooks| Box::pin(async move { webhooks.work().await }),
            ),
            job(
                "notifications.forget-webhooks",
                Duration::from_secs(3600),
                |webhooks| Box::pin(async move { webhooks.forget().await }),
            ),
        ]
    }
}

/// One run of a job.
type Run = fn(Webhooks) -> JobRun;
