//! A provider tells that something happened to a payment. That is taken in once and believed only
//! so far that the provider is asked soon (`webhook_follow`): messages come late, twice and out of
//! order, and what is true stands at the provider.

use crate::payments::Payments;
use crate::store::cases;
use crate::store::webhook::{self, Message};
use kernel::PaymentId;
use platform::{DbError, Tx};

/// What a message says: whose it is, and which payment it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    pub provider: &'static str,
    pub event_id: String,
    /// Our own name of the payment, if the message has it.
    pub payment_id: Option<PaymentId>,
    /// Names of the provider's that could be the payment's.
    pub references: Vec<String>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    New,
    /// It was here before.
    Again,
    /// It is about no payment of this shop.
    Foreign,
}

/// Takes a message in, to be followed up.
pub(crate) async fn receive(payments: &Payments, hint: &Hint) -> Result<Received, DbError> {
    let host = &payments.host;
    let mut tx = host.db.begin().await?;
    let Some(payment_id) = payment_of(&mut tx, hint).await? else {
        return Ok(Received::Foreign);
    };
    let message = Message {
        provider: hint.provider.to_owned(),
        event_id: hint.event_id.clone(),
        payment_id,
        tries: 0,
    };
    if !webhook::insert(&mut tx, &message, false, host.source.now()).await? {
        return Ok(Received::Again);
    }
    tx.commit().await?;
    Ok(Received::New)
}

/// The payment, if it is one of ours at this provider.
async fn payment_of(tx: &mut Tx, hint: &Hint) -> Result<Option<PaymentId>, DbError> {
    if let Some(payment) = hint.payment_id
        && cases::order_of(tx, payment).await?.is_some()
    {
        return Ok(Some(payment));
    }
    for reference in &hint.references {
        let found = cases::by_reference(tx, hint.provider, reference).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
