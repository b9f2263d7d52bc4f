//! The daily comparison with providers, in both directions: what the ledger has and a provider has
//! not, what a provider has and the ledger has not, and where the two differ.

use crate::payments::Payments;
use crate::provider::{Booked, CallError, Provider};
use crate::store::days::{self, Ours};
use kernel::{Money, PaymentId, Timestamp};
use platform::DbError;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::ToSchema;

/// How long a provider may take for its list of a day, which may have many pages.
const LISTING: Duration = Duration::from_secs(60);

/// A day, compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reconciliation {
    /// What was compared: from its beginning until its end, in UTC.
    pub from: Timestamp,
    pub until: Timestamp,
    /// All that could be compared agree.
    pub balanced: bool,
    pub providers: Vec<ProviderDay>,
}

/// A provider's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProviderDay {
    #[schema(example = "stripe")]
    pub provider: String,
    pub outcome: Outcome,
    /// Payments that money moved in, by our ledger and by the provider.
    pub ours: usize,
    pub theirs: usize,
    /// What our ledger took and gave back, a sum a currency.
    pub captured: Vec<Money>,
    pub refunded: Vec<Money>,
    pub differences: Vec<Difference>,
}

/// Whether a day could be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Compared,
    /// The provider keeps no list, or people move its money.
    NoList,
    /// The provider did not answer; try again later.
    Unreachable,
}

/// A payment that the two sides do not agree on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Difference {
    pub kind: DifferenceKind,
    pub payment_id: Option<PaymentId>,
    #[schema(example = "ORD-2026-000042")]
    pub order_number: Option<String>,
    pub reference: Option<String>,
    pub ours: Option<Moved>,
    pub theirs: Option<Moved>,
}

/// Who lacks what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// Our ledger has it, the provider has not.
    MissingThere,
    /// The provider has it, our ledger has not.
    MissingHere,
    AmountDiffers,
}

/// Money that moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Moved {
    pub captured: Money,
    pub refunded: Money,
}

impl Payments {
    /// Compares `from..until` with every provider. `heal` asks the providers about every payment
    /// that differs, takes the truth in and compares again.
    pub async fn reconcile(
        &self,
        from: Timestamp,
        until: Timestamp,
        heal: bool,
    ) -> Result<Reconciliation, DbError> {
        let first = self.compare(from, until).await?;
        if !heal || first.balanced {
            return Ok(first);
        }
        let all = first.providers.iter();
        for difference in all.flat_map(|one| one.differences.iter()) {
            let Some(payment) = difference.payment_id else {
                continue;
            };
            if let Err(error) = self.ask(payment).await {
                tracing::warn!(%payment, %error, "the difference could not be looked into");
            }
        }
        self.compare(from, until).await
    }

    async fn compare(&self, from: Timestamp, until: Timestamp) -> Result<Reconciliation, DbError> {
        let mut by_provider = self.moved(from, until).await?;
        for provider in self.providers.iter() {
            by_provider.entry(provider.name().to_owned()).or_default();
        }
        let mut providers = Vec::with_capacity(by_provider.len());
        for (name, ours) in by_provider {
            let listed = self.listed(&name, from, until).await;
            providers.push(self.provider_day(name, ours, listed).await?);
        }
        let differ = |one: &ProviderDay| !one.differences.is_empty();
        Ok(Reconciliation {
            from,
            until,
            balanced: !providers.iter().any(differ),
            providers,
        })
    }

    /// Compares `from..until` with one provider.
    pub(crate) async fn provider_of(
        &self,
        provider: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<ProviderDay, DbError> {
        let ours = self.moved(from, until).await?.remove(provider);
        let listed = self.listed(provider, from, until).await;
        self.provider_day(provider.to_owned(), ours.unwrap_or_default(), listed)
            .await
    }

    /// What our ledger has, by provider.
    async fn moved(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<BTreeMap<String, Vec<Ours>>, DbError> {
        let mut tx = self.host.db.read().await?;
        let mut by_provider: BTreeMap<String, Vec<Ours>> = BTreeMap::new();
        for one in days::moved(&mut tx, from, until).await? {
            let of_provider = by_provider.entry(one.provider.clone()).or_default();
            of_provider.push(one);
        }
        Ok(by_provider)
    }

    /// What a provider has; of one that is not configured any more, nothing is known.
    async fn listed(
        &self,
        provider: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Vec<Booked>>, CallError> {
        match self.providers.named(provider) {
            Some(provider) => list(provider.as_ref(), from, until).await,
            None => Ok(None),
        }
    }

    async fn provider_day(
        &self,
        provider: String,
        ours: Vec<Ours>,
        listed: Result<Option<Vec<Booked>>, CallError>,
    ) -> Result<ProviderDay, DbError> {
        let (outcome, theirs) = match listed {
            Ok(Some(list)) => (Outcome::Compared, list),
            Ok(None) => (Outcome::NoList, Vec::new()),
            Err(error) => {
                tracing::warn!(provider, %error, "a provider's day could not be read");
                (Outcome::Unreachable, Vec::new())
            }
        };
        let (count, captured) = (ours.len(), sums(ours.iter().map(|one| one.captured)));
        let refunded = sums(ours.iter().map(|one| one.refunded));
        let theirs_count = theirs.len();
        let mut differences = match outcome {
            Outcome::Compared => differences(ours, theirs),
            _ => Vec::new(),
        };
        for one in &mut differences {
            if let (None, Some(reference)) = (one.payment_id, &one.reference) {
                one.payment_id = self.by_reference(&provider, reference).await?;
            }
        }
        Ok(ProviderDay {
            provider,
            outcome,
            ours: count,
            theirs: theirs_count,
            captured,
            refunded,
            differences,
        })
    }
}

async fn list(
    provider: &dyn Provider,
    from: Timestamp,
    until: Timestamp,
) -> Result<Option<Vec<Booked>>, CallError> {
    let lost = |_| CallError::AnswerLost {
        reason: "the list took too long".to_owned(),
    };
    let listed = tokio::time::timeout(LISTING, provider.list(from, until)).await;
    listed.map_err(lost)?
}

/// Both sides, payment by payment.
fn differences(ours: Vec<Ours>, theirs: Vec<Booked>) -> Vec<Difference> {
    let mut there: BTreeMap<String, Moved> = BTreeMap::new();
    for one in theirs {
        let moved = Moved {
            captured: one.captured,
            refunded: one.refunded,
        };
        there.insert(one.reference, moved);
    }
    let mut found = Vec::new();
    for one in ours {
        let moved = Moved {
            captured: one.captured,
            refunded: one.refunded,
        };
        let theirs = one.reference.as_ref().and_then(|name| there.remove(name));
        let kind = match theirs {
            Some(theirs) if theirs == moved => continue,
            Some(_) => DifferenceKind::AmountDiffers,
            None => DifferenceKind::MissingThere,
        };
        found.push(Difference {
            kind,
            payment_id: Some(one.payment_id),
            order_number: one.order_number,
            reference: one.reference,
            ours: Some(moved),
            theirs,
        });
    }
    found.extend(there.into_iter().map(|(reference, theirs)| Difference {
        kind: DifferenceKind::MissingHere,
        payment_id: None,
        order_number: None,
        reference: Some(reference),
        ours: None,
        theirs: Some(theirs),
    }));
    found
}

/// One sum a currency.
fn sums(amounts: impl Iterator<Item = Money>) -> Vec<Money> {
    let mut sums: BTreeMap<&'static str, Money> = BTreeMap::new();
    for amount in amounts {
        let code = amount.currency().code();
        let sum = sums.entry(code).or_insert(Money::zero(amount.currency()));
        *sum = sum.plus(amount).unwrap_or(*sum);
    }
    sums.into_values().collect()
}
