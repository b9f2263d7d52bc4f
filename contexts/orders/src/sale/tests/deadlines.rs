//! Sales that wait too long: they expire, are asked for again, or are stuck.

use super::*;

#[test]
fn what_waits_too_long_expires_unless_its_payment_is_uncertain() {
    for story in [
        vec![],
        reserved(),
        [reserved(), payment(7, &[Told::ActionRequired])].concat(),
    ] {
        let (mut sale, _) = told(card(), &story, 1);
        assert_eq!(sale.see_to(at(899)), (Overdue::Left, None));
        let expired = (Overdue::Expired, Some(Tell::Cancelled(EXPIRED)));
        assert_eq!(sale.see_to(at(900)), expired);
        assert_eq!(sale.order.status, Status::Cancelled);
        assert_eq!(sale.see_to(at(901)).0, Overdue::Left);
    }
    let (mut sale, _) = told(card(), &payment(7, &[Told::Uncertain]), 1);
    assert_eq!(sale.see_to(at(900)), (Overdue::Extended, None));
    assert_eq!(sale.see_to(at(1799)), (Overdue::Left, None));
    assert_eq!(sale.see_to(at(1800)), (Overdue::Extended, None));
    assert_eq!(sale.order.status, Status::Pending);
}

#[test]
fn a_late_capture_is_asked_for_once_and_then_stuck_until_it_comes() {
    let (mut sale, _) = told(
        card(),
        &[reserved(), payment(7, &[Told::Authorized])].concat(),
        1,
    );
    assert_eq!(sale.see_to(at(300)), (Overdue::Left, None));
    let asked = (Overdue::AskedAgain, Some(Tell::Confirmed(id(5))));
    assert_eq!(sale.see_to(at(301)), asked);
    assert_eq!(sale.see_to(at(345)), (Overdue::Left, None));
    assert_eq!(sale.see_to(at(346)), (Overdue::Stuck, None));
    assert_eq!(sale.saga.as_ref().unwrap().state, State::Stuck);
    assert_eq!(sale.retry(at(400)), Some(Some(Tell::Confirmed(id(5)))));
    assert_eq!(sale.saga.as_ref().unwrap().state, State::Running);
    assert_eq!(sale.see_to(at(699)).0, Overdue::Left);
    assert_eq!(sale.see_to(at(745)).0, Overdue::Stuck);
    let (mut sale, _) = told(sale, &[(Fact::Payment(id(7), CAPTURED, None), 2)], 1);
    assert_eq!(sale.saga.as_ref().unwrap().state, State::Done);
    assert_eq!(sale.retry(at(800)), None);
}

#[test]
fn an_undoing_is_asked_for_with_the_reason_it_had() {
    let (mut sale, _) = told(
        card(),
        &[refused(), payment(7, &[Told::Authorized])].concat(),
        1,
    );
    let again = Some(Tell::Cancelled(INSUFFICIENT_STOCK));
    assert_eq!(sale.see_to(at(301)), (Overdue::AskedAgain, again));
    assert_eq!(sale.see_to(at(346)).0, Overdue::Stuck);
    let (mut sale, _) = told(
        card(),
        &[reserved(), payment(7, &[Told::Authorized])].concat(),
        1,
    );
    sale.cancel("their own words", at(1));
    let again = Some(Tell::Cancelled(REQUESTED));
    assert_eq!(sale.see_to(at(301)), (Overdue::AskedAgain, again));
}
