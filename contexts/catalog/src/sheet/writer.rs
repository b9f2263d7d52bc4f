//! Writes products as lines of CSV (RFC 4180).

use super::{Column, cells};
use crate::product::Product;
use kernel::Text;
use std::borrow::Cow;

/// The header line.
pub fn header() -> Result<Vec<u8>, csv::Error> {
    let mut writer = writer();
    writer.write_record(Column::ALL.map(Column::name))?;
    finish(writer)
}

/// A line per product with the name of its category.
pub fn lines<'a>(
    products: impl Iterator<Item = (&'a Product, &'a str)>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = writer();
    for (product, category) in products {
        for column in Column::ALL {
            writer.write_field(cells::neutral(&cell(product, category, column)).as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    finish(writer)
}

fn cell<'a>(product: &'a Product, category: &'a str, column: Column) -> Cow<'a, str> {
    let content = &product.content;
    match column {
        Column::Sku => content.sku.as_str().into(),
        Column::Name => content.name.as_str().into(),
        Column::Description => content.description.as_ref().map_or("", Text::as_str).into(),
        Column::Category => category.into(),
        Column::Price => content.price.to_string().into(),
        Column::Currency => content.price.currency().to_string().into(),
        Column::Tags => cells::of_tags(&content.tags).into(),
        Column::Gtin => content
            .gtin
            .as_ref()
            .map_or("", |gtin| gtin.as_str())
            .into(),
        Column::Status => content.status.as_str().into(),
        Column::GroupId => content
            .group_id
            .map(|id| id.to_string())
            .unwrap_or_default()
            .into(),
        Column::Options => cells::of_options(&content.options).into(),
    }
}

fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new())
}

fn finish(writer: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, csv::Error> {
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}
