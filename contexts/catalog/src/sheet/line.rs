//! One line of an import: its cells as values, and what they make of a product. Pure.

use super::{Column, cells};
use crate::attributes::{Gtin, Options, Tags};
use crate::product::{self, Content, Description, ProductName, Status};
use kernel::{CategoryId, Currency, GroupId, Money, MoneyInput, Name, Sku};
use std::fmt::Display;
use std::str::FromStr;

/// What a line says. `None`: the sheet does not say it; a product keeps what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub sku: Sku,
    pub name: Option<ProductName>,
    pub description: Option<Option<Description>>,
    pub category: Option<Name>,
    pub price: Option<Money>,
    pub tags: Option<Tags>,
    pub gtin: Option<Option<Gtin>>,
    pub status: Option<Status>,
    pub group_id: Option<Option<GroupId>>,
    pub options: Option<Options>,
}

/// Why a line is not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub column: Option<Column>,
    pub code: &'static str,
    pub message: String,
}

impl Fault {
    pub fn of_line(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            column: None,
            code,
            message: message.into(),
        }
    }

    pub fn of_cell(column: Column, code: &'static str, message: impl Display) -> Self {
        Self {
            column: Some(column),
            code,
            message: message.to_string(),
        }
    }

    fn required(column: Column) -> Self {
        Self::of_cell(column, "REQUIRED", "this cell cannot be empty")
    }
}

/// The cells of one line by their columns.
pub struct Cells<'a> {
    pub columns: &'a [Column],
    pub cells: Vec<&'a str>,
}

impl Cells<'_> {
    /// The trimmed text of a column's cell; `None` when the sheet has no such column.
    fn get(&self, column: Column) -> Option<&str> {
        let place = self.columns.iter().position(|one| *one == column)?;
        self.cells
            .get(place)
            .map(|cell| cells::plain(cell.trim()).trim())
    }

    /// A cell that must hold something where the column is there.
    fn required<T: FromStr<Err: Display>>(
        &self,
        column: Column,
        code: &'static str,
    ) -> Result<Option<T>, Fault> {
        match self.get(column) {
            Some("") => Err(Fault::required(column)),
            Some(text) => parse(text, column, code).map(Some),
            None => Ok(None),
        }
    }

    /// A cell that may be empty.
    fn optional<T: FromStr<Err: Display>>(
        &self,
        column: Column,
        code: &'static str,
    ) -> Result<Option<Option<T>>, Fault> {
        match self.get(column) {
            Some("") => Ok(Some(None)),
            Some(text) => parse(text, column, code).map(|value| Some(Some(value))),
            None => Ok(None),
        }
    }
}

fn parse<T: FromStr<Err: Display>>(
    text: &str,
    column: Column,
    code: &'static str,
) -> Result<T, Fault> {
    text.parse()
        .map_err(|error| Fault::of_cell(column, code, error))
}

impl Line {
    /// Reads a line; `shop` is the currency its prices must be in.
    pub fn read(cells: &Cells<'_>, shop: Currency) -> Result<Self, Fault> {
        let sku = cells.required(Column::Sku, "INVALID_SKU")?;
        let in_cell = |column| {
            move |error: crate::attributes::BadAttribute| {
                Fault::of_cell(column, error.code(), error)
            }
        };
        let tags = cells.get(Column::Tags).map(cells::tags).transpose();
        let options = cells.get(Column::Options).map(cells::options).transpose();
        Ok(Self {
            sku: sku.ok_or_else(|| Fault::required(Column::Sku))?,
            name: cells.required(Column::Name, "INVALID_TEXT")?,
            description: cells.optional(Column::Description, "INVALID_TEXT")?,
            category: cells.required(Column::Category, "INVALID_TEXT")?,
            price: price(cells, shop)?,
            tags: tags.map_err(in_cell(Column::Tags))?,
            gtin: cells.optional(Column::Gtin, "INVALID_GTIN")?,
            // Empty says nothing: nobody means "no status".
            status: cells.optional(Column::Status, "INVALID_STATUS")?.flatten(),
            group_id: cells.optional(Column::GroupId, "INVALID_ID")?,
            options: options.map_err(in_cell(Column::Options))?,
        })
    }

    /// What the line makes of a product: of the one that has its SKU, or of none.
    /// `category_id` is the category the line names.
    pub fn onto(
        self,
        old: Option<&Content>,
        category_id: Option<CategoryId>,
    ) -> Result<Content, Fault> {
        let missing = |column| move || Fault::required(column);
        Ok(Content {
            sku: self.sku,
            name: kept(self.name, old, |old| old.name.clone()).ok_or_else(missing(Column::Name))?,
            description: kept(self.description, old, |old| old.description.clone()).flatten(),
            category_id: kept(category_id, old, |old| old.category_id)
                .ok_or_else(missing(Column::Category))?,
            group_id: kept(self.group_id, old, |old| old.group_id).flatten(),
            price: kept(self.price, old, |old| old.price).ok_or_else(missing(Column::Price))?,
            tags: kept(self.tags, old, |old| old.tags.clone()).unwrap_or_default(),
            options: kept(self.options, old, |old| old.options.clone()).unwrap_or_default(),
            gtin: kept(self.gtin, old, |old| old.gtin.clone()).flatten(),
            status: kept(self.status, old, |old| old.status).unwrap_or_default(),
        })
    }
}

/// What the line says, or what the product had.
fn kept<T>(said: Option<T>, old: Option<&Content>, had: impl FnOnce(&Content) -> T) -> Option<T> {
    said.or_else(|| old.map(had))
}

fn price(cells: &Cells<'_>, shop: Currency) -> Result<Option<Money>, Fault> {
    let currency = cells.get(Column::Currency).filter(|text| !text.is_empty());
    if currency.is_some_and(|text| text.parse() != Ok(shop)) {
        let message = format!("the currency of this shop is {shop}");
        return Err(Fault::of_cell(Column::Currency, "WRONG_CURRENCY", message));
    }
    let Some(text) = cells.get(Column::Price) else {
        return Ok(None);
    };
    if text.is_empty() {
        return Err(Fault::required(Column::Price));
    }
    let fault = |error: kernel::MoneyError| {
        Fault::of_cell(Column::Price, kernel::Fault::code(&error), error)
    };
    let money = Money::parse(text, shop).map_err(fault)?;
    if money.minor() > MoneyInput::MAX_MINOR {
        return Err(fault(kernel::MoneyError::Overflow));
    }
    product::price(money)
        .map(Some)
        .map_err(|error| Fault::of_cell(Column::Price, "INVALID_PRICE", error))
}
