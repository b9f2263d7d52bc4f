//! The event core: events are committed with the change they tell of, numbered once they are
//! visible, and delivered to every subscription exactly once in effect, in order per aggregate.
//!
//! * `outbox`, `log`: publishing, and the durable log.
//! * `subscriptions`: what a context reacts to; `inline`: delivery in the publisher's transaction.
//! * `hold`: what reactions in one transaction agree on, so that they wait in no circle.
//! * `sequencer`: numbers committed rows; `runner`: delivers from the log what was not inline.
//! * `rebuild`: starts a context's reactions over; `lag`: how far behind they are.
//! * `deliver`, `parked`: one batch into one transaction, version guard, poison isolation.
//! * `bus`: the same between databases.
//! * `feed`, `pattern`, `cloud_event`: the log as readers outside of the house get it.

mod bus;
mod cause;
mod cloud_event;
mod deliver;
mod envelope;
mod feed;
mod hold;
pub(crate) mod inline;
mod lag;
mod lease;
pub(crate) mod log;
mod outbox;
mod parked;
mod pattern;
mod rebuild;
mod runner;
mod sequencer;
mod subscriptions;

pub use bus::{Bus, Consumer, MemoryBus, Relay};
pub use cause::Cause;
pub use cloud_event::CloudEvent;
pub use envelope::Envelope;
pub use lag::{Lag, lag};
pub use lease::{Lease, give_up_leases};
pub use log::{Logged, read_after, read_aggregate};
pub use parked::{ParkedDelivery, list as list_parked, replay as replay_parked};
pub use pattern::{BadPattern, BadSubject, KindPattern, Subject};
pub use rebuild::{Progress, Rebuild};
pub use runner::{Runner, is_settled};
pub use sequencer::Sequencer;
pub use subscriptions::{Delivered, Holds, Reaction, Subscriptions, Turn};

pub(crate) use feed::{Step, Wanted, read_feed};
pub(crate) use outbox::Outbox;
