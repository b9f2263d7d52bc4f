//! News that somebody is to be told, and the notices they become. Pure.

use crate::kind::{Channel, Kind};
use crate::notice::PATIENCE;
use kernel::{OrderId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

/// Something to be told to one person.
#[derive(Clone, Debug)]
pub struct News {
    pub kind: Kind,
    /// What tells it from other news of its kind: an order, a parcel, a refund, a letter, …
    pub about: String,
    pub order_id: Option<OrderId>,
    /// Whom; for an order it may be known only later.
    pub person_id: Option<Uuid>,
    /// What the template needs beside the copies; nothing personal.
    pub details: Value,
    /// What it brings sealed.
    pub sealed: Option<Vec<u8>>,
    /// What is not delivered by then is not delivered.
    pub deadline: Timestamp,
}

/// A notice to be written down.
#[derive(Clone, Debug)]
pub struct NewNotice {
    pub told_of: String,
    pub kind: Kind,
    pub channel: Channel,
    pub order_id: Option<OrderId>,
    pub person_id: Option<Uuid>,
    pub details: String,
    pub sealed: Option<Vec<u8>>,
    pub deadline_at: Timestamp,
}

impl News {
    /// News of an order, `about` itself or something of it.
    pub fn of_order(kind: Kind, order: OrderId, about: Uuid, at: Timestamp) -> Self {
        Self {
            kind,
            about: about.simple().to_string(),
            order_id: Some(order),
            person_id: None,
            details: Value::Null,
            sealed: None,
            deadline: at.plus(PATIENCE),
        }
    }

    /// News to a person that bring what is needed to reach them.
    pub fn sealed(kind: Kind, person: Uuid, about: Uuid, sealed: Vec<u8>, at: Timestamp) -> Self {
        Self {
            kind,
            about: about.simple().to_string(),
            order_id: None,
            person_id: Some(person),
            details: Value::Null,
            sealed: Some(sealed),
            deadline: at.plus(PATIENCE),
        }
    }

    pub fn with(self, details: Value) -> Self {
        Self { details, ..self }
    }

    /// A notice for each channel that is `open`; none when it is too late to tell.
    pub fn notices(
        self,
        open: impl Fn(Channel) -> bool,
        now: Timestamp,
    ) -> impl Iterator<Item = NewNotice> {
        let late = self.deadline <= now;
        let channels = self.kind.channels().iter().copied();
        let channels: Vec<_> = channels.filter(|one| !late && open(*one)).collect();
        channels.into_iter().map(move |channel| NewNotice {
            told_of: format!("{}/{}/{channel}", self.kind, self.about),
            kind: self.kind,
            channel,
            order_id: self.order_id,
            person_id: self.person_id,
            details: self.details.to_string(),
            sealed: self.sealed.clone(),
            deadline_at: self.deadline,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn shipped() -> News {
        let order = OrderId::from_uuid(Uuid::from_u128(1));
        let at = Timestamp::from_unix_micros(0);
        News::of_order(Kind::OrderShipped, order, Uuid::from_u128(2), at)
    }

    #[test]
    fn one_notice_a_channel_that_is_open_named_by_what_it_tells_of() {
        let now = Timestamp::from_unix_micros(1);
        let both: Vec<_> = shipped().notices(|_| true, now).collect();
        assert_eq!(both.len(), 2);
        let name = "order_shipped/00000000000000000000000000000002/email";
        assert_eq!(both[0].told_of, name);
        let email = |channel| channel == Channel::Email;
        assert_eq!(shipped().notices(email, now).count(), 1);
    }

    #[test]
    fn old_news_are_no_news() {
        let late = Timestamp::from_unix_micros(0).plus(PATIENCE + Duration::from_secs(1));
        assert_eq!(shipped().notices(|_| true, late).count(), 0);
    }
}
