//! Payments on the table, case by case, and then in any order of news at all.

use super::{Beginning, Case, Moment, News};
use crate::attempt::{Attempt, Kind, State};
use crate::payment::Status;
use crate::provider::{CallError, Standing, Told, Truth};
use crate::sale::{Placed, Sale};
use kernel::{ClientId, Currency, Id, Money, PaymentId, Timestamp};
use proptest::prelude::*;
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

#[test]
fn the_keys_tell_what_they_are_for_and_never_change() {
    let mut case = begun();
    let id = case.payment.id;
    hear(&mut case, authorized());
    case.sale.confirmed = true;
    at(3, |moment| case.advance(moment));
    lose(&mut case);
    let keys: Vec<_> = case.attempts.iter().map(|one| one.key.clone()).collect();
    assert_eq!(keys, [format!("auth:{id}"), format!("cap:{id}:1")]);
}

#[test]
fn an_answer_that_is_lost_is_told_once_and_nothing_else_starts() {
    let mut case = begun();
    lose(&mut case);
    assert_eq!(news(&case), [News::Uncertain]);
    case.sale.cancelled = true;
    case.sale.confirmed = true;
    at(3, |moment| case.advance(moment));
    lose(&mut case);
    assert_eq!(news(&case), [News::Uncertain]);
    assert_eq!(case.payment.status, Status::Unknown);
    assert_eq!(case.attempts.len(), 1);
}

#[test]
fn what_the_provider_does_not_know_is_sent_again_for_a_day_and_then_left_to_people() {
    let mut case = begun();
    lose(&mut case);
    let absent = truth(Standing::Absent, [0, 0, 0]);
    for (seconds, state) in [(100, State::Ready), (24 * 3600, State::Unknown)] {
        case.attempts[0].state = State::Unknown;
        at(seconds, |moment| {
            assert!(!case.learn(&absent, moment));
            case.repeat(0, moment);
        });
        assert_eq!(case.attempts[0].state, state);
        assert_eq!(case.payment.status, Status::Unknown);
    }
}

#[test]
fn money_set_aside_after_the_cancellation_is_let_go_of_at_once() {
    let mut case = begun();
    lose(&mut case);
    case.sale.cancelled = true;
    at(3, |moment| {
        assert!(case.learn(&truth(Standing::Open, [TOTAL, 0, 0]), moment));
        case.advance(moment);
    });
    assert_eq!(open_kind(&case), Some((Kind::Void, State::Ready)));
    hear(&mut case, Told::Voided);
    assert_eq!(
        news(&case),
        [News::Uncertain, News::Authorized, News::Voided]
    );
}

#[test]
fn a_void_that_comes_too_late_finds_the_money_taken_and_gives_it_back() {
    let mut case = begun();
    hear(&mut case, authorized());
    case.sale.cancelled = true;
    at(3, |moment| case.advance(moment));
    hear(
        &mut case,
        Told::Declined {
            reason: "already_captured".to_owned(),
        },
    );
    assert_eq!(open_kind(&case), Some((Kind::Void, State::Waiting)));
    at(4, |moment| {
        assert!(case.learn(&truth(Standing::Open, [TOTAL, TOTAL, 0]), moment));
        case.advance(moment);
    });
    assert_eq!(open_kind(&case), Some((Kind::Refund, State::Ready)));
    hear(
        &mut case,
        Told::Refunded {
            reference: "back".to_owned(),
        },
    );
    assert_eq!(case.payment.status, Status::Refunded);
    assert_eq!(case.payment.sums.kept(), 0);
}

#[test]
fn another_amount_than_was_asked_for_is_not_booked() {
    let mut case = begun();
    hear(&mut case, captured(TOTAL - 1));
    assert_eq!(case.payment.status, Status::Unknown);
    assert!(case.changes.entries.is_empty());
}

#[test]
fn a_payment_completed_after_it_failed_is_found_and_told() {
    let mut case = begun();
    hear(
        &mut case,
        Told::Declined {
            reason: "declined".to_owned(),
        },
    );
    at(3, |moment| {
        case.learn(&truth(Standing::Open, [TOTAL, TOTAL, 0]), moment);
        case.advance(moment);
    });
    assert_eq!(case.payment.status, Status::Captured);
    assert_eq!(
        news(&case).len(),
        3,
        "failed, authorised, captured: {:?}",
        news(&case)
    );
}

#[test]
fn an_authorisation_that_ran_out_is_let_go_of_in_the_ledger_too() {
    let mut case = begun();
    hear(&mut case, authorized());
    at(3, |moment| {
        case.learn(&truth(Standing::Voided, [TOTAL, 0, 0]), moment)
    });
    assert_eq!(case.payment.status, Status::Voided);
    assert_eq!(case.payment.sums.set_aside(), 0);
}

#[test]
fn a_provider_out_of_reach_is_tried_until_the_buyer_would_have_left() {
    let mut case = begun();
    let gone = || CallError::NotSent {
        reason: "refused".to_owned(),
        after: None,
    };
    let place = send(&mut case);
    at(10, |moment| case.hear_nothing(place, gone(), moment));
    assert_eq!(open_kind(&case), Some((Kind::Authorize, State::Ready)));
    assert!(case.attempts[0].is_unsent());
    let place = send(&mut case);
    at(16 * 60, |moment| case.hear_nothing(place, gone(), moment));
    assert_eq!(
        news(&case),
        [News::Failed {
            reason: "unavailable".to_owned()
        }]
    );
}

#[test]
fn a_name_at_the_provider_is_kept_before_anything_moves() {
    let mut case = begun();
    hear(
        &mut case,
        Told::Begun {
            reference: "named".to_owned(),
        },
    );
    assert_eq!(case.payment.reference.as_deref(), Some("named"));
    assert!(case.attempts[0].is_unsent() && case.changes.entries.is_empty());
    case.sale.cancelled = true;
    at(3, |moment| case.advance(moment));
    assert_eq!(
        open_kind(&case),
        Some((Kind::Void, State::Ready)),
        "what has a name is withdrawn"
    );
}

/// Anything that may be heard of a payment.
#[derive(Clone, Debug)]
enum Happening {
    Told(Told),
    Lost,
    NotSent,
    Rejected,
    Truth(usize, [i64; 3]),
    Confirmed,
    Cancelled,
    Refund(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let amount = || prop_oneof![Just(TOTAL), 0..=TOTAL + 1];
    let name = || "ref".to_owned();
    let told = prop_oneof![
        Just(authorized()),
        amount().prop_map(captured),
        Just(Told::ActionRequired {
            reference: name(),
            redirect_url: "https://x".to_owned()
        }),
        Just(Told::Begun { reference: name() }),
        Just(Told::Pending { reference: None }),
        Just(Told::Voided),
        Just(Told::Refunded { reference: name() }),
        Just(Told::Declined {
            reason: "declined".to_owned()
        }),
    ];
    prop_oneof![
        6 => told.prop_map(Happening::Told),
        1 => Just(Happening::Lost),
        1 => Just(Happening::NotSent),
        1 => Just(Happening::Rejected),
        3 => (0..6_usize, [amount(), amount(), amount()])
            .prop_map(|(standing, sums)| Happening::Truth(standing, sums)),
        1 => Just(Happening::Confirmed),
        1 => Just(Happening::Cancelled),
        1 => (1..=TOTAL).prop_map(Happening::Refund),
    ]
}

fn standing(nth: usize) -> Standing {
    match nth {
        0 => Standing::Absent,
        1 => Standing::Pending,
        2 => Standing::ActionRequired {
            redirect_url: "https://x".to_owned(),
        },
        3 => Standing::Declined {
            reason: "declined".to_owned(),
        },
        4 => Standing::Voided,
        _ => Standing::Open,
    }
}

fn happen(case: &mut Case, nth: u64, happening: Happening) {
    let seconds = 10 + nth;
    let current = case.current();
    let failed = |error| {
        move |case: &mut Case, place, moment: &mut Moment<'_>| {
            case.hear_nothing(place, error, moment);
        }
    };
    let reason = "x".to_owned();
    at(seconds, |moment| {
        match (happening, current) {
            (Happening::Told(told), Some(_)) => {
                let place = send(case);
                case.hear(place, told, moment);
            }
            (Happening::Lost, Some(_)) => {
                let place = send(case);
                failed(CallError::AnswerLost { reason })(case, place, moment);
            }
            (Happening::NotSent, Some(_)) => {
                let place = send(case);
                failed(CallError::NotSent {
                    reason,
                    after: None,
                })(case, place, moment);
            }
            (Happening::Rejected, Some(_)) => {
                let place = send(case);
                failed(CallError::Rejected { code: reason })(case, place, moment);
            }
            (Happening::Truth(nth, sums), _) => {
                case.learn(&truth(standing(nth), sums), moment);
            }
            (Happening::Confirmed, _) => case.sale.confirmed = true,
            (Happening::Cancelled, _) => case.sale.cancelled = true,
            (Happening::Refund(amount), _) if amount <= case.refundable() => {
                case.give_back(amount, None, moment);
            }
            _ => {}
        }
        case.advance(moment);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever a provider says, and in whatever order: what the database would refuse is never
    /// written, money that is kept of a cancelled order is on its way back, and every version is
    /// told once.
    #[test]
    fn no_news_in_any_order_break_the_ledger(
        story in proptest::collection::vec(happening(), 1..30)
    ) {
        let mut case = begun();
        let mut last = case.payment.version;
        for (nth, happening) in (0_u64..).zip(story) {
            happen(&mut case, nth, happening);
            let sums = case.payment.sums;
            prop_assert!(sums.authorized <= TOTAL && sums.voided >= 0, "{sums:?}");
            prop_assert!(sums.captured + sums.voided <= sums.authorized, "{sums:?}");
            prop_assert!((0..=sums.captured).contains(&sums.refunded), "{sums:?}");
            prop_assert!(case.refundable() >= 0, "{sums:?} {:?}", case.attempts);
            for (version, _) in &case.changes.news {
                prop_assert!(*version > last, "{version} after {last}");
                last = *version;
            }
            let refused = |one: &Attempt| {
                one.state == State::Failed && matches!(one.kind, Kind::Void | Kind::Refund)
            };
            if case.sale.cancelled && case.current().is_none() {
                let given_up = case.attempts.iter().any(refused);
                let nothing = sums.set_aside() == 0 && sums.kept() == 0;
                prop_assert!(given_up || nothing, "{sums:?} {:?}", case.attempts);
            }
            let fits = match case.payment.status {
                Status::Pending | Status::ActionRequired => sums.authorized == 0,
                Status::Authorized => sums.set_aside() > 0,
                Status::Captured => sums.captured > 0 && sums.refunded == 0,
                Status::PartiallyRefunded => (1..sums.captured).contains(&sums.refunded),
                Status::Refunded => sums.captured > 0 && sums.refunded == sums.captured,
                Status::Voided => sums.captured == 0 && sums.voided > 0,
                Status::Failed => sums.captured == 0 && sums.set_aside() == 0,
                Status::Unknown => case.current().is_some(),
            };
            prop_assert!(fits, "{:?} {sums:?} {:?}", case.payment.status, case.attempts);
            let entries = case.changes.entries.iter();
            let mut once: Vec<_> = entries
                .filter_map(|entry| Some((entry.attempt_id?, entry.posting.as_str())))
                .collect();
            let all = once.len();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), all);
            written(&mut case);
        }
    }
}
