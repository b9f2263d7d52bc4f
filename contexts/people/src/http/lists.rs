//! What the lists of people have in common: their order and their cursor.

use crate::store::Slice;
use kernel::{Cursor, Limit, Timestamp};
use platform::http::Problem;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The order of a list. Names are sealed, so that there is no order by name.
#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
pub(super) enum Sort {
    /// Oldest first.
    #[serde(rename = "created_at")]
    OldestFirst,
    /// Newest first.
    #[default]
    #[serde(rename = "-created_at")]
    NewestFirst,
}

/// The part of a list that a request asks for.
pub(super) fn part(sort: Sort, limit: Limit, cursor: Option<&Cursor>) -> Result<Slice, Problem> {
    let after = cursor.map(Cursor::read::<(i64, Uuid)>).transpose()?;
    Ok(Slice {
        after,
        newest_first: sort == Sort::NewestFirst,
        rows: limit.get() + 1,
    })
}

/// Where a row stands in the list.
pub(super) fn place(created_at: Timestamp, id: Uuid) -> Cursor {
    Cursor::of(&(created_at.unix_micros(), id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back_as_the_start_of_the_next_part() {
        let (at, id) = (Timestamp::from_unix_micros(7), Uuid::from_u128(9));
        let slice = part(Sort::OldestFirst, Limit::default(), Some(&place(at, id))).expect("ours");
        assert_eq!(
            (slice.after, slice.newest_first, slice.rows),
            (Some((7, id)), false, 21)
        );
    }

    #[test]
    fn a_place_of_another_list_is_refused() {
        let other = Cursor::of(&"name");
        assert!(part(Sort::default(), Limit::default(), Some(&other)).is_err());
    }
}
