//! Shipments, from the news of an order to the doorstep.

mod access;
mod guards;
mod moving;
mod orders;
mod packing;
mod queue;
mod races;
mod sandbox;
mod shop;
