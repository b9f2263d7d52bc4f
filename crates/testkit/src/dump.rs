//! Everything a shop has written down, as text, for tests that look for what must not be in it.

use platform::Engine;
use platform::events::read_after;

use crate::TestApp;

/// More events than any test makes.
const ALL: i64 = 100_000;

impl TestApp {
    /// Every event with everything that is known of it.
    pub async fn dump_events(&self) -> String {
        let mut tx = self.host().db.read().await.expect("the database answers");
        let events = read_after(&mut tx, 0, ALL).await;
        format!("{:#?}", events.expect("events can be read"))
    }

    /// All tables: the file of SQLite byte by byte, PostgreSQL's as XML with blobs in hexadecimal.
    pub async fn dump_database(&self) -> String {
        if self.engine() == Engine::Sqlite {
            let path = self.database_url().trim_start_matches("sqlite://");
            let read = |path: String| std::fs::read(path).unwrap_or_default();
            let bytes = [read(path.to_owned()), read(format!("{path}-wal"))].concat();
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        let mut tx = self.host().db.begin().await.expect("the database answers");
        let hex = tx.query("set local xmlbinary = 'hex'").execute().await;
        hex.expect("it is set");
        let dump = tx.query("select database_to_xml(true, false, '')::text as dump");
        let dump = dump.fetch_one().await.expect("it can be dumped");
        dump.get("dump").expect("a text")
    }
}
