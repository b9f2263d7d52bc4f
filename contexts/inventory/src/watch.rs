//! Looks for levels that other processes changed, as long as somebody streams here, and feeds them
//! to the streams. Its own process's changes come at once; this is for the rest, and in time is
//! good enough: twice a second.

use crate::feed::Changes;
use crate::moving::Inventory;
use crate::stock::{Level, LevelId};
use crate::store::levels;
use crate::store::lists::first_id_at;
use platform::DbError;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

/// How often it looks.
const EVERY: Duration = Duration::from_millis(500);
/// How far back it looks: movements become visible at commit, some time after their id was made.
const OVERLAP: Duration = Duration::from_secs(3);
/// Most movements' levels it takes at once; beyond, readers are told to read again.
const MOST: i64 = 2000;

/// Starts looking, unless somebody does.
pub fn begin(inventory: &Inventory) {
    if inventory.feed.begin_watching() {
        tokio::spawn(look(inventory.clone()));
    }
}

async fn look(inventory: Inventory) {
    // Its own receiver tells it what the streams know already.
    let mut known = Known {
        told: inventory.feed.subscribe(),
        versions: HashMap::new(),
    };
    loop {
        while inventory.feed.receivers() > 1 {
            tokio::time::sleep(EVERY).await;
            match touched(&inventory).await {
                Ok(levels) => known.pass_on(&inventory, levels),
                Err(error) => tracing::warn!(%error, "changed levels could not be read"),
            }
        }
        inventory.feed.end_watching();
        // Somebody may have come just before the line above, and relied on this task.
        if inventory.feed.receivers() == 1 || !inventory.feed.begin_watching() {
            return;
        }
    }
}

async fn touched(inventory: &Inventory) -> Result<Vec<Level>, DbError> {
    let since = first_id_at(inventory.host.source.now().minus(OVERLAP));
    let mut tx = inventory.host.db.read().await?;
    levels::touched_since(&mut tx, since, MOST).await
}

struct Known {
    told: Receiver<Changes>,
    /// The last version told of each level touched lately.
    versions: HashMap<LevelId, i64>,
}

impl Known {
    /// Feeds what nobody has been told of yet.
    fn pass_on(&mut self, inventory: &Inventory, levels: Vec<Level>) {
        self.learn();
        let told = |level: &Level| self.versions.get(&level.id).copied().unwrap_or(0);
        let lately = levels
            .iter()
            .map(|level| (level.id, told(level).max(level.version)));
        let lately: HashMap<LevelId, i64> = lately.collect();
        let overflowing = i64::try_from(levels.len()).is_ok_and(|found| found >= MOST);
        let news: Vec<Level> = levels
            .into_iter()
            .filter(|level| told(level) < level.version)
            .collect();
        self.versions = lately;
        match overflowing && !news.is_empty() {
            true => inventory.feed.tell_to_resync(),
            false => inventory.feed.tell(news),
        }
    }

    /// Takes note of what this process has told since the last look.
    fn learn(&mut self) {
        loop {
            match self.told.try_recv() {
                Ok(changes) => {
                    let versions = changes.iter().map(|level| (level.id, level.version));
                    self.versions.extend(versions);
                }
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }
}
