-- Parcels: what an order holds leaves in one shipment or in several, and what has not left is
-- released. The triggers beside this file see to it that no order lets go of more than it held.

-- The shipment that took the goods.
alter table inventory_movement add column shipment_id uuid;

-- Of what an order holds in a place, each shipment takes once, and the rest is released once. Only
-- those movements take back what is reserved.
drop index inventory_movement_one_resolution;
create unique index inventory_movement_one_resolution on inventory_movement
    (order_id, product_id, store_id, coalesce(shipment_id, order_id)) where d_reserved < 0;

-- What else is booked for an order: returns, and goods that left after their release.
drop index inventory_movement_return;
create index inventory_movement_afterwards
    on inventory_movement (order_id) where kind in ('return', 'adjust') and order_id is not null;

-- Shipments whose goods have been taken off the shelf.
create table inventory_shipment (
    shipment_id uuid primary key,
    order_id uuid not null
);

-- Pieces that left after their order was released and are promised to others by now: they cannot
-- be taken off the shelf until somebody puts some there.
create table inventory_missing (
    shipment_id uuid not null references inventory_shipment (shipment_id),
    product_id uuid not null,
    store_id uuid not null,
    order_id uuid not null,
    pieces bigint not null,
    constraint inventory_missing_pieces check (pieces > 0),
    primary key (shipment_id, product_id, store_id)
);
