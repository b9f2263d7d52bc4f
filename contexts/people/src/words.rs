//! The words of a name, as search compares them. Sealed names cannot be searched in part: a blind
//! index finds whole words only, so these are what a search is made of.

use std::collections::BTreeSet;

/// More words than any name of 100 characters is searched by.
const MOST: usize = 20;

/// The distinct words of a name or a search: runs of letters and digits, in lower case.
pub(crate) fn words_of(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .take(MOST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{MOST, words_of};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_is_found_by_every_word_of_it(name in "\\PC{0,100}") {
            let words = words_of(&name);
            prop_assert!(words.len() <= MOST);
            for word in &words {
                prop_assert!(!word.is_empty());
                prop_assert!(words_of(&name.to_uppercase()).len() <= MOST);
                prop_assert_eq!(words_of(word), [word.clone()].into());
            }
        }
    }

    #[test]
    fn words_are_told_apart_whatever_stands_between_them() {
        let words: Vec<_> = words_of("Mc-Intyre, ANNA\tde la Tour (anna)")
            .into_iter()
            .collect();
        assert_eq!(words, ["anna", "de", "intyre", "la", "mc", "tour"]);
    }

    #[test]
    fn signs_alone_are_no_words() {
        assert!(words_of(" -- !?").is_empty());
    }
}
