//! Migrations: few column types that mean the same on both engines, and names that show whose a
//! table is.

use super::Complaint;
use super::sql::{Statement, parts, statements};
use super::tree::{Source, Tree};

const TYPES: &[&str] = &["uuid", "bigint", "text", "boolean", "bytea", "blob"];
/// What only one engine has: PostgreSQL's search, and SQLite's row numbers that its search needs.
const ENGINE_TYPES: &[(&str, &str)] = &[(".postgres.sql", "tsvector"), (".sqlite.sql", "integer")];
/// First words of a table's parts that are not columns.
const CONSTRAINTS: &[&str] = &[
    "primary",
    "unique",
    "foreign",
    "check",
    "constraint",
    "exclude",
    "like",
];
const CLOCKS: &[&str] = &[
    "now(",
    "current_timestamp",
    "current_date",
    "clock_timestamp",
    "unixepoch",
    "datetime(",
];

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut found = Vec::new();
    for file in tree.files() {
        let Some(context) = file.context() else {
            continue;
        };
        if !file.path.contains("/migrations/") || !file.path.ends_with(".sql") {
            continue;
        }
        for statement in statements(&file.text) {
            judge(file, context, &statement, &mut found);
        }
    }
    found
}

fn judge(file: &Source, context: &str, statement: &Statement, found: &mut Vec<Complaint>) {
    let mut complain = |sentence: String| {
        found.push(Complaint::new(file.at(statement.line), sentence));
    };
    let text = statement.text.to_lowercase();
    if let Some(name) = created(&text).filter(|name| !name.starts_with(&format!("{context}_"))) {
        complain(format!(
            "`{name}` does not start with `{context}_`: in a shared database the prefix tells \
             whose it is"
        ));
    }
    for (column, kind) in columns(&text) {
        if !is_allowed(file, &kind) {
            complain(format!(
                "column `{column}` is of type `{kind}`: take {}. Time is bigint microseconds, \
                 money bigint minor units beside a currency, JSON is text",
                TYPES.join(", ")
            ));
        }
    }
    for clock in CLOCKS.iter().filter(|clock| text.contains(*clock)) {
        let clock = clock.trim_end_matches('(');
        complain(format!(
            "`{clock}` asks the database for the time: time comes from Source and is bound"
        ));
    }
}

fn is_allowed(file: &Source, kind: &str) -> bool {
    let mut engines = ENGINE_TYPES.iter();
    TYPES.contains(&kind) || engines.any(|(end, own)| file.path.ends_with(end) && kind == *own)
}

/// The name of a table, view, sequence or function that a statement creates.
fn created(text: &str) -> Option<String> {
    let mut words = text.split_whitespace().peekable();
    if words.next()? != "create" {
        return None;
    }
    while words
        .next_if(|word| ["or", "replace", "virtual", "unlogged"].contains(word))
        .is_some()
    {}
    if !["table", "view", "sequence", "function"].contains(&words.next()?) {
        return None;
    }
    while words
        .next_if(|word| ["if", "not", "exists"].contains(word))
        .is_some()
    {}
    let name = words.next()?;
    Some(
        name.split('(')
            .next()
            .unwrap_or(name)
            .trim_matches('"')
            .to_owned(),
    )
}

/// The columns of `create table` and `alter table … add column`, with the first word of their
/// types. Virtual tables have no types.
fn columns(text: &str) -> Vec<(String, String)> {
    let text = text.trim();
    if let Some((_, column)) = text.split_once(" add column ") {
        return column_of(column).into_iter().collect();
    }
    if !text.starts_with("create table") {
        return Vec::new();
    }
    let Some((_, rest)) = text.split_once('(') else {
        return Vec::new();
    };
    let Some((list, _)) = rest.rsplit_once(')') else {
        return Vec::new();
    };
    parts(list)
        .iter()
        .filter_map(|part| column_of(part))
        .collect()
}

fn column_of(part: &str) -> Option<(String, String)> {
    let mut words = part.split_whitespace();
    let name = words.next()?;
    if CONSTRAINTS.contains(&name.split('(').next().unwrap_or(name)) {
        return None;
    }
    let kind = words.next().unwrap_or("(none)").trim_end_matches(',');
    Some((
        name.to_owned(),
        kind.split('(').next().unwrap_or(kind).to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::said;

    fn on(name: &str, text: &str) -> Vec<String> {
        let path = format!("contexts/orders/migrations/{name}");
        said(check, &[(path.as_str(), text)])
    }

    #[test]
    fn a_table_of_the_five_types_is_fine() {
        let text = "-- Orders.\ncreate table orders_order (\n    id uuid primary key,\n \
            total_minor bigint not null check (total_minor >= 0), note text, open boolean,\n \
            seal bytea, constraint c check (note in ('a', 'b')), primary key (id, note)\n);\n\
            create unique index number on orders_order (id);";
        assert_eq!(on("0001_orders.sql", text), Vec::<String>::new());
    }

    #[test]
    fn other_types_are_noticed() {
        for kind in [
            "integer",
            "numeric(10, 2)",
            "timestamptz",
            "jsonb",
            "varchar(9)",
            "real",
        ] {
            let text = format!("create table orders_order (id uuid, x {kind} not null);");
            let found = on("0001_orders.sql", &text);
            assert_eq!(found.len(), 1, "{kind}: {found:?}");
            assert!(found[0].contains("column `x` is of type"), "{found:?}");
        }
        let found = on(
            "0002_more.sql",
            "alter table orders_order add column x date;",
        );
        assert!(
            found[0].contains("column `x` is of type `date`"),
            "{found:?}"
        );
    }

    #[test]
    fn what_search_needs_is_allowed_in_the_files_of_its_engine() {
        let text = "alter table orders_order add column words tsvector;";
        assert!(on("0001_orders.postgres.sql", text).is_empty());
        assert_eq!(on("0001_orders.sql", text).len(), 1);
        let row = "create table orders_row (no integer primary key);";
        assert!(on("0001_orders.sqlite.sql", row).is_empty());
        let fts = "create virtual table orders_words using fts5(name, content='');";
        assert!(on("0001_orders.sqlite.sql", fts).is_empty());
    }

    #[test]
    fn a_name_without_the_contexts_prefix_is_noticed() {
        for text in [
            "create table \"order\" (id uuid);",
            "create sequence number;",
            "create or replace function f() returns trigger as $$ $$;",
            "create virtual table if not exists words using fts5(name);",
        ] {
            let found = on("0001_orders.sql", text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].contains("does not start with `orders_`"));
        }
    }

    #[test]
    fn the_databases_clock_is_noticed() {
        let found = on(
            "0001_orders.sql",
            "create table orders_a (at bigint default now());",
        );
        assert!(
            found[0].contains("asks the database for the time"),
            "{found:?}"
        );
    }
}
