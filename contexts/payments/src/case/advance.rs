//! What follows from how things stand: the next call, the undoing of what came too late.

use super::{Case, Moment, Posting};
use crate::attempt::{Kind, State};
use crate::payment::Status;
use crate::provider::routing::is_by_hand;

impl Case {
    /// Starts what is to be done next. Called after every change; does nothing when nothing is due.
    pub fn advance(&mut self, moment: &mut Moment<'_>) {
        // What people took, people give back.
        if is_by_hand(&self.payment.provider) {
            return;
        }
        if self.sale.cancelled {
            return self.undo(moment);
        }
        let rest = self.payment.sums.set_aside();
        if rest == 0 || self.current().is_some() {
            return;
        }
        match &self.payment.reason {
            // It could not be taken, so nobody is kept waiting for their money.
            Some(_) if !self.failed_before(Kind::Void) => {
                self.start(Kind::Void, rest, None, moment);
            }
            None if self.sale.stands() => self.start(Kind::Capture, rest, None, moment),
            _ => {}
        }
    }

    /// The order is cancelled. What was not sent is withdrawn; what is on its way is waited for,
    /// and undone when the truth is known.
    fn undo(&mut self, moment: &mut Moment<'_>) {
        self.withdraw();
        if self.current().is_some() {
            return;
        }
        let sums = self.payment.sums;
        let undecided = [Status::Pending, Status::ActionRequired, Status::Unknown];
        let waits = undecided.contains(&self.payment.status);
        if sums.set_aside() > 0 || (waits && self.payment.reference.is_some()) {
            if !self.failed_before(Kind::Void) {
                self.start(Kind::Void, sums.set_aside(), None, moment);
            }
        } else if waits {
            self.fail("cancelled");
        } else if self.refundable() > 0 && !self.failed_before(Kind::Refund) {
            if self.was_taken_just_now() {
                let payment = self.payment.id;
                tracing::warn!(%payment, "money was taken for a cancelled order; it goes back");
            }
            let reason = Some("order cancelled".to_owned());
            self.give_back(self.refundable(), reason, moment);
        }
    }

    /// It is this change that tells of it: the order was cancelled before. Otherwise the order was
    /// paid first, and its money goes back as with any other.
    fn was_taken_just_now(&self) -> bool {
        let entries = &self.changes.entries;
        entries
            .iter()
            .any(|entry| entry.posting == Posting::Capture)
    }

    /// Cancels calls that certainly never went out, and the waiting for a buyer.
    fn withdraw(&mut self) {
        let named = self.payment.reference.is_some();
        for place in 0..self.attempts.len() {
            let one = &self.attempts[place];
            let pointless = match one.kind {
                Kind::Authorize => one.is_unsent() || (one.state == State::Waiting && named),
                Kind::Capture => one.is_unsent(),
                Kind::Void | Kind::Refund => false,
            };
            if pointless {
                self.close(place, State::Cancelled);
            }
        }
    }

    /// The provider refused it for good: doing it over and over helps nobody.
    fn failed_before(&self, kind: Kind) -> bool {
        let mut of_kind = self.attempts.iter().filter(|one| one.kind == kind);
        of_kind.any(|one| one.state == State::Failed)
    }
}
