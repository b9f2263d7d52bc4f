//! REST: webhook endpoints and their deliveries, for administrators.

mod deliveries;
mod endpoints;
mod views;

use super::Webhooks;
use platform::http::{ADMINS, Allow, Routes};
use platform::routes;

pub fn routes(webhooks: &Webhooks) -> Routes<Webhooks> {
    let admins = Allow::only(ADMINS);
    Routes::new(webhooks.clone())
        .add(admins, routes!(endpoints::list_webhook_endpoints))
        .add(admins, routes!(endpoints::create_webhook_endpoint))
        .add(admins, routes!(endpoints::read_webhook_endpoint))
        .add(admins, routes!(endpoints::change_webhook_endpoint))
        .add(admins, routes!(endpoints::remove_webhook_endpoint))
        .add(admins, routes!(endpoints::rotate_webhook_secret))
        .add(admins, routes!(endpoints::test_webhook_endpoint))
        .add(admins, routes!(deliveries::list_webhook_deliveries))
        .add(admins, routes!(deliveries::read_webhook_delivery))
        .add(admins, routes!(deliveries::replay_webhook_delivery))
        .add(admins, routes!(deliveries::replay_webhook_endpoint))
}
