//! What the ledger has of a span of time, to be compared with what providers have.

use super::word;
use kernel::{Currency, Money, PaymentId, Timestamp};
use platform::db::Row;
use platform::{DbError, Tx};

/// What was taken and given back of one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    pub payment_id: PaymentId,
    pub order_number: Option<String>,
    pub provider: String,
    pub reference: Option<String>,
    pub captured: Money,
    pub refunded: Money,
}

/// One row a payment that money moved in, in `from..until`.
pub async fn moved(tx: &mut Tx, from: Timestamp, until: Timestamp) -> Result<Vec<Ours>, DbError> {
    let rows = tx
        .query(
            "select p.id, o.number, p.provider, p.provider_reference, p.currency,
                 cast(sum(case when e.kind in ('capture', 'take') then e.amount_minor else 0 end)
                     as bigint) as captured,
                 cast(sum(case when e.kind = 'refund' then e.amount_minor else 0 end) as bigint)
                     as refunded
             from payments_entry e
             join payments_payment p on p.id = e.payment_id
             left join payments_order o on o.id = p.order_id
             where e.occurred_at >= $1 and e.occurred_at < $2
                 and e.kind in ('capture', 'take', 'refund')
             group by p.id, o.number, p.provider, p.provider_reference, p.currency
             order by p.id",
        )
        .bind(from)
        .bind(until)
        .fetch_all()
        .await?;
    rows.iter().map(ours).collect()
}

fn ours(row: &Row) -> Result<Ours, DbError> {
    let currency: Currency = word(row, "currency", |text| text.parse().ok())?;
    Ok(Ours {
        payment_id: row.get("id")?,
        order_number: row.get("number")?,
        provider: row.get("provider")?,
        reference: row.get("provider_reference")?,
        captured: Money::new(row.get("captured")?, currency),
        refunded: Money::new(row.get("refunded")?, currency),
    })
}
