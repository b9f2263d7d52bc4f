//! Turns serde's words about a value that does not fit into a [`Problem`] that names the field.

use super::problem::Problem;

/// `what` is "the body" or "the query"; `path` is where serde stood, `.` for the whole.
pub(super) fn problem(what: &str, path: &str, message: &str) -> Problem {
    let (code, own_field) = classify(message);
    let field = join(path, own_field);
    Problem::invalid(format!(
        "{what} is not what this operation expects: {message}"
    ))
    .detail(field, code, message)
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
