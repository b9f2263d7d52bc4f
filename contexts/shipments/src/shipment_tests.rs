//! Every step of a shipment, possible or not.

use super::*;
use kernel::{ErrorKind, Fault as _};
use uuid::Uuid;

fn shipment(status: Status) -> Shipment {
    let (now, uuid) = (Timestamp::from_unix_micros(0), Uuid::from_u128(7));
    let left = matches!(status, Status::InTransit | Status::Delivered);
    Shipment {
        id: ShipmentId::from_uuid(uuid),
        order_id: OrderId::from_uuid(uuid),
        client_id: ClientId::from_uuid(uuid),
        store_id: StoreId::from_uuid(uuid),
        status,
        recalled: false,
        label: label("Canada Post"),
        items: Vec::new(),
        dispatched_at: left.then_some(now),
        delivered_at: (status == Status::Delivered).then_some(now),
        cancelled_at: (status == Status::Cancelled).then_some(now),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

fn label(carrier: &str) -> Label {
    Label {
        carrier: carrier.to_owned(),
        tracking_number: None,
        estimated_delivery: None,
    }
}

#[test]
fn a_shipment_only_goes_forward_one_step_at_a_time() {
    use Status::{Cancelled, Delivered, InTransit, Processing};
    let steps = [
        (Processing, InTransit),
        (Processing, Cancelled),
        (InTransit, Delivered),
    ];
    for from in Status::ALL {
        for to in Status::ALL {
            let mut one = shipment(from);
            let went = one.go(to, false, Timestamp::from_unix_micros(9));
            assert_eq!(
                went.is_ok(),
                steps.contains(&(from, to)),
                "{from:?} to {to:?}"
            );
            if went.is_ok() {
                assert_eq!(one.status, to);
            }
        }
    }
}

#[test]
fn a_refusal_names_what_is_possible() {
    let refusal = shipment(Status::Processing)
        .go(Status::Delivered, false, Timestamp::from_unix_micros(9))
        .unwrap_err();
    assert_eq!(
        (refusal.kind(), refusal.code()),
        (ErrorKind::Conflict, "ILLEGAL_TRANSITION")
    );
    let said = refusal.to_string();
    assert!(said.contains("in_transit, cancelled"), "{said}");
    let refusal = shipment(Status::Delivered)
        .go(Status::InTransit, false, Timestamp::from_unix_micros(9))
        .unwrap_err();
    assert!(refusal.to_string().ends_with("allowed: nothing"));
}

#[test]
fn what_belongs_to_a_cancelled_order_does_not_leave_any_more() {
    let now = Timestamp::from_unix_micros(9);
    let mut one = shipment(Status::Processing);
    let refused = one.go(Status::InTransit, true, now);
    assert!(matches!(refused, Err(ShipmentError::OrderCancelled)));
    assert!(one.go(Status::Cancelled, true, now).is_ok());
    let mut gone = shipment(Status::InTransit);
    assert!(
        gone.go(Status::Delivered, true, now).is_ok(),
        "it arrives all the same"
    );
}

#[test]
fn the_carrier_is_fixed_once_it_has_left_and_the_date_once_it_has_arrived() {
    let dated = Label {
        estimated_delivery: Some(Timestamp::from_unix_micros(5)),
        ..label("Canada Post")
    };
    for (status, another, later) in [
        (Status::Processing, true, true),
        (Status::InTransit, false, true),
        (Status::Delivered, false, false),
        (Status::Cancelled, false, false),
    ] {
        assert_eq!(
            shipment(status).relabel(label("Purolator")).is_ok(),
            another,
            "{status:?}"
        );
        assert_eq!(
            shipment(status).relabel(dated.clone()).is_ok(),
            later,
            "{status:?}"
        );
        assert!(shipment(status).relabel(label("Canada Post")).is_ok());
    }
}

#[test]
fn every_status_is_read_back_from_its_word() {
    for status in Status::ALL {
        assert_eq!(Status::read(status.as_str()), Some(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
    }
}
