//! Something happened: it is put on its way to every endpoint that wants to be told.

use super::Webhooks;
use super::endpoint::wants;
use super::store::{deliveries, endpoints};
use super::told::{AnyEvent, Told, envelope, plan, wanted};
use contracts::kinds;
use platform::{DbError, Delivered, Reaction, Turn, Tx};

pub struct OnEvent(pub Webhooks);

impl Reaction for OnEvent {
    type Event = AnyEvent;
    const NAME: &'static str = "notifications.webhooks";
    const TURN: Turn = Turn::Leisurely;

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<AnyEvent>]) -> Result<(), DbError> {
        let host = &self.0.host;
        let tastes = endpoints::tastes(tx).await?;
        let told = wanted(batch, &tastes)
            .map(|one| Told::of(envelope(one), host.settings.environment))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| DbError::Bug(error.to_string()))?;
        if told.is_empty() {
            return Ok(());
        }
        let planned = plan(&told, &tastes, || host.source.id());
        deliveries::insert(tx, &told, &planned, host.source.now()).await?;
        let bell = self.0.bell.clone();
        tx.after_commit(move || bell.notify_one());
        Ok(())
    }

    /// What some endpoint wants. One that is created hears of what happens from then on.
    async fn asks_for(&self, tx: &mut Tx) -> Result<Vec<&'static str>, DbError> {
        let tastes = endpoints::tastes(tx).await?;
        let is_wanted = |kind: &&str| tastes.iter().any(|taste| wants(&taste.types, kind));
        Ok(kinds::TYPES.iter().copied().filter(is_wanted).collect())
    }
}
