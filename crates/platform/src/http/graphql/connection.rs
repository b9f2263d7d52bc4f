//! A page of a list in GraphQL's words.

use kernel::Page;
use serde::Serialize;

/// A page: `nodes`, `pageInfo` and, where it was asked for, `totalCount`.
#[derive(Debug, Serialize)]
pub struct Connection<T> {
    nodes: Vec<T>,
    page_info: PageInfo,
    total_count: Option<i64>,
}

#[derive(Debug, Serialize)]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

impl<T> From<Page<T>> for Connection<T> {
    fn from(page: Page<T>) -> Self {
        Self {
            nodes: page.items,
            page_info: PageInfo {
                has_next_page: page.next_cursor.is_some(),
                end_cursor: page.next_cursor,
            },
            total_count: page.total,
        }
    }
}
