//! Two processes that start at once over a database with nothing in it.

use crate::binary::{Till, on_both_by_binary};
use std::collections::BTreeSet;

on_both_by_binary! {
    async fn two_processes_start_at_once_on_an_empty_database(till: &Till) {
        let both = std::thread::scope(|scope| {
            let start = || scope.spawn(|| till.run(&["migrate"]));
            [start(), start()].map(|process| process.join().unwrap())
        });
        let mut applied = BTreeSet::new();
        for ran in &both {
            assert_eq!(ran.code, Some(0), "{ran:?}");
            for step in ran.out.lines().filter(|line| line.starts_with("applied ")) {
                assert!(applied.insert(step), "{step} was applied twice");
            }
        }
        let steps = till.count("select count(*) as n from schema_migration").await;
        assert_eq!(i64::try_from(applied.len()).unwrap(), steps);
        assert!(steps > 20, "{steps}");
        let keys = till.count("select count(*) as n from identity_signing_key").await;
        assert_eq!(keys, 1, "and one of them made the key that signs tokens");
    }
}
