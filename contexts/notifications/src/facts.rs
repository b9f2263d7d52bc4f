//! What a text can say: the variables of each kind, from what is known. Pure.

use crate::contact::Contact;
use crate::kind::Kind;
use crate::settings::Settings;
use crate::wording;
use kernel::{Currency, Language, Money};
use serde_json::{Map, Value, json};

/// What is known when a notice is written.
pub struct Facts<'a> {
    pub kind: Kind,
    pub language: Language,
    pub settings: &'a Settings,
    pub contact: &'a Contact,
    /// Number and total of its order.
    pub order: Option<(&'a str, Money)>,
    /// What the news brought.
    pub details: &'a Value,
    /// Where the reader can say that this is not wanted.
    pub unsubscribe_url: Option<&'a str>,
}

/// The names of the variables that texts of this kind can have.
pub fn names(kind: Kind) -> Vec<&'static str> {
    let mut names = vec!["name", "shop", "shop_url"];
    if kind.is_of_order() {
        names.extend(["number", "total"]);
    }
    names.extend_from_slice(match kind {
        Kind::OrderPlaced | Kind::OrderDelivered => &[],
        Kind::OrderPaid | Kind::OrderRefunded => &["amount"],
        Kind::OrderShipped => &["carrier", "tracking_number", "tracking_url"],
        Kind::OrderCancelled => &["reason"],
        Kind::LowStock => &["product", "sku", "store", "available", "min_stock"],
        Kind::PriceChanged => &["count", "changes", "more"],
        Kind::Welcome => &[],
        Kind::EmailVerification | Kind::PasswordReset => &["link"],
    });
    if kind.is_optional() {
        names.push("unsubscribe_url");
    }
    names
}

impl Facts<'_> {
    /// The variables: every name of [`names`], and no other.
    pub fn variables(&self) -> Map<String, Value> {
        let value = |name: &&str| ((*name).to_owned(), self.value(name));
        names(self.kind).iter().map(value).collect()
    }

    fn value(&self, name: &str) -> Value {
        match name {
            "name" => json!(self.contact.name),
            "shop" => json!(self.settings.shop()),
            "shop_url" => json!(self.settings.public_url),
            "number" => json!(self.order.map(|(number, _)| number)),
            "total" => json!(self.order.map(|(_, total)| self.money(total))),
            "amount" => json!(self.amount().map(|amount| self.money(amount))),
            "carrier" => json!(self.carrier()),
            "tracking_url" => json!(self.tracking_url()),
            "link" => json!(self.link()),
            "changes" => json!(self.changes()),
            "unsubscribe_url" => json!(self.unsubscribe_url),
            detail => self.details.get(detail).cloned().unwrap_or_default(),
        }
    }

    fn money(&self, amount: Money) -> String {
        wording::money(amount, self.language)
    }

    fn amount(&self) -> Option<Money> {
        let minor = self.details.get("amount_minor")?.as_i64()?;
        let currency: Currency = self.details.get("currency")?.as_str()?.parse().ok()?;
        Some(Money::new(minor, currency))
    }

    /// A line a product: `Blue mug (MUG-BLUE): 9.99 CAD → 10.99 CAD`.
    fn changes(&self) -> Option<String> {
        let line = |one: &Value| {
            let text = |name: &str| one.get(name)?.as_str();
            let currency: Currency = text("currency")?.parse().ok()?;
            let price = |name: &str| Some(Money::new(one.get(name)?.as_i64()?, currency));
            let (product, sku) = (text("product")?, text("sku")?);
            let before = self.money(price("before_minor")?);
            let now = self.money(price("price_minor")?);
            Some(format!("{product} ({sku}): {before} → {now}"))
        };
        let changes = self.details.get("changes")?.as_array()?;
        let lines: Vec<String> = changes.iter().filter_map(line).collect();
        Some(lines.join("\n"))
    }

    /// Nobody is told that a parcel is carried by hand.
    fn carrier(&self) -> Option<&str> {
        let carrier = self.details.get("carrier")?.as_str()?;
        (carrier != "manual").then_some(carrier)
    }

    /// The number has letters, digits and hyphens only.
    fn tracking_url(&self) -> Option<String> {
        let number = self.details.get("tracking_number")?.as_str()?;
        let shop = &self.settings.public_url;
        Some(format!("{shop}/v1/tracking/{number}"))
    }

    /// Pages of the shop's front, which takes the token from the address.
    fn link(&self) -> Option<String> {
        let page = match self.kind {
            Kind::EmailVerification => "verify-email",
            _ => "reset-password",
        };
        let token = self.contact.token.as_deref()?;
        Some(format!("{}/{page}?token={token}", self.settings.public_url))
    }
}

/// What a text looks like with: somebody, some order.
pub fn sample(kind: Kind) -> (Contact, Value) {
    let contact = Contact {
        name: "Anna Tremblay".to_owned(),
        email: Some("anna@example.com".to_owned()),
        phone: Some("+1 514 555 0123".to_owned()),
        language: None,
        token: Some("sample-token".to_owned()),
    };
    let details = match kind {
        Kind::OrderShipped => json!({"carrier": "Canada Post", "tracking_number": "CP-0123-4567"}),
        Kind::OrderCancelled => json!({"reason": "requested"}),
        Kind::LowStock => json!({"product": "Blue mug", "sku": "MUG-BLUE",
            "store": "Montréal Centre", "available": 3, "min_stock": 5}),
        Kind::PriceChanged => json!({"count": 2, "more": 1, "changes": [{"product": "Blue mug",
            "sku": "MUG-BLUE", "before_minor": 999, "price_minor": 1099, "currency": "CAD"}]}),
        _ => json!({"amount_minor": 123_450, "currency": "CAD"}),
    };
    (contact, details)
}
