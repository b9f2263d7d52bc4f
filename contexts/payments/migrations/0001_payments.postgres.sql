-- PostgreSQL: the ledger applies itself to the payments, and nothing else may change their sums.

-- Room on each page for the next version of its rows.
alter table payments_payment set (fillfactor = 70);
alter table payments_attempt set (fillfactor = 70);

create function payments_entry_apply() returns trigger language plpgsql
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
    entered bigint;
    changed bigint;
begin
    with e as materialized (
        select payment_id, currency,
            coalesce(cast(sum(amount_minor) filter (where kind in ('authorize', 'take')) as bigint), 0)
                as authorized,
            coalesce(cast(sum(amount_minor) filter (where kind in ('capture', 'take')) as bigint), 0)
                as captured,
            coalesce(cast(sum(amount_minor) filter (where kind = 'void') as bigint), 0) as voided,
            coalesce(cast(sum(amount_minor) filter (where kind = 'refund') as bigint), 0) as refunded
        from entered_rows group by payment_id, currency order by payment_id),
    u as (
        update payments_payment p set
            authorized_minor = p.authorized_minor + e.authorized,
            captured_minor = p.captured_minor + e.captured,
            voided_minor = p.voided_minor + e.voided,
            refunded_minor = p.refunded_minor + e.refunded
        from e where p.id = e.payment_id and p.currency = e.currency
        returning 1)
    select (select count(*) from e), (select count(*) from u) into entered, changed;

    if entered <> changed then
        raise exception 'an entry names no payment of its currency';
    end if;
    return null;
end $$;

create trigger payments_entry_apply after insert on payments_entry
    referencing new table as entered_rows
    for each statement execute function payments_entry_apply();

create function payments_refuse() returns trigger language plpgsql as $$
begin
    raise exception '%', tg_argv[0];
end $$;

create trigger payments_entry_append_only
    before update or delete or truncate on payments_entry
    for each statement execute function payments_refuse('entries are append-only');

-- Depth 0 is a statement of a client; inside the ledger's trigger it is 1.
create trigger payments_payment_guard before update on payments_payment
    for each row when (pg_trigger_depth() = 0 and (
        new.authorized_minor <> old.authorized_minor or new.captured_minor <> old.captured_minor
        or new.voided_minor <> old.voided_minor or new.refunded_minor <> old.refunded_minor
        or new.amount_minor <> old.amount_minor or new.currency <> old.currency
        or new.order_id <> old.order_id or new.id <> old.id))
    execute function payments_refuse('the sums of a payment change only through the ledger');

create trigger payments_payment_begins_empty before insert on payments_payment
    for each row when (new.authorized_minor <> 0 or new.captured_minor <> 0
        or new.voided_minor <> 0 or new.refunded_minor <> 0)
    execute function payments_refuse('the sums of a payment change only through the ledger');

create trigger payments_payment_stays before delete or truncate on payments_payment
    for each statement execute function payments_refuse('a payment is never deleted');
