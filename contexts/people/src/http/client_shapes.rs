//! Requests and answers about clients, as they look on the wire.

use crate::client::{Address, Client, Profile, ProfilePatch};
use crate::export_client::Held;
use crate::http::employee_shapes::EmployeeView;
use crate::http::lists::Sort;
use crate::read_clients::ClientSearch;
use contracts::ports::ShippingAddress;
use kernel::{ClientId, Cursor, Email, Language, Limit, Name, OrderId, Phone, Timestamp, UserId};
use platform::http::Patch;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A client. What is personal is null once the person was erased.
#[derive(Serialize, ToSchema)]
pub(super) struct ClientView {
    pub id: ClientId,
    /// Null only after erasure.
    #[schema(required, example = "Anna Smith")]
    pub name: Option<String>,
    /// Null after erasure, and for clients imported from history.
    #[schema(required, example = "anna@example.com")]
    pub email: Option<String>,
    #[schema(required, example = "+1 514 555 0123")]
    pub phone: Option<String>,
    #[schema(required, example = "1 Main Street\nMontréal QC")]
    pub address: Option<String>,
    /// What the client is written to in; null: as the shop usually does.
    #[schema(required)]
    pub language: Option<Language>,
    /// The login of whoever buys as this client.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Kept for history only: out of lists, cannot be changed.
    pub archived: bool,
    /// The person's data was destroyed for good.
    pub erased: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Client> for ClientView {
    fn from(client: Client) -> Self {
        let (name, email, phone, address, language) = match client.profile {
            Some(Profile {
                name,
                email,
                phone,
                address,
                language,
            }) => (Some(name), email, phone, address, language),
            None => (None, None, None, None, None),
        };
        Self {
            id: client.id,
            name,
            email,
            phone,
            address,
            language,
            user_id: client.user_id,
            archived: client.archived,
            erased: client.erased,
            created_at: client.created_at,
            updated_at: client.updated_at,
        }
    }
}

/// A new client, or all of a client's fields anew.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientInput {
    #[schema(example = "Anna Smith")]
    name: Name,
    /// Unique among clients that are not archived.
    email: Email,
    phone: Option<Phone>,
    address: Option<Address>,
    /// What to write to the client in; left out: as the shop usually does.
    language: Option<Language>,
    /// The login of a customer, linked by managers; left out: none for a new client, else as it is.
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    pub user_id: Patch<UserId>,
}

impl From<ClientInput> for Profile {
    fn from(input: ClientInput) -> Self {
        let ClientInput {
            name,
            email,
            phone,
            address,
            language,
            user_id: _,
        } = input;
        Self::of(name, email, phone, address, language)
    }
}

/// Those of a client's fields that change; `null` takes phone, address, language or login away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientPatch {
    #[serde(default)]
    #[schema(value_type = Name, required = false)]
    name: Patch<Name>,
    /// Unique among clients that are not archived.
    #[serde(default)]
    #[schema(value_type = Email, required = false)]
    email: Patch<Email>,
    #[serde(default)]
    #[schema(value_type = Option<Phone>)]
    phone: Patch<Phone>,
    #[serde(default)]
    #[schema(value_type = Option<Address>)]
    address: Patch<Address>,
    #[serde(default)]
    #[schema(value_type = Option<Language>)]
    language: Patch<Language>,
    /// The login of a customer, linked by managers.
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    pub user_id: Patch<UserId>,
}

impl From<ClientPatch> for ProfilePatch {
    fn from(patch: ClientPatch) -> Self {
        let ClientPatch {
            name,
            email,
            phone,
            address,
            language,
            user_id: _,
        } = patch;
        Self {
            name,
            email,
            phone,
            address,
            language,
        }
    }
}

/// Which clients to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ClientQuery {
    /// How many at most.
    #[serde(default)]
    pub limit: Limit,
    /// `next_cursor` of the page before.
    pub cursor: Option<Cursor>,
    /// Whether to count all pages' clients in `total`.
    #[serde(default)]
    count: bool,
    /// The order.
    #[serde(default)]
    #[param(inline)]
    pub sort: Sort,
    /// The client with exactly this e-mail address.
    email: Option<Email>,
    /// The client that this login belongs to.
    user_id: Option<UserId>,
    /// Whole words of the name, all of them, in any case and order. Names are sealed, so that parts
    /// of words find nothing.
    q: Option<Name>,
    /// The archived clients instead of the others.
    #[serde(default)]
    archived: bool,
}

impl From<ClientQuery> for ClientSearch {
    fn from(query: ClientQuery) -> Self {
        Self {
            archived: query.archived,
            email: query.email,
            user_id: query.user_id,
            name: query.q.map(Name::into_string),
            count: query.count,
        }
    }
}

/// Everything that is held on one person.
#[derive(Serialize, ToSchema)]
pub(super) struct ClientExport {
    pub exported_at: Timestamp,
    pub client: ClientView,
    /// The person's records as an employee, where the same login is both.
    pub employments: Vec<EmployeeView>,
    /// Where the person's orders were to go, oldest first. Null where orders are not at home in
    /// this process: ask the one where they are.
    #[schema(required)]
    pub shipping_addresses: Option<Vec<ShippedTo>>,
}

/// Where an order was to go.
#[derive(Serialize, ToSchema)]
pub(super) struct ShippedTo {
    pub order_id: OrderId,
    #[schema(example = "ORD-2026-000042")]
    pub order_number: String,
    #[schema(example = "1 Main Street\nMontréal QC")]
    pub address: String,
}

impl From<ShippingAddress> for ShippedTo {
    fn from(told: ShippingAddress) -> Self {
        Self {
            order_id: told.order_id,
            order_number: told.order_number,
            address: told.address,
        }
    }
}

impl ClientExport {
    pub(super) fn of(held: Held, exported_at: Timestamp) -> Self {
        let told = held.shipping_addresses;
        let employments = held
            .employments
            .into_iter()
            .map(EmployeeView::from)
            .collect();
        Self {
            exported_at,
            client: held.client.into(),
            employments,
            shipping_addresses: told.map(|all| all.into_iter().map(ShippedTo::from).collect()),
        }
    }
}
