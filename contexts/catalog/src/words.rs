//! The words of a product and of a search: one way to cut and fold text, so that both databases
//! find the same. What leaves here consists of letters, digits and `#`: nothing in it can be
//! mistaken for the query language of a full-text index.

use std::collections::BTreeSet;

/// Longer words are cut: nobody types more, and indexes have limits of their own.
const WORD_MAX: usize = 40;

/// How many words of a search are looked at; more only cost.
const WORDS_MAX: usize = 10;

/// Everything a product can be found by, as one text: words in order, each once, with a space
/// before and after each, so that ` word ` and ` prefix` can be looked up in it as they are.
pub fn search_text<'a>(texts: &[&str], sku: &str, tags: impl Iterator<Item = &'a str>) -> String {
    let mut found: BTreeSet<String> = texts.iter().flat_map(|text| words(text)).collect();
    found.extend(words(sku));
    // "WH-1000" is also found by "wh1000".
    found.extend(words(&sku.replace(|c: char| !c.is_alphanumeric(), "")));
    found.extend(tags.map(tag_word));
    let mut text = String::from(" ");
    for word in found {
        text.push_str(&word);
        text.push(' ');
    }
    text
}

/// What somebody looks for: words that must all be there, the last one as a beginning, and
/// perhaps a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    whole: Vec<String>,
    beginning: Option<String>,
}

impl Search {
    /// `None` when neither is given; a blank `q` counts as not given. A `q` without any letter
    /// or digit is a search that finds nothing.
    pub fn of(q: Option<&str>, tag: Option<&str>) -> Option<Self> {
        let (q, tag) = (
            q.filter(|q| !q.trim().is_empty()),
            tag.filter(|tag| !tag.is_empty()),
        );
        if q.is_none() && tag.is_none() {
            return None;
        }
        let mut whole = q.map(words).unwrap_or_default();
        whole.truncate(WORDS_MAX);
        let beginning = whole.pop();
        if q.is_none() || beginning.is_some() {
            whole.extend(tag.map(tag_word));
        }
        Some(Self { whole, beginning })
    }

    /// Whether nothing can match.
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.beginning.is_none()
    }

    /// In the language of SQLite's FTS5: `"whole" "begin" *`.
    pub fn fts5(&self) -> String {
        let whole = self.whole.iter().map(|word| format!("\"{word}\""));
        let beginning = self.beginning.iter().map(|word| format!("\"{word}\" *"));
        whole.chain(beginning).collect::<Vec<_>>().join(" ")
    }

    /// In the language of PostgreSQL's tsquery: `'whole' & 'begin':*`.
    pub fn tsquery(&self) -> String {
        let whole = self.whole.iter().map(|word| format!("'{word}'"));
        let beginning = self.beginning.iter().map(|word| format!("'{word}':*"));
        whole.chain(beginning).collect::<Vec<_>>().join(" & ")
    }

    /// The pieces that all occur in the [`search_text`] of a product that matches.
    pub fn pieces(&self) -> impl Iterator<Item = String> {
        let whole = self.whole.iter().map(|word| format!(" {word} "));
        whole.chain(self.beginning.iter().map(|word| format!(" {word}")))
    }
}

/// The form in which texts are compared without regard to case.
pub fn key(text: &str) -> String {
    text.to_lowercase()
}

/// A tag as one word that no other text makes: `#` and the tag's bytes in hexadecimal.
fn tag_word(tag: &str) -> String {
    let mut word = String::from("#");
    for byte in key(tag.trim()).bytes() {
        word.push(hex_digit(byte >> 4));
        word.push(hex_digit(byte & 15));
    }
    word
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

/// Runs of letters and digits in lower case, without accents.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            // An accent that follows its letter.
            '\u{300}'..='\u{36f}' => {}
            c if c.is_alphanumeric() => fold(c, &mut word),
            _ => finish(&mut word, &mut words),
        }
    }
    finish(&mut word, &mut words);
    words
}

fn finish(word: &mut String, words: &mut Vec<String>) {
    if let Some((end, _)) = word.char_indices().nth(WORD_MAX) {
        word.truncate(end);
    }
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// Adds a lower-case letter as it is typed on a plain keyboard.
fn fold(c: char, word: &mut String) {
    let plain = match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ß' => "ss",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        other => return word.push(other),
    };
    word.push_str(plain);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found_by(text: &str, q: &str) -> bool {
        let stored = search_text(&[text], "", std::iter::empty());
        let search = Search::of(Some(q), None).unwrap();
        !search.is_empty() && search.pieces().all(|piece| stored.contains(&piece))
    }

    #[test]
    fn the_last_word_of_a_search_may_be_a_beginning() {
        assert!(found_by("Crème brûlée torch", "creme brul"));
        assert!(found_by("Crème brûlée torch", "TORCH"));
        assert!(!found_by("Crème brûlée torch", "bru torch"));
        assert!(!found_by("Crème brûlée torch", "orch"));
    }

    #[test]
    fn a_code_is_found_with_and_without_its_punctuation() {
        let stored = search_text(&[], "WH-1000/XM", std::iter::empty());
        for q in ["wh-1000", "WH1000XM", "1000", "wh 10"] {
            let search = Search::of(Some(q), None).unwrap();
            assert!(search.pieces().all(|piece| stored.contains(&piece)), "{q}");
        }
    }

    #[test]
    fn a_search_of_punctuation_finds_nothing_and_a_blank_one_is_none() {
        assert!(Search::of(Some("\"*-("), None).unwrap().is_empty());
        assert!(Search::of(Some("!"), Some("x")).unwrap().is_empty());
        assert_eq!(Search::of(Some("  "), None), None);
        assert_eq!(Search::of(None, None), None);
    }

    #[test]
    fn a_tag_is_never_found_by_a_word() {
        let stored = search_text(&[], "", ["summer sale"].into_iter());
        let by_word = Search::of(Some("summer"), None).unwrap();
        assert!(!by_word.pieces().all(|piece| stored.contains(&piece)));
        let by_tag = Search::of(None, Some("Summer Sale")).unwrap();
        assert!(by_tag.pieces().all(|piece| stored.contains(&piece)));
    }

    #[test]
    fn only_the_first_ten_words_of_a_search_count() {
        let ten = "a b c d e f g h i j";
        assert_eq!(
            Search::of(Some(&format!("{ten} k l")), None),
            Search::of(Some(ten), None)
        );
    }

    proptest! {
        #[test]
        fn no_search_speaks_the_query_language(q in any::<String>(), tag in any::<String>()) {
            let Some(search) = Search::of(Some(&q), Some(&tag)) else { return Ok(()) };
            for word in search.whole.iter().chain(&search.beginning) {
                prop_assert!(word.chars().all(|c| c.is_alphanumeric() || c == '#'), "{word}");
            }
        }

        #[test]
        fn every_word_of_a_text_finds_it(text in "[a-zA-Zéßœ0-9 ,.-]{1,60}") {
            for word in words(&text) {
                prop_assert!(found_by(&text, &word), "{word}");
            }
        }
    }
}
