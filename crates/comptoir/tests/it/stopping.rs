//! What a process leaves to the next one when it ends: nothing to wait for when it is stopped, and
//! nothing that is silently left out when it is killed.

use crate::binary::{Till, on_both_by_binary};
use platform::events::Lease;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use testkit::Engine;

const HELD: &str = "select count(*) as n from event_lease where until_at > 0";
const WORKING: &str = "select count(*) as n from event_lease
    where until_at > 0 and name in ('runner.reports', 'sequencer')";
const SALES: &str = "\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,EIRE
";

/// A shop that is open, until this value goes.
struct Open(Child);

impl Open {
    /// Opens it and waits until its workers hold their leases.
    async fn start(till: &Till) -> Self {
        assert_eq!(till.run(&["migrate"]).code, Some(0));
        let mut serve = till.command(&["serve", "--listen", "127.0.0.1:0"]);
        let open = Self(serve.stdout(Stdio::null()).spawn().unwrap());
        // The only writer of SQLite numbers what it writes.
        let workers = if till.engine() == Engine::Postgres {
            2
        } else {
            1
        };
        let held = async {
            while till.count(WORKING).await < workers {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let held = tokio::time::timeout(Duration::from_secs(60), held).await;
        held.unwrap_or_else(|_| panic!("the workers take no leases"));
        open
    }

    /// As a service manager stops it.
    fn stop(mut self) -> Option<i32> {
        let id = self.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        self.0.wait().unwrap().code()
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// However slow the machine is: the lease lasts as long as right after the kill.
async fn killed_just_now(till: &Till) {
    let db = till.connect().await;
    let mut tx = db.begin().await.unwrap();
    tx.query_for(
        "update event_lease set until_at = cast(unixepoch('subsec') * 1000000 as integer) + 8000000
         where name = 'sequencer'",
        "update event_lease
         set until_at = (extract(epoch from clock_timestamp()) * 1000000)::bigint + 8000000
         where name = 'sequencer'",
    )
    .execute()
    .await
    .unwrap();
    tx.commit().await.unwrap();
    db.close().await;
}

on_both_by_binary! {
    async fn a_shop_that_is_stopped_leaves_no_lease_to_wait_for(till: &Till) {
        let open = Open::start(till).await;
        assert_eq!(open.stop(), Some(0));
        assert_eq!(till.count(HELD).await, 0);
        let next = till.connect().await;
        let owner = next.lease_owner();
        let taken = Lease::take(&next, "runner.reports", &owner).await.unwrap();
        assert!(taken.is_some(), "the next process takes over at once");
        next.close().await;
    }

    async fn counting_anew_right_after_a_kill_leaves_nothing_out(till: &Till) {
        let open = Open::start(till).await;
        open.kill();
        assert!(till.count(HELD).await > 0, "who is killed gives nothing up");
        let file = till.folder.path().join("sales.csv");
        std::fs::write(&file, SALES).unwrap();
        let import = till.run(&["import", "sales", file.to_str().unwrap()]);
        assert_eq!(import.code, Some(0), "{import:?}");

        killed_just_now(till).await;

        let rebuilt = till.run(&["reports", "rebuild"]);
        assert_eq!(rebuilt.code, Some(0), "{rebuilt:?}");
        let events = till.count("select count(*) as n from event_log").await;
        assert!(rebuilt.says(&format!("counted anew, up to event {events} of the log")),
            "{events} events: {rebuilt:?}");
        let had_to_wait = till.engine() == Engine::Postgres;
        assert_eq!(rebuilt.err.contains("waiting: events of the log have no number yet"),
            had_to_wait, "{rebuilt:?}");
        let orders = till.count("select count(*) as n from reports_order").await;
        assert_eq!(orders, 1);
    }
}
