//! A glance at the text of a JSON body before it is parsed: depth, and a character that no
//! database stores.

/// Deeper than any request of ours, shallow enough for every parser's stack.
const MAX_DEPTH: usize = 32;

#[derive(Debug, PartialEq)]
pub(super) enum Flaw {
    TooDeep,
    /// `\u0000`: PostgreSQL cannot store it, so it may not become a 500 further down.
    Nul,
}

/// Checks what a parser would let through. Syntax is the parser's business.
pub(super) fn check(text: &str) -> Result<(), Flaw> {
    let mut depth = 0_usize;
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => rest = after_string(tail)?,
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(Flaw::TooDeep);
        }
    }
    Ok(())
}

fn after_string(mut rest: &[u8]) -> Result<&[u8], Flaw> {
    loop {
        match rest {
            [b'\\', b'u', b'0', b'0', b'0', b'0', ..] => return Err(Flaw::Nul),
            [b'\\', _, tail @ ..] => rest = tail,
            [b'"', tail @ ..] => return Ok(tail),
            [_, tail @ ..] => rest = tail,
            [] => return Ok(rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Flaw, check};

    #[test]
    fn thirty_two_levels_are_fine_and_one_more_is_not() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert_eq!(check(&nested(32)), Ok(()));
        assert_eq!(check(&nested(33)), Err(Flaw::TooDeep));
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert_eq!(
            check(&format!(r#"{{"a": "{}\"[["}}"#, "[".repeat(100))),
            Ok(())
        );
        assert_eq!(check(r#""unfinished"#), Ok(()));
    }

    #[test]
    fn the_nul_character_is_seen_and_an_escaped_backslash_is_not_mistaken_for_it() {
        assert_eq!(check(r#"{"a": "x\u0000"}"#), Err(Flaw::Nul));
        assert_eq!(check(r#"{"a": "x\\u0000"}"#), Ok(()));
    }
}
