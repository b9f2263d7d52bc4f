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
mod reconcile_daily;
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
pub use settings::Settings;

use platform::module::JobRun;
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
                "0002_inbox",
                "0003_causation",
                "0004_reconciled"
            ))
            .routes(http::routes(self))
            .subscriptions(Subscriptions::new().on(on_sale::OnSale(self.clone())))
            .audits(Self::AUDITS)
            .jobs(self.jobs())
    }

    fn jobs(&self) -> Vec<Job> {
        let job = |name, every, run: Run| {
            let payments = self.clone();
            Job::new(name, every, &self.host, move |_| run(payments.clone()))
        };
        let (moment, second, hour) = (
            Duration::from_millis(1),
            Duration::from_secs(1),
            Duration::from_secs(3600),
        );
        vec![
            // It waits by itself until there is something to do.
            job("payments.calls", moment, |payments| {
                Box::pin(async move { payments.work().await })
            }),
            job("payments.follow-webhooks", second / 2, |payments| {
                Box::pin(async move { payments.follow_webhooks().await })
            }),
            job("payments.forget-webhooks", hour, |payments| {
                Box::pin(async move { payments.forget_webhooks().await })
            }),
            job("payments.book-cash", second, |payments| {
                Box::pin(async move { payments.book_cash().await })
            }),
            job("payments.reconcile", reconcile_daily::EVERY, |payments| {
                Box::pin(async move { payments.reconcile_yesterday().await })
            }),
        ]
    }
}

/// One run of a job.
type Run = fn(Payments) -> JobRun;
