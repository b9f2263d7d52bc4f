//! What somebody is told beside what belongs to their orders and their account: read and changed,
//! also back again.

use crate::kind::Kind;
use crate::notifications::Notifications;
use crate::store::{people, refusals};
use kernel::{ClientId, Detail, ErrorKind, Fault};
use platform::DbError;
use platform::http::IfMatch;
use uuid::Uuid;

/// Who asks about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// They themselves, whom notifications may not have heard of yet.
    Themselves,
    /// Staff, who may have made the id up.
    Staff,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PreferencesError {
    #[error("there is no such resource")]
    NotFound,
    #[error("some of these kinds belong to a sale or to an account: nobody can do without")]
    NotOptional(Vec<usize>),
    #[error("the preferences have changed since; read them again")]
    Outdated,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for PreferencesError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::NotOptional(_) => ErrorKind::Invalid,
            Self::Outdated => ErrorKind::Precondition,
            Self::Db(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::NotOptional(_) => "NOT_OPTIONAL",
            Self::Outdated => "PRECONDITION_FAILED",
            Self::Db(fault) => fault.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let Self::NotOptional(places) = self else {
            return Vec::new();
        };
        let detail = |place: &usize| {
            let field = format!("unsubscribed[{place}]");
            Detail::new(field, "NOT_OPTIONAL", "this kind is always sent")
        };
        places.iter().map(detail).collect()
    }
}

/// The kinds that somebody does not want to hear of.
pub async fn read(
    notifications: &Notifications,
    person: Uuid,
    asking: Asking,
) -> Result<Vec<Kind>, PreferencesError> {
    let mut tx = notifications.host.db.read().await?;
    if asking == Asking::Staff && !people::is_known(&mut tx, person).await? {
        return Err(PreferencesError::NotFound);
    }
    Ok(refusals::of(&mut tx, person).await?)
}

/// Somebody wants to hear of everything but these kinds.
pub async fn put(
    notifications: &Notifications,
    (person, asking): (Uuid, Asking),
    unsubscribed: &[Kind],
    if_match: &IfMatch,
) -> Result<Vec<Kind>, PreferencesError> {
    let places = unsubscribed.iter().enumerate();
    let needed = places.filter(|(_, kind)| !kind.is_optional());
    let needed: Vec<usize> = needed.map(|(place, _)| place).collect();
    if !needed.is_empty() {
        return Err(PreferencesError::NotOptional(needed));
    }
    let host = &notifications.host;
    let mut tx = host.db.begin().await?;
    tx.hold([ClientId::from_uuid(person)]).await?;
    if asking == Asking::Staff && !people::is_known(&mut tx, person).await? {
        return Err(PreferencesError::NotFound);
    }
    let before = refusals::of(&mut tx, person).await?;
    let outdated = |_| PreferencesError::Outdated;
    if_match.check(version(&before)).map_err(outdated)?;
    for kind in Kind::optional() {
        match (before.contains(&kind), unsubscribed.contains(&kind)) {
            (false, true) => {
                refusals::unsubscribe(&mut tx, person, kind, host.source.now()).await?;
            }
            (true, false) => {
                refusals::subscribe(&mut tx, person, kind, host.source.now()).await?;
            }
            _ => {}
        }
    }
    let after = refusals::of(&mut tx, person).await?;
    tx.commit().await?;
    Ok(after)
}

/// Names how things stand: a bit for each kind, by its place among all.
pub fn version(unsubscribed: &[Kind]) -> i64 {
    let bit = |(place, kind): (usize, Kind)| i64::from(unsubscribed.contains(&kind)) << place;
    let bits: i64 = Kind::ALL.into_iter().enumerate().map(bit).sum();
    bits + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_preferences_have_the_same_version() {
        let (low, welcome) = (Kind::LowStock, Kind::Welcome);
        let all = [vec![], vec![low], vec![welcome], vec![low, welcome]];
        let mut versions: Vec<i64> = all.iter().map(|one| version(one)).collect();
        assert_eq!(version(&[welcome, low]), versions[3], "in whatever order");
        versions.sort_unstable();
        versions.dedup();
        assert_eq!((versions.len(), versions[0]), (4, 1));
    }
}
