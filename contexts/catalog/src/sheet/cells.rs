//! How values stand in a cell.
//!
//! A cell that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet program, and a
//! stranger may have written it (a product's name is text from outside). Such cells are written
//! with a `'` before them, which spreadsheets show as text, and read back without.

use crate::attributes::{BadAttribute, Options, Tags};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What separates tags, and options, within a cell; the values cannot contain it.
const BAR: char = '|';

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

pub fn of_tags(tags: &Tags) -> String {
    tags.iter().collect::<Vec<_>>().join("|")
}

pub fn tags(cell: &str) -> Result<Tags, BadAttribute> {
    Tags::try_from(parts(cell).map(str::to_owned).collect::<Vec<_>>())
}

/// `size=M|colour=red`
pub fn of_options(options: &Options) -> String {
    let pairs = options
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("|")
}

pub fn options(cell: &str) -> Result<Options, BadAttribute> {
    let pairs = parts(cell).map(|pair| {
        let (name, value) = pair.split_once('=').ok_or(BadAttribute::Option)?;
        Ok((name.to_owned(), value.to_owned()))
    });
    Options::try_from(pairs.collect::<Result<BTreeMap<_, _>, _>>()?)
}

/// The parts between bars that are not blank.
fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(BAR).filter(|part| !part.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_formula_is_made_harmless() {
        assert_eq!(neutral("=1+1"), "'=1+1");
        assert_eq!(neutral("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(neutral("Lamp =1"), "Lamp =1");
        assert_eq!(plain("'90s lamp"), "'90s lamp");
    }

    proptest! {
        #[test]
        fn every_text_comes_back_from_its_cell(text in any::<String>()) {
            let cell = neutral(&text).into_owned();
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert_eq!(plain(&cell), text);
        }
    }
}
