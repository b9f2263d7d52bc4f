//! A machine gets a key.

use crate::api_key::{self, ApiKey, ApiKeyFault, NewApiKey, SECRET_BYTES};
use crate::store::api_keys;
use kernel::{Detail, ErrorKind, Fault, Name};
use platform::auth::{Roles, UsagePlan};
use platform::vault::Vault;
use platform::{DbError, Host};
use secrecy::SecretString;

const INDEX: &str = "identity.api-key";

/// Why a key could not be made, found or revoked.
#[derive(Debug, thiserror::Error)]
pub enum ApiKeyError {
    #[error("there is no such API key")]
    NotFound,
    #[error(transparent)]
    Rule(#[from] ApiKeyFault),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for ApiKeyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Rule(fault) => fault.kind(),
            Self::Db(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::Rule(fault) => fault.code(),
            Self::Db(fault) => fault.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let field = match self {
            Self::Rule(ApiKeyFault::AlreadyExpired) => "expires_at",
            Self::Rule(ApiKeyFault::BadRate | ApiKeyFault::BadDay) => "plan",
            Self::Rule(_) => "roles",
            _ => return Vec::new(),
        };
        vec![Detail::new(field, self.code(), self.to_string())]
    }
}

/// What is kept of a secret: a keyed hash. The secret has 256 random bits, so it needs no salt
/// and no slow hash, and checking it costs a microsecond.
pub fn hash(vault: &Vault, secret: &str) -> Vec<u8> {
    vault.index(INDEX, secret)
}

/// Makes a key and returns the text that a machine sends. It can be seen this once only.
pub async fn create_api_key(
    host: &Host,
    name: Name,
    roles: Roles,
    plan: UsagePlan,
) -> Result<SecretString, ApiKeyError> {
    let wish = NewApiKey {
        name,
        roles,
        plan,
        expires_at: None,
    };
    create(host, wish).await.map(|(_, text)| text)
}

pub(crate) async fn create(
    host: &Host,
    wish: NewApiKey,
) -> Result<(ApiKey, SecretString), ApiKeyError> {
    let key = ApiKey::new(host.source.id(), wish, host.source.now())?;
    let text = api_key::write(key.id, host.source.random::<SECRET_BYTES>());
    let (_, secret) = api_key::read(&text).ok_or(ApiKeyError::NotFound)?;
    let mut tx = host.db.begin().await?;
    api_keys::insert(&mut tx, &key, hash(&host.vault, secret)).await?;
    tx.commit().await?;
    Ok((key, text.into()))
}
