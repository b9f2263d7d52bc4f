//! Text in the cells of a sheet (CSV), made harmless.
//!
//! A cell that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet program, and a
//! stranger may have written it. Such cells are written with a `'` before them, which spreadsheets
//! show as text, and read back without.

use std::borrow::Cow;

/// The text for a cell, made harmless.
pub fn neutral(text: &str) -> Cow<'_, str> {
    match text.starts_with(needs_quote) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// The text of a cell, as it was before [`neutral`].
pub fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(needs_quote) => rest,
        _ => cell,
    }
}

/// The quote itself is one of them, so that a text that begins with one comes back whole.
fn needs_quote(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\'' | '\t' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_becomes_text_and_comes_back() {
        for text in ["=1+1", "@SUM(A1)", "-5", "+1", "'quoted", "plain", ""] {
            let cell = neutral(text);
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
            assert_eq!(plain(&cell), text);
        }
    }
}
