//! All SQL of shipments, by table. What stands here decides nothing.

pub mod audits;
pub mod fulfilment;
pub mod lines;
pub mod orders;
pub mod shipments;
