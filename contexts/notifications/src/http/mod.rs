//! REST: the routes of notifications and who may call them.

mod notices;
mod preferences;
mod suppressions;
mod templates;
mod unsubscribing;
mod views;

use crate::kind::{Channel, Kind};
use crate::notice::{Notice, Status};
use crate::notifications::Notifications;
use crate::suppression::Cause;
use platform::auth::{Principal, Role};
use platform::http::{Allow, MANAGERS, Routes, STAFF};
use platform::routes;

/// Who passes on what providers of mail and text messages report.
const REPORTERS: &[Role] = &[Role::Admin, Role::Service];

pub fn routes(notifications: &Notifications) -> Routes<Notifications> {
    let (staff, managers) = (Allow::only(STAFF), Allow::only(MANAGERS));
    let own = Allow::only(STAFF).or_own();
    Routes::new(notifications.clone())
        .schema::<Kind>()
        .schema::<Channel>()
        .schema::<Status>()
        .schema::<Cause>()
        .add(staff, routes!(notices::list_notifications))
        .add(Allow::anyone(), routes!(unsubscribing::show_unsubscribe))
        .add(Allow::anyone(), routes!(unsubscribing::unsubscribe))
        .add(own, routes!(preferences::read_preferences))
        .add(own, routes!(preferences::put_preferences))
        .add(
            Allow::signed_in(),
            routes!(preferences::read_my_preferences),
        )
        .add(Allow::signed_in(), routes!(preferences::put_my_preferences))
        .add(staff, routes!(notices::read_notification))
        .add(managers, routes!(notices::replay_notification))
        .add(staff, routes!(templates::list_templates))
        .add(staff, routes!(templates::read_template))
        .add(managers, routes!(templates::put_template))
        .add(managers, routes!(templates::delete_template))
        .add(managers, routes!(templates::preview_template))
        .add(managers, routes!(suppressions::list_suppressions))
        .add(
            Allow::only(REPORTERS),
            routes!(suppressions::report_suppression),
        )
        .add(managers, routes!(suppressions::read_suppression))
        .add(managers, routes!(suppressions::remove_suppression))
}

/// What is told of an order of another store is not there. Where the store is not known it may be
/// any, so it is not there either; what is about no order is of no store.
fn may_see(principal: &Principal, notice: &Notice) -> bool {
    match (principal.only_stores(), notice.order_id) {
        (None, _) | (_, None) => true,
        (Some(mine), Some(_)) => notice.store_id.is_some_and(|store| mine.contains(&store)),
    }
}
