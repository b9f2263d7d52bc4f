//! REST: the routes of carts and who may call them.

mod caller;
mod contents;
mod items;
mod order;
mod overview;
mod sharing;
mod words;

use super::Carts;
use platform::http::{Allow, MANAGERS, Routes, STAFF};
use platform::routes;

/// A cart belongs to whoever is signed in, or to whoever has its token: so most of these are open
/// to all, and reach nothing but the caller's own.
pub fn routes(carts: Carts) -> Routes<Carts> {
    let shopper = Allow::anyone();
    let buyer = Allow::own().telling(LOG_IN);
    Routes::new(carts)
        .add(shopper, routes!(contents::read_cart, contents::clear_cart))
        .add(
            Allow::signed_in().telling(LOG_IN),
            routes!(contents::merge_cart),
        )
        .add(shopper, routes!(items::add_to_cart))
        .add(
            shopper,
            routes!(items::set_cart_item, items::remove_cart_item),
        )
        .add(shopper, routes!(items::save_for_later))
        .add(shopper, routes!(items::move_to_cart))
        .add(shopper, routes!(items::remove_saved_item))
        .add(shopper, routes!(sharing::share_cart, sharing::unshare_cart))
        .add(shopper, routes!(sharing::read_shared_cart))
        .add_with_own_retry(buyer, routes!(order::check_out_cart))
        .add(Allow::only(STAFF), routes!(overview::list_carts))
        .add(Allow::only(MANAGERS), routes!(overview::summarize_carts))
}

const LOG_IN: &str = "log in first; what you gathered comes along when you send its Cart-Token";
