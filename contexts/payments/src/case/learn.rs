//! What the provider says when it is asked how a payment stands: the source of truth, whoever had
//! us ask (a lost answer, a webhook, the daily comparison).

use super::{Case, Moment, News, Posting, Refund, RefundStatus};
use crate::attempt::{Attempt, Kind, State};
use crate::payment::Sums;
use crate::provider::{Standing, Told, Truth};
use kernel::RefundId;

impl Case {
    /// Takes the truth in. True when the open attempt, if there was one, is settled by it; false
    /// when it was not done as far as the provider knows, and may be sent again.
    pub fn learn(&mut self, truth: &Truth, moment: &mut Moment<'_>) -> bool {
        if truth.authorized.currency() != self.payment.currency() {
            let payment = self.payment.id;
            tracing::error!(%payment, "the provider tells of another currency");
            return false;
        }
        if let Some(name) = truth.reference.as_ref() {
            let news = self.payment.reference.as_ref() != Some(name);
            self.changes.touched |= news;
            self.payment.reference = Some(name.clone());
        }
        if let Some(place) = self.current() {
            match judge(&self.attempts[place], self.payment.sums, truth) {
                Judged::Open => return false,
                Judged::Settled(told) => self.hear(place, told, moment),
                Judged::Overtaken => self.close(place, State::Cancelled),
            }
        }
        if self.current().is_none() {
            self.adopt(truth, moment);
        }
        true
    }

    /// Books what happened at the provider without us: an expired authorisation, a refund made on
    /// its pages, a payment completed after it had failed.
    fn adopt(&mut self, truth: &Truth, moment: &mut Moment<'_>) {
        let before = self.changes.entries.len();
        let captured = truth.captured.minor() - self.payment.sums.captured;
        if captured > 0 {
            self.adopt_capture(captured);
        } else if truth.standing == Standing::Open && self.payment.sums.authorized == 0 {
            self.adopt_authorization(truth.authorized.minor());
        }
        if truth.standing == Standing::Voided && self.payment.sums.set_aside() > 0 {
            self.enter(Posting::Void, self.payment.sums.set_aside(), None);
            self.restate();
            self.tell(News::Voided);
        }
        let refunded = truth.refunded.minor() - self.payment.sums.refunded;
        if refunded > 0 && refunded <= self.payment.sums.kept() {
            self.adopt_refund(refunded, moment);
        }
        if self.changes.entries.len() > before {
            let payment = self.payment.id;
            tracing::warn!(%payment, "money moved at the provider without us");
            self.note("found_at_provider", None);
        }
    }

    fn adopt_authorization(&mut self, amount: i64) {
        if amount != self.payment.amount.minor() {
            return self.contradiction();
        }
        self.enter(Posting::Authorize, amount, None);
        self.revive();
        self.tell(News::Authorized);
    }

    fn adopt_capture(&mut self, amount: i64) {
        let missing = amount - self.payment.sums.set_aside();
        let room = self.payment.amount.minor() - self.payment.sums.authorized;
        if missing > room {
            return self.contradiction();
        }
        if missing > 0 {
            self.enter(Posting::Authorize, missing, None);
            self.revive();
            self.tell(News::Authorized);
        }
        self.enter(Posting::Capture, amount, None);
        self.enter(Posting::Void, self.payment.sums.set_aside(), None);
        self.tell_captured(amount);
    }

    fn adopt_refund(&mut self, amount: i64, moment: &mut Moment<'_>) {
        let id = RefundId::from_uuid(moment.id());
        self.changes.new_refunds.push(Refund {
            id,
            amount: self.payment.money(amount),
            status: RefundStatus::Done,
            reason: Some("made at the provider".to_owned()),
            reference: None,
        });
        self.refunded(id, amount, None);
    }

    fn revive(&mut self) {
        self.payment.reason = None;
        self.payment.redirect_url = None;
        self.restate();
    }

    fn contradiction(&mut self) {
        let payment = self.payment.id;
        tracing::error!(%payment, "the provider tells of more money than the payment is over");
        self.note("contradiction", None);
    }
}

enum Judged {
    Settled(Told),
    /// Something else happened to the payment, which makes the call pointless.
    Overtaken,
    Open,
}

/// Whether a call was done, by what its provider says of the payment.
fn judge(attempt: &Attempt, known: Sums, truth: &Truth) -> Judged {
    match attempt.kind {
        Kind::Authorize => of_authorization(attempt, truth),
        Kind::Capture => of_capture(attempt, known, truth),
        Kind::Void => of_void(known, truth),
        Kind::Refund => of_refund(attempt, known, truth),
    }
}

fn of_authorization(attempt: &Attempt, truth: &Truth) -> Judged {
    let reference = truth
        .reference
        .clone()
        .unwrap_or_else(|| attempt.key.clone());
    let told = match &truth.standing {
        _ if truth.captured.minor() > 0 => Told::Captured {
            reference,
            amount: truth.captured,
        },
        Standing::Open if truth.authorized.minor() == attempt.amount => {
            Told::Authorized { reference }
        }
        Standing::Open | Standing::Absent => return Judged::Open,
        Standing::Pending => Told::Pending {
            reference: truth.reference.clone(),
        },
        Standing::ActionRequired { redirect_url } => Told::ActionRequired {
            reference,
            redirect_url: redirect_url.clone(),
        },
        Standing::Declined { reason } => Told::Declined {
            reason: reason.clone(),
        },
        Standing::Voided => Told::Declined {
            reason: "expired".to_owned(),
        },
    };
    Judged::Settled(told)
}

fn of_capture(attempt: &Attempt, known: Sums, truth: &Truth) -> Judged {
    let new = truth.captured.minor() - known.captured;
    match &truth.standing {
        _ if new == attempt.amount => Judged::Settled(Told::Captured {
            reference: attempt.key.clone(),
            amount: truth.captured,
        }),
        // Another sum was taken, on the provider's own pages.
        _ if new > 0 => Judged::Overtaken,
        Standing::Voided | Standing::Declined { .. } => Judged::Settled(Told::Declined {
            reason: "expired".to_owned(),
        }),
        Standing::Pending => Judged::Settled(Told::Pending { reference: None }),
        _ => Judged::Open,
    }
}

fn of_void(known: Sums, truth: &Truth) -> Judged {
    match &truth.standing {
        _ if truth.captured.minor() > known.captured => Judged::Overtaken,
        Standing::Voided | Standing::Declined { .. } => Judged::Settled(Told::Voided),
        _ => Judged::Open,
    }
}

fn of_refund(attempt: &Attempt, known: Sums, truth: &Truth) -> Judged {
    match &truth.standing {
        _ if truth.refunded.minor() >= known.refunded + attempt.amount => {
            let named = attempt.reference.clone();
            let reference = named.unwrap_or_else(|| attempt.key.clone());
            Judged::Settled(Told::Refunded { reference })
        }
        Standing::Pending => Judged::Settled(Told::Pending { reference: None }),
        _ => Judged::Open,
    }
}
