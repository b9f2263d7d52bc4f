//! A payment on the table of a test: begun, called about, and what is heard of the calls.
//!
//! * `stories`: case by case. * `any_order`: whatever is heard, in any order at all.

mod any_order;
mod stories;

use super::{Beginning, Case, Moment, News};
use crate::attempt::{Kind, State};
use crate::payment::Status;
use crate::provider::{CallError, Standing, Told, Truth};
use crate::sale::{Placed, Sale};
use kernel::{ClientId, Currency, Id, Money, PaymentId, Timestamp};
use std::time::Duration;
use uuid::Uuid;

const TOTAL: i64 = 1_000;

fn cad(minor: i64) -> Money {
    Money::new(minor, Currency::CAD)
}

/// Works on a case at a moment, with ids that rise.
fn at<T>(seconds: u64, work: impl FnOnce(&mut Moment<'_>) -> T) -> T {
    let mut last = u128::from(seconds) << 32;
    let mut ids = move || {
        last += 1;
        Uuid::from_u128(last)
    };
    let now = Timestamp::from_unix_micros(0).plus(Duration::from_secs(seconds));
    work(&mut Moment { now, ids: &mut ids })
}

fn begun() -> Case {
    let placed = Placed {
        number: "ORD-2026-000042".to_owned(),
        client_id: ClientId::from_uuid(Uuid::nil()),
        method: "sandbox".to_owned(),
        total: cad(TOTAL),
        taken_by: None,
        placed_at: Timestamp::from_unix_micros(0),
    };
    let sale = Sale {
        placed: Some(placed.clone()),
        stock_reserved: true,
        ..Sale::unheard(Id::from_uuid(Uuid::nil()))
    };
    let how = Beginning {
        id: PaymentId::from_uuid(Uuid::from_u128(7)),
        method: "sandbox".to_owned(),
        provider: "sandbox".to_owned(),
        amount: cad(TOTAL),
        correlation: Uuid::nil(),
    };
    let mut case = at(1, |moment| Case::begin(sale, &placed, how, moment));
    written(&mut case);
    case
}

/// As if it had been stored and read again.
fn written(case: &mut Case) {
    case.seal(None);
    case.changes = super::Changes::default();
}

/// Sends the current call, again if need be.
fn send(case: &mut Case) -> usize {
    let place = case.current().expect("a call is open");
    case.attempts[place].state = State::Ready;
    case.attempts[place].tries += 1;
    case.attempts[place].sent += 1;
    place
}

fn hear(case: &mut Case, told: Told) {
    let place = send(case);
    at(2, |moment| {
        case.hear(place, told, moment);
        case.advance(moment);
    });
}

fn lose(case: &mut Case) {
    let place = send(case);
    let reason = "timeout".to_owned();
    at(2, |moment| {
        case.hear_nothing(place, CallError::AnswerLost { reason }, moment);
        case.advance(moment);
    });
}

fn authorized() -> Told {
    Told::Authorized {
        reference: "ref".to_owned(),
    }
}

fn captured(minor: i64) -> Told {
    Told::Captured {
        reference: "ref".to_owned(),
        amount: cad(minor),
    }
}

fn truth(standing: Standing, sums: [i64; 3]) -> Truth {
    let [authorized, captured, refunded] = sums.map(cad);
    let reference = Some("ref".to_owned());
    Truth {
        standing,
        reference,
        authorized,
        captured,
        refunded,
    }
}

fn news(case: &Case) -> Vec<News> {
    case.changes
        .news
        .iter()
        .map(|(_, news)| news.clone())
        .collect()
}

fn open_kind(case: &Case) -> Option<(Kind, State)> {
    let attempt = &case.attempts[case.current()?];
    Some((attempt.kind, attempt.state))
}
