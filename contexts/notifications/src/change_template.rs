//! The shop writes a text of its own, or goes back to the one that came with it.

use crate::facts;
use crate::store::templates;
use crate::template::{Name, Own, TemplateFault, Text};
use kernel::{ErrorKind, Fault};
use platform::http::IfMatch;
use platform::{DbError, Host};

/// Why a text was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Template(#[from] TemplateFault),
    #[error("the text is at version {0} now; read it again")]
    Outdated(i64),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for ChangeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Template(fault) => fault.kind(),
            Self::Outdated(_) => ErrorKind::Precondition,
            Self::Db(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Template(fault) => fault.code(),
            Self::Outdated(_) => "PRECONDITION_FAILED",
            Self::Db(fault) => fault.code(),
        }
    }

    fn details(&self) -> Vec<kernel::Detail> {
        match self {
            Self::Template(fault) => fault.details(),
            _ => Vec::new(),
        }
    }
}

/// Puts a text in the place of the built-in one.
pub async fn put_template(
    host: &Host,
    name: Name,
    text: Text,
    if_match: &IfMatch,
) -> Result<Own, ChangeError> {
    name.built_in().ok_or(TemplateFault::NotFound)?;
    text.check(name, &facts::names(name.kind))?;
    let mut tx = host.db.begin().await?;
    let version = version(templates::find(&mut tx, name).await?.as_ref());
    let outdated = |_| ChangeError::Outdated(version);
    if_match.check(version).map_err(outdated)?;
    let own = Own {
        name,
        text,
        version: version + 1,
        updated_at: host.source.now(),
    };
    templates::put(&mut tx, &own).await?;
    tx.commit().await?;
    Ok(own)
}

/// Goes back to the built-in text. Twice is the same as once.
pub async fn delete_template(
    host: &Host,
    name: Name,
    if_match: &IfMatch,
) -> Result<(), ChangeError> {
    name.built_in().ok_or(TemplateFault::NotFound)?;
    let mut tx = host.db.begin().await?;
    let version = version(templates::find(&mut tx, name).await?.as_ref());
    let outdated = |_| ChangeError::Outdated(version);
    if_match.check(version).map_err(outdated)?;
    templates::delete(&mut tx, name).await?;
    Ok(tx.commit().await?)
}

/// The built-in text is version 1, the shop's own come after it.
pub fn version(own: Option<&Own>) -> i64 {
    own.map_or(1, |own| own.version)
}
