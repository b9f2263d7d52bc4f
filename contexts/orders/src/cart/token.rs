//! The secrets that open a cart without signing in: a guest's own, and the one in a share link.
//! Only a keyed hash of them is stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::vault::Vault;
use std::fmt;

/// 256 bits: nobody guesses.
pub const BYTES: usize = 32;

/// A secret as its holder writes it: 43 characters of URL-safe Base64. It does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// What a token is for; the same text hashes differently for each.
#[derive(Clone, Copy, Debug)]
pub enum Opens {
    GuestCart,
    SharedCart,
}

impl Token {
    /// A new token of random bytes.
    pub fn new(random: [u8; BYTES]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// A text that can be a token; everything else opens nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == BYTES).then(|| Self(text.to_owned()))
    }

    /// What is stored of it.
    pub fn hash(&self, vault: &Vault, opens: Opens) -> Vec<u8> {
        let kind = match opens {
            Opens::GuestCart => "orders.cart-token",
            Opens::SharedCart => "orders.cart-share",
        };
        vault.index(kind, &self.0)
    }

    /// The text, for its holder only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_as_written_and_nothing_else_is_one() {
        let token = Token::new([7; BYTES]);
        assert_eq!(token.reveal().len(), 43);
        assert_eq!(Token::parse(token.reveal()), Some(token.clone()));
        for other in ["", "abc", &"A".repeat(42), &"A".repeat(44), &"/".repeat(43)] {
            assert_eq!(Token::parse(other), None, "{other}");
        }
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
