//! Inventory on both engines, through its operations and the events it hears.

mod ledger;
mod levels;
mod listing;
mod orders;
mod property;
mod races;
mod shop;
mod stores;
mod stream;
