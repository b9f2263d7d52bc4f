//! Products on the wire, as requests give them.

use super::category_shapes::present;
use crate::attributes::{BadAttribute, Gtin, Options, Tags};
use crate::list_products::ListProducts;
use crate::product::{Content, Description, ProductName, Status, price};
use crate::refused::ProductError;
use crate::store::list::{Filter, Key, Order, Position};
use crate::words::Search;
use kernel::{BadCursor, CategoryId, Currency, Cursor, GroupId, Limit, Money, MoneyInput, Sku};
use platform::http::{Patch, Problem};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// A product as a request gives it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductInput {
    sku: Sku,
    name: ProductName,
    description: Option<Description>,
    category_id: CategoryId,
    /// Greater than zero, in the shop's currency.
    price: MoneyInput,
    #[serde(default)]
    tags: Tags,
    gtin: Option<Gtin>,
    #[serde(default)]
    options: Options,
    /// Variants share a group; one with options that names none gets a new one.
    group_id: Option<GroupId>,
    /// Left out, a new product is `active` and a present one stays what it is.
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    status: Option<Status>,
}

impl ProductInput {
    /// The content of a product that has this status now.
    pub fn content(self, shop: Currency, status: Status) -> Result<Content, ProductError> {
        Ok(Content {
            sku: self.sku,
            name: self.name,
            description: self.description,
            category_id: self.category_id,
            group_id: self.group_id,
            price: money(self.price, shop)?,
            tags: self.tags,
            options: self.options,
            gtin: self.gtin,
            status: self.status.unwrap_or(status),
        })
    }
}

/// A price in the shop's currency.
pub fn money(input: MoneyInput, shop: Currency) -> Result<Money, ProductError> {
    Ok(price(input.in_currency(shop)?)?)
}

/// What shall change of a product.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductPatch {
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    sku: Option<Sku>,
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    name: Option<ProductName>,
    #[serde(default)]
    description: Patch<Description>,
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    category_id: Option<CategoryId>,
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    price: Option<MoneyInput>,
    /// All tags anew.
    #[serde(default)]
    #[schema(value_type = Option<Tags>)]
    tags: Patch<Tags>,
    #[serde(default)]
    #[schema(value_type = Option<Gtin>)]
    gtin: Patch<Gtin>,
    /// Each option is set, or removed by `null`; the others stay.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Option<String>>>)]
    options: Patch<BTreeMap<String, Option<String>>>,
    #[serde(default)]
    group_id: Patch<GroupId>,
    #[schema(nullable = false)]
    #[serde(default, deserialize_with = "present")]
    status: Option<Status>,
}

impl ProductPatch {
    pub fn onto(self, old: Content, shop: Currency) -> Result<Content, ProductError> {
        let price = match self.price {
            Some(price) => money(price, shop)?,
            None => old.price,
        };
        Ok(Content {
            sku: self.sku.unwrap_or(old.sku),
            name: self.name.unwrap_or(old.name),
            description: self.description.over(old.description),
            category_id: self.category_id.unwrap_or(old.category_id),
            group_id: self.group_id.over(old.group_id),
            price,
            tags: self.tags.over(Some(old.tags)).unwrap_or_default(),
            options: merged(self.options, old.options)?,
            gtin: self.gtin.over(old.gtin),
            status: self.status.unwrap_or(old.status),
        })
    }
}

fn merged(
    patch: Patch<BTreeMap<String, Option<String>>>,
    old: Options,
) -> Result<Options, BadAttribute> {
    let changes = match patch {
        Patch::Keep => return Ok(old),
        Patch::Clear => return Ok(Options::default()),
        Patch::Set(changes) => changes,
    };
    let mut options: BTreeMap<String, String> = old
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for (name, value) in changes {
        match value {
            Some(value) => options.insert(name.trim().to_owned(), value),
            None => options.remove(name.trim()),
        };
    }
    Options::try_from(options)
}

/// Which products to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProductParams {
    /// Words of name, description, SKU or GTIN; all must be there, the last may be a beginning.
    #[param(max_length = 200)]
    q: Option<String>,
    category_id: Option<CategoryId>,
    /// One tag, without regard to case.
    #[param(max_length = 200)]
    tag: Option<String>,
    /// In the shop's currency.
    #[param(value_type = Option<String>, pattern = "^[0-9]{1,13}$", example = "10")]
    min_price: Option<MoneyInput>,
    /// In the shop's currency.
    #[param(value_type = Option<String>, pattern = "^[0-9]{1,13}$", example = "50")]
    max_price: Option<MoneyInput>,
    /// Whether any store has it.
    in_stock: Option<bool>,
    /// Others than staff find active products only.
    #[param(inline)]
    status: Option<Status>,
    /// The variants of one thing.
    group_id: Option<GroupId>,
    #[serde(default)]
    #[param(inline)]
    sort: ProductSort,
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    #[param(inline)]
    cursor: Option<Cursor>,
    /// Adds `total`, the number of all that match.
    #[serde(default)]
    count: bool,
}

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
enum ProductSort {
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDescending,
    #[serde(rename = "price")]
    Price,
    #[serde(rename = "-price")]
    PriceDescending,
    #[serde(rename = "created_at")]
    Created,
    #[default]
    #[serde(rename = "-created_at")]
    CreatedDescending,
    #[serde(rename = "sku")]
    Sku,
    #[serde(rename = "-sku")]
    SkuDescending,
}

impl From<ProductSort> for Order {
    fn from(sort: ProductSort) -> Self {
        let (key, descending) = match sort {
            ProductSort::Name => (Key::Name, false),
            ProductSort::NameDescending => (Key::Name, true),
            ProductSort::Price => (Key::Price, false),
            ProductSort::PriceDescending => (Key::Price, true),
            ProductSort::Created => (Key::Created, false),
            ProductSort::CreatedDescending => (Key::Created, true),
            ProductSort::Sku => (Key::Sku, false),
            ProductSort::SkuDescending => (Key::Sku, true),
        };
        Self { key, descending }
    }
}

/// The longest `q` and `tag`, in characters.
const SEARCH_MAX: usize = 200;

impl ProductParams {
    pub fn wanted(self, shop: Currency) -> Result<ListProducts, Problem> {
        let order = self.sort.into();
        let after = self
            .cursor
            .map(|cursor| cursor.read::<Position>())
            .transpose()?;
        if after.as_ref().is_some_and(|position| !position.fits(order)) {
            return Err(BadCursor.into());
        }
        let (q, tag) = (short("q", self.q)?, short("tag", self.tag)?);
        let filter = Filter {
            search: Search::of(q.as_deref(), tag.as_deref()),
            category_id: self.category_id,
            group_id: self.group_id,
            status: self.status,
            min_price_minor: minor("min_price", self.min_price, shop)?,
            max_price_minor: minor("max_price", self.max_price, shop)?,
            in_stock: self.in_stock,
        };
        Ok(ListProducts {
            filter,
            order,
            after,
            limit: self.limit,
            count: self.count,
        })
    }
}

fn short(field: &'static str, text: Option<String>) -> Result<Option<String>, Problem> {
    if text
        .as_ref()
        .is_some_and(|text| text.chars().count() > SEARCH_MAX)
    {
        let message = format!("{field} has at most {SEARCH_MAX} characters");
        return Err(Problem::invalid(message.clone()).detail(field, "TOO_LONG", message));
    }
    Ok(text)
}

fn minor(
    field: &'static str,
    input: Option<MoneyInput>,
    shop: Currency,
) -> Result<Option<i64>, Problem> {
    let money = input
        .map(|input| input.in_currency(shop))
        .transpose()
        .map_err(|error| {
            let code = kernel::Fault::code(&error);
            Problem::invalid(error.to_string()).detail(field, code, error.to_string())
        })?;
    Ok(money.map(Money::minor))
}
