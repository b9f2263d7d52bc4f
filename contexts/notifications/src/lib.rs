//! Notifications: the people and systems around the shop hear of what happens. The front door.

pub mod webhook;

use platform::Module;
use webhook::Webhooks;

/// The context, ready to be wired.
pub fn module(webhooks: &Webhooks) -> Module {
    Module::new("notifications")
        .migrations(platform::migrations!("0002_webhooks"))
        .routes(webhooks.routes())
        .subscriptions(webhooks.subscriptions())
        .audits(Webhooks::AUDITS)
        .jobs(webhooks.jobs())
}
