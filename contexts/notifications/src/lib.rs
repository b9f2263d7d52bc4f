//! Notifications: the people and systems around the shop hear of what happens. The front door.

mod attempt;
mod change_template;
mod contact;
mod deliver;
mod facts;
mod http;
mod kind;
mod news;
mod notice;
mod notifications;
mod on_client;
mod on_letter;
mod on_low_stock;
mod on_order;
mod on_product;
mod on_store;
mod on_user;
mod post;
mod preferences;
mod price_news;
mod quiet;
mod read;
mod replay;
mod settings;
mod store;
mod suppress;
mod suppression;
mod tell_prices;
mod template;
mod unsubscribe;
pub mod webhook;
mod wording;

pub use kind::{Channel, Kind};
pub use notice::{Notice, Status};
pub use notifications::Notifications;
pub use post::NoClient;
pub use quiet::QuietHours;
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
                "0003_order_store",
                "0004_urgent_first",
                "0005_suppressions",
                "0006_prices"
            ))
            .routes(http::routes(self).merge(self.webhooks.routes()))
            .subscriptions(self.subscriptions())
            .audits(Self::AUDITS)
            .jobs(self.jobs())
    }

    fn subscriptions(&self) -> Subscriptions {
        Subscriptions::new()
            .on(on_client::OnClient(self.clone()))
            .on(on_user::OnUser(self.clone()))
            .on(on_letter::OnLetter(self.clone()))
            .on(on_product::OnProduct(self.clone()))
            .on(on_store::OnStore)
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
            job(
                "notifications.prices",
                Duration::from_secs(60),
                |notifications| Box::pin(async move { notifications.tell_prices().await }),
            ),
        ];
        jobs.extend(self.webhooks.jobs());
        jobs
    }
}

/// One run of a job.
type Run = fn(Notifications) -> JobRun;
