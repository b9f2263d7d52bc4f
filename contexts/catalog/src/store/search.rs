//! Full-text search: the statements over products that match, and which of them to take. The
//! engines differ only here.
//!
//! PostgreSQL has statistics on words and chooses by itself between the index of words and a walk
//! in the order asked for. SQLite has none, so we look. Up to [`FEW`] matches are narrowed down and
//! sorted from the index of words. A word that has more fills a page soon, so the next
//! [`STEPS`] products in the order asked for are looked at; where that does not fill the page (all
//! lamps may stand far behind), the index of words is taken after all. A search never costs more
//! than reading all matches once.

use super::products::select_products;
use crate::words::Search;
use platform::db::Build;
use platform::{DbError, Engine, Tx};

/// Up to so many matches are sorted without thinking: some 20 ms.
pub(super) const FEW: i64 = 20_000;

/// So many products are looked at on a walk: some 10 ms. More than [`FEW`] matches among a million
/// products fill a page of 40 within it, if they are spread evenly.
pub(super) const STEPS: i64 = 2_000;

/// How to find the products that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// As a condition among others.
    Plain,
    /// From the index of words to the products.
    Index,
    /// From the next products to their words, then, if need be, from the index.
    WalkThenIndex,
}

/// With more matches than `few` a walk is tried first.
pub(super) async fn way(tx: &mut Tx, search: Option<&Search>, few: i64) -> Result<Way, DbError> {
    let Some(search) = search.filter(|_| tx.engine() == Engine::Sqlite) else {
        return Ok(Way::Plain);
    };
    let query = tx.query(
        "select count(*) as found from
            (select 1 from catalog_search where catalog_search match $1 limit $2)",
    );
    let found: i64 = query
        .bind(search.fts5())
        .bind(few + 1)
        .fetch_one()
        .await?
        .get("found")?;
    Ok(if found > few {
        Way::WalkThenIndex
    } else {
        Way::Index
    })
}

/// Products, to be continued with conditions on `p`, an order and a limit.
pub(super) fn plain<'t>(tx: &'t mut Tx, search: Option<&Search>) -> Build<'t> {
    let query = tx.build(select_products!("from catalog_product p where true"));
    matching(query, search)
}

/// The number of products, to be continued with conditions on `p`.
pub(super) fn count<'t>(tx: &'t mut Tx, search: Option<&Search>) -> Build<'t> {
    match search.filter(|_| tx.engine() == Engine::Sqlite) {
        Some(search) => tx
            .build(
                "select count(*) as total from catalog_search
                    cross join catalog_search_row p on p.no = catalog_search.rowid
                    where catalog_search match ?",
            )
            .bind(search.fts5()),
        None => {
            let query = tx.build("select count(*) as total from catalog_product p where true");
            matching(query, search)
        }
    }
}

fn matching<'t>(query: Build<'t>, search: Option<&Search>) -> Build<'t> {
    let tsquery = search.map(Search::tsquery);
    query.and("and p.search @@ ?::tsquery", tsquery)
}

/// The ids of products by the index of words, to be continued with conditions on `p`, an order and
/// a limit, and then with [`END_OF_INDEX`] and the order. `cross join` keeps SQLite to this order
/// of tables.
pub(super) fn index<'t>(tx: &'t mut Tx, search: &Search) -> Build<'t> {
    let query = tx.build(select_products!(
        "from (select p.id from catalog_search
            cross join catalog_search_row p on p.no = catalog_search.rowid
            where catalog_search match ?"
    ));
    query.bind(search.fts5())
}

pub(super) const END_OF_INDEX: &str = ") k cross join catalog_product p on p.id = k.id";

/// Products one after the other, to be continued with conditions on `p` and an order, then with
/// [`looked_at`], the order and a limit.
pub(super) fn walk(tx: &mut Tx) -> Build<'_> {
    tx.build(select_products!(
        "from (select * from catalog_product p where true"
    ))
}

/// Of the next `steps` products those that match.
pub(super) fn looked_at<'t>(query: Build<'t>, search: &Search, steps: i64) -> Build<'t> {
    let query = query.push("limit ?) p where true").bind(steps);
    search.pieces().fold(query, |query, piece| {
        query.push("and instr(p.search_text, ?) > 0").bind(piece)
    })
}
