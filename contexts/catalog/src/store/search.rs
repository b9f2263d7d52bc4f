//! Full-text search: the statements over products that match, and which of them to take. The
//! engines differ only here.
//!
//! Neither engine can be left alone with "these words, in that order": SQLite has no statistics,
//! and PostgreSQL's know nothing of rare words, so that it walks through a million products in the
//! order asked for to find that none matches (seen: 7.5 s). So both do the same. The next [`STEPS`]
//! products in the order asked for are looked at: a common word fills a page there. Where it does
//! not, all matches are taken from the index of words and sorted, which is little for a rare word.
//! A search never costs more than reading all its matches once.

use super::products::select_products;
use crate::words::Search;
use platform::db::Build;
use platform::{Engine, Tx};

/// So many products are looked at on a walk: some 5 ms. A word that every twentieth product has
/// fills a page of 40 within it; one that is rarer is soon read from the index.
pub(super) const STEPS: i64 = 1_000;

fn in_words_of(engine: Engine, search: &Search) -> String {
    match engine {
        Engine::Sqlite => search.fts5(),
        Engine::Postgres => search.tsquery(),
    }
}

/// Products, to be continued with conditions on `p`, an order and a limit.
pub(super) fn all(tx: &mut Tx) -> Build<'_> {
    tx.build(select_products!("from catalog_product p where true"))
}

/// The number of products, to be continued with conditions on `p`.
pub(super) fn count<'t>(tx: &'t mut Tx, search: Option<&Search>) -> Build<'t> {
    let Some(search) = search else {
        return tx.build("select count(*) as total from catalog_product p where true");
    };
    let words = in_words_of(tx.engine(), search);
    let query = match tx.engine() {
        Engine::Sqlite => tx.build(
            "select count(*) as total from catalog_search
                cross join catalog_search_row p on p.no = catalog_search.rowid
                where catalog_search match ?",
        ),
        Engine::Postgres => tx.build(
            "select count(*) as total from catalog_product p
                where p.search @@ ?::tsquery",
        ),
    };
    query.bind(words)
}

/// The ids of products by the index of words, to be continued with conditions on `p`, an order and
/// a limit, and then with [`END_OF_INDEX`] and the order. `cross join` keeps SQLite to the order of
/// tables, `materialized` keeps PostgreSQL to the index of words.
pub(super) fn index<'t>(tx: &'t mut Tx, search: &Search) -> Build<'t> {
    let words = in_words_of(tx.engine(), search);
    let query = match tx.engine() {
        Engine::Sqlite => tx.build(select_products!(
            "from (select p.id from catalog_search
                cross join catalog_search_row p on p.no = catalog_search.rowid
                where catalog_search match ?"
        )),
        Engine::Postgres => tx.build(select_products!(
            "from (with found as materialized (
                    select id, sku, name_key, category_id, group_id, price_minor, status, created_at
                    from catalog_product where search @@ ?::tsquery)
                select p.id from found p where true"
        )),
    };
    query.bind(words)
}

pub(super) const END_OF_INDEX: &str = ") as k join catalog_product p on p.id = k.id";

/// Products one after the other, to be continued with conditions on `p` and an order, then with
/// [`looked_at`], the order and a limit.
pub(super) fn walk(tx: &mut Tx) -> Build<'_> {
    tx.build(select_products!(
        "from (select * from catalog_product p where true"
    ))
}

/// Of the next `steps` products those that match.
pub(super) fn looked_at<'t>(query: Build<'t>, search: &Search, steps: i64) -> Build<'t> {
    let query = query.push("limit ?) as p where true").bind(steps);
    match query.engine() {
        Engine::Sqlite => search.pieces().fold(query, |query, piece| {
            query.push("and instr(p.search_text, ?) > 0").bind(piece)
        }),
        Engine::Postgres => query
            .push("and p.search @@ ?::tsquery")
            .bind(search.tsquery()),
    }
}
