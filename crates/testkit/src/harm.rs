//! Shows audits red: each is given a database in which somebody has gone around the use cases, and
//! past the guards of the database where those forbid it. All of it happens in transactions that
//! are undone, so that the next harm begins with the shop as it was.

use crate::TestApp;
use platform::{Audit, Tx};
use std::collections::BTreeSet;

/// What somebody could do by hand, and the audit that sees it.
#[derive(Clone, Copy, Debug)]
pub struct Harm {
    pub audit: &'static str,
    /// Tables whose triggers, checks and keys are out of the way.
    pub unguarded: &'static [&'static str],
    /// Each must change something.
    pub statements: &'static [&'static str],
}

impl Harm {
    /// Harm that no guard forbids.
    pub const fn new(audit: &'static str, statements: &'static [&'static str]) -> Self {
        Self::past(&[], audit, statements)
    }

    pub const fn past(
        unguarded: &'static [&'static str],
        audit: &'static str,
        statements: &'static [&'static str],
    ) -> Self {
        Self {
            audit,
            unguarded,
            statements,
        }
    }
}

/// Every audit finds nothing before, and its harm after. An audit without harm fails, so that one
/// that is added is seen red too.
pub async fn every_audit_is_seen_red(app: &TestApp, audits: &[Audit], harms: &[Harm]) {
    for harm in harms {
        let audit = audits.iter().find(|audit| audit.name == harm.audit);
        let audit = audit.unwrap_or_else(|| panic!("there is no audit {}", harm.audit));
        let mut tx = app.host().db.begin().await.expect("the database answers");
        assert_eq!(finds(&mut tx, audit).await, 0, "{} before", audit.name);
        for table in harm.unguarded {
            take_guards_away(&mut tx, table).await;
        }
        for statement in harm.statements {
            let changed = run(&mut tx, statement).await;
            assert!(changed > 0, "{}: {statement} changes nothing", audit.name);
        }
        let found = finds(&mut tx, audit).await;
        assert!(
            found > 0,
            "{} does not see {:?}",
            audit.name,
            harm.statements
        );
        tx.rollback().await.expect("it is undone");
    }
    let seen: BTreeSet<_> = harms.iter().map(|harm| harm.audit).collect();
    let unseen: Vec<_> = audits.iter().map(|audit| audit.name).collect();
    let unseen: Vec<_> = unseen.iter().filter(|name| !seen.contains(*name)).collect();
    assert!(unseen.is_empty(), "nobody has seen these red: {unseen:?}");
}

/// The same rows in a table of the same name that guards nothing.
async fn take_guards_away(tx: &mut Tx, table: &str) {
    for sql in [
        format!("alter table {table} rename to {table}_guarded"),
        format!("create table {table} as select * from {table}_guarded"),
    ] {
        run(tx, sql.leak()).await;
    }
}

async fn finds(tx: &mut Tx, audit: &Audit) -> usize {
    let found = tx.query(audit.sql).fetch_all().await;
    found.expect("an audit runs").len()
}

async fn run(tx: &mut Tx, sql: &'static str) -> u64 {
    let done = tx.query(sql).execute().await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"))
}
