//! The whole shop, all contexts at home, on both engines.

mod races;
mod shop;
