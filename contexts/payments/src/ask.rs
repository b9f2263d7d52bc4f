//! Asking a provider how a payment stands and taking the truth in: what webhooks, the buyer's
//! return and the daily comparison come down to, whoever is first and however often.

use crate::call::{charge, within_time};
use crate::payments::Payments;
use crate::provider::{CallError, Charge, Truth};
use crate::save::{at_once, by_system, save};
use crate::store::{cases, due, sales};
use kernel::PaymentId;
use platform::DbError;

/// Why the truth about a payment is not known.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("there is no such payment")]
    NotFound,
    #[error("the provider {0:?} is not configured")]
    NoProvider(String),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Payments {
    /// The payment as its provider needs to know it, and the provider's name.
    pub async fn charge_of(&self, payment: PaymentId) -> Result<(Charge, String), AskError> {
        let mut tx = self.host.db.read().await?;
        let found = due::of_payment(&mut tx, payment).await?;
        let found = found.ok_or(AskError::NotFound)?;
        let charge = charge(self, &found);
        Ok((charge, found.provider))
    }

    /// Asks the provider, outside of any transaction, and takes in what it says.
    pub async fn ask(&self, payment: PaymentId) -> Result<(), AskError> {
        let (charge, name) = self.charge_of(payment).await?;
        let provider = self.providers.named(&name);
        let provider = provider.ok_or(AskError::NoProvider(name))?;
        let truth = within_time(provider.find(&charge)).await?;
        Ok(self.learn(payment, &truth).await?)
    }

    /// Takes in what a provider says of a payment. Told twice, it changes nothing more.
    pub async fn learn(&self, payment: PaymentId, truth: &Truth) -> Result<(), DbError> {
        let mut tx = self.host.db.begin().await?;
        let Some(order) = cases::order_of(&mut tx, payment).await? else {
            return Ok(());
        };
        let sales = sales::lock(&mut tx, vec![order]).await?;
        let mut cases = cases::of_sales(&mut tx, &sales).await?;
        cases.retain(|case| case.payment.id == payment);
        at_once(&self.host.source.clone(), |moment| {
            for case in &mut cases {
                case.learn(truth, moment);
                case.advance(moment);
            }
        });
        save(&mut tx, cases, &self.bell, by_system).await?;
        tx.commit().await
    }
}
