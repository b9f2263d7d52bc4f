//! All SQL of orders.

mod audits;
mod copies;
mod history;
mod list;
mod order;
mod parcels;
mod returns;
mod saga;

pub use audits::AUDITS;
pub use copies::*;
pub use history::*;
pub use list::*;
pub use order::*;
pub use parcels::*;
pub use returns::*;
pub use saga::*;
