//! Turns serde's words about a value that does not fit into a [`Problem`] that names the field.

use std::borrow::Cow;

use super::problem::Problem;

/// `what` is "the body" or "the query"; `path` is where serde stood, `.` for the whole.
pub(super) fn problem(what: &str, path: &str, message: &str) -> Problem {
    let (code, own_field) = classify(message);
    let field = join(path, own_field);
    let message = without_value(message);
    Problem::invalid(format!(
        "{what} is not what this operation expects: {message}"
    ))
    .detail(field, code, message)
}

/// serde quotes the text it was given, which may be a password in the wrong place.
fn without_value(message: &str) -> Cow<'_, str> {
    let quotes = [
        (
            "invalid type: string \"",
            "\", expected ",
            "invalid type: string",
        ),
        (
            "invalid value: string \"",
            "\", expected ",
            "invalid value: string",
        ),
        ("unknown variant `", "`, expected ", "unknown word"),
    ];
    for (before, after, kept) in quotes {
        let rest = message.strip_prefix(before);
        // The last one: the value may hold the words that follow it.
        if let Some((_, expected)) = rest.and_then(|rest| rest.rsplit_once(after)) {
            return Cow::Owned(format!("{kept}, expected {expected}"));
        }
    }
    Cow::Borrowed(message)
}

/// serde names unknown and missing fields in its message only.
fn classify(message: &str) -> (&'static str, Option<&str>) {
    let quoted = || message.split('`').nth(1);
    if message.starts_with("unknown field") {
        ("UNKNOWN_FIELD", quoted())
    } else if message.starts_with("missing field") {
        ("MISSING_FIELD", quoted())
    } else if message.starts_with("duplicate field") {
        ("DUPLICATE_FIELD", quoted())
    } else {
        ("INVALID_VALUE", None)
    }
}

fn join(path: &str, field: Option<&str>) -> String {
    let whole = path == ".";
    match field {
        None if whole => String::new(),
        None => path.to_owned(),
        Some(field) if whole => field.to_owned(),
        // The path may already end with the field it complains about.
        Some(field) if path == field || path.ends_with(&format!(".{field}")) => path.to_owned(),
        Some(field) => format!("{path}.{field}"),
    }
}

#[cfg(test)]
mod tests {
    use super::without_value;

    #[test]
    fn what_was_sent_is_not_told_back() {
        for (message, told) in [
            (
                r#"invalid type: string "x", expected i64"#,
                "invalid type: string, expected i64",
            ),
            (
                r#"invalid value: string "a", expected b", expected a number"#,
                "invalid value: string, expected a number",
            ),
            (
                "unknown variant `my`, expected `cash` or `invoice`",
                "unknown word, expected `cash` or `invoice`",
            ),
            ("missing field `name`", "missing field `name`"),
        ] {
            assert_eq!(without_value(message), told);
        }
    }
}
