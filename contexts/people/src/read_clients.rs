//! Reading clients: one, and lists. Also opens what is sealed, for whoever changes a client.

use crate::client::{Client, ClientFault, Profile};
use crate::store::Slice;
use crate::store::clients::{self, ClientFilter, ClientRow};
use crate::words::words_of;
use kernel::{ClientId, Email, UserId};
use platform::vault::Vault;
use platform::{DbError, Host, Tx};
use uuid::Uuid;

/// Keeps blind indexes of e-mail addresses apart from all others.
const EMAIL: &str = "client.email";
/// Keeps blind indexes of clients' names apart from all others.
const NAME: &str = "client.name";

/// What a caller looks for.
pub(crate) struct ClientSearch {
    pub archived: bool,
    pub email: Option<Email>,
    pub user_id: Option<UserId>,
    /// Words of the name.
    pub name: Option<String>,
    pub count: bool,
}

/// One client.
pub(crate) async fn find_client(host: &Host, id: ClientId) -> Result<Client, ClientFault> {
    let mut tx = host.db.read().await?;
    let row = clients::find(&mut tx, id)
        .await?
        .ok_or(ClientFault::NotFound)?;
    Ok(open_client(&host.vault, &mut tx, &row).await?)
}

/// Clients and, if it was asked for, how many there are in all pages.
pub(crate) async fn list_clients(
    host: &Host,
    search: ClientSearch,
    part: Slice,
) -> Result<(Vec<Client>, Option<i64>), DbError> {
    let words = search
        .name
        .as_deref()
        .map(|name| name_index(&host.vault, name));
    if words.as_ref().is_some_and(Vec::is_empty) {
        return Ok((Vec::new(), search.count.then_some(0)));
    }
    let filter = ClientFilter {
        archived: search.archived,
        email_index: search
            .email
            .map(|email| email_index(&host.vault, email.as_str())),
        user_id: search.user_id,
        words: words.unwrap_or_default(),
    };
    let mut tx = host.db.read().await?;
    let rows = clients::list(&mut tx, &filter, part).await?;
    let total = match search.count {
        true => Some(clients::count(&mut tx, &filter).await?),
        false => None,
    };
    Ok((open_clients(&host.vault, &mut tx, &rows).await?, total))
}

/// The blind index of an e-mail address.
pub(crate) fn email_index(vault: &Vault, email: &str) -> Vec<u8> {
    vault.index(EMAIL, email)
}

/// The blind indexes of the words of a name.
pub(crate) fn name_index(vault: &Vault, name: &str) -> Vec<Vec<u8>> {
    words_of(name)
        .iter()
        .map(|word| vault.index(NAME, word))
        .collect()
}

/// The same, each beside the person whose name it is.
pub(crate) fn name_words(vault: &Vault, id: ClientId, name: &str) -> Vec<(Uuid, Vec<u8>)> {
    name_index(vault, name)
        .into_iter()
        .map(|word| (id.uuid(), word))
        .collect()
}

/// Opens one client.
pub(crate) async fn open_client(
    vault: &Vault,
    tx: &mut Tx,
    row: &ClientRow,
) -> Result<Client, DbError> {
    let opened = match &row.profile {
        Some(sealed) => vault.open(tx, row.id.uuid(), sealed).await?,
        None => None,
    };
    client(row, opened)
}

async fn open_clients(
    vault: &Vault,
    tx: &mut Tx,
    rows: &[ClientRow],
) -> Result<Vec<Client>, DbError> {
    let sealed = |row: &ClientRow| row.profile.clone().map(|profile| (row.id.uuid(), profile));
    let sealed: Vec<_> = rows.iter().filter_map(sealed).collect();
    let mut opened = vault.open_many(tx, &sealed).await?.into_iter();
    let open = |row: &ClientRow| {
        let text = if row.profile.is_some() {
            opened.next().flatten()
        } else {
            None
        };
        client(row, text)
    };
    rows.iter().map(open).collect()
}

fn client(row: &ClientRow, opened: Option<String>) -> Result<Client, DbError> {
    let profile: Option<Profile> = opened.as_deref().map(read_profile).transpose()?;
    Ok(Client {
        id: row.id,
        profile,
        user_id: row.user_id,
        archived: row.archived,
        erased: row.erased,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// The profile in an opened text. Its fault must not carry the text into a log.
pub(crate) fn read_profile(text: &str) -> Result<Profile, DbError> {
    let fault = |_| DbError::Bug("a sealed profile is not the JSON of one".to_owned());
    serde_json::from_str(text).map_err(fault)
}

/// Seals a profile with the key of `id`.
pub(crate) async fn seal_profile(
    vault: &Vault,
    tx: &mut Tx,
    id: ClientId,
    profile: &Profile,
) -> Result<Vec<u8>, DbError> {
    let text = profile_text(profile)?;
    vault.seal(tx, id.uuid(), &text).await
}

/// What is sealed: the JSON of a profile.
pub(crate) fn profile_text(profile: &Profile) -> Result<String, DbError> {
    serde_json::to_string(profile).map_err(|fault| DbError::Bug(fault.to_string()))
}
