//! Carts: what clients and guests gather before they order, and its way to the checkout desk.

mod carts;
mod change;
pub mod checkout;
mod error;
mod expire;
mod forget;
pub mod http;
mod lines;
mod merge;
mod on_order_cancelled;
mod overview;
mod price;
mod share;
mod shopper;
mod show;
mod store;
mod token;
mod view;

pub use carts::{AvailabilitySlot, Carts};
pub use error::CartError;
pub use expire::job;
pub use forget::forget;
pub use on_order_cancelled::OnOrderCancelled;
