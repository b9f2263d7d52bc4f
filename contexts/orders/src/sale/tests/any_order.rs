//! Sales told in every order: facts of different subjects overtake each other, and come twice.

use super::*;

#[test]
fn stock_and_payment_confirm_in_any_order() {
    for told in [
        &[Told::Authorized, CAPTURED][..],
        &[Told::ActionRequired, Told::Authorized, CAPTURED],
        &[Told::Uncertain, Told::Authorized, Told::Uncertain, CAPTURED],
        &[CAPTURED],
    ] {
        let (end, tells) = end_alike(&card(), &[reserved(), payment(7, told)]);
        let unshipped = FulfilmentStatus::Unfulfilled;
        let paid = PaymentStatus::Paid;
        assert_eq!(end, (Status::Confirmed, paid, unshipped, None, None));
        assert_eq!(tells, [Tell::Confirmed(id(5))]);
    }
}

#[test]
fn a_promise_needs_its_stock_only() {
    for method in [PaymentMethod::Cash, PaymentMethod::Invoice] {
        let (end, tells) = end_alike(&placed(method), &[reserved()]);
        assert_eq!(
            (end.0, end.1, end.4),
            (Status::Confirmed, PaymentStatus::Unpaid, None)
        );
        assert_eq!(tells, [Tell::Confirmed(id(5))]);
        // An invoice that is paid by card, after a card that was refused.
        let paid = [
            payment(7, &[Told::Failed]),
            payment(8, &[Told::Authorized, CAPTURED]),
        ];
        let (end, _) = end_alike(&placed(method), &[&[reserved()], &paid[..]].concat());
        assert_eq!((end.0, end.1), (Status::Confirmed, PaymentStatus::Paid));
    }
}

#[test]
fn without_money_an_order_ends_whenever_stock_answers() {
    for heard in [
        &[Told::Failed][..],
        &[Told::Uncertain, Told::Failed],
        &[Told::Authorized, Told::Voided],
    ] {
        // With the stock answering first, an authorised payment confirms before it is voided.
        for story in interleavings(&[reserved(), payment(7, heard)]) {
            let (sale, tells) = told(card(), &story, 2);
            assert_eq!(sale.order.status, Status::Cancelled);
            assert_eq!(sale.order.end_reason.as_deref(), Some(PAYMENT_FAILED));
            assert_eq!(tells.last(), Some(&Tell::Cancelled(PAYMENT_FAILED)));
            assert_eq!(sale.saga.unwrap().state, State::Done);
        }
    }
}

#[test]
fn a_second_payment_saves_an_order_only_while_it_is_pending() {
    let second = payment(8, &[Told::Authorized]);
    let first = payment(7, &[Told::Failed]);
    let (saved, _) = told(
        card(),
        &[second.clone(), first.clone(), reserved()].concat(),
        2,
    );
    assert_eq!(saved.order.status, Status::Confirmed);
    let (lost, _) = told(card(), &[first, second, reserved()].concat(), 2);
    assert_eq!(lost.order.status, Status::Cancelled);
    let saga = lost.saga.unwrap();
    assert_eq!((saga.step, saga.state), (Step::Void, State::Compensating));
}

#[test]
fn a_refusal_lets_go_of_the_money_however_late_it_is_heard_of() {
    let stories = [refused(), payment(7, &[Told::Authorized])];
    let (end, tells) = end_alike(&card(), &stories);
    assert_eq!(tells, [Tell::Cancelled(INSUFFICIENT_STOCK)]);
    assert_eq!(end.3.as_deref(), Some(INSUFFICIENT_STOCK));
    assert_eq!(end.4, Some((Step::Void, State::Compensating)));
    let (sale, _) = told(card(), &stories.concat(), 1);
    let (sale, _) = told(sale, &[(Fact::Payment(id(7), Told::Voided, None), 2)], 2);
    let end = ending(&sale);
    assert_eq!((end.1, end.4), (PaymentStatus::Voided, None));
}

#[test]
fn two_parcels_deliver_an_order_in_any_order_and_count_once() {
    let stories = [
        reserved(),
        payment(7, &[Told::Authorized, CAPTURED]),
        parcel(8, 1),
        parcel(9, 2),
    ];
    // Nothing is dispatched before the order is confirmed.
    let before = [stories[0].clone(), stories[1][..1].to_vec()].concat();
    let (confirmed, _) = told(card(), &before, 1);
    let captured = vec![stories[1][1].clone()];
    let rest = [captured, stories[2].clone(), stories[3].clone()];
    let (end, tells) = end_alike(&confirmed, &rest);
    let paid = PaymentStatus::Paid;
    assert_eq!(
        end,
        (
            Status::Delivered,
            paid,
            FulfilmentStatus::Fulfilled,
            None,
            None
        )
    );
    assert_eq!(tells, [Tell::Delivered]);
    let (part, _) = told(confirmed, &rest[1], 2);
    assert_eq!(part.order.status, Status::Shipped);
    assert_eq!(
        part.order.fulfilment_status,
        FulfilmentStatus::PartiallyFulfilled
    );
}
