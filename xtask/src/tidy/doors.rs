//! Where the database may be spoken to: the driver in platform, SQL in stores, transactions in
//! use cases and reactions, and each context in its own tables only.

use super::Complaint;
use super::sql::{self, names_in};
use super::tree::{Rust, Source, Tree};

/// The driver is named in platform only.
pub fn sqlx(tree: &Tree) -> Vec<Complaint> {
    let strangers = tree
        .rust()
        .filter(|(file, _)| !file.is_under("crates/platform"));
    let mut found = Vec::new();
    for (file, rust) in strangers {
        for line in rust.lines_with(&["sqlx", ":", ":"]) {
            let sentence = "names the database driver: use platform::{Db, Tx}, so that one text \
                 serves both engines and errors, spans and bind counting are not bypassed";
            found.push(Complaint::new(file.at(line), sentence));
        }
    }
    found
}

/// SQL stands in stores only.
pub fn sql_text(tree: &Tree) -> Vec<Complaint> {
    let mut found = Vec::new();
    for (file, rust) in tree
        .shipped()
        .filter(|(file, _)| is_shop(file) && !holds_sql(file))
    {
        let texts = rust
            .code()
            .filter(|token| token.literal().is_some_and(sql::is_sql));
        let lines = texts.map(|token| token.line).chain(statement_calls(rust));
        for line in lines {
            let sentence = "SQL outside of a store: move the statement to store.rs (or store/), \
                 so that all SQL of a context is read in one place";
            found.push(Complaint::new(file.at(line), sentence));
        }
    }
    found
}

/// `.query(…)` with something in it; `uri.query()` asks for something else.
fn statement_calls(rust: &Rust) -> impl Iterator<Item = usize> {
    let empty = rust.lines_with(&[".", "query", "(", ")"]);
    let calls = rust.lines_with(&[".", "query", "("]);
    calls.into_iter().filter(move |line| !empty.contains(line))
}

/// Transactions begin and end in use-case and reaction files.
pub fn transactions(tree: &Tree) -> Vec<Complaint> {
    let mut found = Vec::new();
    for (file, rust) in tree.shipped().filter(|(file, _)| is_shop(file)) {
        let Some(reason) = no_transaction_in(file) else {
            continue;
        };
        for word in ["begin", "commit"] {
            for line in rust.lines_with(&[".", word, "(", ")"]) {
                let sentence = format!(
                    "`{word}` {reason}: a transaction begins and ends in the use-case or reaction \
                     file that tells its story"
                );
                found.push(Complaint::new(file.at(line), sentence));
            }
        }
    }
    found
}

/// No context's SQL names a table of another, nor of the machinery.
pub fn foreign_tables(tree: &Tree) -> Vec<Complaint> {
    let contexts = tree.contexts();
    let mut found = Vec::new();
    for file in tree.files() {
        let Some(home) = file.context() else { continue };
        let foreign = |name: &str| {
            let context = name.split_once('_').map_or("", |(prefix, _)| prefix);
            (context != home && contexts.contains(&context)) || MACHINERY.contains(&name)
        };
        for (line, text) in statements(file) {
            for (offset, name) in names_in(text).filter(|(_, name)| foreign(name)) {
                let sentence = format!(
                    "`{name}` is not a table of {home}: contexts may live in databases of their \
                     own. Keep a copy fed by events, or ask platform"
                );
                found.push(Complaint::new(file.at(line + offset), sentence));
            }
        }
    }
    found
}

/// Tables that belong to platform.
const MACHINERY: &[&str] = &[
    "event_log",
    "event_commit",
    "event_lease",
    "event_guard",
    "event_parked",
    "schema_migration",
    "idempotency_record",
    "vault_key",
];

/// The SQL of a file with its lines: whole migrations, and the literals of Rust files.
fn statements(file: &Source) -> Vec<(usize, &str)> {
    if file.path.ends_with(".sql") {
        return vec![(1, file.text.as_str())];
    }
    let Some(rust) = file.rust.as_ref().filter(|_| !file.is_test()) else {
        return Vec::new();
    };
    let literals = rust
        .code()
        .filter_map(|token| Some((token.line, token.literal()?)));
    literals
        .filter(|(_, text)| holds_sql(file) || sql::is_sql(text))
        .collect()
}

/// The code these rules are about: platform is the door itself, xtask does not ship.
fn is_shop(file: &Source) -> bool {
    !file.is_under("xtask") && !file.is_under("crates/platform") || is_platform_room(file)
}

/// Rooms of platform that are clients of its door like everybody else.
fn is_platform_room(file: &Source) -> bool {
    let rooms = ["auth", "http", "vault", "config"];
    let below = |room: &str| file.is_under(&format!("crates/platform/src/{room}"));
    rooms.iter().any(|room| below(room))
}

fn holds_sql(file: &Source) -> bool {
    let Some(rest) = file.in_src() else {
        return false;
    };
    rest == "store.rs" || rest.ends_with("/store.rs") || rest.split('/').any(|part| part == "store")
}

fn no_transaction_in(file: &Source) -> Option<&'static str> {
    let rest = file.in_src()?;
    let (room, name) = (rest.split('/').next()?, rest.rsplit('/').next()?);
    if file.context().is_some() && holds_sql(file) {
        return Some("in a store, which only speaks SQL in the transaction it is given");
    }
    if file.context().is_some() {
        return match room {
            "http.rs" | "http" => Some("in a file of routes, which only translates"),
            "graphql.rs" | "graphql" | "pages.rs" | "pages" => Some("in a file of views"),
            _ if name == "lib.rs" => Some("in the front door, which is a table of contents"),
            _ => None,
        };
    }
    let wires = [
        "crates/shell",
        "crates/kernel",
        "crates/contracts",
        "crates/comptoir",
    ];
    wires
        .iter()
        .any(|folder| file.is_under(folder))
        .then_some("outside of a context")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::said;

    #[test]
    fn the_driver_outside_of_platform_is_noticed() {
        let text = "//! x\nfn f() { sqlx::query(\"x\"); }\n";
        let found = said(sqlx, &[("contexts/orders/src/store.rs", text)]);
        assert!(found[0].starts_with("contexts/orders/src/store.rs:2: names the database driver"));
        assert!(said(sqlx, &[("crates/platform/src/db/pool.rs", text)]).is_empty());
        assert!(
            said(
                sqlx,
                &[("contexts/orders/src/a.rs", "//! no sqlx:: in words\n")]
            )
            .is_empty()
        );
    }

    #[test]
    fn sql_outside_of_a_store_is_noticed() {
        let text = "//! x\nconst A: &str = \"select id\n from orders_order\";\n";
        let found = said(sql_text, &[("contexts/orders/src/place.rs", text)]);
        assert!(
            found[0].starts_with("contexts/orders/src/place.rs:2: SQL outside"),
            "{found:?}"
        );
        for fine in ["store.rs", "store/lines.rs"] {
            assert!(said(sql_text, &[(&format!("contexts/orders/src/{fine}"), text)]).is_empty());
        }
        let uri = "//! x\nfn f() { uri.query().unwrap_or_default(); }\n";
        assert!(said(sql_text, &[("contexts/orders/src/http.rs", uri)]).is_empty());
        let call = "//! x\nfn f() { tx.query(SQL).execute(); }\n";
        assert_eq!(
            said(sql_text, &[("contexts/orders/src/place.rs", call)]).len(),
            1
        );
        assert_eq!(
            said(sql_text, &[("crates/platform/src/vault/mod.rs", call)]).len(),
            1
        );
        assert!(said(sql_text, &[("crates/platform/src/events/log.rs", call)]).is_empty());
    }

    #[test]
    fn sql_in_tests_and_words_in_sentences_are_fine() {
        let text = "//! x\nconst A: &str = \"select a store from the list\";\n\
                    #[cfg(test)]\nmod tests { const B: &str = \"select 1 from t\"; }\n";
        let text = text.replace("select a store from", "choose a store out of");
        assert!(said(sql_text, &[("contexts/orders/src/place.rs", &text)]).is_empty());
        let test = "//! x\nfn f() { tx.query(\"select 1\"); }\n";
        assert!(said(sql_text, &[("contexts/orders/tests/it/main.rs", test)]).is_empty());
    }

    #[test]
    fn a_transaction_outside_of_a_use_case_is_noticed() {
        let text = "//! x\nasync fn f() { let tx = db.begin().await; tx.commit().await; }\n";
        for red in [
            "http.rs",
            "http/orders.rs",
            "store.rs",
            "store/lines.rs",
            "lib.rs",
        ] {
            let found = said(
                transactions,
                &[(&format!("contexts/orders/src/{red}"), text)],
            );
            assert_eq!(found.len(), 2, "{red}: {found:?}");
        }
        assert_eq!(
            said(transactions, &[("crates/comptoir/src/serve.rs", text)]).len(),
            2
        );
        for green in ["place.rs", "on_payment.rs", "desk/worker.rs"] {
            let path = format!("contexts/orders/src/{green}");
            assert!(said(transactions, &[(&path, text)]).is_empty(), "{green}");
        }
    }

    #[test]
    fn another_contexts_table_is_noticed() {
        let stock = ("contexts/inventory/src/lib.rs", "//! x\n");
        let text = "//! x\nconst A: &str = \"select 1 from\n inventory_level\";\n";
        let found = said(
            foreign_tables,
            &[stock, ("contexts/orders/src/store.rs", text)],
        );
        let start = "contexts/orders/src/store.rs:3: `inventory_level` is not a table of orders";
        assert!(found[0].starts_with(start), "{found:?}");
        let migration = "create table orders_order (id uuid references inventory_store (id));";
        let path = "contexts/orders/migrations/0001_orders.sql";
        assert_eq!(said(foreign_tables, &[stock, (path, migration)]).len(), 1);
        let log = "//! x\nconst A: &str = \"select 1 from event_log\";\n";
        assert_eq!(
            said(foreign_tables, &[("contexts/orders/src/store.rs", log)]).len(),
            1
        );
        let own = "//! x\nconst A: &str = \"select 1 from orders_order\";\n";
        assert!(
            said(
                foreign_tables,
                &[stock, ("contexts/orders/src/store.rs", own)]
            )
            .is_empty()
        );
    }
}
