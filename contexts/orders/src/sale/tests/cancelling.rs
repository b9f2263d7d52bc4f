//! Sales that are cancelled at any moment of their story.

use super::*;

/// Facts up to a moment, then a cancellation, then whatever undoes it.
#[test]
fn a_cancelled_order_gives_its_money_back_wherever_it_was() {
    let stories = [reserved(), payment(7, &[Told::Authorized, CAPTURED])];
    for story in interleavings(&stories) {
        for moment in 0..=story.len() {
            let (mut sale, _) = told(card(), &story[..moment], 1);
            let tells = sale.cancel("changed their mind", at(1));
            assert_eq!(tells, Some(Tell::Cancelled(REQUESTED)));
            let (sale, late) = told(sale, &story[moment..], 2);
            assert!(late.is_empty(), "{late:?}");
            assert_eq!(sale.order.status, Status::Cancelled);
            assert_eq!(sale.order.payment_status, PaymentStatus::RefundDue);
            let saga = sale.saga.clone().unwrap();
            assert_eq!((saga.step, saga.state), (Step::Refund, State::Compensating));
            let refund = (Fact::Payment(id(7), REFUNDED, None), 3);
            let (sale, _) = told(sale, &[refund], 2);
            assert_eq!(sale.order.payment_status, PaymentStatus::Refunded);
            assert_eq!(sale.saga.unwrap().state, State::Done);
        }
    }
}

#[test]
fn a_wish_to_cancel_waits_for_the_truth() {
    let unknown = [reserved(), payment(7, &[Told::Uncertain])].concat();
    for truth in [Told::Authorized, CAPTURED, Told::Failed] {
        let (mut sale, _) = told(card(), &unknown, 1);
        assert_eq!(sale.cancel("no", at(2)), None);
        assert_eq!(sale.cancel("no", at(2)), None);
        assert_eq!(sale.order.status, Status::Pending);
        let (sale, tells) = told(sale, &[(Fact::Payment(id(7), truth, None), 2)], 2);
        assert_eq!(sale.order.status, Status::Cancelled, "{truth:?}");
        assert_eq!(sale.order.cancel_requested, None);
        assert_eq!(tells.len(), 1);
        assert!(matches!(tells[0], Tell::Cancelled(_)));
    }
}

#[test]
fn a_wish_to_cancel_comes_too_late_for_what_has_left() {
    let story = [reserved(), payment(7, &[Told::Authorized, Told::Uncertain])].concat();
    let (mut sale, _) = told(card(), &story, 1);
    assert_eq!(sale.cancel("no", at(2)), None);
    let (sale, _) = told(sale, &parcel(8, 3)[..1], 1);
    let (sale, tells) = told(sale, &[(Fact::Payment(id(7), CAPTURED, None), 3)], 1);
    assert_eq!((sale.order.status, tells.len()), (Status::Shipped, 0));
    assert_eq!(sale.order.payment_status, PaymentStatus::Paid);
    assert_eq!(sale.order.cancel_requested, None);
}

#[test]
fn goods_that_left_after_the_cancellation_are_counted_and_the_order_stays_cancelled() {
    let (mut sale, _) = told(
        card(),
        &[reserved(), payment(7, &[Told::Authorized])].concat(),
        1,
    );
    sale.cancel("no", at(2));
    let mut moved = Vec::new();
    for fact in parcel(8, 3) {
        assert_eq!(tell(&mut sale, &fact, &mut moved), None);
    }
    assert_eq!(sale.order.status, Status::Cancelled);
    assert_eq!(sale.order.fulfilment_status, FulfilmentStatus::Fulfilled);
}
