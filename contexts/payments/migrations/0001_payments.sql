-- Payments: what is asked of providers, what came of it, and the ledger of the money.
-- The sums of a payment change only through the ledger; the triggers beside this file see to it.

-- What payments needs to know of an order; a copy, fed by events that come in any order: all but
-- the three flags is null until the order itself was heard of.
create table payments_order (
    id uuid primary key,
    number text,
    client_id uuid,
    method text,
    total_minor bigint,
    currency text,
    store_id uuid,
    stock_reserved boolean not null,
    confirmed boolean not null,
    cancelled boolean not null,
    -- Cash: who took the money when the order was placed, and whether the ledger lacks it still.
    taken_by text,
    unbooked boolean not null,
    placed_at bigint,
    constraint payments_order_placed check (
        (number is null) = (total_minor is null) and (number is null) = (client_id is null)
        and (number is null) = (method is null) and (number is null) = (currency is null)
        and (number is null) = (placed_at is null))
);
create index payments_order_unbooked on payments_order (id) where unbooked and stock_reserved;

create table payments_payment (
    id uuid primary key,
    order_id uuid not null,
    method text not null,
    provider text not null,
    currency text not null,
    amount_minor bigint not null,
    status text not null,
    authorized_minor bigint not null,
    captured_minor bigint not null,
    voided_minor bigint not null,
    refunded_minor bigint not null,
    provider_reference text,
    redirect_url text,
    reason text,
    -- The request or command that the story began with.
    correlation uuid not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    constraint payments_payment_status check (status in ('pending', 'action_required', 'authorized',
        'captured', 'failed', 'unknown', 'refunded', 'partially_refunded', 'voided')),
    constraint payments_payment_amount check (amount_minor > 0),
    constraint payments_payment_authorized check (authorized_minor between 0 and amount_minor),
    constraint payments_payment_captured check (
        captured_minor >= 0 and voided_minor >= 0
        and captured_minor + voided_minor <= authorized_minor),
    constraint payments_payment_refunded check (refunded_minor between 0 and captured_minor)
);
create index payments_payment_order on payments_payment (order_id);
create index payments_payment_reference
    on payments_payment (provider, provider_reference) where provider_reference is not null;
-- While the outcome of one is open, an order has no second payment.
create unique index payments_payment_one_open on payments_payment (order_id)
    where captured_minor = 0 and status in ('pending', 'action_required', 'unknown');

-- A call to a provider, stored before it is made.
create table payments_attempt (
    id uuid primary key,
    payment_id uuid not null,
    refund_id uuid,
    kind text not null,
    idempotency_key text not null,
    amount_minor bigint not null,
    state text not null,
    -- Whether its outcome is open: state is ready, waiting or unknown.
    open boolean not null,
    tries bigint not null,
    -- How many of them may have reached the provider.
    sent bigint not null,
    next_at bigint not null,
    deadline_at bigint not null,
    provider_reference text,
    reason text,
    created_at bigint not null,
    updated_at bigint not null,
    constraint payments_attempt_kind check (kind in ('authorize', 'capture', 'void', 'refund')),
    constraint payments_attempt_refund check ((kind = 'refund') = (refund_id is not null)),
    constraint payments_attempt_amount check (amount_minor >= 0 and (amount_minor > 0 or kind = 'void')),
    constraint payments_attempt_state check (
        (open and state in ('ready', 'waiting', 'unknown'))
        or (not open and state in ('done', 'failed', 'cancelled'))),
    constraint payments_attempt_sent check (sent between 0 and tries)
);
create unique index payments_attempt_key on payments_attempt (idempotency_key);
create index payments_attempt_payment on payments_attempt (payment_id);
create index payments_attempt_due on payments_attempt (next_at) where open;

create table payments_refund (
    id uuid primary key,
    payment_id uuid not null references payments_payment (id),
    amount_minor bigint not null,
    currency text not null,
    status text not null,
    reason text,
    provider_reference text,
    actor text not null,
    created_at bigint not null,
    updated_at bigint not null,
    constraint payments_refund_amount check (amount_minor > 0),
    constraint payments_refund_status check (status in ('pending', 'done', 'failed'))
);
create index payments_refund_payment on payments_refund (payment_id, id);

-- The ledger, append-only. A row is a whole transaction: what one account is debited another is
-- credited, so it balances because it cannot be written otherwise.
create table payments_entry (
    id uuid primary key,
    payment_id uuid not null,
    attempt_id uuid,
    kind text not null,
    debit text not null,
    credit text not null,
    amount_minor bigint not null,
    currency text not null,
    occurred_at bigint not null,
    constraint payments_entry_amount check (amount_minor > 0),
    constraint payments_entry_accounts check (
        case kind
            when 'authorize' then debit = 'set_aside' and credit = 'buyer'
            when 'capture' then debit = 'received' and credit = 'set_aside'
            when 'void' then debit = 'buyer' and credit = 'set_aside'
            when 'refund' then debit = 'buyer' and credit = 'received'
            when 'take' then debit = 'received' and credit = 'buyer'
            else false
        end)
);
create index payments_entry_payment on payments_entry (payment_id, id);
create index payments_entry_day on payments_entry (occurred_at);
-- An attempt moves money once, and money taken by hand is written down once.
create unique index payments_entry_once
    on payments_entry (attempt_id, kind) where attempt_id is not null;
create unique index payments_entry_taken on payments_entry (payment_id) where kind = 'take';

-- What happened to a payment besides its money.
create table payments_note (
    id uuid primary key,
    payment_id uuid not null,
    what text not null,
    detail text,
    actor text not null,
    occurred_at bigint not null
);
create index payments_note_payment on payments_note (payment_id, id);
