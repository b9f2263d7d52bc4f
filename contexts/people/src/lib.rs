//! People: clients and employees, and the protection of what is personal about them.

mod archive_client;
mod archive_employee;
mod change_client;
mod change_employee;
mod client;
mod create_client;
mod create_employee;
mod employee;
mod erase_client;
mod export_client;
mod find_logins;
mod http;
mod import_clients;
mod link_client;
mod on_store_changed;
mod on_user_registered;
mod read_clients;
mod read_employees;
mod store;
mod words;

pub use find_logins::find_logins;
pub use import_clients::{ImportedClient, import_clients};

use contracts::ports::ShippingAddresses;
use platform::{Host, Module, Subscriptions};
use std::sync::Arc;

/// The context, ready to be wired. Where orders are at home here, they say what they hold on a
/// person; elsewhere an export goes without, and says so.
pub fn module(host: &Host, addresses: Option<Arc<dyn ShippingAddresses>>) -> Module {
    Module::new("people")
        .migrations(platform::migrations!("0001_people", "0002_people_logins"))
        .routes(http::routes(host, addresses))
        .subscriptions(
            Subscriptions::new()
                .on(on_user_registered::OnUserRegistered::new(host))
                .on(on_store_changed::OnStoreChanged),
        )
        .audits(store::AUDITS)
        .jobs(vec![find_logins::job(host)])
}
