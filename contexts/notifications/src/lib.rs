//! Notifications: the people and systems around the shop hear of what happens. The front door.

mod attempt;
mod change_template;
mod contact;
mod deliver;
mod facts;
mod http;
mod kind;
mod names;
mod news;
mod notice;
mod notifications;
mod on_client;
mod on_low_stock;
mod on_order;
mod on_user;
mod post;
mod preferences;
mod read;
mod replay;
mod settings;
mod store;
mod template;
mod unsubscribe;
pub mod webhook;
mod wording;

pub use kind::{Channel, Kind};
pub use notice::{Notice, Status};
pub use notifications::Notifications;
pub use post::NoClient;
pub use read::{Filter, list_notices};
pub use replay::{ReplayError, replay_notice};
pub use settings::{Mail, Settings, Sms, Twilio};

use platform::module::JobRun;
use platform::{Audit, Host, Job, Module, Subscriptions};
use std::time::Duration;

/// Notifications in a process that asks it nothing beside.
pub fn module(host: &Host, settings: Settings) -> Result<Module, NoClient> {
    Ok(Notifications::new(host, settings)?.module())
}

impl Notifications {
    /// Queries that find nothing in a healthy database.
    pub const AUDITS: &[Audit] = store::audits::AUDITS;

    /// The context, ready to be wired.
    pub fn module(&self) -> Module {
        Module::new("notifications")
            .migrations(platform::migrations!(
                "0001_notifications",
                "0002_webhooks",
                "0003_order_store"
            ))
            .routes(http::routes(self).merge(self.webhooks.routes()))
            .subscriptions(self.subscriptions())
            .audits(Self::AUDITS)
            .jobs(self.jobs())
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions::new()
            .on(on_client::OnClient)
            .on(on_user::OnUser(self.clone()))
            .on(names::OnProduct)
            .on(names::OnStore)
            .on(on_order::OnOrder(self.clone()))
            .on(on_low_stock::OnLowStock(self.clone()))
            .merge(self.webhooks.subscriptions())
    }

    fn jobs(&self) -> Vec<Job> {
        let job = |name, every, run: Run| {
            let notifications = self.clone();
            Job::new(name, every, &self.host, move |_| run(notifications.clone()))
        };
        // They wait by themselves until there is something to do.
        let moment = Duration::from_millis(1);
        let mut jobs = vec![
            job("notifications.email", moment, |notifications| {
                Box::pin(async move { notifications.work(Channel::Email).await })
            }),
            job("notifications.sms", moment, |notifications| {
                Box::pin(async move { notifications.work(Channel::Sms).await })
            }),
            job(
                "notifications.give-up",
                Duration::from_secs(60),
                |notifications| Box::pin(async move { notifications.give_up().await }),
            ),
        ];
        jobs.extend(self.webhooks.jobs());
        jobs
    }
}

/// One run of a job.
type Run = fn(Notifications) -> JobRun;
