//! What a provider answers to a call, or that no answer came.

use super::{Case, Moment, News, Posting, RefundStatus};
use crate::attempt::{Kind, State, pause};
use crate::payment::Status;
use crate::provider::{CallError, Told};
use kernel::Money;
use std::time::Duration;

/// What waits for the buyer or the provider is looked after once a minute.
const LOOK_AFTER: Duration = Duration::from_secs(60);
/// Providers may forget keys after a day.
const KEYS_LIVE: Duration = Duration::from_secs(23 * 3600);

impl Case {
    /// The answer to the attempt at `place`.
    pub fn hear(&mut self, place: usize, told: Told, moment: &mut Moment<'_>) {
        match (self.attempts[place].kind, told) {
            (_, Told::Begun { reference }) => {
                self.name(reference);
                let attempt = &mut self.attempts[place];
                attempt.state = State::Ready;
                // Nothing has moved by this try.
                attempt.sent = (attempt.sent - 1).max(0);
                attempt.next_at = moment.now;
                self.mark(place);
            }
            (_, Told::Pending { reference }) => {
                reference.into_iter().for_each(|name| self.name(name));
                self.wait(place, moment);
                self.restate();
            }
            (Kind::Authorize, Told::Authorized { reference }) => {
                self.name(reference);
                self.authorized(place);
            }
            (Kind::Authorize, Told::Captured { reference, amount }) => {
                self.name(reference);
                self.sold(place, amount, moment);
            }
            (
                Kind::Authorize,
                Told::ActionRequired {
                    reference,
                    redirect_url,
                },
            ) => {
                self.name(reference);
                self.ask_buyer(place, redirect_url, moment);
            }
            (Kind::Authorize, Told::Declined { reason }) => {
                self.close(place, State::Failed);
                self.attempts[place].reason = Some(reason.clone());
                self.fail(&reason);
            }
            (Kind::Capture, Told::Captured { amount, .. }) => self.captured(place, amount, moment),
            (Kind::Capture, Told::Declined { reason }) => self.not_captured(place, reason),
            (Kind::Void, Told::Voided) => self.voided(place),
            // Perhaps it was taken meanwhile: the provider is asked how it stands.
            (Kind::Void, Told::Declined { reason }) => {
                self.attempts[place].reason = Some(reason);
                self.wait(place, moment);
                self.restate();
            }
            (Kind::Refund, Told::Refunded { reference }) => self.given_back(place, reference),
            (Kind::Refund, Told::Declined { reason }) => self.not_given_back(place, reason),
            (kind, told) => self.lose(place, format!("{told:?} to {}", kind.as_str()), moment),
        }
    }

    /// No answer, or none about the buyer.
    pub fn hear_nothing(&mut self, place: usize, error: CallError, moment: &mut Moment<'_>) {
        match error {
            CallError::NotSent { reason, after } => self.not_sent(place, reason, after, moment),
            CallError::AnswerLost { reason } => self.lose(place, reason, moment),
            CallError::Rejected { code } => {
                let payment = self.payment.id;
                tracing::error!(%payment, code, "the provider refuses a call for good");
                self.refuse(place, code);
            }
        }
    }

    /// Nothing new is known of the attempt; it is looked into again later.
    pub fn look_later(&mut self, place: usize, moment: &mut Moment<'_>) {
        let attempt = &mut self.attempts[place];
        let dice = low_half(moment.id());
        attempt.next_at = moment.now.plus(pause(attempt.tries, dice));
        self.mark(place);
    }

    /// The provider does not know of it being done: the same key is sent again, as long as it is
    /// sure to remember keys. After that only people can find out.
    pub fn repeat(&mut self, place: usize, moment: &mut Moment<'_>) {
        if moment.now > self.attempts[place].created_at.plus(KEYS_LIVE) {
            let payment = self.payment.id;
            tracing::error!(%payment, "a call is unknown for a day; compare with the provider");
            return self.look_later(place, moment);
        }
        self.attempts[place].state = State::Ready;
        self.attempts[place].next_at = moment.now;
        self.mark(place);
    }

    fn name(&mut self, reference: String) {
        if self.payment.reference.as_ref() != Some(&reference) {
            self.payment.reference = Some(reference);
            self.changes.touched = true;
        }
    }

    fn wait(&mut self, place: usize, moment: &mut Moment<'_>) {
        self.attempts[place].state = State::Waiting;
        self.attempts[place].next_at = moment.now.plus(LOOK_AFTER);
        self.mark(place);
    }

    fn ask_buyer(&mut self, place: usize, redirect_url: String, moment: &mut Moment<'_>) {
        let news = self.payment.redirect_url.as_ref() != Some(&redirect_url);
        self.payment.redirect_url = Some(redirect_url);
        self.wait(place, moment);
        self.restate();
        if news {
            self.note("action_required", None);
            self.tell(News::ActionRequired);
        }
    }

    fn authorized(&mut self, place: usize) {
        let id = self.attempts[place].id;
        self.close(place, State::Done);
        self.enter(Posting::Authorize, self.payment.amount.minor(), Some(id));
        self.payment.redirect_url = None;
        self.restate();
        self.tell(News::Authorized);
    }

    /// Set aside and taken by one stroke.
    fn sold(&mut self, place: usize, amount: Money, moment: &mut Moment<'_>) {
        if amount != self.payment.amount {
            return self.doubt(place, amount, moment);
        }
        self.authorized(place);
        let id = self.attempts[place].id;
        self.enter(Posting::Capture, amount.minor(), Some(id));
        self.tell_captured(amount.minor());
    }

    fn captured(&mut self, place: usize, amount: Money, moment: &mut Moment<'_>) {
        let (id, wanted) = (self.attempts[place].id, self.attempts[place].amount);
        if amount != self.payment.money(wanted) {
            return self.doubt(place, amount, moment);
        }
        self.close(place, State::Done);
        self.enter(Posting::Capture, wanted, Some(id));
        // What is left over is let go of by the provider.
        self.enter(Posting::Void, self.payment.sums.set_aside(), Some(id));
        self.tell_captured(wanted);
    }

    pub(super) fn tell_captured(&mut self, amount: i64) {
        self.restate();
        let so_far = self.payment.sums.captured;
        self.tell(News::Captured { amount, so_far });
    }

    /// What cannot be taken is let go of, see `advance`; then the payment has failed.
    fn not_captured(&mut self, place: usize, reason: String) {
        self.close(place, State::Failed);
        self.attempts[place].reason = Some(reason.clone());
        self.payment.reason = Some(reason.clone());
        self.restate();
        self.note("capture_failed", Some(reason));
    }

    fn voided(&mut self, place: usize) {
        let id = self.attempts[place].id;
        self.close(place, State::Done);
        let rest = self.payment.sums.set_aside();
        self.enter(Posting::Void, rest, Some(id));
        self.payment.redirect_url = None;
        match (self.payment.reason.clone(), rest) {
            (Some(reason), _) => self.fail(&reason),
            (None, 0) => self.fail("cancelled"),
            (None, _) => {
                self.restate();
                self.tell(News::Voided);
            }
        }
    }

    fn given_back(&mut self, place: usize, reference: String) {
        let (id, amount) = (self.attempts[place].id, self.attempts[place].amount);
        let Some(refund) = self.attempts[place].refund_id else {
            return;
        };
        self.close(place, State::Done);
        self.attempts[place].reference = Some(reference.clone());
        let ended = (refund, RefundStatus::Done, Some(reference));
        self.changes.ended_refunds.push(ended);
        self.refunded(refund, amount, Some(id));
    }

    fn not_given_back(&mut self, place: usize, reason: String) {
        let payment = self.payment.id;
        tracing::error!(%payment, reason, "a refund is refused by the provider");
        self.close(place, State::Failed);
        self.attempts[place].reason = Some(reason.clone());
        if let Some(refund) = self.attempts[place].refund_id {
            let ended = (refund, RefundStatus::Failed, None);
            self.changes.ended_refunds.push(ended);
        }
        self.restate();
        self.note("refund_failed", Some(reason));
    }

    /// It did not get there. Sent again with the same key, as long as it is worth it.
    fn not_sent(
        &mut self,
        place: usize,
        reason: String,
        after: Option<Duration>,
        moment: &mut Moment<'_>,
    ) {
        let dice = low_half(moment.id());
        let attempt = &mut self.attempts[place];
        attempt.sent = (attempt.sent - 1).max(0);
        let rest = pause(attempt.tries, dice).max(after.unwrap_or_default());
        attempt.next_at = moment.now.plus(rest);
        attempt.reason = Some(reason);
        let in_vain = attempt.is_unsent() && moment.now >= attempt.deadline_at;
        self.mark(place);
        if in_vain {
            self.refuse(place, "unavailable".to_owned());
        }
    }

    fn refuse(&mut self, place: usize, reason: String) {
        match self.attempts[place].kind {
            Kind::Authorize => {
                self.close(place, State::Failed);
                self.attempts[place].reason = Some(reason.clone());
                self.fail(&reason);
            }
            Kind::Capture => self.not_captured(place, reason),
            Kind::Void => {
                self.close(place, State::Failed);
                self.attempts[place].reason = Some(reason.clone());
                self.restate();
                self.note("void_failed", Some(reason));
            }
            Kind::Refund => self.not_given_back(place, reason),
        }
    }

    fn lose(&mut self, place: usize, reason: String, moment: &mut Moment<'_>) {
        self.attempts[place].state = State::Unknown;
        self.attempts[place].reason = Some(reason.clone());
        self.look_later(place, moment);
        let known = std::mem::replace(&mut self.payment.status, Status::Unknown);
        if known != Status::Unknown {
            self.note("uncertain", Some(reason));
            self.tell(News::Uncertain);
        }
    }

    /// The provider speaks of another amount than was asked for: nothing is booked on its word.
    fn doubt(&mut self, place: usize, amount: Money, moment: &mut Moment<'_>) {
        let (payment, wanted) = (self.payment.id, self.attempts[place].amount);
        tracing::error!(%payment, wanted, told = %amount, "the provider tells of another amount");
        self.lose(place, "amount_differs".to_owned(), moment);
    }
}

fn low_half(id: uuid::Uuid) -> u64 {
    id.as_u64_pair().1
}
