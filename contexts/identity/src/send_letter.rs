//! Letters with a token are asked for: the token is kept as a hash here, and travels sealed with
//! the user's own key to whoever posts letters.

use crate::letter::{self, LetterKind};
use crate::store::letters::{self, NewLetter};
use crate::store::users::email_index;
use crate::user::{Profile, User};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::identity::LetterRequested;
use kernel::{Language, UserId};
use platform::vault::Vault;
use platform::{DbError, Host, Tx};
use serde::Serialize;

/// What is sealed.
#[derive(Serialize)]
struct Letter<'a> {
    name: &'a str,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Language>,
    token: &'a str,
}

/// The keyed hash a token is found by.
pub fn hash(vault: &Vault, token: &str) -> Vec<u8> {
    vault.index("identity.letter", token)
}

/// A letter of this kind for each of the users who can be written to.
pub async fn send(
    host: &Host,
    tx: &mut Tx,
    users: &[User],
    kind: LetterKind,
) -> Result<(), DbError> {
    let reachable = |user: &User| Some((user.id, user.profile.clone()?));
    let users: Vec<(UserId, Profile)> = users.iter().filter_map(reachable).collect();
    let (mut new, mut texts) = (Vec::new(), Vec::new());
    for (id, profile) in &users {
        let token = letter::token(host.source.random());
        new.push(NewLetter {
            token_hash: hash(&host.vault, &token),
            user_id: *id,
            email_index: email_index(&host.vault, &profile.email),
        });
        texts.push((id.uuid(), text(profile, &token)?));
    }
    if new.is_empty() {
        return Ok(());
    }
    let texts: Vec<_> = texts
        .iter()
        .map(|(id, text)| (*id, text.as_str()))
        .collect();
    let sealed = host.vault.seal_many(tx, &texts).await?;
    let now = host.source.now();
    letters::insert(tx, kind, new, now).await?;
    for ((user_id, _), sealed) in users.iter().zip(sealed) {
        let event = LetterRequested {
            letter_id: host.source.id(),
            user_id: *user_id,
            kind: kind.as_str().to_owned(),
            expires_at: now.plus(kind.lasts()),
            sealed_letter: STANDARD.encode(sealed),
        };
        tx.publish(&event, 1)?;
    }
    Ok(())
}

fn text(profile: &Profile, token: &str) -> Result<String, DbError> {
    let letter = Letter {
        name: profile.name.as_str(),
        email: profile.email.as_str(),
        language: profile.language,
        token,
    };
    serde_json::to_string(&letter).map_err(|error| DbError::Bug(format!("a letter: {error}")))
}
