//! A payment on the table: its order, its attempts, and what comes of the news about them. It is
//! read under a lock, changed in here without any I/O, and written back whole. Pure.
//!
//! * `hear`: what a provider answers to a call. * `learn`: what it says when it is asked.
//! * `advance`: what follows from how things stand. * `changes`: what is to be written and told.

mod advance;
mod changes;
mod hear;
mod learn;
#[cfg(test)]
mod tests;

pub use changes::{Changes, Entry, News, Note, Posting, Refund, RefundStatus};

use crate::attempt::{Attempt, Kind, State, Wanted};
use crate::payment::{Payment, Status, Sums};
use crate::sale::{Placed, Sale};
use kernel::{Money, PaymentId, RefundId, Timestamp};
use uuid::Uuid;

/// When it is, and ids for what is made now.
pub struct Moment<'m> {
    pub now: Timestamp,
    pub ids: &'m mut (dyn FnMut() -> Uuid + Send),
}

impl Moment<'_> {
    pub fn id(&mut self) -> Uuid {
        (self.ids)()
    }
}

/// One payment with everything that bears on it.
#[derive(Clone, Debug)]
pub struct Case {
    pub sale: Sale,
    pub payment: Payment,
    /// All of the payment, oldest first.
    pub attempts: Vec<Attempt>,
    pub changes: Changes,
}

/// A payment that begins: how, and with whom.
pub struct Beginning {
    pub id: PaymentId,
    pub method: String,
    pub provider: String,
    pub amount: Money,
    pub correlation: Uuid,
}

impl Case {
    /// A payment as it was stored.
    pub fn open(sale: Sale, payment: Payment, attempts: Vec<Attempt>) -> Self {
        Self {
            sale,
            payment,
            attempts,
            changes: Changes::default(),
        }
    }

    /// A payment that is about to be asked for.
    pub fn begin(sale: Sale, placed: &Placed, how: Beginning, moment: &mut Moment<'_>) -> Self {
        let mut case = Self::blank(sale, placed, how, moment.now);
        let amount = case.payment.amount.minor();
        case.start(Kind::Authorize, amount, None, moment);
        case
    }

    /// A payment nobody can be asked for: it fails at once, so that the sale can end.
    pub fn begin_in_vain(sale: Sale, placed: &Placed, how: Beginning, moment: &Moment<'_>) -> Self {
        let mut case = Self::blank(sale, placed, how, moment.now);
        case.fail("unavailable");
        case
    }

    /// Money that people took: it is written down, and nobody is asked.
    pub fn take(sale: Sale, placed: &Placed, how: Beginning, moment: &Moment<'_>) -> Self {
        let mut case = Self::blank(sale, placed, how, moment.now);
        let amount = case.payment.amount.minor();
        case.enter(Posting::Take, amount, None);
        case.restate();
        case.tell(News::Captured {
            amount,
            so_far: amount,
        });
        case
    }

    fn blank(sale: Sale, placed: &Placed, how: Beginning, now: Timestamp) -> Self {
        let Beginning {
            id,
            method,
            provider,
            amount,
            correlation,
        } = how;
        debug_assert_eq!(placed.total.currency(), amount.currency());
        let payment = Payment {
            id,
            order_id: sale.id,
            method,
            provider,
            amount,
            status: Status::Pending,
            sums: Sums::default(),
            reference: None,
            redirect_url: None,
            reason: None,
            correlation,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let changes = Changes {
            begun: true,
            ..Changes::default()
        };
        Self {
            sale,
            payment,
            attempts: Vec::new(),
            changes,
        }
    }

    /// Whether there is anything to write.
    pub fn is_changed(&self) -> bool {
        self.changes != Changes::default()
    }

    /// Attempts whose outcome is open.
    pub fn open_attempts(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|one| one.state.is_open())
    }

    /// The place of an attempt.
    pub fn place_of(&self, attempt: Uuid) -> Option<usize> {
        self.attempts.iter().position(|one| one.id == attempt)
    }

    /// The place of the attempt whose turn it is: one at a time, the oldest first.
    pub fn current(&self) -> Option<usize> {
        self.attempts.iter().position(|one| one.state.is_open())
    }

    /// What could still be given back, beside what is on its way.
    pub fn refundable(&self) -> i64 {
        let refunds = self.open_attempts().filter(|one| one.kind == Kind::Refund);
        self.payment.sums.kept() - refunds.map(|one| one.amount).sum::<i64>()
    }

    /// Adds a refund and the call for it.
    pub fn give_back(
        &mut self,
        amount: i64,
        reason: Option<String>,
        moment: &mut Moment<'_>,
    ) -> RefundId {
        let id = RefundId::from_uuid(moment.id());
        self.changes.new_refunds.push(Refund {
            id,
            amount: self.payment.money(amount),
            status: RefundStatus::Pending,
            reason,
            reference: None,
        });
        self.start(Kind::Refund, amount, Some(id), moment);
        id
    }

    /// Writes down that people gave money back.
    pub fn gave_back(
        &mut self,
        amount: i64,
        reason: Option<String>,
        moment: &mut Moment<'_>,
    ) -> RefundId {
        let id = RefundId::from_uuid(moment.id());
        self.changes.new_refunds.push(Refund {
            id,
            amount: self.payment.money(amount),
            status: RefundStatus::Done,
            reason,
            reference: None,
        });
        self.refunded(id, amount, None);
        id
    }

    /// Adds a call.
    pub fn start(
        &mut self,
        kind: Kind,
        amount: i64,
        refund_id: Option<RefundId>,
        moment: &mut Moment<'_>,
    ) {
        let earlier = self.attempts.iter().filter(|one| one.kind == kind).count();
        let wanted = Wanted {
            id: moment.id(),
            payment_id: self.payment.id,
            refund_id,
            kind,
            amount,
            earlier,
        };
        self.changes.new_attempts.push(self.attempts.len());
        self.attempts.push(Attempt::new(wanted, moment.now));
    }

    /// The event that led to the last call there was before this change.
    pub fn led_to_by(&self) -> Option<Uuid> {
        let earlier = self.attempts.len() - self.changes.new_attempts.len();
        self.attempts[..earlier].last()?.causation
    }

    /// The last step before it is written. Calls that are new follow from `causation`, and whoever
    /// changes a payment gives it a new version, news or not.
    pub fn seal(&mut self, causation: Option<Uuid>) {
        for place in &self.changes.new_attempts {
            self.attempts[*place].causation = causation;
        }
        let Changes { begun, touched, .. } = self.changes;
        if touched && !begun && self.changes.news.is_empty() {
            self.payment.version += 1;
        }
    }

    pub fn note(&mut self, what: &'static str, detail: Option<String>) {
        self.changes.notes.push(Note { what, detail });
    }

    /// The row of an attempt will be written.
    fn mark(&mut self, place: usize) {
        let Changes {
            new_attempts,
            changed_attempts,
            ..
        } = &mut self.changes;
        if !new_attempts.contains(&place) && !changed_attempts.contains(&place) {
            changed_attempts.push(place);
        }
    }

    fn close(&mut self, place: usize, state: State) {
        self.attempts[place].state = state;
        self.mark(place);
    }

    fn enter(&mut self, posting: Posting, amount: i64, attempt_id: Option<Uuid>) {
        if amount == 0 {
            return;
        }
        let sums = &mut self.payment.sums;
        match posting {
            Posting::Authorize => sums.authorized += amount,
            Posting::Capture => sums.captured += amount,
            Posting::Void => sums.voided += amount,
            Posting::Refund => sums.refunded += amount,
            Posting::Take => {
                sums.authorized += amount;
                sums.captured += amount;
            }
        }
        self.changes.touched = true;
        self.changes.entries.push(Entry {
            attempt_id,
            posting,
            amount,
        });
    }

    /// Every piece of news has a version of its own.
    fn tell(&mut self, news: News) {
        if !self.changes.begun || !self.changes.news.is_empty() {
            self.payment.version += 1;
        }
        self.changes.touched = true;
        self.changes.news.push((self.payment.version, news));
    }

    fn fail(&mut self, reason: &str) {
        self.payment.reason = Some(reason.to_owned());
        self.restate();
        self.tell(News::Failed {
            reason: reason.to_owned(),
        });
    }

    fn refunded(&mut self, refund: RefundId, amount: i64, attempt_id: Option<Uuid>) {
        self.enter(Posting::Refund, amount, attempt_id);
        self.restate();
        let so_far = self.payment.sums;
        self.tell(News::Refunded {
            refund,
            amount,
            so_far,
        });
    }

    /// Sets the status that follows from sums and attempts.
    fn restate(&mut self) {
        let lost = |one: &Attempt| one.state == State::Unknown;
        // A void of what waits for the buyer has nothing in the sums either.
        let begins = |one: &Attempt| matches!(one.kind, Kind::Authorize | Kind::Void);
        let silent = match self.open_attempts().any(begins) {
            true if self.payment.redirect_url.is_some() => Status::ActionRequired,
            true => Status::Pending,
            false => Status::Failed,
        };
        self.payment.status = match self.payment.settled(silent) {
            _ if self.attempts.iter().any(lost) => Status::Unknown,
            // It was let go of because it could not be taken.
            Status::Voided if self.payment.reason.is_some() => Status::Failed,
            settled => settled,
        };
        self.changes.touched = true;
    }
}
