//! PayFast tells how a payment ended. It can be asked only whether it told that, so what it told is
//! the truth, once it has confirmed it.

use crate::ask::AskError;
use crate::payments::Payments;
use crate::provider::payfast::PayFast;
use crate::provider::payfast::notice::Notice;
use crate::store::webhook::{self, Message};
use crate::webhook_receive::Received;
use kernel::{ErrorKind, Fault};
use platform::DbError;
use std::time::Duration;
use tokio::time::timeout;

const PAYFAST: &str = "payfast";
/// Less than a request may take; PayFast repeats what was not taken.
const PATIENCE: Duration = Duration::from_secs(4);

/// Why a notice is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoticeError {
    #[error("the notice is not signed with the passphrase of this shop")]
    Unsigned,
    #[error("PayFast does not confirm that it has sent this")]
    Denied,
    #[error("PayFast cannot be asked whether it has sent this")]
    Unconfirmed,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for NoticeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unsigned | Self::Denied => ErrorKind::Malformed,
            Self::Unconfirmed => ErrorKind::Unavailable,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unsigned => "BAD_SIGNATURE",
            Self::Denied => "NOTICE_NOT_CONFIRMED",
            Self::Unconfirmed => "PROVIDER_UNAVAILABLE",
            Self::Db(error) => error.code(),
        }
    }
}

/// Takes a notice in, with what it says of the payment. It is written down last: after a crash in
/// between PayFast repeats it, and what is known already changes nothing.
pub(crate) async fn receive(
    payments: &Payments,
    payfast: &PayFast,
    notice: &Notice,
) -> Result<Received, NoticeError> {
    if !payfast.has_signed(notice) {
        return Err(NoticeError::Unsigned);
    }
    let message = Message {
        provider: PAYFAST.to_owned(),
        // A bank that takes its time is told of twice: `PENDING`, then `COMPLETE`.
        event_id: format!("{}:{}", notice.reference, notice.status),
        payment_id: notice.payment_id,
        tries: 0,
    };
    let host = &payments.host;
    let mut tx = host.db.read().await?;
    let known = webhook::is_known(&mut tx, PAYFAST, &message.event_id).await?;
    drop(tx);
    if known {
        return Ok(Received::Again);
    }
    let charge = match payments.charge_of(notice.payment_id).await {
        Ok((charge, provider)) if provider == PAYFAST => charge,
        Err(AskError::Db(error)) => return Err(error.into()),
        _ => return Ok(Received::Foreign),
    };
    match timeout(PATIENCE, payfast.confirms(notice)).await {
        Ok(Ok(true)) => {}
        Ok(Ok(false)) => return Err(NoticeError::Denied),
        Ok(Err(_)) | Err(_) => return Err(NoticeError::Unconfirmed),
    }
    let (payment, reference) = (charge.payment_id, &notice.reference);
    match notice.truth(&charge) {
        Some(truth) => payments.learn(payment, &truth).await?,
        None => {
            tracing::error!(%payment, reference, "PayFast took another amount than was asked for");
        }
    }
    let mut tx = host.db.begin().await?;
    let new = webhook::insert(&mut tx, &message, true, host.source.now()).await?;
    tx.commit().await?;
    Ok(if new { Received::New } else { Received::Again })
}
