//! The rules of products: what one consists of, when it may be sold, since when its price holds.
//! Pure: ids and time are given.

use crate::attributes::{Gtin, Options, Tags};
use crate::words;
use kernel::{CategoryId, GroupId, Money, ProductId, Sku, Text, Timestamp};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

pub type ProductName = Text<255>;
pub type Description = Text<10000>;

/// Where a product stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProductStatus)]
pub enum Status {
    /// In preparation: seen by staff only.
    Draft,
    /// On sale, seen by everybody.
    #[default]
    Active,
    /// No longer sold, kept because history refers to it: seen by staff only.
    Archived,
}

/// A product as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    pub content: Content,
    /// Since when the price is in force.
    pub priced_at: Timestamp,
    /// Whether it was ever on sale.
    pub was_active: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What people may change of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub sku: Sku,
    pub name: ProductName,
    pub description: Option<Description>,
    pub category_id: CategoryId,
    pub group_id: Option<GroupId>,
    pub price: Money,
    pub tags: Tags,
    pub options: Options,
    pub gtin: Option<Gtin>,
    pub status: Status,
}

/// A price that is not above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a price must be greater than zero")]
pub struct NotAPrice;

/// The price, if it is one: products are never free, and never pay the buyer.
pub fn price(money: Money) -> Result<Money, NotAPrice> {
    if money.minor() > 0 {
        Ok(money)
    } else {
        Err(NotAPrice)
    }
}

/// What becomes of a product that is to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It was never on sale, so nothing can refer to it: it goes.
    Gone,
    /// It was on sale once: carts and orders may name it, so it stays, archived.
    Archived(Box<Product>),
    /// It is archived already.
    Nothing,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }
}

/// A word that is no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a status is draft, active or archived")]
pub struct BadStatus;

impl FromStr for Status {
    type Err = BadStatus;

    fn from_str(text: &str) -> Result<Self, BadStatus> {
        let all = [Self::Draft, Self::Active, Self::Archived];
        all.into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(BadStatus)
    }
}

impl Product {
    pub fn new(id: ProductId, content: Content, now: Timestamp) -> Self {
        let was_active = content.status == Status::Active;
        let (priced_at, created_at, updated_at) = (now, now, now);
        Self {
            id,
            content,
            priced_at,
            was_active,
            version: 1,
            created_at,
            updated_at,
        }
    }

    /// The product with other content; `None` when that is no change.
    pub fn changed(&self, content: Content, now: Timestamp) -> Option<Self> {
        if content == self.content {
            return None;
        }
        let mut next = self.clone();
        if content.price != self.content.price {
            // Clocks of several processes differ a little; the newest price must stay the last.
            next.priced_at = now.max(self.priced_at);
        }
        next.was_active |= content.status == Status::Active;
        next.version += 1;
        next.updated_at = now;
        next.content = content;
        Some(next)
    }

    /// The product at the price that was planned for `since`; `None` when a newer one is in force
    /// already.
    pub fn repriced(&self, price: Money, since: Timestamp, now: Timestamp) -> Option<Self> {
        if since <= self.priced_at {
            return None;
        }
        let content = Content {
            price,
            ..self.content.clone()
        };
        let version = self.version + 1;
        Some(Self {
            content,
            priced_at: since,
            version,
            updated_at: now,
            ..*self
        })
    }

    /// The product as a history of sales knows it since `seen_at`; `None` when the price in force
    /// is not older or nothing differs.
    pub fn seen_again(
        &self,
        name: ProductName,
        price: Money,
        (seen_at, now): (Timestamp, Timestamp),
    ) -> Option<Self> {
        let content = Content {
            name,
            price,
            ..self.content.clone()
        };
        if seen_at <= self.priced_at || content == self.content {
            return None;
        }
        let version = self.version + 1;
        Some(Self {
            content,
            priced_at: seen_at,
            version,
            updated_at: now,
            ..*self
        })
    }

    /// Whether its history needs another price than `old` had.
    pub fn is_repriced_since(&self, old: &Self) -> bool {
        self.content.price != old.content.price || self.priced_at != old.priced_at
    }

    pub fn removed(&self, now: Timestamp) -> Removal {
        if !self.was_active {
            return Removal::Gone;
        }
        let content = Content {
            status: Status::Archived,
            ..self.content.clone()
        };
        match self.changed(content, now) {
            Some(archived) => Removal::Archived(Box::new(archived)),
            None => Removal::Nothing,
        }
    }

    pub fn is_visible_to(&self, staff: bool) -> bool {
        staff || self.content.status == Status::Active
    }
}

impl Content {
    pub fn description_text(&self) -> Option<String> {
        self.description.as_ref().map(ToString::to_string)
    }

    pub fn gtin_text(&self) -> Option<String> {
        self.gtin.as_ref().map(|gtin| gtin.as_str().to_owned())
    }

    /// The words it is found by.
    pub fn search_text(&self) -> String {
        let description = self.description.as_ref().map_or("", Text::as_str);
        let gtin = self.gtin.as_ref().map_or("", Gtin::as_str);
        let texts = [self.name.as_str(), description, gtin];
        words::search_text(&texts, self.sku.as_str(), self.tags.iter())
    }

    /// A product with options is a variant, and variants stand in a group: the one that is named,
    /// the one it is in, or a new one that others can join.
    pub fn grouped(self, current: Option<GroupId>, new: impl FnOnce() -> GroupId) -> Self {
        let group_id = match self.group_id {
            None if !self.options.is_empty() => Some(current.unwrap_or_else(new)),
            named => named,
        };
        Self { group_id, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Currency;
    use uuid::Uuid;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_unix_micros(micros)
    }

    fn cad(minor: i64) -> Money {
        Money::new(minor, "CAD".parse::<Currency>().unwrap())
    }

    fn lamp(status: Status) -> Product {
        let content = Content {
            sku: "LAMP".parse().unwrap(),
            name: "Lamp".parse().unwrap(),
            description: None,
            category_id: CategoryId::from_uuid(Uuid::from_u128(1)),
            group_id: None,
            price: cad(1999),
            tags: Tags::default(),
            options: Options::default(),
            gtin: None,
            status,
        };
        Product::new(ProductId::from_uuid(Uuid::from_u128(2)), content, at(10))
    }

    #[test]
    fn a_draft_that_was_never_on_sale_is_deleted_and_anything_else_archived() {
        assert_eq!(lamp(Status::Draft).removed(at(20)), Removal::Gone);
        let Removal::Archived(archived) = lamp(Status::Active).removed(at(20)) else {
            panic!()
        };
        assert_eq!(
            (archived.content.status, archived.version),
            (Status::Archived, 2)
        );
        assert_eq!(archived.removed(at(30)), Removal::Nothing);

        let active = lamp(Status::Active);
        let back = Content {
            status: Status::Draft,
            ..active.content.clone()
        };
        let draft_again = active.changed(back, at(20)).unwrap();
        assert!(matches!(draft_again.removed(at(30)), Removal::Archived(_)));
    }

    #[test]
    fn the_same_content_is_no_change() {
        let lamp = lamp(Status::Active);
        assert_eq!(lamp.changed(lamp.content.clone(), at(20)), None);
    }

    #[test]
    fn a_planned_price_never_undoes_a_newer_one() {
        let lamp = lamp(Status::Active);
        let dearer = lamp.repriced(cad(2500), at(40), at(41)).unwrap();
        assert_eq!(
            (dearer.content.price, dearer.priced_at),
            (cad(2500), at(40))
        );
        assert_eq!(dearer.repriced(cad(1000), at(30), at(50)), None);
    }

    #[test]
    fn a_price_set_by_a_slow_clock_is_still_the_newest() {
        let lamp = lamp(Status::Active);
        let content = Content {
            price: cad(5),
            ..lamp.content.clone()
        };
        assert_eq!(lamp.changed(content, at(3)).unwrap().priced_at, at(10));
    }

    #[test]
    fn a_variant_always_stands_in_a_group() {
        let group = |n| GroupId::from_uuid(Uuid::from_u128(n));
        let mut content = lamp(Status::Active).content;
        assert_eq!(content.clone().grouped(None, || group(7)).group_id, None);
        content.options = Options::try_from(std::collections::BTreeMap::from([(
            "size".to_owned(),
            "M".to_owned(),
        )]))
        .unwrap();
        assert_eq!(
            content.clone().grouped(None, || group(7)).group_id,
            Some(group(7))
        );
        assert_eq!(
            content
                .clone()
                .grouped(Some(group(8)), || group(7))
                .group_id,
            Some(group(8))
        );
        content.group_id = Some(group(9));
        assert_eq!(
            content.grouped(Some(group(8)), || group(7)).group_id,
            Some(group(9))
        );
    }
}
