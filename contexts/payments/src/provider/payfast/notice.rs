//! PayFast's notice of how a payment ended (ITN, instant transaction notification): a form that
//! PayFast posts to us. Holds personal data of the buyer, so it is neither kept nor printed.

use super::signature::{Fields, is_signature, joined};
use crate::provider::{Charge, Standing, Truth};
use kernel::{Currency, Money, PaymentId};

/// A notice, read and not yet believed.
pub(crate) struct Notice {
    /// All that is signed, in PayFast's order.
    fields: Fields,
    signature: String,
    pub payment_id: PaymentId,
    /// PayFast's own name of the payment.
    pub reference: String,
    /// `COMPLETE`, `PENDING`, `CANCELLED` or `FAILED`.
    pub status: String,
}

/// Why a form is no notice of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadNotice {
    #[error("a field is missing, stands twice, or stands behind the signature")]
    Malformed,
    #[error("it is of a payment that did not begin here")]
    Foreign,
}

impl Notice {
    /// Reads the raw body. What stands behind the signature is not signed, and a field that stands
    /// twice is read differently by different people: neither is taken.
    pub fn parse(raw: &[u8]) -> Result<Self, BadNotice> {
        let mut fields: Fields = Fields::new();
        let mut signature = None;
        for (name, value) in form_urlencoded::parse(raw) {
            let twice = fields.iter().any(|(other, _)| *other == name);
            if signature.is_some() || twice {
                return Err(BadNotice::Malformed);
            }
            match &*name {
                "signature" => signature = Some(value.into_owned()),
                _ => fields.push((name.into_owned(), value.into_owned())),
            }
        }
        let get = |wanted: &str| {
            let field = fields.iter().find(|(name, _)| name == wanted);
            field.map(|(_, value)| value.clone())
        };
        let need = |wanted: &str| get(wanted).ok_or(BadNotice::Malformed);
        let reference = need("pf_payment_id")?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if reference.is_empty() || reference.len() > 64 || !reference.chars().all(plain) {
            return Err(BadNotice::Malformed);
        }
        let payment_id = need("m_payment_id")?;
        Ok(Self {
            payment_id: payment_id.parse().map_err(|_| BadNotice::Foreign)?,
            status: need("payment_status")?,
            signature: signature.ok_or(BadNotice::Malformed)?,
            reference,
            fields,
        })
    }

    /// Whether whoever sent it knows our passphrase, and means our account.
    pub fn is_signed(&self, merchant_id: &str, passphrase: &str) -> bool {
        let ours = self.field("merchant_id") == Some(merchant_id);
        ours && is_signature(&self.signature, &joined(&self.fields), passphrase)
    }

    /// What PayFast is asked to confirm: everything but the signature, as it came.
    pub(super) fn unsigned(&self) -> String {
        joined(&self.fields)
    }

    /// How the payment stands by this notice; `None` when it is of another amount than the charge,
    /// as when a buyer has changed the form.
    pub fn truth(&self, charge: &Charge) -> Option<Truth> {
        let gross = self.field("amount_gross")?;
        let gross = Money::parse(gross, zar()?).ok()?;
        if gross != charge.amount {
            return None;
        }
        let standing = match self.status.as_str() {
            "COMPLETE" => Standing::Open,
            "CANCELLED" | "FAILED" => Standing::Declined {
                reason: self.status.to_ascii_lowercase(),
            },
            _ => Standing::Pending,
        };
        let moved = match standing {
            Standing::Open => gross,
            _ => Money::zero(gross.currency()),
        };
        Some(Truth {
            standing,
            reference: Some(self.reference.clone()),
            authorized: moved,
            captured: moved,
            refunded: Money::zero(gross.currency()),
        })
    }

    fn field(&self, wanted: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(name, _)| name == wanted);
        field.map(|(_, value)| value.as_str())
    }
}

/// South African rand: the one currency of PayFast.
pub(super) fn zar() -> Option<Currency> {
    "ZAR".parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::signature::signature;
    use super::*;
    use crate::provider::Urls;
    use kernel::Id;
    use uuid::Uuid;

    const PASSPHRASE: &str = "a passphrase";

    fn payment() -> PaymentId {
        Id::from_uuid(Uuid::from_u128(7))
    }

    fn charge() -> Charge {
        Charge {
            payment_id: payment(),
            order_id: Id::from_uuid(Uuid::from_u128(8)),
            order_number: "ORD-2026-000001".to_owned(),
            amount: Money::new(10_000, zar().unwrap()),
            reference: None,
            key: "auth:7".to_owned(),
            automatic_capture: true,
            urls: Urls {
                success: "https://shop.example/paid".to_owned(),
                cancel: "https://shop.example/cart".to_owned(),
            },
        }
    }

    fn body(amount: &str, status: &str) -> String {
        let fields = [
            ("m_payment_id", payment().to_string()),
            ("pf_payment_id", "1089250".to_owned()),
            ("payment_status", status.to_owned()),
            ("item_name", "ORD-2026-000001".to_owned()),
            ("amount_gross", amount.to_owned()),
            ("name_last", String::new()),
            ("merchant_id", "10000100".to_owned()),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        let joined = joined(&fields);
        let signature = signature(&joined, PASSPHRASE);
        format!("{joined}&signature={signature}")
    }

    fn notice(body: &str) -> Notice {
        Notice::parse(body.as_bytes()).unwrap_or_else(|error| panic!("{error}: {body}"))
    }

    #[test]
    fn a_notice_is_believed_with_our_passphrase_and_account_only() {
        let notice = notice(&body("100.00", "COMPLETE"));
        assert!(notice.is_signed("10000100", PASSPHRASE));
        assert!(!notice.is_signed("10000101", PASSPHRASE));
        assert!(!notice.is_signed("10000100", "another"));
        let forged = body("100.00", "COMPLETE").replace("100.00", "1.00");
        assert!(!self::notice(&forged).is_signed("10000100", PASSPHRASE));
    }

    #[test]
    fn what_is_not_signed_or_stands_twice_is_not_taken() {
        let good = body("100.00", "COMPLETE");
        for bad in [
            format!("{good}&amount_gross=1.00"),
            format!("amount_gross=1.00&{good}"),
            good.split_once("&signature").unwrap().0.to_owned(),
            good.replace("pf_payment_id=1089250", "pf_payment_id="),
            good.replace("pf_payment_id=1089250", "pf_payment_id=..%2F"),
            String::new(),
        ] {
            let error = Notice::parse(bad.as_bytes()).err();
            assert_eq!(error, Some(BadNotice::Malformed), "{bad}");
        }
        let foreign = good.replace(&payment().to_string(), "invoice-7");
        let error = Notice::parse(foreign.as_bytes()).err();
        assert_eq!(error, Some(BadNotice::Foreign));
    }

    #[test]
    fn a_complete_payment_of_the_whole_amount_is_money() {
        let truth = notice(&body("100.00", "COMPLETE"))
            .truth(&charge())
            .unwrap();
        assert_eq!(truth.standing, Standing::Open);
        assert_eq!(
            (truth.authorized, truth.captured),
            (charge().amount, charge().amount)
        );
        assert_eq!(truth.reference.as_deref(), Some("1089250"));
    }

    #[test]
    fn another_amount_is_never_taken_for_the_whole() {
        for amount in ["1.00", "99.99", "100.01", "1e2", "nothing"] {
            let truth = notice(&body(amount, "COMPLETE")).truth(&charge());
            assert_eq!(truth, None, "{amount}");
        }
    }

    #[test]
    fn no_other_status_is_money() {
        for status in ["CANCELLED", "FAILED", "PENDING", "complete", ""] {
            let truth = notice(&body("100.00", status)).truth(&charge()).unwrap();
            assert_ne!(truth.standing, Standing::Open, "{status}");
            assert_eq!(truth.captured.minor(), 0, "{status}");
        }
    }
}
