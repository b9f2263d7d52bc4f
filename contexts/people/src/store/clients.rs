//! The table of clients.

use super::{Slice, locked, slice, with_words};
use kernel::{ClientId, Timestamp, UserId};
use platform::db::{Build, Row};
use platform::{DbError, Rows, Tx};

/// A row as it is stored: sealed.
pub(crate) struct ClientRow {
    pub id: ClientId,
    pub profile: Option<Vec<u8>>,
    pub email_index: Option<Vec<u8>>,
    pub email_claimed: bool,
    pub user_id: Option<UserId>,
    pub archived: bool,
    pub erased: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A client to be stored, at version 1.
pub(crate) struct NewClient {
    pub id: ClientId,
    pub profile: Vec<u8>,
    pub email_index: Option<Vec<u8>>,
    pub user_id: Option<UserId>,
}

/// Which clients a list shows.
pub(crate) struct ClientFilter {
    pub archived: bool,
    pub email_index: Option<Vec<u8>>,
    pub user_id: Option<UserId>,
    /// All of these must be in the name.
    pub words: Vec<Vec<u8>>,
}

/// A query for whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, profile, email_index, email_claimed, user_id, archived, erased, version, ",
            "created_at, updated_at from people_client ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<ClientRow, DbError> {
    Ok(ClientRow {
        id: row.get("id")?,
        profile: row.get("profile")?,
        email_index: row.get("email_index")?,
        email_claimed: row.get("email_claimed")?,
        user_id: row.get("user_id")?,
        archived: row.get("archived")?,
        erased: row.get("erased")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// One client.
pub(crate) async fn find(tx: &mut Tx, id: ClientId) -> Result<Option<ClientRow>, DbError> {
    let row = tx.query(select!("where id = $1")).bind(id);
    row.fetch_optional().await?.as_ref().map(read).transpose()
}

/// One client, to be changed.
pub(crate) async fn lock(tx: &mut Tx, id: ClientId) -> Result<Option<ClientRow>, DbError> {
    let row = locked(
        tx,
        select!("where id = $1"),
        select!("where id = $1 for update"),
        id.uuid(),
    );
    row.await?.as_ref().map(read).transpose()
}

/// The client that a login belongs to.
pub(crate) async fn of_login(tx: &mut Tx, user_id: UserId) -> Result<Option<ClientId>, DbError> {
    let row = tx
        .query("select id from people_client where user_id = $1")
        .bind(user_id)
        .fetch_optional()
        .await?;
    row.map(|row| row.get("id")).transpose()
}

/// Those of `ids` that are clients already.
pub(crate) async fn known(tx: &mut Tx, ids: Vec<ClientId>) -> Result<Vec<ClientId>, DbError> {
    let rows = tx
        .bulk(
            "select c.id from {rows} join people_client c on c.id = r.id",
            Rows::new().id("id", ids),
        )
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Stores clients who claim their e-mail address, and answers which were stored: one whose id is
/// known or whose address another client has is left out.
pub(crate) async fn insert_claiming(
    tx: &mut Tx,
    clients: &[NewClient],
    now: Timestamp,
) -> Result<Vec<ClientId>, DbError> {
    let rows = tx
        .bulk(
            "insert into people_client (id, profile, email_index, email_claimed, user_id, archived,
                 erased, version, created_at, updated_at)
             select id, profile, email_index, email_index is not null, user_id, false, false, 1,
                 {1}, {1}
             from {rows} where true on conflict do nothing returning id",
            columns(clients),
        )
        .bind(now)
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Stores clients who leave their e-mail address to whoever has it, and answers which were stored:
/// one whose id is known is left out.
pub(crate) async fn insert_unclaiming(
    tx: &mut Tx,
    clients: &[NewClient],
    now: Timestamp,
) -> Result<Vec<ClientId>, DbError> {
    let rows = tx
        .bulk(
            "insert into people_client (id, profile, email_index, email_claimed, user_id, archived,
                 erased, version, created_at, updated_at)
             select id, profile, email_index, false, user_id, false, false, 1, {1}, {1}
             from {rows} where true on conflict (id) do nothing returning id",
            columns(clients),
        )
        .bind(now)
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

fn columns(clients: &[NewClient]) -> Rows {
    Rows::new()
        .id("id", clients.iter().map(|client| client.id))
        .bytes(
            "profile",
            clients
                .iter()
                .map(|client| client.profile.clone())
                .collect(),
        )
        .optional_bytes(
            "email_index",
            clients.iter().map(|c| c.email_index.clone()).collect(),
        )
        .optional_id("user_id", clients.iter().map(|client| client.user_id))
}

/// Stores a changed client whole. [`DbError::Unique`] on `email_index` when the e-mail address it
/// claims is another's, on `user_id` when the login is.
pub(crate) async fn update(tx: &mut Tx, row: &ClientRow) -> Result<(), DbError> {
    tx.query(
        "update people_client set profile = $2, email_index = $3, email_claimed = $4,
             archived = $5, erased = $6, version = $7, updated_at = $8, user_id = $9
         where id = $1",
    )
    .bind(row.id)
    .bind(row.profile.clone())
    .bind(row.email_index.clone())
    .bind(row.email_claimed)
    .bind(row.archived)
    .bind(row.erased)
    .bind(row.version)
    .bind(row.updated_at)
    .bind(row.user_id)
    .execute()
    .await
    .map(drop)
}

/// A part of the list.
pub(crate) async fn list(
    tx: &mut Tx,
    filter: &ClientFilter,
    part: Slice,
) -> Result<Vec<ClientRow>, DbError> {
    let build = filtered(tx.build(select!("where")), filter);
    slice(build, part)
        .fetch_all()
        .await?
        .iter()
        .map(read)
        .collect()
}

/// How many clients the whole list has.
pub(crate) async fn count(tx: &mut Tx, filter: &ClientFilter) -> Result<i64, DbError> {
    let build = filtered(
        tx.build("select count(*) as total from people_client where"),
        filter,
    );
    build.fetch_one().await?.get("total")
}

fn filtered<'t>(build: Build<'t>, filter: &ClientFilter) -> Build<'t> {
    let build = build
        .push("archived = ?")
        .bind(filter.archived)
        .and("and email_index = ?", filter.email_index.as_deref())
        .and("and user_id = ?", filter.user_id);
    with_words(build, &filter.words)
}
