//! Two sequencers over one database, of which the one that numbers is paused past its lease, as a
//! process is by a busy or sleeping machine, and then wakes: whatever it was doing, it numbers
//! nothing more, and no number is left out or given twice. On PostgreSQL: SQLite's only writer
//! numbers as it commits and needs no lease.

use crate::sample::{app, counter, step_once};
use platform::db::DbOptions;
use platform::events::{Sequencer, read_after};
use platform::{Db, Engine};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use testkit::{Setup, TestApp};

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

fn sequencer(db: &Db) -> Running {
    Box::pin(Sequencer::new(db.clone()).run())
}

/// Lets it run until it has been woken so many times, and then no further.
async fn wake(running: &mut Running, times: usize) {
    let mut left = times;
    let paused = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        running.as_mut().poll(context)
    });
    paused.await;
}

async fn wake_for(running: &mut Running, ms: u64) {
    let _ = tokio::time::timeout(Duration::from_millis(ms), running).await;
}

/// Somebody's look at the database from outside.
struct Witness(Db);

impl Witness {
    async fn numbered(&self) -> (i64, i64) {
        let sql = "select count(last_seq) as numbered, count(*) as all_of_them from event_commit";
        let mut tx = self.0.read().await.unwrap();
        let row = tx.query(sql).fetch_one().await.unwrap();
        (
            row.get("numbered").unwrap(),
            row.get("all_of_them").unwrap(),
        )
    }

    async fn holder(&self) -> Option<(String, i64)> {
        let sql = "select owner, epoch from event_lease where name = 'sequencer'";
        let mut tx = self.0.read().await.unwrap();
        let row = tx.query(sql).fetch_optional().await.unwrap()?;
        Some((row.get("owner").unwrap(), row.get("epoch").unwrap()))
    }

    /// As if the time of the lease had passed. False: its holder is in the middle of a transaction
    /// that has locked it, and nobody gets past that.
    async fn lease_runs_out(&self) -> bool {
        let mut tx = self.0.begin().await.unwrap();
        let impatient = "set local lock_timeout = '50ms'";
        tx.query(impatient).execute().await.unwrap();
        let sql = "update event_lease set until_at = 0 where name = 'sequencer'";
        if tx.query(sql).execute().await.is_err() {
            return false;
        }
        tx.commit().await.unwrap();
        true
    }

    async fn until_all_is_numbered(&self) {
        loop {
            let (numbered, all) = self.numbered().await;
            if numbered == all {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Both run until everything has a number.
    async fn go_on(&self, one: &mut Running, other: &mut Running) {
        let all = tokio::time::timeout(Duration::from_secs(30), async {
            tokio::select! {
                () = one => {}
                () = other => {}
                () = self.until_all_is_numbered() => {}
            }
        });
        all.await.expect("somebody numbers");
    }
}

/// The holder is paused after so many steps of its work; whether it could be overtaken there.
async fn paused_after(steps: usize, app: &TestApp, witness: &Witness, processes: [&Db; 2]) -> bool {
    let [mut holder, mut heir] = processes.map(sequencer);
    for nth in 1..=3 {
        step_once(app, counter(nth), false).await;
    }
    wake(&mut holder, steps).await;
    step_once(app, counter(1), false).await;
    let overtaken = witness.lease_runs_out().await;
    if overtaken {
        let all = witness.until_all_is_numbered();
        tokio::select! {
            () = &mut heir => {}
            () = all => {}
        }
        let after = (witness.holder().await, witness.numbered().await.0);
        step_once(app, counter(2), false).await;
        wake_for(&mut holder, 150).await;
        let now = (witness.holder().await, witness.numbered().await.0);
        assert_eq!(now, after, "woken after {steps} steps, it did something");
    } else {
        let before = witness.numbered().await;
        wake_for(&mut heir, 100).await;
        assert_eq!(
            witness.numbered().await,
            before,
            "{steps}: its heir did not wait"
        );
    }
    witness.go_on(&mut holder, &mut heir).await;
    drop((holder, heir));
    while !witness.lease_runs_out().await {}
    overtaken
}

async fn body(app: TestApp) {
    let connect = || {
        let url = app.database_url().to_owned();
        let source = app.host().source.clone();
        async move {
            Db::connect(&url, DbOptions::default(), source)
                .await
                .unwrap()
        }
    };
    let (one, other, witness) = (connect().await, connect().await, Witness(connect().await));
    let mut overtaken = Vec::new();
    for steps in 0..24 {
        overtaken.push(paused_after(steps, &app, &witness, [&one, &other]).await);
    }
    assert!(
        overtaken.contains(&true) && overtaken.contains(&false),
        "{overtaken:?}"
    );

    let log = read_after(&mut one.read().await.unwrap(), 0, 10_000)
        .await
        .unwrap();
    let numbers: Vec<i64> = log.iter().map(|event| event.seq).collect();
    let wanted = i64::try_from(numbers.len()).unwrap();
    assert_eq!(
        numbers,
        (1..=wanted).collect::<Vec<_>>(),
        "no gap, none twice"
    );
    let told: i64 = overtaken
        .iter()
        .map(|overtaken| 4 + i64::from(*overtaken))
        .sum();
    assert_eq!(wanted, told);
    for db in [one, other, witness.0] {
        db.close().await;
    }
}

#[test]
fn a_sequencer_that_was_paused_past_its_lease_numbers_nothing_more() {
    testkit::run(Setup::new(Engine::Postgres, app), body);
}
