//! The rules of categories: a name and a place in the tree. Pure: ids and time are given.

use kernel::{CategoryId, Name, Timestamp};
use std::collections::HashMap;

/// A category as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    pub id: CategoryId,
    pub content: CategoryContent,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What people may change of a category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryContent {
    pub name: Name,
    pub parent_id: Option<CategoryId>,
}

impl Category {
    pub fn new(id: CategoryId, content: CategoryContent, now: Timestamp) -> Self {
        Self {
            id,
            content,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The category with other content; `None` when that is no change.
    pub fn changed(&self, content: CategoryContent, now: Timestamp) -> Option<Self> {
        let version = self.version + 1;
        (content != self.content).then_some(Self {
            content,
            version,
            updated_at: now,
            ..*self
        })
    }
}

/// Whether `category` would become its own ancestor under `parent`. `parents` holds the parent of
/// every category that has one.
pub fn would_circle(
    parents: &HashMap<CategoryId, CategoryId>,
    category: CategoryId,
    parent: CategoryId,
) -> bool {
    let mut above = Some(parent);
    // A way up has one step per parent and ends at a root; the bound is for a tree that is broken.
    for _ in 0..parents.len() + 2 {
        match above {
            Some(ancestor) if ancestor == category => return true,
            Some(ancestor) => above = parents.get(&ancestor).copied(),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> CategoryId {
        CategoryId::from_uuid(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_category_cannot_be_under_itself_or_its_descendants() {
        let parents = HashMap::from([(id(2), id(1)), (id(3), id(2)), (id(5), id(4))]);
        assert!(would_circle(&parents, id(1), id(1)));
        assert!(would_circle(&parents, id(1), id(3)));
        assert!(!would_circle(&parents, id(3), id(1)));
        assert!(!would_circle(&parents, id(1), id(5)));
        assert!(!would_circle(&HashMap::new(), id(1), id(5)));
    }

    #[test]
    fn a_tree_that_is_broken_already_does_not_hang() {
        let parents = HashMap::from([(id(2), id(3)), (id(3), id(2))]);
        assert!(would_circle(&parents, id(1), id(2)));
    }
}
