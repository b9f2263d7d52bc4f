//! Use case: all products as a sheet, in portions, so that its size does not matter.

use crate::catalog::Catalog;
use crate::sheet;
use crate::store::products;
use platform::DbError;

/// Products in one portion.
const CHUNK: i64 = 500;

/// An export under way.
pub struct Export {
    catalog: Catalog,
    after: Option<String>,
    begun: bool,
    done: bool,
}

impl Export {
    pub fn new(catalog: &Catalog) -> Self {
        Self {
            catalog: catalog.clone(),
            after: None,
            begun: false,
            done: false,
        }
    }

    /// The next portion of the sheet; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, DbError> {
        if self.done {
            return Ok(None);
        }
        let rows = {
            let mut tx = self.catalog.host.db.read().await?;
            products::after_sku(&mut tx, self.after.as_deref(), CHUNK).await?
        };
        self.done = (rows.len() as i64) < CHUNK;
        self.after = rows
            .last()
            .map(|(product, _)| product.content.sku.to_string());
        let bug = |error: csv::Error| DbError::Bug(error.to_string());
        let lines = sheet::lines(
            rows.iter()
                .map(|(product, category)| (product, &**category)),
        );
        let mut bytes = match std::mem::replace(&mut self.begun, true) {
            true => Vec::new(),
            false => sheet::header().map_err(bug)?,
        };
        bytes.extend(lines.map_err(bug)?);
        Ok(Some(bytes))
    }
}
