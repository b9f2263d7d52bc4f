//! Queries that must find nothing.

use platform::Audit;

pub const AUDITS: &[Audit] = &[
    Audit {
        name: "payment-sums-equal-the-ledger",
        sql: "
            with e as (
                select payment_id,
                    cast(sum(case when kind in ('authorize', 'take') then amount_minor else 0 end)
                        as bigint) as authorized,
                    cast(sum(case when kind in ('capture', 'take') then amount_minor else 0 end)
                        as bigint) as captured,
                    cast(sum(case kind when 'void' then amount_minor else 0 end) as bigint)
                        as voided,
                    cast(sum(case kind when 'refund' then amount_minor else 0 end) as bigint)
                        as refunded
                from payments_entry group by payment_id)
            select coalesce(o.number, '?') as subject, 'its sums differ from its entries' as finding
            from payments_payment p left join e on e.payment_id = p.id
            left join payments_order o on o.id = p.order_id
            where p.authorized_minor <> coalesce(e.authorized, 0)
                or p.captured_minor <> coalesce(e.captured, 0)
                or p.voided_minor <> coalesce(e.voided, 0)
                or p.refunded_minor <> coalesce(e.refunded, 0)",
    },
    Audit {
        name: "entries-belong-to-a-payment",
        sql: "
            select 'entries' as subject,
                cast(count(*) as text) || ' of no payment' as finding
            from payments_entry e
            where not exists (select 1 from payments_payment p
                where p.id = e.payment_id and p.currency = e.currency)
            having count(*) > 0",
    },
    Audit {
        name: "no-order-is-charged-twice",
        sql: "
            select o.number as subject,
                'more was taken than the order is worth' as finding
            from payments_order o join payments_payment p on p.order_id = o.id
            where o.total_minor is not null
            group by o.id, o.number, o.total_minor
            having sum(p.captured_minor - p.refunded_minor) > o.total_minor",
    },
    Audit {
        name: "payment-status-follows-its-sums",
        sql: "
            select coalesce(o.number, '?') as subject,
                'is ' || p.status || ' against its sums' as finding
            from payments_payment p
            left join payments_order o on o.id = p.order_id
            where case p.status
                when 'authorized' then p.authorized_minor <= p.captured_minor + p.voided_minor
                when 'captured' then p.captured_minor = 0 or p.refunded_minor <> 0
                when 'refunded'
                    then p.captured_minor = 0 or p.refunded_minor <> p.captured_minor
                when 'partially_refunded'
                    then p.refunded_minor not between 1 and p.captured_minor - 1
                when 'voided' then p.captured_minor <> 0 or p.voided_minor = 0
                when 'pending' then p.authorized_minor <> 0
                when 'action_required' then p.authorized_minor <> 0
                else false end",
    },
    Audit {
        name: "refunds-equal-the-ledger",
        sql: "
            select coalesce(o.number, '?') as subject,
                'its refunds differ from the ledger' as finding
            from payments_payment p
            left join payments_order o on o.id = p.order_id
            where p.refunded_minor <> (select coalesce(sum(r.amount_minor), 0)
                from payments_refund r where r.payment_id = p.id and r.status = 'done')",
    },
    Audit {
        name: "unknown-payments-are-looked-into",
        sql: "
            select coalesce(o.number, '?') as subject, 'is unknown and nobody asks' as finding
            from payments_payment p
            left join payments_order o on o.id = p.order_id
            where p.status = 'unknown' and not exists (select 1 from payments_attempt a
                where a.payment_id = p.id and a.open)",
    },
];
