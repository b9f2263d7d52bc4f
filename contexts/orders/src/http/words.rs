//! What requests say, checked into what use cases take.

use crate::order::PaymentMethod;
use crate::price::{Item, Wish};
use kernel::{
    ClientId, Country, Currency, EmployeeId, Money, MoneyInput, ProductId, Quantity, StoreId, Text,
};
use platform::auth::Principal;
use platform::http::{Patch, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// Lines of an order.
const MAX_ITEMS: usize = 1000;

/// An order to be placed, or to be kept as a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// For whom; a customer orders for themselves and leaves it out.
    pub client_id: Option<ClientId>,
    /// Who sold it; staff only.
    pub employee_id: Option<EmployeeId>,
    /// Which store serves it; left out: the first, by code, that can fill all of it.
    pub store_id: Option<StoreId>,
    #[schema(min_items = 1, max_items = 1000)]
    pub items: Vec<ItemInput>,
    /// The country it goes to, of which reports tell.
    pub country: Option<Country>,
    /// Keep it as a draft instead of placing it.
    #[serde(default)]
    pub draft: bool,
    pub payment: Option<PaymentInput>,
    /// The total the buyer was shown; 409 `PRICE_CHANGED` when it is another one by now.
    pub expected_total: Option<MoneyInput>,
    pub note: Option<Text<1000>>,
}

/// One line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemInput {
    pub product_id: ProductId,
    pub quantity: Quantity,
}

/// How it is paid; left out: by invoice.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentInput {
    pub method: PaymentMethod,
}

/// A change of a draft, as a JSON merge patch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftPatch {
    pub client_id: Option<ClientId>,
    #[serde(default)]
    pub employee_id: Patch<EmployeeId>,
    #[serde(default)]
    pub store_id: Patch<StoreId>,
    #[serde(default)]
    pub country: Patch<Country>,
    #[schema(min_items = 1, max_items = 1000)]
    pub items: Option<Vec<ItemInput>>,
    pub payment: Option<PaymentInput>,
    #[serde(default)]
    pub note: Patch<Text<1000>>,
}

/// Placing a draft.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceDraft {
    /// As for a new order.
    pub expected_total: Option<MoneyInput>,
}

/// Cancelling.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancellation {
    pub reason: Option<Text<200>>,
}

/// Goods that come back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnInput {
    /// Left out: everything that is still out.
    #[schema(min_items = 1, max_items = 1000)]
    pub items: Option<Vec<ItemInput>>,
    pub reason: Option<Text<200>>,
    /// Whether they go back into the order's store.
    #[serde(default)]
    pub restock: bool,
}

impl NewOrder {
    pub fn into_wish(self, caller: &Principal, shop: Currency) -> Result<Wish, Problem> {
        let method = self
            .payment
            .map_or(PaymentMethod::Invoice, |payment| payment.method);
        let wish = Wish {
            client_id: client(caller, self.client_id)?,
            employee_id: self.employee_id,
            store_id: self.store_id,
            items: items(self.items)?,
            payment_method: method,
            paid: !self.draft && caller.is_staff() && method == PaymentMethod::Cash,
            expected_total: amount(self.expected_total, shop)?,
            country: self.country,
            note: self.note.map(Text::into_string),
            draft: self.draft,
        };
        check_caller(caller, wish)
    }
}

impl DraftPatch {
    /// The draft with the patch over it.
    pub fn over(self, old: Wish, caller: &Principal) -> Result<Wish, Problem> {
        let client_id = match self.client_id {
            Some(id) => client(caller, Some(id))?,
            None => old.client_id,
        };
        let wish = Wish {
            client_id,
            employee_id: self.employee_id.over(old.employee_id),
            store_id: self.store_id.over(old.store_id),
            country: self.country.over(old.country),
            items: self.items.map(items).transpose()?.unwrap_or(old.items),
            payment_method: self
                .payment
                .map_or(old.payment_method, |payment| payment.method),
            note: match self.note {
                Patch::Keep => old.note,
                Patch::Clear => None,
                Patch::Set(note) => Some(note.into_string()),
            },
            ..old
        };
        check_caller(caller, wish)
    }
}

/// 1 to 1000 lines.
pub fn items(items: Vec<ItemInput>) -> Result<Vec<Item>, Problem> {
    if items.is_empty() || items.len() > MAX_ITEMS {
        let message = "an order has 1 to 1000 lines";
        return Err(Problem::invalid(message).detail("items", "ITEM_COUNT", message));
    }
    let item = |input: ItemInput| Item {
        product_id: input.product_id,
        quantity: input.quantity,
    };
    Ok(items.into_iter().map(item).collect())
}

/// The total a buyer was shown, in the shop's currency.
pub fn amount(shown: Option<MoneyInput>, shop: Currency) -> Result<Option<Money>, Problem> {
    let total = shown.map(|total| total.in_currency(shop)).transpose();
    total.map_err(|error| {
        Problem::invalid("expected_total is no amount of the shop's currency").detail(
            "expected_total",
            "INVALID_AMOUNT",
            error.to_string(),
        )
    })
}

fn client(caller: &Principal, named: Option<ClientId>) -> Result<ClientId, Problem> {
    match (caller.is_staff(), named) {
        (true, Some(id)) => Ok(id),
        (true, None) => {
            let message = "staff must say for which client the order is";
            Err(Problem::invalid(message).detail("client_id", "REQUIRED", message))
        }
        (false, None) => Ok(caller.client_id()),
        (false, Some(id)) if id == caller.client_id() => Ok(id),
        (false, Some(_)) => Err(Problem::forbidden()),
    }
}

/// Only staff name an employee; staff limited to stores sell in those only.
fn check_caller(caller: &Principal, mut wish: Wish) -> Result<Wish, Problem> {
    if !caller.is_staff() {
        return match wish.employee_id {
            Some(_) => Err(Problem::forbidden()),
            None => Ok(wish),
        };
    }
    match (&caller.stores, wish.store_id) {
        (None, _) => Ok(wish),
        (Some(_), Some(store)) if caller.may_act_in(store) => Ok(wish),
        (Some(_), Some(_)) => Err(Problem::forbidden()),
        (Some(stores), None) => {
            let [only] = stores.as_slice() else {
                let message = "you work in several stores: say which";
                return Err(Problem::invalid(message).detail("store_id", "REQUIRED", message));
            };
            wish.store_id = Some(*only);
            Ok(wish)
        }
    }
}
