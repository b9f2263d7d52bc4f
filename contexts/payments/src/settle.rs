//! What came of calls, a round of them in one transaction: the ledger, the states, the next calls
//! and the news.

use crate::call::{Answer, Heard};
use crate::case::{Case, Moment};
use crate::payments::Payments;
use crate::save::{at_once, by_system, save};
use crate::store::{cases, sales};
use kernel::PaymentId;
use platform::{DbError, Tx};
use std::collections::HashMap;

/// Takes answers in. As many statements for a round of many as for a round of one.
pub async fn settle(tx: &mut Tx, payments: &Payments, answers: &[Answer]) -> Result<(), DbError> {
    let orders = answers.iter().map(|answer| answer.due.order_id).collect();
    let sales = sales::lock(tx, orders).await?;
    let mut cases = cases::of_sales(tx, &sales).await?;
    let places: HashMap<PaymentId, usize> = cases
        .iter()
        .enumerate()
        .map(|(place, case)| (case.payment.id, place))
        .collect();
    let source = payments.host.source.clone();
    at_once(&source, |moment| {
        for answer in answers {
            let place = places.get(&answer.due.payment_id);
            if let Some(case) = place.and_then(|place| cases.get_mut(*place)) {
                take_in(case, answer, moment);
                case.advance(moment);
            }
        }
    });
    save(tx, cases, &payments.bell, by_system).await
}

fn take_in(case: &mut Case, answer: &Answer, moment: &mut Moment<'_>) {
    let Some(place) = case.place_of(answer.due.attempt_id) else {
        return;
    };
    let open = case.attempts[place].state.is_open();
    match &answer.heard {
        // A webhook was faster: what was told is known.
        Heard::Told(_) if !open => {}
        Heard::Told(Ok(told)) => case.hear(place, told.clone(), moment),
        Heard::Told(Err(error)) => case.hear_nothing(place, error.clone(), moment),
        Heard::Truth(Ok(truth)) => {
            if !case.learn(truth, moment) && open {
                case.repeat(place, moment);
            }
        }
        Heard::Truth(Err(_)) if open => case.look_later(place, moment),
        Heard::Truth(Err(_)) => {}
    }
}
