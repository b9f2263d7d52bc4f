//! The table of users. Profiles go in and out sealed; whoever calls holds the vault.

use crate::user::{Access, Profile, User};
use kernel::{ClientId, Cursor, Limit, StoreId, Timestamp, UserId};
use platform::auth::{Role, Roles};
use platform::db::Row;
use platform::vault::Vault;
use platform::{DbError, Rows, Tx};

const INDEX: &str = "identity.user.email";

/// A user and what they prove themselves with.
pub struct Credentials {
    pub user: User,
    pub password_hash: Option<String>,
}

/// Which client a user buys as, by which news of it.
pub struct Link {
    /// None for the one made when they registered.
    pub client: Option<ClientId>,
    pub version: i64,
}

/// Which users are wanted.
pub struct Wanted {
    pub role: Option<Role>,
    pub disabled: Option<bool>,
    /// Blind index of an e-mail address.
    pub email: Option<Vec<u8>>,
    pub newest_first: bool,
    pub after: Option<UserId>,
    pub limit: Limit,
}

/// What finds an e-mail address without opening any.
pub fn email_index(vault: &Vault, email: &kernel::Email) -> Vec<u8> {
    vault.index(INDEX, email.as_str())
}

/// Writes a new user; `false` when the e-mail address is taken.
pub async fn insert(
    tx: &mut Tx,
    vault: &Vault,
    user: &User,
    password_hash: &str,
) -> Result<bool, DbError> {
    let (index, sealed) = sealed(tx, vault, user).await?;
    let query = tx.query(
        "insert into identity_user (id, email_index, sealed_profile, password_hash, roles,
           store_ids, disabled_at, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (email_index) do nothing",
    );
    let query = query
        .bind(user.id)
        .bind(index)
        .bind(sealed)
        .bind(password_hash);
    let query = query
        .bind(user.access.roles.to_text())
        .bind(stores_text(&user.access)?);
    let query = query.bind(user.disabled_at);
    let query = query
        .bind(user.version)
        .bind(user.created_at)
        .bind(user.updated_at);
    Ok(query.execute().await? == 1)
}

/// Overwrites a user at the version before; `false` when the e-mail address is taken.
pub async fn update(tx: &mut Tx, vault: &Vault, user: &User) -> Result<bool, DbError> {
    let (index, sealed) = sealed(tx, vault, user).await?;
    // Asked first, because a failed statement would end the transaction on PostgreSQL.
    let taken = tx
        .query("select id from identity_user where email_index = $1 and id <> $2")
        .bind(index.clone())
        .bind(user.id)
        .fetch_optional()
        .await?;
    if taken.is_some() {
        return Ok(false);
    }
    let query = tx.query(
        "update identity_user set email_index = $2, sealed_profile = $3, roles = $4,
           store_ids = $5, disabled_at = $6, version = $7, updated_at = $8,
           email_verified_at = $9
         where id = $1 and version = $7 - 1",
    );
    let query = query
        .bind(user.id)
        .bind(index)
        .bind(sealed)
        .bind(user.access.roles.to_text());
    let query = query.bind(stores_text(&user.access)?);
    let query = query.bind(user.disabled_at);
    match query
        .bind(user.version)
        .bind(user.updated_at)
        .bind(user.email_verified_at)
        .execute()
        .await?
    {
        1 => Ok(true),
        _ => Err(DbError::Busy),
    }
}

/// Gives a user another password.
pub async fn set_password(tx: &mut Tx, user: UserId, hash: &str) -> Result<(), DbError> {
    let query = tx.query("update identity_user set password_hash = $2 where id = $1");
    query.bind(user).bind(hash).execute().await.map(drop)
}

/// What a user's password is compared with.
pub async fn password_hash(tx: &mut Tx, user: UserId) -> Result<Option<String>, DbError> {
    let query = tx
        .query("select password_hash from identity_user where id = $1")
        .bind(user);
    let row = query.fetch_optional().await?;
    Ok(row
        .map(|row| row.get("password_hash"))
        .transpose()?
        .flatten())
}

/// Forgets address and password of an erased person and disables them; what is left of the user,
/// or `None` when there is nothing to forget.
pub async fn forget(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Option<User>, DbError> {
    let query = tx.query(
        "update identity_user set email_index = null, password_hash = null, client_id = null,
           disabled_at = coalesce(disabled_at, $2), version = version + 1, updated_at = $2
         where id = $1 and email_index is not null
         returning *",
    );
    let row = query.bind(user).bind(now).fetch_optional().await?;
    row.map(|row| read_row(&row, None)).transpose()
}

/// Makes a user buy as another client; the user after that, or `None` when the news are old or the
/// person was erased.
pub async fn link(
    tx: &mut Tx,
    vault: &Vault,
    user: UserId,
    link: Link,
    now: Timestamp,
) -> Result<Option<User>, DbError> {
    let query = tx.query(
        "update identity_user set client_id = $2, client_version = $3, version = version + 1,
           updated_at = $4
         where id = $1 and coalesce(client_version, 0) < $3 and email_index is not null
         returning *",
    );
    let query = query.bind(user).bind(link.client).bind(link.version);
    let row = query.bind(now).fetch_optional().await?;
    one(row, tx, vault).await
}

/// A user by id.
pub async fn read(tx: &mut Tx, vault: &Vault, id: UserId) -> Result<Option<User>, DbError> {
    let row = tx
        .query("select * from identity_user where id = $1")
        .bind(id)
        .fetch_optional();
    one(row.await?, tx, vault).await
}

/// A user by id, who stays as they are until the transaction ends.
pub async fn lock(tx: &mut Tx, vault: &Vault, id: UserId) -> Result<Option<Credentials>, DbError> {
    let query = tx.query_for(
        "select * from identity_user where id = $1",
        "select * from identity_user where id = $1 for no key update",
    );
    let row = query.bind(id).fetch_optional().await?;
    with_password(row, tx, vault).await
}

/// Who signs in with this e-mail address.
pub async fn by_email(
    tx: &mut Tx,
    vault: &Vault,
    email: &kernel::Email,
) -> Result<Option<Credentials>, DbError> {
    let index = email_index(vault, email);
    let query = tx
        .query("select * from identity_user where email_index = $1")
        .bind(index);
    let row = query.fetch_optional().await?;
    with_password(row, tx, vault).await
}

/// Those who sign in with one of these addresses, by their blind indexes.
pub async fn by_indexes(
    tx: &mut Tx,
    vault: &Vault,
    indexes: Vec<Vec<u8>>,
) -> Result<Vec<User>, DbError> {
    let rows = tx
        .bulk(
            "select u.* from {rows} join identity_user u on u.email_index = r.email_index",
            Rows::new().bytes("email_index", indexes),
        )
        .fetch_all()
        .await?;
    opened(tx, vault, &rows).await
}

/// A page of users, with one row more than the limit where there is one.
pub async fn list(tx: &mut Tx, vault: &Vault, wanted: &Wanted) -> Result<Vec<User>, DbError> {
    let build = filtered(tx.build("select * from identity_user where true"), wanted);
    let (after, order) = match wanted.newest_first {
        true => ("and id < ?", "order by id desc limit ?"),
        false => ("and id > ?", "order by id limit ?"),
    };
    let build = build
        .and(after, wanted.after)
        .push(order)
        .bind(wanted.limit.get() + 1);
    let rows = build.fetch_all().await?;
    opened(tx, vault, &rows).await
}

/// How many users there are on all pages.
pub async fn count(tx: &mut Tx, wanted: &Wanted) -> Result<i64, DbError> {
    let build = tx.build("select count(*) as users from identity_user where true");
    filtered(build, wanted).fetch_one().await?.get("users")
}

/// Administrators who can sign in, locked so that two of them cannot remove each other.
pub async fn lock_admins(tx: &mut Tx) -> Result<Vec<UserId>, DbError> {
    let query = tx.query_for(
        "select id from identity_user where roles <> 'customer' and disabled_at is null
           and ' ' || roles || ' ' like '% admin %' order by id",
        "select id from identity_user where roles <> 'customer' and disabled_at is null
           and ' ' || roles || ' ' like '% admin %' order by id for no key update",
    );
    query
        .fetch_all()
        .await?
        .iter()
        .map(|row| row.get("id"))
        .collect()
}

/// Whether there is an administrator who can sign in.
pub async fn has_admin(tx: &mut Tx) -> Result<bool, DbError> {
    let query = tx.query(
        "select 1 as one from identity_user where roles <> 'customer' and disabled_at is null
           and ' ' || roles || ' ' like '% admin %' limit 1",
    );
    Ok(query.fetch_optional().await?.is_some())
}

fn filtered<'t>(build: platform::db::Build<'t>, wanted: &Wanted) -> platform::db::Build<'t> {
    let role = wanted.role.map(|role| format!("% {role} %"));
    let build = build
        .push_if(
            wanted.role.is_some_and(|role| role != Role::Customer),
            "and roles <> 'customer'",
        )
        .and("and ' ' || roles || ' ' like ?", role)
        .and("and email_index = ?", wanted.email.clone());
    let build = build.push_if(wanted.disabled == Some(true), "and disabled_at is not null");
    build.push_if(wanted.disabled == Some(false), "and disabled_at is null")
}

/// Where a page ends.
pub fn cursor(user: &User) -> Cursor {
    Cursor::of(&user.id)
}

async fn sealed(
    tx: &mut Tx,
    vault: &Vault,
    user: &User,
) -> Result<(Option<Vec<u8>>, Vec<u8>), DbError> {
    let profile = user.profile.as_ref();
    let profile = profile.ok_or_else(|| DbError::Bug("an erased user was written".to_owned()))?;
    let json = json(profile)?;
    let sealed = vault.seal(tx, user.id.uuid(), &json).await?;
    Ok((Some(email_index(vault, &profile.email)), sealed))
}

async fn one(row: Option<Row>, tx: &mut Tx, vault: &Vault) -> Result<Option<User>, DbError> {
    let Some(row) = row else { return Ok(None) };
    Ok(opened(tx, vault, std::slice::from_ref(&row)).await?.pop())
}

async fn with_password(
    row: Option<Row>,
    tx: &mut Tx,
    vault: &Vault,
) -> Result<Option<Credentials>, DbError> {
    let Some(row) = row else { return Ok(None) };
    let password_hash = row.get("password_hash")?;
    let user = one(Some(row), tx, vault).await?;
    Ok(user.map(|user| Credentials {
        user,
        password_hash,
    }))
}

async fn opened(tx: &mut Tx, vault: &Vault, rows: &[Row]) -> Result<Vec<User>, DbError> {
    let mut sealed = Vec::with_capacity(rows.len());
    for row in rows {
        sealed.push((row.get("id")?, row.get("sealed_profile")?));
    }
    let profiles = vault.open_many(tx, &sealed).await?;
    rows.iter()
        .zip(profiles)
        .map(|(row, profile)| read_row(row, profile))
        .collect()
}

fn read_row(row: &Row, profile: Option<String>) -> Result<User, DbError> {
    let profile = profile
        .map(|json| serde_json::from_str::<Profile>(&json))
        .transpose();
    let roles = Roles::from_text(&row.get::<String>("roles")?).map_err(unreadable)?;
    let stores: Option<String> = row.get("store_ids")?;
    let stores: Option<Vec<StoreId>> = stores
        .map(|json| serde_json::from_str(&json))
        .transpose()
        .map_err(unreadable)?;
    Ok(User {
        id: row.get("id")?,
        profile: profile.map_err(unreadable)?,
        access: Access { roles, stores },
        client_id: row.get("client_id")?,
        email_verified_at: row.get("email_verified_at")?,
        disabled_at: row.get("disabled_at")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn stores_text(access: &Access) -> Result<Option<String>, DbError> {
    access.stores.as_ref().map(json).transpose()
}

fn json(value: &impl serde::Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(unreadable)
}

fn unreadable(error: impl std::fmt::Display) -> DbError {
    DbError::Bug(format!("identity_user: {error}"))
}
