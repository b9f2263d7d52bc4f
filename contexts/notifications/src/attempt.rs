//! One attempt to deliver a notice: what is known of it becomes a message, or the reason why there
//! is none. Pure.

use crate::contact::Contact;
use crate::facts::Facts;
use crate::kind::Channel;
use crate::notice::Outcome;
use crate::post::Message;
use crate::settings::Settings;
use crate::store::claims::Claimed;
use crate::suppression::Cause;
use crate::template::{Name, Own};
use kernel::Timestamp;
use std::collections::HashMap;

/// How somebody is reached.
pub enum Reach {
    Known(Contact),
    /// Nobody told.
    Unknown,
    Erased,
    /// What was sealed is not what it should be.
    Unreadable,
}

/// A message to send, or what came of the attempt without one.
pub enum Plan {
    Send(Message),
    Done(Outcome),
}

/// What all attempts of a round go by.
pub struct Round<'a> {
    pub settings: &'a Settings,
    /// Texts of the shop's own.
    pub own: &'a [Own],
    /// Keyed hashes of addresses that do not take everything, and why.
    pub suppressed: &'a HashMap<Vec<u8>, Cause>,
    pub now: Timestamp,
}

/// Where a message goes to, and the keyed hash of that. It has no `Debug`, so that it gets into no
/// log.
#[derive(Clone)]
pub struct Address {
    pub text: String,
    pub hash: Vec<u8>,
}

/// Where a notice goes to by its channel.
pub fn address(channel: Channel, reach: &Reach) -> Option<String> {
    let Reach::Known(contact) = reach else {
        return None;
    };
    match channel {
        Channel::Email => contact.email.clone(),
        Channel::Sms => contact.number().filter(|number| number.len() > 4),
    }
}

/// Decides what is to be done.
pub fn plan(
    claimed: &Claimed,
    reach: &Reach,
    address: Option<Address>,
    unsubscribe_url: Option<String>,
    round: &Round<'_>,
) -> Plan {
    let skipped = |reason| Plan::Done(Outcome::Skipped { reason });
    let contact = match reach {
        Reach::Erased => return Plan::Done(Outcome::Erased),
        Reach::Unknown => return skipped("no_contact"),
        Reach::Unreadable => return Plan::Done(Outcome::refused("unreadable_contact")),
        Reach::Known(contact) => contact,
    };
    if claimed.deadline_at <= round.now {
        return Plan::Done(Outcome::refused("expired"));
    }
    if claimed.kind.is_optional() && claimed.unsubscribed {
        return skipped("unsubscribed");
    }
    let Some(address) = address else {
        return skipped("no_address");
    };
    let cause = round.suppressed.get(&address.hash);
    if cause.is_some_and(|cause| cause.stops(claimed.kind)) {
        return skipped("suppressed");
    }
    let (kind, channel) = (claimed.kind, claimed.channel);
    if let Some(until) = round.settings.quiet_until(kind, channel, round.now) {
        return Plan::Done(Outcome::Quiet { until });
    }
    let message = write(claimed, contact, address, unsubscribe_url, round);
    message.unwrap_or_else(|| Plan::Done(Outcome::refused("unwritable")))
}

/// The message in the reader's language. `None` when its text cannot be filled in, which a check
/// prevents for the shop's own texts.
fn write(
    claimed: &Claimed,
    contact: &Contact,
    address: Address,
    unsubscribe_url: Option<String>,
    round: &Round<'_>,
) -> Option<Plan> {
    let language = contact.language.unwrap_or(round.settings.language);
    let name = Name {
        kind: claimed.kind,
        channel: claimed.channel,
        language,
    };
    let own = round.own.iter().find(|own| own.name == name);
    let text = own.map_or_else(|| name.built_in(), |own| Some(own.text.clone()))?;
    let order = claimed.order.as_ref();
    let facts = Facts {
        kind: claimed.kind,
        language,
        settings: round.settings,
        contact,
        order: order.map(|order| (order.number.as_str(), order.total)),
        details: &serde_json::from_str(&claimed.details).ok()?,
        unsubscribe_url: unsubscribe_url.as_deref(),
    };
    let text = text.fill(&facts.variables()).ok()?;
    Some(Plan::Send(Message {
        id: claimed.id,
        kind: claimed.kind,
        channel: claimed.channel,
        to: address.text,
        to_name: contact.name.clone(),
        text,
        unsubscribe_url,
        at: round.now,
    }))
}
