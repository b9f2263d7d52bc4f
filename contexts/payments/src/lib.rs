//! Payments: money set aside, taken and given back, and the protocol of an answer that was lost.

pub mod provider;
