//! PayFast's signature: MD5 over the fields as PHP encodes them, with the passphrase behind them.
//! MD5 is theirs to choose; so a notice counts only once PayFast itself has confirmed it.

use form_urlencoded::byte_serialize;
use md5::{Digest as _, Md5};
use std::fmt::Write as _;
use subtle::ConstantTimeEq as _;

/// Fields in the order in which they are sent.
pub(crate) type Fields = Vec<(String, String)>;

/// `name=value&…`, every field, in its order.
pub(super) fn joined(fields: &[(String, String)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// The signature of fields that are joined.
pub(super) fn signature(joined: &str, passphrase: &str) -> String {
    let signed = format!("{joined}&passphrase={}", encoded(passphrase.trim()));
    let digest = Md5::digest(signed.as_bytes());
    let mut text = String::with_capacity(32);
    for byte in digest {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether this is the signature, told in a time that tells nothing else.
pub(super) fn is_signature(given: &str, joined: &str, passphrase: &str) -> bool {
    let expected = signature(joined, passphrase);
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

/// As PHP's `urlencode`: the form encoding, except that it knows no safe `*`.
fn encoded(value: &str) -> String {
    byte_serialize(value.as_bytes())
        .collect::<String>()
        .replace('*', "%2A")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn values_are_encoded_as_php_does() {
        let joined = joined(&fields(&[
            ("return_url", "https://shop.example/paid?a=b&c"),
            ("item_name", "Order ~*'(é)!-_."),
        ]));
        assert_eq!(
            joined,
            "return_url=https%3A%2F%2Fshop.example%2Fpaid%3Fa%3Db%26c\
             &item_name=Order+%7E%2A%27%28%C3%A9%29%21-_."
        );
    }

    /// The digest is of `md5sum`, not of this code.
    #[test]
    fn the_signature_is_md5_with_the_passphrase_last() {
        let joined = joined(&fields(&[
            ("merchant_id", "10000100"),
            ("amount", "100.00"),
        ]));
        let expected = "638963aa845c8e407bc97c5e39aed41c";
        assert_eq!(signature(&joined, "jt7NOE43FZPn"), expected);
        assert!(is_signature(expected, &joined, " jt7NOE43FZPn "));
        assert!(!is_signature(expected, &joined, "another"));
        assert!(!is_signature("", &joined, "jt7NOE43FZPn"));
    }
}
