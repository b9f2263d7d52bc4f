//! Messages of providers are followed up: the provider is asked how the payment stands, and what it
//! says is taken in as everything it says. A message whose provider does not answer waits.

use crate::ask::AskError;
use crate::attempt::pause;
use crate::payments::Payments;
use crate::provider::CallError;
use crate::store::webhook::{self, Message};
use futures::stream::{self, StreamExt as _};
use kernel::PaymentId;
use platform::DbError;
use std::collections::BTreeMap;
use std::time::Duration;

/// So many messages are followed up in one go, and so many questions are asked at once.
const AT_ONCE: i64 = 100;
const QUESTIONS: usize = 16;
/// Longer than any provider repeats itself.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

impl Payments {
    /// Follows up what waits and is due.
    pub async fn follow_webhooks(&self) -> Result<(), DbError> {
        let mut tx = self.host.db.read().await?;
        let messages = webhook::due(&mut tx, self.host.source.now(), AT_ONCE).await?;
        drop(tx);
        let mut by_payment: BTreeMap<PaymentId, Vec<Message>> = BTreeMap::new();
        for message in messages {
            let of_payment = by_payment.entry(message.payment_id).or_default();
            of_payment.push(message);
        }
        let questions = by_payment
            .into_iter()
            .map(|(id, messages)| self.follow(id, messages));
        let mut ends = stream::iter(questions).buffer_unordered(QUESTIONS);
        let mut worked = Ok(());
        while let Some(end) = ends.next().await {
            worked = worked.and(end);
        }
        worked
    }

    /// Asks about one payment. Messages that come meanwhile are not among these, so they lead to
    /// another question.
    async fn follow(&self, payment: PaymentId, messages: Vec<Message>) -> Result<(), DbError> {
        let end = self.ask(payment).await;
        let source = &self.host.source;
        let mut tx = self.host.db.begin().await?;
        match end {
            Ok(()) => webhook::followed(&mut tx, &messages).await?,
            Err(AskError::Db(error)) => return Err(error),
            Err(AskError::Call(CallError::AnswerLost { .. } | CallError::NotSent { .. })) => {
                let tries = messages
                    .iter()
                    .map(|one| one.tries)
                    .max()
                    .unwrap_or_default();
                let rest = pause(tries, u64::from_le_bytes(source.random()));
                webhook::postpone(&mut tx, &messages, source.now().plus(rest)).await?;
            }
            Err(error) => {
                tracing::error!(%payment, %error, "a webhook cannot be followed up");
                webhook::followed(&mut tx, &messages).await?;
            }
        }
        tx.commit().await
    }

    /// Forgets what no provider will send again.
    pub async fn forget_webhooks(&self) -> Result<(), DbError> {
        loop {
            let mut tx = self.host.db.begin().await?;
            let before = self.host.source.now().minus(KEPT);
            let gone = webhook::forget(&mut tx, before).await?;
            tx.commit().await?;
            if gone == 0 {
                return Ok(());
            }
        }
    }
}
