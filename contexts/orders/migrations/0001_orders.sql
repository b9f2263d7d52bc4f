-- What orders keeps of other contexts, fed by their events: enough to decide without asking.
create table orders_product (
    id uuid primary key,
    sku text not null,
    name text not null,
    price_minor bigint not null,
    currency text not null,
    status text not null,
    version bigint not null
);

create table orders_client (
    id uuid primary key,
    archived boolean not null,
    version bigint not null
);

create table orders_employee (
    id uuid primary key,
    archived boolean not null,
    version bigint not null
);

create table orders_store (
    id uuid primary key,
    archived boolean not null,
    version bigint not null
);

create table orders_order (
    id uuid primary key,
    serial bigint not null unique,
    status text not null check (status in
        ('draft', 'pending', 'confirmed', 'shipped', 'delivered', 'cancelled', 'returned')),
    payment_method text not null,
    payment_status text not null check (payment_status in ('unpaid', 'paid', 'refund_due')),
    fulfilment_status text not null check (fulfilment_status in
        ('unfulfilled', 'fulfilled', 'partially_returned', 'returned')),
    client_id uuid not null,
    employee_id uuid,
    store_id uuid,
    note text,
    reference text,
    currency text not null,
    total_minor bigint not null check (total_minor >= 0),
    end_reason text,
    end_detail text,
    placed_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    version bigint not null
);
create index orders_order_client on orders_order (client_id, id);
create index orders_order_placed on orders_order (placed_at, id);
create index orders_order_employee on orders_order (employee_id, id) where employee_id is not null;
create index orders_order_open on orders_order (status, id) where status in ('draft', 'pending');
create unique index orders_order_reference on orders_order (reference) where reference is not null;

create table orders_line (
    order_id uuid not null references orders_order (id),
    line bigint not null,
    product_id uuid not null,
    sku text not null,
    name text not null,
    quantity bigint not null check (quantity > 0),
    unit_price_minor bigint not null check (unit_price_minor >= 0),
    returned bigint not null check (returned >= 0 and returned <= quantity),
    primary key (order_id, line)
);

-- Goods that came back. The reference is unique, so that history is taken over only once.
create table orders_return (
    id uuid primary key,
    order_id uuid not null references orders_order (id),
    reference text unique,
    reason text,
    restock boolean not null,
    total_minor bigint not null,
    returned_at bigint not null
);
create index orders_return_order on orders_return (order_id);

create table orders_return_line (
    return_id uuid not null references orders_return (id),
    line bigint not null,
    product_id uuid not null,
    quantity bigint not null check (quantity > 0),
    unit_price_minor bigint not null,
    primary key (return_id, line)
);
