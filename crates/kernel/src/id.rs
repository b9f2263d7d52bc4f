//! Typed ids: an id of an order cannot be passed where an id of a client is wanted. Their text is
//! a TypeID (<https://github.com/jetify-com/typeid>): prefix, `_`, 26 characters of Crockford's
//! base32 of the 128 bits, lower case. Ids are made elsewhere (UUIDv7 from the process's source).

use crate::fault::invalid;
use crate::schema;
use crate::wire;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};
use uuid::Uuid;

/// A kind of thing that ids point at.
pub trait Entity: 'static {
    /// The prefix of its ids: at most eight lower-case letters.
    const PREFIX: &'static str;
}

/// The id of an `E`: a UUID that knows what it points at.
pub struct Id<E>(Uuid, PhantomData<fn() -> E>);

/// Crockford's base32 without i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 26 × 5 bits hold 128: the first character carries only three of them.
const SUFFIX_LEN: usize = 26;
/// Longest text: eight letters of prefix, `_` and the suffix.
const TEXT_LEN: usize = 8 + 1 + SUFFIX_LEN;
/// Value of each byte as a base32 character, `0xff` where it is none.
const VALUES: [u8; 256] = {
    let mut values = [0xff; 256];
    let mut value = 0;
    while value < 32 {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
};

impl<E> Id<E> {
    /// The id with these 128 bits.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// Its 128 bits.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<E: Entity> Id<E> {
    /// Calls `then` with the text form, which lives on the stack.
    fn with_text<R>(self, then: impl FnOnce(&str) -> R) -> R {
        const { assert!(E::PREFIX.len() < TEXT_LEN - SUFFIX_LEN) };
        let mut text = [0; TEXT_LEN];
        let prefix = E::PREFIX.as_bytes();
        text[..prefix.len()].copy_from_slice(prefix);
        text[prefix.len()] = b'_';
        let end = prefix.len() + 1 + SUFFIX_LEN;
        let mut bits = self.0.as_u128();
        for place in text[prefix.len() + 1..end].iter_mut().rev() {
            *place = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
        }
        then(std::str::from_utf8(&text[..end]).unwrap_or_default())
    }
}

/// Not the text of an id of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_ and 26 characters of 0-9 a-z without i l o u")]
pub struct BadId {
    /// The prefix that was wanted.
    pub prefix: &'static str,
}
invalid!(BadId, "INVALID_ID");

impl<E: Entity> FromStr for Id<E> {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let suffix = text
            .strip_prefix(E::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'));
        suffix
            .and_then(decode)
            .map(Self::from_uuid)
            .ok_or(BadId { prefix: E::PREFIX })
    }
}

/// The 128 bits of a suffix; `None` unless it is the one spelling of them.
fn decode(suffix: &str) -> Option<Uuid> {
    let bytes = suffix.as_bytes();
    if bytes.len() != SUFFIX_LEN || bytes[0] > b'7' {
        return None;
    }
    let mut bits: u128 = 0;
    for byte in bytes {
        let value = VALUES[usize::from(*byte)];
        if value == 0xff {
            return None;
        }
        bits = bits << 5 | u128::from(value);
    }
    Some(Uuid::from_u128(bits))
}

impl<E: Entity> fmt::Display for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.pad(text))
    }
}

impl<E: Entity> fmt::Debug for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<E: Entity> serde::Serialize for Id<E> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| serializer.serialize_str(text))
    }
}

impl<'de, E: Entity> serde::Deserialize<'de> for Id<E> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::parsed(deserializer, "an id")
    }
}

impl<E: Entity> ComposeSchema for Id<E> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let pattern = format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", E::PREFIX);
        let example = format!("{}_01h455vb4pex5vsknk084sn02q", E::PREFIX);
        let about = format!("TypeID: `{}_` and a UUIDv7 in base32.", E::PREFIX);
        schema::string(&pattern, &example)
            .description(Some(about))
            .into()
    }
}

impl<E: Entity> ToSchema for Id<E> {
    /// The marker's name and `Id`: `OrderId`.
    fn name() -> Cow<'static, str> {
        let full = std::any::type_name::<E>();
        let short = full.rsplit("::").next().unwrap_or(full);
        Cow::Owned(format!("{short}Id"))
    }
}

// Derives would ask `E: Clone` and so on; an id is a number whatever it points at.
impl<E> Clone for Id<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for Id<E> {}
impl<E> PartialEq for Id<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<E> Eq for Id<E> {}
impl<E> PartialOrd for Id<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Id<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<E> Hash for Id<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// Declares the things ids point at, each with its prefix and the name of its id.
macro_rules! entities {
    ($($(#[$meta:meta])* $entity:ident $prefix:literal $id:ident;)+) => {
        $(
            $(#[$meta])*
            pub struct $entity;
            impl Entity for $entity {
                const PREFIX: &'static str = $prefix;
            }
            #[doc = concat!("`", $prefix, "_…`")]
            pub type $id = Id<$entity>;
        )+

        /// The schemas of all these ids.
        pub(crate) fn schemas() -> Vec<(String, RefOr<Schema>)> {
            vec![$(schema::named::<$id>()),+]
        }

        /// The text of the id of a `kind` of thing in lower case (`order`), as it stands wherever
        /// kinds are words and not types; `None` where no ids point at such things.
        #[must_use]
        pub fn id_text(kind: &str, uuid: Uuid) -> Option<String> {
            $(if kind.eq_ignore_ascii_case(stringify!($entity)) {
                return Some($id::from_uuid(uuid).to_string());
            })+
            None
        }

        /// Reads what [`id_text`] wrote.
        #[must_use]
        pub fn id_of_text(kind: &str, text: &str) -> Option<Uuid> {
            $(if kind.eq_ignore_ascii_case(stringify!($entity)) {
                return text.parse().ok().map($id::uuid);
            })+
            None
        }
    };
}

entities! {
    /// Marks ids of users: people who sign in.
    User "user" UserId;
    /// Marks ids of API keys.
    ApiKey "key" ApiKeyId;
    /// Marks ids of clients: people who buy.
    Client "cli" ClientId;
    /// Marks ids of employees.
    Employee "emp" EmployeeId;
    /// Marks ids of categories of products.
    Category "cat" CategoryId;
    /// Marks ids of products.
    Product "prod" ProductId;
    /// Marks ids of stores and warehouses.
    Store "store" StoreId;
    /// Marks ids of rows of the stock ledger.
    Movement "mov" MovementId;
    /// Marks ids of transfers between stores.
    Transfer "trf" TransferId;
    /// Marks ids of carts.
    Cart "cart" CartId;
    /// Marks ids of orders.
    Order "ord" OrderId;
    /// Marks ids of payments.
    Payment "pay" PaymentId;
    /// Marks ids of refunds.
    Refund "rfd" RefundId;
    /// Marks ids of shipments.
    Shipment "shp" ShipmentId;
    /// Marks ids of images.
    Image "img" ImageId;
    /// Marks ids of notifications.
    Notification "ntf" NotificationId;
    /// Marks ids of addresses that do not take everything.
    Suppression "sup" SuppressionId;
    /// Marks ids of endpoints that are told of events.
    Webhook "whk" WebhookId;
    /// Marks ids of deliveries: an event on its way to an endpoint.
    WebhookDelivery "whd" WebhookDeliveryId;
    /// Marks ids of published events.
    EventRecord "evt" EventId;
    /// Marks ids of groups of variants.
    Group "grp" GroupId;
}
