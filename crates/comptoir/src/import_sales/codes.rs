//! What stock codes and customer numbers of the file are in the shop. Pure.

use kernel::{ClientId, Id, Name, ProductId};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// Codes that are work, fees or corrections: postage, carriage, discounts, manual entries,
/// samples, the marketplace's and the bank's charges, a charity's commission.
const SERVICES: [&str; 9] = [
    "POST",
    "DOT",
    "C2",
    "D",
    "M",
    "S",
    "AMAZONFEE",
    "BANK CHARGES",
    "CRUK",
];

/// Vouchers are sold like goods, and are none.
const VOUCHER: &str = "gift_";

/// The code under which the accountants write off what will never be paid.
const BAD_DEBT: &str = "B";

/// The category of a code's product. Everything that is not known to be a service is goods.
pub fn category(code: &str) -> &'static str {
    let service = SERVICES.iter().any(|one| one.eq_ignore_ascii_case(code));
    let begins = |prefix: &str| {
        code.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if service || begins(VOUCHER) {
        "Services"
    } else {
        "Goods"
    }
}

pub fn is_bad_debt(code: &str) -> bool {
    code.eq_ignore_ascii_case(BAD_DEBT)
}

/// The client of a customer number, or the one all lines without a customer belong to.
pub fn client_id(customer: Option<&str>) -> ClientId {
    Id::from_uuid(match customer {
        Some(customer) => derived("client", customer),
        None => derived("walk-in client", ""),
    })
}

/// What the client is called; the history knows no names.
pub fn client_name(customer: Option<&str>) -> Option<Name> {
    match customer {
        Some(customer) => format!("Customer {customer}").parse().ok(),
        None => "Walk-in client".parse().ok(),
    }
}

/// The id of a code's product, unless the shop has one with that SKU.
pub fn product_id(code: &str) -> ProductId {
    Id::from_uuid(derived("product", code))
}

/// A UUIDv8 made from a name, so that every run of the import means the same thing by it.
fn derived(kind: &str, name: &str) -> Uuid {
    let digest = Sha256::digest(format!("comptoir/import-sales/{kind}/{name}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postage_is_a_service_and_a_lantern_is_goods() {
        for code in ["POST", "m", "BANK CHARGES", "gift_0001_40", "C2"] {
            assert_eq!(category(code), "Services", "{code}");
        }
        for code in ["85123A", "DCGS0076", "POSTCARD", "22632", "é"] {
            assert_eq!(category(code), "Goods", "{code}");
        }
    }

    #[test]
    fn one_name_always_means_one_id() {
        assert_eq!(client_id(Some("17850")), client_id(Some("17850")));
        assert_ne!(client_id(Some("17850")), client_id(Some("17851")));
        assert_ne!(client_id(Some("")), client_id(None));
        assert_eq!(client_id(None).uuid().get_version_num(), 8);
        // Written down: shops have imported with it.
        assert_eq!(
            product_id("85123A").to_string(),
            "prod_1f4ga73gkzgx18hyf2k7h81tee"
        );
    }
}
