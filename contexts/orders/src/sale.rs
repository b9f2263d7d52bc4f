//! A sale: an order with what it waits for, and what each fact makes of it. Pure: it says which
//! events must be told, the use case tells them.

use crate::fact::{Became, Fact};
use crate::order::{Happening, Order, Outcome, PaymentStatus, Status, transition};
use crate::parcel::{Moved, fulfilment};
use crate::payment::{Payments, Setting, Told};
use crate::saga::{Saga, State, Step, waits_for};
use contracts::inventory::ShortLine;
use kernel::{StoreId, Timestamp};

/// Why orders end, in events. The caller's own words stay with the order, where they can be erased.
pub const REQUESTED: &str = "requested";
pub const INSUFFICIENT_STOCK: &str = "insufficient_stock";
pub const PAYMENT_FAILED: &str = "payment_failed";
pub const EXPIRED: &str = "expired";

/// An order, its record, and what has been heard of its payments and parcels.
#[derive(Clone, Debug)]
pub struct Sale {
    pub order: Order,
    pub saga: Option<Saga>,
    pub payments: Payments,
    /// Filled in when parcels are heard of, together with the order's lines.
    pub moved: Moved,
    held: bool,
}

/// What the shop must hear about an order, at the version the order has by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tell {
    Placed,
    Confirmed(StoreId),
    Cancelled(&'static str),
    Delivered,
}

/// What became of a sale that is past its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// It waited too long for stock or payment.
    Expired,
    /// Its payment is uncertain: it has more time.
    Extended,
    AskedAgain,
    Stuck,
    /// It is not overdue, or asking again still may help.
    Left,
}

impl Sale {
    pub fn new(order: Order, saga: Option<Saga>, payments: Payments) -> Self {
        let waits = saga.as_ref().map(|saga| saga.step);
        let held = order.status == Status::Pending && waits.is_some_and(|step| step != Step::Stock);
        Self {
            order,
            saga,
            payments,
            moved: Moved::default(),
            held,
        }
    }

    /// Takes in a fact, of this version of its subject.
    pub fn hear(&mut self, fact: &Fact, version: i64, now: Timestamp) -> (Became, Option<Tell>) {
        let (became, tell) = match fact {
            Fact::StockReserved(store) => (self.stock_reserved(*store, now), None),
            Fact::StockRefused(short) => self.stock_refused(short, now),
            Fact::Payment(id, told, reason) => match self.payments.hear(*id, version, *told) {
                true => self.payment(*told, reason.as_deref(), now),
                false => (Became::Ignored, None),
            },
            Fact::Dispatched(..) => {
                let all = self.moved.all_left(&self.order.lines);
                let part = (Happening::DispatchPart, Happening::DispatchAll);
                self.parcel(if all { part.1 } else { part.0 }, now)
            }
            Fact::Delivered(..) => {
                let all = self.moved.all_arrived(&self.order.lines);
                let part = (Happening::DeliverPart, Happening::DeliverLast);
                self.parcel(if all { part.1 } else { part.0 }, now)
            }
        };
        let tell = tell.or_else(|| self.go_on(now));
        self.follow(now);
        (became, tell)
    }

    fn stock_reserved(&mut self, store: StoreId, now: Timestamp) -> Became {
        match transition(self.order.status, Happening::StockReserved) {
            Outcome::To(_) if !self.held => {
                self.held = true;
                self.order.store_id = Some(store);
                self.touch(now);
                Became::Applied
            }
            Outcome::Late => Became::Late,
            _ => Became::Ignored,
        }
    }

    fn stock_refused(&mut self, short: &[ShortLine], now: Timestamp) -> (Became, Option<Tell>) {
        match transition(self.order.status, Happening::StockRefused) {
            Outcome::To(_) => {
                self.order.cancel(INSUFFICIENT_STOCK, now);
                let short = crate::stock::shorts(&self.order, short);
                self.order.end_detail = serde_json::to_string(&short).ok();
                (Became::Applied, Some(Tell::Cancelled(INSUFFICIENT_STOCK)))
            }
            _ => (Became::Ignored, None),
        }
    }

    fn payment(
        &mut self,
        told: Told,
        reason: Option<&str>,
        now: Timestamp,
    ) -> (Became, Option<Tell>) {
        let Some(status) = self.payments.status(self.setting()) else {
            return (Became::Ignored, None);
        };
        let ends = matches!(told, Told::Failed | Told::Voided);
        let promise = self.order.payment_method.is_promise();
        if ends && (promise || !status.is_lost()) {
            // Another payment goes on, or none was needed.
            self.set_payment_status(status, now);
            return (Became::Ignored, None);
        }
        match transition(self.order.status, happening(told)) {
            Outcome::To(Status::Cancelled) if self.order.status != Status::Cancelled => {
                self.set_payment_status(status, now);
                self.order.cancel(PAYMENT_FAILED, now);
                self.order.end_detail = serde_json::to_string(&reason).ok();
                (Became::Applied, Some(Tell::Cancelled(PAYMENT_FAILED)))
            }
            Outcome::To(_) => {
                self.set_payment_status(status, now);
                (Became::Applied, None)
            }
            Outcome::Late => {
                self.set_payment_status(status, now);
                (Became::Late, None)
            }
            Outcome::Ignored | Outcome::Illegal => (Became::Ignored, None),
        }
    }

    fn parcel(&mut self, happening: Happening, now: Timestamp) -> (Became, Option<Tell>) {
        let was = (self.order.status, self.order.fulfilment_status);
        let became = match transition(self.order.status, happening) {
            Outcome::To(next) => {
                self.order.status = next;
                Became::Applied
            }
            Outcome::Late => Became::Late,
            Outcome::Ignored | Outcome::Illegal => return (Became::Ignored, None),
        };
        self.order.fulfilment_status = fulfilment(&self.order.lines, &self.moved);
        if was != (self.order.status, self.order.fulfilment_status) {
            self.touch(now);
        }
        let arrived = was.0 != Status::Delivered && self.order.status == Status::Delivered;
        (became, arrived.then_some(Tell::Delivered))
    }

    /// What was waiting for this fact: a wish to cancel, or the confirmation.
    fn go_on(&mut self, now: Timestamp) -> Option<Tell> {
        let certain = self.order.payment_status != PaymentStatus::Unknown;
        if certain && let Some(why) = self.order.cancel_requested.take() {
            if let Outcome::To(_) = transition(self.order.status, Happening::Cancel) {
                self.order.cancel(&why, now);
                return Some(Tell::Cancelled(REQUESTED));
            }
            self.touch(now);
        }
        let paid = self.order.payment_method.is_promise() || self.order.payment_status.is_good();
        let store = self.order.store_id.filter(|_| self.held && paid)?;
        match transition(self.order.status, Happening::Confirm) {
            Outcome::To(_) => {
                self.order.confirm(store, now);
                Some(Tell::Confirmed(store))
            }
            _ => None,
        }
    }

    /// Brings the record up to the order.
    pub fn follow(&mut self, now: Timestamp) {
        let waits_for = waits_for(&self.order, self.held);
        match (&mut self.saga, waits_for) {
            (Some(saga), waits_for) => saga.follow(waits_for, now),
            (None, Some(step)) => self.saga = Some(Saga::begin(step, now)),
            (None, None) => {}
        }
    }

    /// Cancels, or keeps the wish until the payment is certain. The caller has asked the table.
    pub fn cancel(&mut self, why: &str, now: Timestamp) -> Option<Tell> {
        if self.order.payment_status == PaymentStatus::Unknown {
            if self.order.cancel_requested.is_none() {
                self.order.cancel_requested = Some(why.to_owned());
                self.touch(now);
            }
            return None;
        }
        self.order.cancel(why, now);
        self.follow(now);
        Some(Tell::Cancelled(REQUESTED))
    }

    /// Sees to a sale whose deadline has passed.
    pub fn see_to(&mut self, now: Timestamp) -> (Overdue, Option<Tell>) {
        let pending = self.order.status == Status::Pending;
        let unknown = self.order.payment_status == PaymentStatus::Unknown;
        let Some(saga) = self.saga.as_mut().filter(|saga| saga.is_overdue(now)) else {
            return (Overdue::Left, None);
        };
        if unknown {
            saga.extend(now);
            return (Overdue::Extended, None);
        }
        if pending && let Outcome::To(_) = transition(self.order.status, Happening::Expire) {
            self.order.cancel(EXPIRED, now);
            self.follow(now);
            return (Overdue::Expired, Some(Tell::Cancelled(EXPIRED)));
        }
        if saga.is_hopeless(now) {
            saga.state = State::Stuck;
            saga.updated_at = now;
            return (Overdue::Stuck, None);
        }
        if saga.tries > 0 {
            return (Overdue::Left, None);
        }
        (Overdue::AskedAgain, self.ask_again(now))
    }

    /// Somebody wants it tried again: the step gets its whole time, and is asked for anew.
    /// `None` when nothing is left to try.
    pub fn retry(&mut self, now: Timestamp) -> Option<Option<Tell>> {
        let saga = self.saga.as_mut().filter(|one| one.state != State::Done)?;
        saga.extend(now);
        Some(self.ask_again(now))
    }

    /// Tells once more what the step follows from: whoever has heard it before ignores it.
    fn ask_again(&mut self, now: Timestamp) -> Option<Tell> {
        if let Some(saga) = &mut self.saga {
            saga.tries += 1;
            saga.updated_at = now;
        }
        let tell = match self.order.status {
            Status::Draft => None,
            Status::Pending if self.held => None,
            Status::Pending => Some(Tell::Placed),
            Status::Cancelled => Some(Tell::Cancelled(self.reason())),
            _ => self.order.store_id.map(Tell::Confirmed),
        };
        if tell.is_some() {
            self.touch(now);
        }
        tell
    }

    fn reason(&self) -> &'static str {
        let codes = [INSUFFICIENT_STOCK, PAYMENT_FAILED, EXPIRED];
        let is = |code: &&str| self.order.end_reason.as_deref() == Some(code);
        codes.into_iter().find(is).unwrap_or(REQUESTED)
    }

    fn setting(&self) -> Setting {
        use crate::order::FulfilmentStatus::{PartiallyReturned, Returned};
        Setting {
            total: self.order.total.minor(),
            cancelled: self.order.status == Status::Cancelled,
            returned: matches!(self.order.fulfilment_status, PartiallyReturned | Returned),
        }
    }

    /// A promise is paid when money comes; what a provider says before that changes nothing.
    fn set_payment_status(&mut self, status: PaymentStatus, now: Timestamp) {
        use PaymentStatus::{Paid, PartiallyRefunded, RefundDue, Refunded};
        let came = matches!(status, Paid | PartiallyRefunded | RefundDue | Refunded);
        if self.order.payment_method.is_promise() && !came {
            return;
        }
        if self.order.payment_status != status {
            self.order.payment_status = status;
            self.touch(now);
        }
    }

    fn touch(&mut self, now: Timestamp) {
        self.order.updated_at = now;
        self.order.version += 1;
    }
}

fn happening(told: Told) -> Happening {
    match told {
        Told::ActionRequired => Happening::PaymentActionRequired,
        Told::Uncertain => Happening::PaymentUncertain,
        Told::Authorized => Happening::PaymentAuthorized,
        Told::Failed => Happening::PaymentFailed,
        Told::Voided => Happening::PaymentVoided,
        Told::Captured { .. } => Happening::PaymentCaptured,
        Told::Refunded { .. } => Happening::PaymentRefunded,
    }
}

#[cfg(test)]
mod tests;
