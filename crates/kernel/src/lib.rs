//! The words every context shares: ids, money, quantities, texts, time, pages, faults, events.
//! Pure: no clock of its own, no id generator, no database, no HTTP. Holding one of these values
//! is the proof that it was checked.

mod contact;
mod country;
mod country_names;
mod currency;
mod decimal;
mod event;
mod fault;
mod id;
mod language;
mod money;
mod money_input;
mod page;
mod quantity;
mod schema;
mod sku;
mod text;
mod timestamp;
mod wire;

pub use contact::{BadEmail, BadPhone, Email, Phone};
pub use country::{BadCountry, Country};
pub use currency::{BadCurrency, Currency};
pub use event::{Event, EventSet};
pub use fault::{Detail, ErrorKind, Fault};
pub use id::{
    ApiKey, ApiKeyId, BadId, Cart, CartId, Category, CategoryId, Client, ClientId, Employee,
    EmployeeId, Entity, EventId, EventRecord, Group, GroupId, Id, Image, ImageId, Movement,
    MovementId, Notification, NotificationId, Order, OrderId, Payment, PaymentId, Product,
    ProductId, Refund, RefundId, Shipment, ShipmentId, Store, StoreId, Suppression, SuppressionId,
    Transfer, TransferId, User, UserId, Webhook, WebhookDelivery, WebhookDeliveryId, WebhookId,
    id_of_text, id_text,
};
pub use language::{BadLanguage, Language};
pub use money::{Money, MoneyError};
pub use money_input::MoneyInput;
pub use page::{BadCursor, BadLimit, Cursor, Limit, Page};
pub use quantity::{BadQuantity, Quantity};
pub use schema::schemas;
pub use sku::{BadSku, Sku};
pub use text::{BadText, Name, Text};
pub use timestamp::{BadTimestamp, Timestamp};

#[doc(hidden)]
pub mod __private {
    //! What `event_set!` expands to needs; no other use.
    pub use crate::event::unknown_type;
    pub use serde_json;
}
