//! Texts of the shop's own.

use super::word;
use crate::kind::{Channel, Kind};
use crate::template::{Name, Own, Text};
use kernel::{Language, Timestamp};
use platform::db::Row;
use platform::{DbError, Tx};

const COLUMNS: &str = "select kind, channel, language, subject, body, version, updated_at
    from notifications_template";

/// All of them; there are few.
pub async fn all(tx: &mut Tx) -> Result<Vec<Own>, DbError> {
    tx.build(COLUMNS)
        .fetch_all()
        .await?
        .iter()
        .map(read)
        .collect()
}

/// One of them.
pub async fn find(tx: &mut Tx, name: Name) -> Result<Option<Own>, DbError> {
    let found = tx
        .build(COLUMNS)
        .push("where kind = ? and channel = ? and language = ?")
        .bind(name.kind.as_str())
        .bind(name.channel.as_str())
        .bind(name.language.code())
        .fetch_optional()
        .await?;
    found.as_ref().map(read).transpose()
}

/// Writes one, over whatever was there.
pub async fn put(tx: &mut Tx, own: &Own) -> Result<(), DbError> {
    tx.query(
        "insert into notifications_template
             (kind, channel, language, subject, body, version, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (kind, channel, language) do update set subject = excluded.subject,
             body = excluded.body, version = excluded.version, updated_at = excluded.updated_at",
    )
    .bind(own.name.kind.as_str())
    .bind(own.name.channel.as_str())
    .bind(own.name.language.code())
    .bind(own.text.subject.clone())
    .bind(own.text.body.clone())
    .bind(own.version)
    .bind(own.updated_at)
    .execute()
    .await
    .map(drop)
}

/// Takes one away.
pub async fn delete(tx: &mut Tx, name: Name) -> Result<(), DbError> {
    let query = tx.query(
        "delete from notifications_template where kind = $1 and channel = $2 and language = $3",
    );
    let query = query.bind(name.kind.as_str()).bind(name.channel.as_str());
    query.bind(name.language.code()).execute().await.map(drop)
}

fn read(row: &Row) -> Result<Own, DbError> {
    let (kind, channel): (Kind, Channel) = (word(row, "kind")?, word(row, "channel")?);
    let language: Language = word(row, "language")?;
    let updated_at: Timestamp = row.get("updated_at")?;
    Ok(Own {
        name: Name {
            kind,
            channel,
            language,
        },
        text: Text {
            subject: row.get("subject")?,
            body: row.get("body")?,
        },
        version: row.get("version")?,
        updated_at,
    })
}
