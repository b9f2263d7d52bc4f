//! A sale that is told what happens to it: the facts of a test, and every order to tell them in.
//!
//! * `any_order`: facts overtake each other and come twice. * `cancelling`: somebody wants it
//!   cancelled in between. * `deadlines`: what is to come does not come.

mod any_order;
mod cancelling;
mod deadlines;

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
