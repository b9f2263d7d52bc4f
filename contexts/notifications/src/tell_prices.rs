//! Once an hour has passed since the first of the prices that have changed, each who asked for it
//! is told of all of them in one notice: an import of thousands is one mail.

use crate::kind::Kind;
use crate::news::News;
use crate::notice::PATIENCE;
use crate::notifications::Notifications;
use crate::price_news;
use crate::store::{names, notices, people, prices};
use kernel::Timestamp;
use platform::DbError;
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// So long changes are gathered.
const GATHER: Duration = Duration::from_secs(60 * 60);

impl Notifications {
    /// Tells of the prices that have changed, once they have been gathered for long enough.
    pub(crate) async fn tell_prices(&self) -> Result<(), DbError> {
        let now = self.host.source.now();
        let first = prices::first(&mut self.host.db.read().await?).await?;
        if first.is_none_or(|first| now < first.plus(GATHER)) {
            return Ok(());
        }
        let mut tx = self.host.db.begin().await?;
        let changes = prices::take(&mut tx).await?;
        let recipients = people::who_want(&mut tx, Kind::PriceChanged).await?;
        let products = changes.iter().map(|one| one.product).collect();
        let names = names::read(&mut tx, products, Vec::new()).await?;
        if let Some(details) = price_news::details(&changes, &names) {
            let about = self.host.source.uuid();
            let news = recipients.into_iter();
            let news = news.map(|who| told(who, about, &details, now));
            notices::insert(&mut tx, self, news.collect()).await?;
        }
        tx.commit().await
    }
}

fn told(person: Uuid, about: Uuid, details: &Value, now: Timestamp) -> News {
    News {
        kind: Kind::PriceChanged,
        // What was taken to be told of is taken once, so this is named once.
        about: format!("{}/{}", about.simple(), person.simple()),
        order_id: None,
        person_id: Some(person),
        details: details.clone(),
        sealed: None,
        deadline: now.plus(PATIENCE),
    }
}
