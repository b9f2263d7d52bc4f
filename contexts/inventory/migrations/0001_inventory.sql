-- Inventory: stores, the levels of stock in them, and the ledger of movements.
-- A level changes only through a movement; the triggers beside this file see to it.

create table inventory_store (
    id uuid primary key,
    code text not null,
    name text not null,
    kind text not null,
    address text,
    archived boolean not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    constraint inventory_store_kind check (kind in ('store', 'warehouse'))
);
create unique index inventory_store_code on inventory_store (code);

-- What inventory needs to know of the catalogue's products; a copy, fed by its events.
create table inventory_product (
    id uuid primary key,
    sku text not null,
    name text not null,
    archived boolean not null,
    version bigint not null
);

-- No index names a column that movements change (low_since changes only when a threshold is
-- crossed), so that PostgreSQL can update levels in place (HOT).
create table inventory_level (
    id uuid primary key,
    product_id uuid not null,
    store_id uuid not null references inventory_store (id),
    on_hand bigint not null,
    reserved bigint not null,
    min_stock bigint,
    max_stock bigint,
    low_since bigint,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    constraint inventory_level_on_hand check (on_hand between 0 and 1000000000000),
    constraint inventory_level_reserved check (reserved >= 0),
    constraint inventory_level_no_oversell check (reserved <= on_hand),
    constraint inventory_level_limits check (min_stock >= 0 and max_stock >= 0 and max_stock >= min_stock),
    constraint inventory_level_low
        check ((low_since is null) = (min_stock is null or on_hand - reserved > min_stock))
);
create unique index inventory_level_place on inventory_level (product_id, store_id);
create index inventory_level_store on inventory_level (store_id, id);
create index inventory_level_alert on inventory_level (low_since, id) where low_since is not null;

-- Append-only. No foreign key to the level: the trigger refuses a movement without one, and
-- checks once per statement what a foreign key would check and lock once per row.
create table inventory_movement (
    id uuid primary key,
    product_id uuid not null,
    store_id uuid not null,
    kind text not null,
    d_on_hand bigint not null,
    d_reserved bigint not null,
    order_id uuid,
    transfer_id uuid,
    document text,
    reason text,
    actor text,
    unit_cost_minor bigint,
    currency text,
    occurred_at bigint not null,
    constraint inventory_movement_shape check (
        case kind
            when 'reserve' then d_on_hand = 0 and d_reserved > 0 and order_id is not null
            when 'release' then d_on_hand = 0 and d_reserved < 0 and order_id is not null
            when 'ship' then d_on_hand < 0 and d_reserved = d_on_hand and order_id is not null
            when 'return' then d_on_hand > 0 and d_reserved = 0 and order_id is not null
            when 'receive' then d_on_hand > 0 and d_reserved = 0
            when 'adjust' then d_on_hand <> 0 and d_reserved = 0 and reason is not null
            when 'transfer_out' then d_on_hand < 0 and d_reserved = 0 and transfer_id is not null
            when 'transfer_in' then d_on_hand > 0 and d_reserved = 0 and transfer_id is not null
            else false
        end),
    constraint inventory_movement_cost
        check ((unit_cost_minor is null) = (currency is null) and unit_cost_minor >= 0)
);

-- An order holds a product in a store once, and lets go of it once: released or shipped.
create unique index inventory_movement_one_reservation
    on inventory_movement (order_id, product_id, store_id) where kind = 'reserve';
create unique index inventory_movement_one_resolution
    on inventory_movement (order_id, product_id, store_id) where kind in ('release', 'ship');

-- Placing an order writes reservations, thousands a second: of the indexes for listing they pay
-- only the first (2 microseconds a movement, see README.md).
create index inventory_movement_product on inventory_movement (product_id, id);
create index inventory_movement_kind on inventory_movement (kind, id) where kind <> 'reserve';
create index inventory_movement_actor on inventory_movement (actor, id) where actor is not null;
create index inventory_movement_document
    on inventory_movement (document, id) where document is not null;
create index inventory_movement_transfer
    on inventory_movement (transfer_id) where transfer_id is not null;
create index inventory_movement_return on inventory_movement (order_id) where kind = 'return';

-- The orders inventory has an answer for, once and for all. A tombstone: the cancellation came
-- before the order, which must not be held any more when it arrives.
create table inventory_reservation (
    order_id uuid primary key,
    tombstone boolean not null
);

-- Returns whose goods are back on the shelf; an order can be returned in several parts.
create table inventory_return (
    event_id uuid primary key,
    order_id uuid not null
);
