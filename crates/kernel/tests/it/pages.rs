//! Pages, limits and cursors.

use crate::json;
use kernel::{BadCursor, Cursor, Limit, Page};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_cursor_reads_back_what_it_was_made_of(name in "\\PC{0,255}", id: i64) {
        let cursor = Cursor::of(&(&name, id));
        let again: Cursor = cursor.to_string().parse().expect("a cursor");
        prop_assert_eq!(again.read::<(String, i64)>(), Ok((name, id)));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text: String) {
        if let Ok(cursor) = text.parse::<Cursor>() {
            let _ = cursor.read::<(String, i64)>();
        }
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_repeat(count in 0..60_i64, size in 1..20_i64) {
        let limit = Limit::new(size).expect("a limit");
        let (mut seen, mut after) = (Vec::new(), -1_i64);
        loop {
            let rows = (0..count).filter(|n| *n > after).take(size as usize + 1).collect();
            let page = Page::cut(rows, limit, Cursor::of);
            prop_assert!(page.items.len() <= size as usize);
            seen.extend(page.items);
            let Some(cursor) = page.next_cursor else { break };
            after = cursor.parse::<Cursor>().and_then(|c| c.read()).expect("our own cursor");
        }
        prop_assert_eq!(seen, (0..count).collect::<Vec<_>>());
    }
}

#[test]
fn the_last_page_says_so() {
    let limit = Limit::new(2).expect("a limit");
    let last = Page::cut(vec![1, 2], limit, Cursor::of);
    assert_eq!(
        serde_json::to_string(&last).ok().as_deref(),
        Some(r#"{"items":[1,2],"next_cursor":null}"#)
    );
    let first = Page::cut(vec![1, 2, 3], limit, Cursor::of)
        .with_total(Some(3))
        .map(|n| n * 10);
    let wire = serde_json::to_string(&first).expect("JSON");
    assert_eq!(wire, r#"{"items":[10,20],"next_cursor":"Mg","total":3}"#);
}

#[test]
fn a_limit_is_one_to_a_hundred() {
    assert_eq!(Limit::default().get(), 20);
    assert_eq!(json::<Limit>("100").map(Limit::get), Ok(100));
    assert_eq!(json::<Limit>("\"1\"").map(Limit::get), Ok(1));
    for bad in [
        "0", "101", "-1", "\"\"", "\"ten\"", "\"1.5\"", "null", "1.5", "1e30",
    ] {
        assert!(json::<Limit>(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_foreign_cursor_is_refused() {
    for bad in ["", "?", "Mg==", "////", "_w"] {
        assert_eq!(bad.parse::<Cursor>(), Err(BadCursor), "{bad}");
    }
    assert_eq!("x".repeat(2052).parse::<Cursor>(), Err(BadCursor));
    let other = Cursor::of(&("name", 1))
        .to_string()
        .parse::<Cursor>()
        .expect("a cursor");
    assert_eq!(other.read::<i64>(), Err(BadCursor));
    assert_eq!(
        Cursor::of(&"a\0b").to_string().parse::<Cursor>(),
        Err(BadCursor)
    );
}
