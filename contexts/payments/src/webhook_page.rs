//! A buyer comes for the page that sends them on to a provider: whether they still may.

use crate::payment::Status;
use crate::payments::Payments;
use crate::store::{cases, sales};
use kernel::PaymentId;
use platform::DbError;

/// How things stand for a buyer who wants to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payable {
    /// It is waited for them.
    Yes,
    /// They have paid.
    Paid,
    /// It is too late.
    Over,
}

/// Whether a payment is still to be made; `None` when there is no such payment at this provider.
pub(crate) async fn payable(
    payments: &Payments,
    payment: PaymentId,
    provider: &str,
) -> Result<Option<Payable>, DbError> {
    let mut tx = payments.host.db.read().await?;
    let Some(order) = cases::order_of(&mut tx, payment).await? else {
        return Ok(None);
    };
    let sale = sales::find(&mut tx, order).await?;
    let cases = cases::of_sales(&mut tx, sale.as_slice()).await?;
    let ours = cases.iter().find(|case| case.payment.id == payment);
    let Some(case) = ours.filter(|case| case.payment.provider == provider) else {
        return Ok(None);
    };
    Ok(Some(match case.payment.status {
        Status::Pending | Status::ActionRequired if !case.sale.cancelled => Payable::Yes,
        _ if case.payment.sums.captured > 0 => Payable::Paid,
        _ => Payable::Over,
    }))
}
