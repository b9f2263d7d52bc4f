-- SQLite: the ledger applies itself to the payments, and nothing else may change their sums.

-- The rowid of the last entry applied: the guard below compares a change of the sums with it.
alter table payments_payment add column last_entry bigint not null default 0;

create trigger payments_entry_apply after insert on payments_entry begin
    update payments_payment set
        authorized_minor = authorized_minor
            + case when new.kind in ('authorize', 'take') then new.amount_minor else 0 end,
        captured_minor = captured_minor
            + case when new.kind in ('capture', 'take') then new.amount_minor else 0 end,
        voided_minor = voided_minor + case new.kind when 'void' then new.amount_minor else 0 end,
        refunded_minor = refunded_minor
            + case new.kind when 'refund' then new.amount_minor else 0 end,
        last_entry = new.rowid
    where id = new.payment_id and currency = new.currency;
    select raise(abort, 'an entry names no payment of its currency') where changes() = 0;
end;

create trigger payments_entry_no_update before update on payments_entry begin
    select raise(abort, 'entries are append-only');
end;

create trigger payments_entry_no_delete before delete on payments_entry begin
    select raise(abort, 'entries are append-only');
end;

create trigger payments_payment_guard before update on payments_payment
when new.id <> old.id or new.order_id <> old.order_id or new.currency <> old.currency
    or new.amount_minor <> old.amount_minor
    or ((new.authorized_minor <> old.authorized_minor or new.captured_minor <> old.captured_minor
            or new.voided_minor <> old.voided_minor or new.refunded_minor <> old.refunded_minor
            or new.last_entry <> old.last_entry)
        and not exists (select 1 from payments_entry e
            where e.rowid = new.last_entry and e.rowid > old.last_entry
                and e.payment_id = new.id
                and new.authorized_minor - old.authorized_minor
                    = case when e.kind in ('authorize', 'take') then e.amount_minor else 0 end
                and new.captured_minor - old.captured_minor
                    = case when e.kind in ('capture', 'take') then e.amount_minor else 0 end
                and new.voided_minor - old.voided_minor
                    = case e.kind when 'void' then e.amount_minor else 0 end
                and new.refunded_minor - old.refunded_minor
                    = case e.kind when 'refund' then e.amount_minor else 0 end))
begin
    select raise(abort, 'the sums of a payment change only through the ledger');
end;

create trigger payments_payment_begins_empty before insert on payments_payment
when new.authorized_minor <> 0 or new.captured_minor <> 0
    or new.voided_minor <> 0 or new.refunded_minor <> 0
begin
    select raise(abort, 'the sums of a payment change only through the ledger');
end;

create trigger payments_payment_stays before delete on payments_payment begin
    select raise(abort, 'a payment is never deleted');
end;
