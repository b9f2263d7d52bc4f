//! All SQL of inventory, by table. What stands here decides nothing.

pub mod alerts;
pub mod audits;
pub mod each;
pub mod levels;
pub mod lists;
pub mod missing;
pub mod movements;
pub mod products;
pub mod reservations;
pub mod stores;
pub mod untold;
