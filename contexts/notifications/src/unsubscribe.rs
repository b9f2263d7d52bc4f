//! Somebody does not want to hear of something any more, with the link from a mail and nothing
//! else: the link is signed, so that nobody unsubscribes others.

use crate::kind::Kind;
use crate::notifications::Notifications;
use crate::store::refusals;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::DbError;
use platform::vault::Vault;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// What is kept of the signature, in bytes: nobody guesses 128 bits.
const SIGNATURE: usize = 16;

/// The token that stands for a person and a kind.
pub fn token(vault: &Vault, person: Uuid, kind: Kind) -> String {
    let mut bytes = person.as_bytes().to_vec();
    bytes.extend(signature(vault, person, kind));
    format!("{kind}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Whom and what a token stands for; `None` when it was not made here.
pub fn read(vault: &Vault, token: &str) -> Option<(Uuid, Kind)> {
    let (kind, bytes) = token.split_once('.')?;
    let kind: Kind = kind.parse().ok()?;
    let bytes = URL_SAFE_NO_PAD.decode(bytes).ok()?;
    let (person, signed) = bytes.split_at_checked(16)?;
    let person = Uuid::from_slice(person).ok()?;
    let same = signature(vault, person, kind).ct_eq(signed);
    (bool::from(same) && kind.is_optional()).then_some((person, kind))
}

fn signature(vault: &Vault, person: Uuid, kind: Kind) -> Vec<u8> {
    let mut mac = vault.index("notifications.unsubscribe", &format!("{person}/{kind}"));
    mac.truncate(SIGNATURE);
    mac
}

/// Remembers it. Twice is the same as once.
pub async fn unsubscribe(
    notifications: &Notifications,
    person: Uuid,
    kind: Kind,
) -> Result<(), DbError> {
    let host = &notifications.host;
    let mut tx = host.db.begin().await?;
    refusals::unsubscribe(&mut tx, person, kind, host.source.now()).await?;
    tx.commit().await
}
