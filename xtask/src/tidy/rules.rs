//! Rule files are pure: they receive the time and ids as plain values and do no I/O, so that a
//! thousand cases of them run in a millisecond. And money never meets a float.

use super::Complaint;
use super::tree::{Rust, Source, Tree};

/// Types a rule never holds, and what to do instead.
const HANDLES: &[(&str, &str)] = &[
    ("Host", "take the values it needs"),
    ("Source", "take `now` and ids as values"),
    ("Tx", "take the rows as values"),
    ("SystemTime", "take `now` as a Timestamp"),
    ("Instant", "take `now` as a Timestamp"),
];

/// Calls a rule never makes.
const CALLS: &[(&[&str], &str)] = &[
    (&[".", "now", "("], "take `now` as a Timestamp"),
    (&["std", ":", ":", "fs"], "read the file in the use case"),
    (&["std", ":", ":", "env"], "take the setting as a value"),
    (&["std", ":", ":", "net"], "do I/O in the use case"),
    (&["tokio", ":", ":", "time"], "wait in the use case"),
    (&["tokio", ":", ":", "fs"], "read the file in the use case"),
    (&["&", "Db"], "take the rows as values"),
    (&["rand", ":", ":"], "take the random value as an argument"),
    (&["now_v7", "("], "take the id as an argument"),
    (&["new_v4", "("], "take the id as an argument"),
];

/// Files of a context that wire or translate; rules are in none of them.
const OTHER_ROOMS: &[&str] = &[
    "lib.rs",
    "http.rs",
    "http",
    "graphql.rs",
    "graphql",
    "pages.rs",
    "pages",
    "store.rs",
    "store",
];

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut found = Vec::new();
    for (file, rust) in tree
        .shipped()
        .filter(|(file, rust)| is_rule_file(file, rust))
    {
        let handles = HANDLES
            .iter()
            .map(|(word, instead)| (vec![*word], *instead));
        let calls = CALLS
            .iter()
            .map(|(words, instead)| (words.to_vec(), *instead));
        for (words, instead) in handles.chain(calls) {
            for line in rust.lines_with(&words) {
                let sentence = format!(
                    "`{}` in a file of rules: {instead}; rules have no clock, no ids, no I/O",
                    words.concat()
                );
                found.push(Complaint::new(file.at(line), sentence));
            }
        }
    }
    found
}

/// A file without `async` in a context is a file of rules; kernel and contracts are rules all over.
fn is_rule_file(file: &Source, rust: &Rust) -> bool {
    if file.is_under("crates/kernel") || file.is_under("crates/contracts") {
        return true;
    }
    let Some(room) = file
        .context()
        .and_then(|_| file.in_src()?.split('/').next())
    else {
        return false;
    };
    !OTHER_ROOMS.contains(&room) && !rust.code().any(|token| token.is("async"))
}

/// JSON numbers arrive as floats: these files make them exact or refuse them, on the way in.
const FLOAT_DOORS: &[&str] = &[
    "crates/kernel/src/decimal.rs",
    "crates/kernel/src/money_input.rs",
    "crates/kernel/src/quantity.rs",
];

/// No floating-point number where amounts are handled.
pub fn floats(tree: &Tree) -> Vec<Complaint> {
    let rooms = ["crates/kernel", "crates/contracts"];
    let money = |file: &Source| {
        let inside = file.context().is_some() || rooms.iter().any(|folder| file.is_under(folder));
        inside && !FLOAT_DOORS.contains(&file.path.as_str())
    };
    let mut found = Vec::new();
    for (file, rust) in tree.shipped().filter(|(file, _)| money(file)) {
        let words = |token: &&super::tokens::Token| token.word().is_some_and(is_float);
        for token in rust.code().filter(words) {
            let sentence = "a floating-point number in the shop: 0.1 + 0.2 is not 0.3. Take \
                 Money, whole minor units, or a rate with a named rounding";
            found.push(Complaint::new(file.at(token.line), sentence));
        }
    }
    found
}

fn is_float(word: &str) -> bool {
    word == "f32" || word == "f64"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::said;

    #[test]
    fn a_rule_with_a_clock_ids_or_io_is_noticed() {
        for line in [
            "fn f(source: &Source) {}",
            "fn f(tx: &mut Tx) {}",
            "fn f(db: &Db) {}",
            "fn f() { clock.now(); }",
            "fn f() { std::fs::read(\"x\"); }",
            "fn f() { Uuid::now_v7(); }",
            "fn f() -> SystemTime { x }",
        ] {
            let text = format!("//! x\n{line}\n");
            let found = said(check, &[("contexts/orders/src/order.rs", &text)]);
            assert_eq!(found.len(), 1, "{line}: {found:?}");
            assert!(found[0].starts_with("contexts/orders/src/order.rs:2: "));
            assert_eq!(
                said(check, &[("crates/kernel/src/money.rs", &text)]).len(),
                1
            );
        }
    }

    #[test]
    fn use_cases_stores_and_pure_rules_are_fine() {
        let use_case = "//! x\nasync fn place(host: &Host) { host.source.now(); }\n";
        assert!(said(check, &[("contexts/orders/src/place.rs", use_case)]).is_empty());
        let store = "//! x\nfn f(tx: &mut Tx) {}\n";
        assert!(said(check, &[("contexts/orders/src/store.rs", store)]).is_empty());
        let error = "//! x\nenum Refusal { Db(DbError) }\n";
        assert!(said(check, &[("contexts/orders/src/refusal.rs", error)]).is_empty());
        let rule = "//! x\nfn f(now: Timestamp, id: OrderId) -> bool { true }\n";
        assert!(said(check, &[("contexts/orders/src/order.rs", rule)]).is_empty());
    }

    #[test]
    fn floats_in_the_shop_are_noticed() {
        for line in ["fn f(x: f64) {}", "fn f() { x as f32; }"] {
            let text = format!("//! x\n{line}\n");
            assert_eq!(
                said(floats, &[("contexts/orders/src/order.rs", &text)]).len(),
                1,
                "{line}"
            );
            assert_eq!(
                said(floats, &[("crates/kernel/src/money.rs", &text)]).len(),
                1
            );
            assert!(said(floats, &[("crates/platform/src/telemetry.rs", &text)]).is_empty());
        }
        let door = "//! x\nfn visit_f64(value: f64) {}\n";
        assert!(said(floats, &[("crates/kernel/src/decimal.rs", door)]).is_empty());
        let whole = "//! x\nfn f(x: (i64, i64)) { x.0; x.1; 1_000; }\n";
        assert!(said(floats, &[("contexts/orders/src/order.rs", whole)]).is_empty());
    }
}
