//! Use case: every day is compared with every provider once it is over, whether or not anybody
//! asks. Nothing is healed by itself: differences are logged and counted, for people to look into.

use crate::day::Day;
use crate::payments::Payments;
use crate::reconcile::{Outcome, ProviderDay};
use crate::store::reconciled;
use platform::DbError;
use std::time::Duration;

/// How often it is looked whether a day has ended.
pub const EVERY: Duration = Duration::from_secs(300);
/// After midnight, so that providers have booked what came last.
const GRACE: Duration = Duration::from_secs(3600);
/// A provider that did not answer, or whose process died meanwhile, is asked again after this.
const AGAIN: Duration = Duration::from_secs(3600);

/// Payments in which a provider's last day differs from the ledger.
const DIFFERENCES: &str = "comptoir_payments_reconciliation_differences";

impl Payments {
    /// Compares the day that is over with every provider with which nobody has done so yet.
    pub async fn reconcile_yesterday(&self) -> Result<(), DbError> {
        let day = Day::before(self.host.source.now().minus(GRACE));
        for provider in self.providers.iter() {
            let provider = provider.name();
            if self.begin_day(provider, day).await? {
                let compared = self.provider_of(provider, day.from(), day.until()).await?;
                self.end_day(day, &compared).await?;
            }
        }
        let mut tx = self.host.db.read().await?;
        for (provider, differences) in reconciled::differences(&mut tx, day).await? {
            let gauge = metrics::gauge!(DIFFERENCES, "provider" => provider);
            gauge.set(u32::try_from(differences).unwrap_or(u32::MAX));
        }
        Ok(())
    }

    /// Whether it is up to this process.
    async fn begin_day(&self, provider: &str, day: Day) -> Result<bool, DbError> {
        let now = self.host.source.now();
        let stale = now.minus(AGAIN);
        let mut tx = self.host.db.read().await?;
        if !reconciled::is_due(&mut tx, provider, day, stale).await? {
            return Ok(false);
        }
        drop(tx);
        let mut tx = self.host.db.begin().await?;
        let mine = reconciled::begin(&mut tx, provider, day, (stale, now)).await?;
        tx.commit().await?;
        Ok(mine)
    }

    async fn end_day(&self, day: Day, compared: &ProviderDay) -> Result<(), DbError> {
        let outcome = match compared.outcome {
            Outcome::Compared => "compared",
            Outcome::NoList => "no_list",
            // It was logged, and is tried again.
            Outcome::Unreachable => return Ok(()),
        };
        let (provider, differences) = (compared.provider.as_str(), compared.differences.len());
        if differences > 0 {
            tracing::warn!(
                provider, %day, differences,
                "a provider's day differs from the ledger: see `comptoir payments reconcile`"
            );
        }
        let differences = i64::try_from(differences).unwrap_or(i64::MAX);
        let now = self.host.source.now();
        let mut tx = self.host.db.begin().await?;
        reconciled::end(&mut tx, provider, day, (outcome, differences), now).await?;
        tx.commit().await
    }
}
