//! All SQL of people, a file per table.

pub(crate) mod clients;
pub(crate) mod employees;
pub(crate) mod stores;
pub(crate) mod unasked;
pub(crate) mod words;

use platform::db::Build;
use platform::{Audit, DbError, Tx};
use uuid::Uuid;

/// Which rows of a list, by the time they were made.
#[derive(Clone, Copy)]
pub(crate) struct Slice {
    /// Time in microseconds and id of the last row of the page before.
    pub after: Option<(i64, Uuid)>,
    pub newest_first: bool,
    /// How many rows to fetch: one more than the page shows.
    pub rows: i64,
}

/// What must never be found. Columns say the rest: a check forbids an erased client with a profile.
pub(crate) const AUDITS: &[Audit] = &[Audit {
    name: "people-erased-are-not-searchable",
    sql: "select 'client' as subject, 'words of erased or unknown persons' as finding
              from people_word w
              where not exists (select 1 from people_client c where c.id = w.person_id
                                and not c.erased)
                and not exists (select 1 from people_employee e where e.id = w.person_id)",
}];

/// Adds the keyset and the order to a list.
fn slice(build: Build<'_>, slice: Slice) -> Build<'_> {
    let Slice {
        after,
        newest_first,
        rows,
    } = slice;
    let build = match after {
        Some((at, id)) if newest_first => build
            .push("and (created_at, id) < (?, ?)")
            .bind(at)
            .bind(id),
        Some((at, id)) => build
            .push("and (created_at, id) > (?, ?)")
            .bind(at)
            .bind(id),
        None => build,
    };
    build
        .push(if newest_first {
            "order by created_at desc, id desc"
        } else {
            "order by created_at, id"
        })
        .push("limit ?")
        .bind(rows)
}

/// Keeps the rows whose name has all of these words.
fn with_words<'t>(build: Build<'t>, words: &[Vec<u8>]) -> Build<'t> {
    words.iter().fold(build, |build, word| {
        build
            .push("and id in (select person_id from people_word where word = ?)")
            .bind(word.as_slice())
    })
}

/// The row of `id`, locked until the end of the transaction (SQLite has one writer anyway).
async fn locked(
    tx: &mut Tx,
    sqlite: &'static str,
    postgres: &'static str,
    id: Uuid,
) -> Result<Option<platform::db::Row>, DbError> {
    tx.query_for(sqlite, postgres)
        .bind(id)
        .fetch_optional()
        .await
}
