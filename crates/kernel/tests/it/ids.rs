//! Ids and their text.

use crate::json;
use kernel::{BadId, Fault, Id, OrderId, ProductId};
use proptest::prelude::*;
use uuid::Uuid;

proptest! {
    #[test]
    fn every_id_reads_back_from_its_text(bits: u128) {
        let id = OrderId::from_uuid(Uuid::from_u128(bits));
        prop_assert_eq!(id.to_string().parse::<OrderId>(), Ok(id));
        prop_assert_eq!(id.to_string().len(), 30);
    }

    #[test]
    fn ids_sort_like_their_text(a: u128, b: u128) {
        let [a, b] = [a, b].map(|bits| OrderId::from_uuid(Uuid::from_u128(bits)));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text: String) {
        if let Ok(id) = text.parse::<OrderId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn an_id_has_one_spelling_only(text in "ord_[0-9a-zA-Z]{26}") {
        if let Ok(id) = text.parse::<OrderId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }
}

/// From the TypeID specification's list of valid and invalid texts.
#[test]
fn the_examples_of_the_specification_hold() {
    let uuid = Uuid::from_u128(0x0188_9c89_df6b_7f1c_a388_9139_6ec3_14bc);
    let id = ProductId::from_uuid(uuid);
    assert_eq!(id.to_string(), "prod_01h2e8kqvbfwea724h75qc655w");
    assert_eq!("prod_01h2e8kqvbfwea724h75qc655w".parse(), Ok(id));
    let max = Id::<kernel::Product>::from_uuid(Uuid::from_u128(u128::MAX));
    assert_eq!(max.to_string(), "prod_7zzzzzzzzzzzzzzzzzzzzzzzzz");
    assert_eq!(
        ProductId::from_uuid(Uuid::nil()).to_string(),
        "prod_00000000000000000000000000"
    );
}

#[test]
fn only_the_strict_text_is_an_id() {
    let bad = [
        "",
        "prod",
        "prod_",
        "_01h2e8kqvbfwea724h75qc655w",
        "01h2e8kqvbfwea724h75qc655w",
        "ord_01h2e8kqvbfwea724h75qc655w",
        "prod_8zzzzzzzzzzzzzzzzzzzzzzzzz",
        "prod_01H2E8KQVBFWEA724H75QC655W",
        "PROD_01h2e8kqvbfwea724h75qc655w",
        "prod_01h2e8kqvbfwea724h75qc655",
        "prod_01h2e8kqvbfwea724h75qc655ww",
        "prod_01h2e8kqvbfwea724h75qc655u",
        "prod_01h2e8kqvbfwea724h75qc655i",
        "prod_01h2e8kqvbfwea724h75qc65é",
        "prod__01h2e8kqvbfwea724h75qc655w",
        " prod_01h2e8kqvbfwea724h75qc655w",
    ];
    for text in bad {
        assert_eq!(
            text.parse::<ProductId>(),
            Err(BadId { prefix: "prod" }),
            "{text:?}"
        );
    }
    assert_eq!(BadId { prefix: "prod" }.code(), "INVALID_ID");
}

#[test]
fn json_carries_the_text() {
    let id: OrderId = json("\"ord_01h2e8kqvbfwea724h75qc655w\"").expect("an id");
    assert_eq!(
        serde_json::to_string(&id).ok().as_deref(),
        Some("\"ord_01h2e8kqvbfwea724h75qc655w\"")
    );
    let error = json::<OrderId>("\"prod_01h2e8kqvbfwea724h75qc655w\"").expect_err("another's id");
    assert!(error.starts_with("not an id of the form ord_"), "{error}");
    assert!(json::<OrderId>("7").is_err());
    assert_eq!(format!("{id:?} {id:>32}"), format!("{id}   {id}"));
}

#[test]
fn an_id_is_written_and_read_by_the_word_for_its_kind() {
    let uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
    let text = kernel::id_text("order", uuid).unwrap();
    assert_eq!(text, OrderId::from_uuid(uuid).to_string());
    assert_eq!(kernel::id_of_text("order", &text), Some(uuid));
    assert_eq!(kernel::id_of_text("payment", &text), None);
    assert_eq!(kernel::id_text("reservation", uuid), None);
}
