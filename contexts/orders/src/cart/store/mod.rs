//! All SQL of carts.

mod checkouts;
mod overview;
mod rows;
mod writes;

pub use checkouts::*;
pub use overview::*;
pub use rows::*;
pub use writes::*;
