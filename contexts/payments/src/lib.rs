//! Payments: money set aside, taken and given back, and the protocol of an answer that was lost.
//! The front door.

mod ask;
mod attempt;
mod book_cash;
mod call;
mod case;
mod day;
mod handle;
mod http;
mod on_sale;
mod pay;
mod payment;
mod payments;
pub mod provider;
mod reconcile;
mod refusal;
mod sale;
mod save;
mod settings;
mod settle;
mod store;
mod webhook_follow;
mod webhook_page;
mod webhook_payfast;
mod webhook_receive;
mod worker;

pub use ask::AskError;
pub use day::{BadDay, Day};
pub use payments::Payments;
pub use reconcile::{Difference, DifferenceKind, Moved, Outcome, ProviderDay, Reconciliation};
pub use settings::{Reader, Settings, SettingsFaults};

use platform::{Host, Job, Module, Subscriptions};
use provider::hosted::NoClient;
use std::time::Duration;

/// Payments in a process that asks it nothing beside.
pub fn module(host: &Host, settings: Settings) -> Result<Module, NoClient> {
    Ok(Payments::new(host, settings)?.module())
}

impl Payments {
    /// Queries that find nothing in a healthy database.
    pub const AUDITS: &[platform::Audit] = store::audits::AUDITS;

    /// The context, ready to be wired.
    pub fn module(&self) -> Module {
        Module::new("payments")
            .migrations(platform::migrations!(
                "0001_payments" + engines,
                "0002_inbox"
            ))
            .routes(http::routes(self))
            .subscriptions(Subscriptions::new().on(on_sale::OnSale(self.clone())))
            .audits(Self::AUDITS)
            .jobs(self.jobs())
    }

    fn jobs(&self) -> Vec<Job> {
        let (calls, cash, refused) = (self.clone(), self.clone(), self.clone());
        let (webhooks, inbox) = (self.clone(), self.clone());
        vec![
            // It waits by itself until there is something to do.
            Job::new(
                "payments.calls",
                Duration::from_millis(1),
                &self.host,
                move |_| {
                    let payments = calls.clone();
                    async move { payments.work().await }
                },
            ),
            Job::new(
                "payments.follow-webhooks",
                Duration::from_millis(500),
                &self.host,
                move |_| {
                    let payments = webhooks.clone();
                    async move { payments.follow_webhooks().await }
                },
            ),
            Job::new(
                "payments.forget-webhooks",
                Duration::from_secs(3600),
                &self.host,
                move |_| {
                    let payments = inbox.clone();
                    async move { payments.forget_webhooks().await }
                },
            ),
            Job::new(
                "payments.book-cash",
                Duration::from_secs(1),
                &self.host,
                move |_| {
                    let payments = cash.clone();
                    async move { payments.book_cash().await }
                },
            ),
            Job::new(
                "payments.forget-refused",
                Duration::from_secs(3600),
                &self.host,
                move |_| {
                    let payments = refused.clone();
                    async move { payments.forget_refused().await }
                },
            ),
        ]
    }
}
