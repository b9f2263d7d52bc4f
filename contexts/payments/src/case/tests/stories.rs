//! Payments on the table, case by case.

use super::*;

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
