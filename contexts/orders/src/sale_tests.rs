//! Sales told in every order: facts of different subjects overtake each other, and come twice.

use super::*;
use crate::order::{FulfilmentStatus, Line, PaymentMethod};
use crate::parcel::Pieces;
use contracts::shipments::ShippedItem;
use kernel::{Currency, Id, Money, PaymentId, ProductId, Quantity, ShipmentId};
use std::time::Duration;
use uuid::Uuid;

const TOTAL: i64 = 3000;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_micros(1_000_000_000).plus(Duration::from_secs(seconds))
}

fn id<E>(number: u128) -> Id<E> {
    Id::from_uuid(Uuid::from_u128(number))
}

fn product() -> ProductId {
    id(0x10)
}

fn line() -> Line {
    Line {
        product_id: product(),
        sku: "MUG".to_owned(),
        name: "Mug".to_owned(),
        quantity: Quantity::new(3).unwrap(),
        unit_price: Money::new(1000, Currency::CAD),
        returned: 0,
    }
}

/// A placed order of three mugs, waiting for its stock.
fn placed(method: PaymentMethod) -> Sale {
    let order = Order {
        id: id(1),
        serial: 1,
        status: Status::Pending,
        payment_method: method,
        payment_status: PaymentStatus::Unpaid,
        fulfilment_status: FulfilmentStatus::Unfulfilled,
        client_id: id(2),
        employee_id: None,
        store_id: None,
        country: None,
        note: None,
        reference: None,
        lines: vec![line()],
        total: Money::new(TOTAL, Currency::CAD),
        end_reason: None,
        end_detail: None,
        cancel_requested: None,
        placed_at: Some(at(0)),
        created_at: at(0),
        updated_at: at(0),
        version: 1,
    };
    let saga = Saga::begin(Step::Stock, at(0));
    Sale::new(order, Some(saga), Payments::default())
}

/// A fact of one subject's story, with its version there.
type Sentence = (Fact, i64);

fn reserved() -> Vec<Sentence> {
    vec![(Fact::StockReserved(id(5)), 1)]
}

fn refused() -> Vec<Sentence> {
    let (wanted, available) = (3, 1);
    let short = ShortLine {
        product_id: product(),
        wanted,
        available,
    };
    vec![(Fact::StockRefused(vec![short]), 1)]
}

fn payment(number: u128, told: &[Told]) -> Vec<Sentence> {
    let payment: PaymentId = id(number);
    let fact = |told: &Told| Fact::Payment(payment, *told, None);
    told.iter().map(fact).zip(1..).collect()
}

fn parcel(number: u128, pieces: i64) -> Vec<Sentence> {
    let shipment: ShipmentId = id(number);
    let items = vec![ShippedItem {
        product_id: product(),
        quantity: pieces,
    }];
    vec![
        (Fact::Dispatched(shipment, items.clone()), 1),
        (Fact::Delivered(shipment, items), 2),
    ]
}

const CAPTURED: Told = Told::Captured { captured: TOTAL };
const REFUNDED: Told = Told::Refunded {
    refunded: TOTAL,
    captured: TOTAL,
};

/// Every way to tell some stories at once, each in its own order.
fn interleavings(stories: &[Vec<Sentence>]) -> Vec<Vec<Sentence>> {
    if stories.iter().all(Vec::is_empty) {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (nth, story) in stories.iter().enumerate() {
        let Some((first, rest)) = story.split_first() else {
            continue;
        };
        let mut left = stories.to_vec();
        left[nth] = rest.to_vec();
        for mut tail in interleavings(&left) {
            tail.insert(0, first.clone());
            all.push(tail);
        }
    }
    all
}

/// What there is to say when a story is over.
type Ending = (
    Status,
    PaymentStatus,
    FulfilmentStatus,
    Option<String>,
    Option<(Step, State)>,
);

fn ending(sale: &Sale) -> Ending {
    let order = &sale.order;
    let saga = sale.saga.as_ref().filter(|saga| saga.state != State::Done);
    (
        order.status,
        order.payment_status,
        order.fulfilment_status,
        order.end_reason.clone(),
        saga.map(|saga| (saga.step, saga.state)),
    )
}

/// Tells a fact as the use case does: parcels are written down first.
fn tell(
    sale: &mut Sale,
    (fact, version): &Sentence,
    moved: &mut Vec<(ShipmentId, Pieces)>,
) -> Option<Tell> {
    let note = match fact {
        Fact::Dispatched(id, items) => Some((*id, items[0].quantity, 0)),
        Fact::Delivered(id, items) => Some((*id, items[0].quantity, items[0].quantity)),
        _ => None,
    };
    if let Some((id, left, arrived)) = note {
        let known = moved.iter_mut().find(|(known, _)| *known == id);
        match known {
            Some((_, pieces)) => pieces.arrived = pieces.arrived.max(arrived),
            None => moved.push((id, Pieces { left, arrived })),
        }
        sale.moved = Moved::default();
        for (_, pieces) in moved.iter() {
            sale.moved.add(product(), *pieces);
        }
    }
    sale.hear(fact, *version, at(1)).1
}

/// Tells the whole story, each fact `times` times; answers what the shop was told of it.
fn told(mut sale: Sale, story: &[Sentence], times: usize) -> (Sale, Vec<Tell>) {
    let (mut moved, mut tells) = (Vec::new(), Vec::new());
    for fact in story {
        for _ in 0..times {
            tells.extend(tell(&mut sale, fact, &mut moved));
        }
    }
    (sale, tells)
}

/// All orders of telling, once and with everything doubled, end alike.
fn end_alike(sale: &Sale, stories: &[Vec<Sentence>]) -> (Ending, Vec<Tell>) {
    let mut seen: Option<(Ending, Vec<Tell>)> = None;
    for story in interleavings(stories) {
        for times in [1, 2] {
            let (sale, tells) = told(sale.clone(), &story, times);
            let end = (ending(&sale), tells);
            let first = seen.get_or_insert_with(|| end.clone());
            assert_eq!(*first, end, "{story:#?} {times} times");
        }
    }
    seen.unwrap()
}

fn card() -> Sale {
    placed(PaymentMethod::Stripe)
}

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
