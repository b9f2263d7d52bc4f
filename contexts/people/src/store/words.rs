//! The blind indexes of names' words.

use platform::{DbError, Rows, Tx};
use uuid::Uuid;

/// Adds words of people, as pairs of person and word; those known already stay.
pub(crate) async fn add(tx: &mut Tx, pairs: Vec<(Uuid, Vec<u8>)>) -> Result<(), DbError> {
    if pairs.is_empty() {
        return Ok(());
    }
    let (people, words) = pairs.into_iter().unzip();
    tx.bulk(
        "insert into people_word (word, person_id) select word, person_id from {rows} where true
         on conflict do nothing",
        Rows::new().uuid("person_id", people).bytes("word", words),
    )
    .execute()
    .await
    .map(drop)
}

/// Forgets all words of one person.
pub(crate) async fn forget(tx: &mut Tx, person: Uuid) -> Result<(), DbError> {
    tx.query("delete from people_word where person_id = $1")
        .bind(person)
        .execute()
        .await
        .map(drop)
}
