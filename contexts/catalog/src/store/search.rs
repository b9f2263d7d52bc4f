//! Full-text search, behind one function: [`narrowed`] starts a statement over the products that
//! match. The engines differ only here.
//!
//! PostgreSQL has statistics on words and chooses by itself between the index of words and a walk
//! in the order asked for. SQLite has none, so we look: up to [`FEW`] matches are fetched from the
//! index and sorted; of a word that common that there are more, a page is soon full, so the
//! products are walked in the order asked for and each is looked at.

use super::products::select_products;
use crate::words::Search;
use platform::db::Build;
use platform::{DbError, Engine, Tx};

/// Above this many matches a walk through the products is expected to be faster.
pub(super) const FEW: i64 = 10_000;

/// What a statement asks of the products that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Rows,
    Count,
}

/// How SQLite goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// From the index of words to the products.
    Index,
    /// From the products to their words.
    Walk,
}

/// `select … from catalog_product p where <it matches>`, to be continued with ` and …`.
pub async fn narrowed<'t>(
    tx: &'t mut Tx,
    search: Option<&Search>,
    ask: Ask,
) -> Result<Build<'t>, DbError> {
    let Some(search) = search else {
        return Ok(tx.build(all(ask)));
    };
    if tx.engine() == Engine::Postgres {
        let query = tx.build(all(ask)).push("and p.search @@ ?::tsquery");
        return Ok(query.bind(search.tsquery()));
    }
    match way(tx, search, ask).await? {
        Way::Index => Ok(tx.build(from_index(ask)).bind(search.fts5())),
        Way::Walk => Ok(search.pieces().fold(tx.build(all(ask)), |query, piece| {
            query.push("and instr(p.search_text, ?) > 0").bind(piece)
        })),
    }
}

async fn way(tx: &mut Tx, search: &Search, ask: Ask) -> Result<Way, DbError> {
    if ask == Ask::Count {
        return Ok(Way::Index);
    }
    let query = tx.query(
        "select count(*) as found from
            (select 1 from catalog_search where catalog_search match $1 limit $2)",
    );
    let found: i64 = query
        .bind(search.fts5())
        .bind(FEW + 1)
        .fetch_one()
        .await?
        .get("found")?;
    Ok(if found > FEW { Way::Walk } else { Way::Index })
}

fn all(ask: Ask) -> &'static str {
    match ask {
        Ask::Rows => select_products!("from catalog_product p where true"),
        Ask::Count => "select count(*) as total from catalog_product p where true",
    }
}

/// `cross join` keeps SQLite to this order of tables.
fn from_index(ask: Ask) -> &'static str {
    match ask {
        Ask::Rows => select_products!(
            "from catalog_search cross join catalog_search_row r on r.no = catalog_search.rowid
                cross join catalog_product p on p.id = r.product_id
                where catalog_search match ?"
        ),
        Ask::Count => {
            "select count(*) as total
                from catalog_search cross join catalog_search_row r on r.no = catalog_search.rowid
                cross join catalog_product p on p.id = r.product_id
                where catalog_search match ?"
        }
    }
}
