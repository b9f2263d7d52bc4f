-- The record of sales that wait for something. An order of cash or invoice whose stock is held while
-- it is placed waits for nothing and has no row anywhere in here.

-- Why somebody wants an order cancelled that cannot be yet: its payment is uncertain.
alter table orders_order add column cancel_requested text;

create table orders_saga (
    order_id uuid primary key,
    step text not null check (step in ('stock', 'payment', 'capture', 'void', 'refund')),
    state text not null check (state in ('running', 'compensating', 'done', 'stuck')),
    deadline_at bigint,
    tries bigint not null check (tries >= 0),
    started_at bigint not null,
    updated_at bigint not null,
    check ((state = 'done') = (deadline_at is null))
);
create index orders_saga_open on orders_saga (deadline_at) where state <> 'done';

-- Orders that were waiting for their stock when this record began.
insert into orders_saga (order_id, step, state, deadline_at, tries, started_at, updated_at)
select id, 'stock', 'running', updated_at + 900000000, 0, updated_at, updated_at
from orders_order where status = 'pending';

-- What other contexts, and the people of this one, have said about an order. Kept once, however
-- often it comes. The subject is the payment, the shipment, or the order itself.
create table orders_saga_fact (
    order_id uuid not null,
    subject uuid not null,
    fact text not null,
    version bigint not null,
    at bigint not null,
    captured_minor bigint,
    refunded_minor bigint,
    detail text,
    outcome text not null check (outcome in ('applied', 'ignored', 'late')),
    primary key (order_id, subject, fact, version)
);

-- Pieces that have left and arrived, written only when parcels move.
create table orders_parcel_line (
    order_id uuid not null,
    shipment_id uuid not null,
    product_id uuid not null,
    dispatched bigint not null check (dispatched > 0),
    delivered bigint not null check (delivered >= 0 and delivered <= dispatched),
    primary key (order_id, shipment_id, product_id)
);
