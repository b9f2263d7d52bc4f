//! The copies of clients and users: how they are reached, sealed, and who manages what.

use crate::kind::Kind;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::StoreId;
use platform::{DbError, Rows, Tx};
use uuid::Uuid;

/// A client as events tell of one.
pub struct ClientCopy {
    pub id: Uuid,
    pub sealed_contact: Option<Vec<u8>>,
    pub erased: bool,
    pub version: i64,
}

/// A user as events tell of one.
pub struct UserCopy {
    pub id: Uuid,
    pub sealed_contact: Option<Vec<u8>>,
    pub manages: bool,
    pub store_ids: Option<String>,
    pub version: i64,
}

/// Somebody who manages something.
pub struct Recipient {
    pub id: Uuid,
    /// Where; `None` is everywhere.
    stores: Option<Vec<StoreId>>,
}

impl ClientCopy {
    /// Of somebody who registered: older than whatever else is told of them.
    pub fn of_registration(id: Uuid, sealed: Vec<u8>) -> Self {
        let (sealed_contact, erased, version) = (Some(sealed), false, 0);
        Self {
            id,
            sealed_contact,
            erased,
            version,
        }
    }
}

impl Recipient {
    pub fn manages(&self, store: StoreId) -> bool {
        self.stores
            .as_ref()
            .is_none_or(|stores| stores.contains(&store))
    }
}

/// The sealed bytes in an event.
pub fn unseal(text: &str) -> Result<Vec<u8>, DbError> {
    let fault = |_| DbError::Bug("a sealed contact is not base64".to_owned());
    STANDARD.decode(text).map_err(fault)
}

/// The same where there may be none.
pub fn unsealed(text: Option<&str>) -> Result<Option<Vec<u8>>, DbError> {
    text.map(unseal).transpose()
}

fn client_rows(clients: Vec<ClientCopy>) -> Rows {
    let rows = Rows::new()
        .uuid("id", clients.iter().map(|one| one.id).collect())
        .boolean("erased", clients.iter().map(|one| one.erased).collect())
        .bigint("version", clients.iter().map(|one| one.version).collect());
    let sealed = clients.into_iter().map(|one| one.sealed_contact);
    rows.optional_bytes("sealed_contact", sealed.collect())
}

/// Keeps what is newer than what is known; an event without contact leaves it as it was, and of the
/// erased nothing is kept.
pub async fn keep_clients(tx: &mut Tx, clients: Vec<ClientCopy>) -> Result<(), DbError> {
    if clients.is_empty() {
        return Ok(());
    }
    tx.bulk(
        "insert into notifications_client as t (id, sealed_contact, erased, version)
         select id, sealed_contact, erased, version from {rows} where true
         on conflict (id) do update set
             sealed_contact = case when excluded.erased then null
                 else coalesce(excluded.sealed_contact, t.sealed_contact) end,
             erased = excluded.erased, version = excluded.version
         where t.version < excluded.version",
        client_rows(clients),
    )
    .execute()
    .await
    .map(drop)
}

/// Keeps how newcomers are reached, unless more is known already.
pub async fn keep_registered(tx: &mut Tx, clients: Vec<ClientCopy>) -> Result<(), DbError> {
    if clients.is_empty() {
        return Ok(());
    }
    tx.bulk(
        "insert into notifications_client (id, sealed_contact, erased, version)
         select id, sealed_contact, erased, version from {rows} where true
         on conflict (id) do nothing",
        client_rows(clients),
    )
    .execute()
    .await
    .map(drop)
}

/// Keeps what is newer than what is known.
pub async fn keep_users(tx: &mut Tx, users: Vec<UserCopy>) -> Result<(), DbError> {
    if users.is_empty() {
        return Ok(());
    }
    let rows = Rows::new()
        .uuid("id", users.iter().map(|one| one.id).collect())
        .boolean("manages", users.iter().map(|one| one.manages).collect())
        .bigint("version", users.iter().map(|one| one.version).collect());
    let (sealed, stores) = users
        .into_iter()
        .map(|one| (one.sealed_contact, one.store_ids))
        .unzip();
    tx.bulk(
        "insert into notifications_user as t (id, sealed_contact, manages, store_ids, version)
         select id, sealed_contact, manages, store_ids, version from {rows} where true
         on conflict (id) do update set sealed_contact = excluded.sealed_contact,
             manages = excluded.manages, store_ids = excluded.store_ids,
             version = excluded.version
         where t.version < excluded.version",
        rows.optional_bytes("sealed_contact", sealed)
            .optional_text("store_ids", stores),
    )
    .execute()
    .await
    .map(drop)
}

/// Whether there is such a client or user, who was not erased.
pub async fn is_known(tx: &mut Tx, person: Uuid) -> Result<bool, DbError> {
    let row = tx
        .query(
            "select (exists (select 1 from notifications_client where id = $1)
                     or exists (select 1 from notifications_user where id = $1))
                 and not exists (select 1 from notifications_client where id = $1 and erased)
                 as known",
        )
        .bind(person)
        .fetch_one()
        .await?;
    row.get("known")
}

/// Everybody who manages a store or all of them.
pub async fn who_manage(tx: &mut Tx) -> Result<Vec<Recipient>, DbError> {
    let rows = tx
        .query("select id, store_ids from notifications_user where manages order by id")
        .fetch_all()
        .await?;
    let recipient = |row: &platform::db::Row| {
        let stores: Option<String> = row.get("store_ids")?;
        let stores = stores.as_deref().map(serde_json::from_str).transpose();
        Ok(Recipient {
            id: row.get("id")?,
            stores: stores.map_err(|error| DbError::Bug(format!("store_ids: {error}")))?,
        })
    };
    rows.iter().map(recipient).collect()
}

/// Those who manage something and have asked to be told of this.
pub async fn who_want(tx: &mut Tx, kind: Kind) -> Result<Vec<Uuid>, DbError> {
    let rows = tx
        .query(
            "select u.id from notifications_wanted w join notifications_user u on u.id = w.person_id
             where w.kind = $1 and u.manages order by u.id",
        )
        .bind(kind.as_str())
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}
