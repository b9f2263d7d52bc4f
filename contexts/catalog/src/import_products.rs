//! Use case: products from a sheet, new ones and changes of present ones by SKU.
//!
//! A thread reads and checks lines, this task writes them, a portion per transaction (or all
//! portions in one, where all or none is wanted), a bulk statement per table. At no time are more
//! than three portions in memory; with `atomic` the events of all lines are, too.

use crate::catalog::Catalog;
use crate::category::{Category, CategoryContent};
use crate::import_lines::write_lines;
use crate::import_report::{ImportError, ImportOptions, ImportReport, Progress};
use crate::sheet::{self, Chunk, SheetError};
use crate::store::categories;
use crate::words;
use kernel::{CategoryId, Name};
use platform::{DbError, Tx};
use std::collections::HashMap;
use std::io::Read;
use tokio::sync::mpsc;

/// Portions read ahead of the one being written.
const AHEAD: usize = 2;

/// How often a portion is tried when others change the same products or categories.
const ATTEMPTS: usize = 5;

/// Names of categories that are remembered from one portion to the next.
const CATEGORIES_KEPT: usize = 10_000;

/// Imports a sheet; `progress` is called after each portion.
pub async fn import_products(
    catalog: &Catalog,
    reader: impl Read + Send + 'static,
    options: ImportOptions,
    mut progress: impl FnMut(Progress),
) -> Result<ImportReport, ImportError> {
    let mut import = Import::new(catalog, options);
    let (sender, mut chunks) = mpsc::channel(AHEAD);
    let shop = catalog.host.settings.currency;
    let reading = tokio::task::spawn_blocking(move || {
        sheet::read_in_chunks(reader, shop, |chunk| sender.blocking_send(chunk).is_ok())
    });
    let mut whole = match options.atomic {
        true => Some(catalog.host.db.begin().await?),
        false => None,
    };
    while let Some(chunk) = chunks.recv().await {
        let bytes = chunk.bytes;
        match &mut whole {
            Some(tx) => import.write(tx, &chunk).await?,
            None => import.write_alone(&chunk).await?,
        }
        progress(Progress {
            lines: import.report.lines,
            bytes,
        });
    }
    let read = reading
        .await
        .unwrap_or_else(|panic| Err(SheetError::Read(std::io::Error::other(panic.to_string()))));
    read?;
    finish(whole, import.report).await
}

async fn finish(whole: Option<Tx>, report: ImportReport) -> Result<ImportReport, ImportError> {
    match whole {
        Some(tx) if report.failed > 0 => {
            tx.rollback().await?;
            Err(ImportError::Refused(Box::new(report)))
        }
        Some(tx) => {
            tx.commit().await?;
            Ok(report)
        }
        None => Ok(report),
    }
}

/// An import under way.
struct Import<'a> {
    catalog: &'a Catalog,
    options: ImportOptions,
    report: ImportReport,
    /// Categories by the keys of their names.
    categories: HashMap<String, CategoryId>,
}

impl<'a> Import<'a> {
    fn new(catalog: &'a Catalog, options: ImportOptions) -> Self {
        Self {
            catalog,
            options,
            report: ImportReport::default(),
            categories: HashMap::new(),
        }
    }

    /// Writes a portion in a transaction of its own, again when somebody was in the way.
    async fn write_alone(&mut self, chunk: &Chunk) -> Result<(), ImportError> {
        for _ in 1..ATTEMPTS {
            let before = self.report.clone();
            match self.write_once(chunk).await {
                // A category was deleted a moment ago, or a product made, or a lock was lost.
                Err(DbError::ForeignKey | DbError::Unique(_) | DbError::Busy) => {
                    self.categories.clear();
                    self.report = before;
                }
                done => return Ok(done?),
            }
        }
        Ok(self.write_once(chunk).await?)
    }

    async fn write_once(&mut self, chunk: &Chunk) -> Result<(), DbError> {
        let mut tx = self.catalog.host.db.begin().await?;
        self.write(&mut tx, chunk).await?;
        tx.commit().await
    }

    async fn write(&mut self, tx: &mut Tx, chunk: &Chunk) -> Result<(), DbError> {
        self.report.lines += chunk.lines.len() as u64;
        self.know_categories(tx, chunk).await?;
        let (mut lines, mut failed) = (Vec::new(), Vec::new());
        for numbered in &chunk.lines {
            match &numbered.line {
                Ok(line) => lines.push((numbered.number, line.clone())),
                Err(fault) => failed.push((numbered.number, fault.clone())),
            }
        }
        let written = write_lines(self.catalog, tx, lines, &self.categories).await?;
        self.report.created += written.created;
        self.report.updated += written.updated;
        self.report.unchanged += written.unchanged;
        failed.extend(written.failed);
        failed.sort_by_key(|(line, _)| *line);
        for (line, fault) in failed {
            self.report.fail(line, fault);
        }
        Ok(())
    }

    /// Looks up the categories that the lines name, and makes those that are wanted.
    async fn know_categories(&mut self, tx: &mut Tx, chunk: &Chunk) -> Result<(), DbError> {
        if self.categories.len() > CATEGORIES_KEPT {
            self.categories.clear();
        }
        let mut unknown: HashMap<String, Name> = HashMap::new();
        let lines = chunk
            .lines
            .iter()
            .filter_map(|numbered| numbered.line.as_ref().ok());
        for name in lines.filter_map(|line| line.category.as_ref()) {
            let key = words::key(name.as_str());
            if !self.categories.contains_key(&key) {
                unknown.insert(key, name.clone());
            }
        }
        let found = categories::by_name_keys(tx, unknown.keys().cloned().collect()).await?;
        unknown.retain(|key, _| !found.contains_key(key));
        self.categories.extend(found);
        if !self.options.create_categories {
            return Ok(());
        }
        for (key, name) in unknown {
            let id = create_category(self.catalog, tx, name).await?;
            self.categories.insert(key, id);
            self.report.categories_created += 1;
        }
        Ok(())
    }
}

async fn create_category(
    catalog: &Catalog,
    tx: &mut Tx,
    name: Name,
) -> Result<CategoryId, DbError> {
    let source = &catalog.host.source;
    let content = CategoryContent {
        name,
        parent_id: None,
    };
    let category = Category::new(source.id(), content, source.now());
    if !categories::insert(tx, &category).await? {
        // Somebody made it a moment ago: the portion is tried again and finds it.
        return Err(DbError::Busy);
    }
    crate::create_category::publish(tx, &category)?;
    Ok(category.id)
}
