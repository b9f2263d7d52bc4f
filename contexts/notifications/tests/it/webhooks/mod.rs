//! Outgoing webhooks, to a receiver on this machine that checks signatures by itself.

mod choosing;
mod delivering;
mod documented;
mod endpoints;
mod failing;
mod replaying;
mod sharing;
mod shop;
