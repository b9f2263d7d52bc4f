//! Writing cases back: one statement a table and kind of change, however many cases. The ledger
//! changes payments, so it is not written in one call with them.

use crate::attempt::Attempt;
use crate::case::{Case, Entry, Note, Refund};
use crate::payment::Payment;
use kernel::Timestamp;
use platform::{DbError, Rows, Tx};

/// Writes what changed. `actor` is who is behind it.
pub async fn write(
    tx: &mut Tx,
    cases: &[Case],
    actor: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let begun: Vec<&Payment> = payments(cases, |case| case.changes.begun);
    let touched = payments(cases, |case| case.changes.touched && !case.changes.begun);
    insert_payments(tx, &begun).await?;
    append(tx, cases, now).await?;
    insert_refunds(tx, cases, actor, now).await?;
    insert_attempts(tx, cases).await?;
    update_payments(tx, &touched, now).await?;
    update_attempts(tx, cases, now).await?;
    end_refunds(tx, cases, now).await?;
    insert_notes(tx, cases, actor, now).await
}

fn payments(cases: &[Case], which: impl Fn(&Case) -> bool) -> Vec<&Payment> {
    let chosen = cases.iter().filter(|case| which(case));
    chosen.map(|case| &case.payment).collect()
}

async fn insert_payments(tx: &mut Tx, all: &[&Payment]) -> Result<(), DbError> {
    if all.is_empty() {
        return Ok(());
    }
    let text = |of: fn(&Payment) -> &str| all.iter().map(|one| of(one).to_owned()).collect();
    let optional =
        |of: fn(&Payment) -> &Option<String>| all.iter().map(|one| of(one).clone()).collect();
    let rows = Rows::new()
        .id("id", all.iter().map(|one| one.id))
        .id("order_id", all.iter().map(|one| one.order_id))
        .text("method", text(|one| &one.method))
        .text("provider", text(|one| &one.provider))
        .text("currency", text(|one| one.amount.currency().code()))
        .bigint(
            "amount_minor",
            all.iter().map(|one| one.amount.minor()).collect(),
        )
        .text("status", text(|one| one.status.as_str()))
        .optional_text("reference", optional(|one| &one.reference))
        .optional_text("redirect_url", optional(|one| &one.redirect_url))
        .optional_text("reason", optional(|one| &one.reason))
        .uuid(
            "correlation",
            all.iter().map(|one| one.correlation).collect(),
        )
        .bigint("version", all.iter().map(|one| one.version).collect())
        .time("created_at", all.iter().map(|one| one.created_at));
    tx.write(
        "insert into payments_payment (id, order_id, method, provider, currency, amount_minor,
             status, authorized_minor, captured_minor, voided_minor, refunded_minor,
             provider_reference, redirect_url, reason, correlation, version, created_at, updated_at)
         select id, order_id, method, provider, currency, amount_minor, status, 0, 0, 0, 0,
             reference, redirect_url, reason, correlation, version, created_at, created_at
         from {rows}",
        rows,
    )
    .await
}

/// Everything but the sums, which the ledger changes.
async fn update_payments(tx: &mut Tx, all: &[&Payment], now: Timestamp) -> Result<(), DbError> {
    if all.is_empty() {
        return Ok(());
    }
    let optional =
        |of: fn(&Payment) -> &Option<String>| all.iter().map(|one| of(one).clone()).collect();
    let rows = Rows::new()
        .id("id", all.iter().map(|one| one.id))
        .text(
            "status",
            all.iter()
                .map(|one| one.status.as_str().to_owned())
                .collect(),
        )
        .optional_text("reference", optional(|one| &one.reference))
        .optional_text("redirect_url", optional(|one| &one.redirect_url))
        .optional_text("reason", optional(|one| &one.reason))
        .bigint("version", all.iter().map(|one| one.version).collect())
        .time("updated_at", all.iter().map(|_| now));
    tx.write(
        "update payments_payment set status = r.status, provider_reference = r.reference,
             redirect_url = r.redirect_url, reason = r.reason, version = r.version,
             updated_at = r.updated_at
         from {rows} where payments_payment.id = r.id",
        rows,
    )
    .await
}

async fn insert_attempts(tx: &mut Tx, cases: &[Case]) -> Result<(), DbError> {
    let of_case = |case| places(case, &case.changes.new_attempts);
    let all: Vec<&Attempt> = cases.iter().flat_map(of_case).collect();
    if all.is_empty() {
        return Ok(());
    }
    let text = |of: fn(&Attempt) -> &str| all.iter().map(|one| of(one).to_owned()).collect();
    let number = |of: fn(&Attempt) -> i64| all.iter().map(|one| of(one)).collect();
    let rows = Rows::new()
        .uuid("id", all.iter().map(|one| one.id).collect())
        .id("payment_id", all.iter().map(|one| one.payment_id))
        .optional_id("refund_id", all.iter().map(|one| one.refund_id))
        .text("kind", text(|one| one.kind.as_str()))
        .text("idempotency_key", text(|one| &one.key))
        .bigint("amount_minor", number(|one| one.amount))
        .text("state", text(|one| one.state.as_str()))
        .boolean("open", all.iter().map(|one| one.state.is_open()).collect())
        .time("next_at", all.iter().map(|one| one.next_at))
        .time("deadline_at", all.iter().map(|one| one.deadline_at))
        .optional_uuid("causation", all.iter().map(|one| one.causation).collect())
        .time("created_at", all.iter().map(|one| one.created_at));
    tx.write(
        "insert into payments_attempt (id, payment_id, refund_id, kind, idempotency_key,
             amount_minor, state, open, tries, sent, next_at, deadline_at, causation, created_at,
             updated_at)
         select id, payment_id, refund_id, kind, idempotency_key, amount_minor, state, open, 0, 0,
             next_at, deadline_at, causation, created_at, created_at
         from {rows}",
        rows,
    )
    .await
}

async fn update_attempts(tx: &mut Tx, cases: &[Case], now: Timestamp) -> Result<(), DbError> {
    let of_case = |case| places(case, &case.changes.changed_attempts);
    let all: Vec<&Attempt> = cases.iter().flat_map(of_case).collect();
    if all.is_empty() {
        return Ok(());
    }
    let rows = Rows::new()
        .uuid("id", all.iter().map(|one| one.id).collect())
        .text(
            "state",
            all.iter()
                .map(|one| one.state.as_str().to_owned())
                .collect(),
        )
        .boolean("open", all.iter().map(|one| one.state.is_open()).collect())
        .bigint("sent", all.iter().map(|one| one.sent).collect())
        .time("next_at", all.iter().map(|one| one.next_at))
        .optional_text(
            "reference",
            all.iter().map(|one| one.reference.clone()).collect(),
        )
        .optional_text("reason", all.iter().map(|one| one.reason.clone()).collect())
        .time("updated_at", all.iter().map(|_| now));
    tx.write(
        "update payments_attempt set state = r.state, open = r.open, sent = r.sent,
             next_at = r.next_at, provider_reference = r.reference, reason = r.reason,
             updated_at = r.updated_at
         from {rows} where payments_attempt.id = r.id",
        rows,
    )
    .await
}

fn places<'c>(case: &'c Case, places: &'c [usize]) -> impl Iterator<Item = &'c Attempt> {
    places.iter().filter_map(|place| case.attempts.get(*place))
}

async fn insert_refunds(
    tx: &mut Tx,
    cases: &[Case],
    actor: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let of_case = |case: &Case| {
        let id = case.payment.id;
        let refunds = case.changes.new_refunds.iter().cloned();
        refunds.map(move |one| (id, one)).collect::<Vec<_>>()
    };
    let (ids, all): (Vec<_>, Vec<Refund>) = cases.iter().flat_map(of_case).unzip();
    if all.is_empty() {
        return Ok(());
    }
    let text = |of: fn(&Refund) -> &str| all.iter().map(|one| of(one).to_owned()).collect();
    let rows = Rows::new()
        .id("id", all.iter().map(|one| one.id))
        .id("payment_id", ids)
        .bigint(
            "amount_minor",
            all.iter().map(|one| one.amount.minor()).collect(),
        )
        .text("currency", text(|one| one.amount.currency().code()))
        .text("status", text(|one| one.status.as_str()))
        .optional_text("reason", all.iter().map(|one| one.reason.clone()).collect())
        .optional_text(
            "reference",
            all.iter().map(|one| one.reference.clone()).collect(),
        );
    tx.bulk(
        "insert into payments_refund (id, payment_id, amount_minor, currency, status, reason,
             provider_reference, actor, created_at, updated_at)
         select id, payment_id, amount_minor, currency, status, reason, reference, {1}, {2}, {2}
         from {rows}",
        rows,
    )
    .bind(actor)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

async fn end_refunds(tx: &mut Tx, cases: &[Case], now: Timestamp) -> Result<(), DbError> {
    let all: Vec<_> = cases
        .iter()
        .flat_map(|case| case.changes.ended_refunds.iter())
        .collect();
    if all.is_empty() {
        return Ok(());
    }
    let rows = Rows::new()
        .id("id", all.iter().map(|(id, ..)| *id))
        .text(
            "status",
            all.iter()
                .map(|(_, status, _)| status.as_str().to_owned())
                .collect(),
        )
        .optional_text("reference", all.iter().map(|one| one.2.clone()).collect());
    tx.bulk(
        "update payments_refund set status = r.status, provider_reference = r.reference,
             updated_at = {1}
         from {rows} where payments_refund.id = r.id",
        rows,
    )
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// The ledger; the sums of the payments change with it.
async fn append(tx: &mut Tx, cases: &[Case], now: Timestamp) -> Result<(), DbError> {
    let of_case = |case: &Case| {
        let payment = (case.payment.id, case.payment.currency());
        let entries = case.changes.entries.iter().cloned();
        entries.map(move |one| (payment, one)).collect::<Vec<_>>()
    };
    let (payments, all): (Vec<_>, Vec<Entry>) = cases.iter().flat_map(of_case).unzip();
    if all.is_empty() {
        return Ok(());
    }
    let source = tx.db().source().clone();
    let text = |of: fn(&Entry) -> &'static str| all.iter().map(|one| of(one).to_owned()).collect();
    let rows = Rows::new()
        .uuid("id", all.iter().map(|_| source.uuid()).collect())
        .id("payment_id", payments.iter().map(|(id, _)| *id))
        .optional_uuid("attempt_id", all.iter().map(|one| one.attempt_id).collect())
        .text("kind", text(|one| one.posting.as_str()))
        .text("debit", text(|one| one.posting.accounts().0))
        .text("credit", text(|one| one.posting.accounts().1))
        .bigint("amount_minor", all.iter().map(|one| one.amount).collect())
        .text(
            "currency",
            payments
                .iter()
                .map(|(_, one)| one.code().to_owned())
                .collect(),
        );
    tx.bulk(
        "insert into payments_entry (id, payment_id, attempt_id, kind, debit, credit,
             amount_minor, currency, occurred_at)
         select id, payment_id, attempt_id, kind, debit, credit, amount_minor, currency, {1}
         from {rows}",
        rows,
    )
    .bind(now)
    .execute()
    .await
    .map(drop)
}

async fn insert_notes(
    tx: &mut Tx,
    cases: &[Case],
    actor: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let of_case = |case: &Case| {
        let id = case.payment.id;
        let notes = case.changes.notes.iter().cloned();
        notes.map(move |one| (id, one)).collect::<Vec<_>>()
    };
    let (ids, all): (Vec<_>, Vec<Note>) = cases.iter().flat_map(of_case).unzip();
    if all.is_empty() {
        return Ok(());
    }
    let source = tx.db().source().clone();
    let rows = Rows::new()
        .uuid("id", all.iter().map(|_| source.uuid()).collect())
        .id("payment_id", ids)
        .text("what", all.iter().map(|one| one.what.to_owned()).collect())
        .optional_text("detail", all.iter().map(|one| one.detail.clone()).collect());
    tx.bulk(
        "insert into payments_note (id, payment_id, what, detail, actor, occurred_at)
         select id, payment_id, what, detail, {1}, {2} from {rows}",
        rows,
    )
    .bind(actor)
    .bind(now)
    .execute()
    .await
    .map(drop)
}
