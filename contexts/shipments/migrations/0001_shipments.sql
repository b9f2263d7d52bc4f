-- Shipments: what was ordered leaves in one parcel or in several, and never more of it.

-- What shipments keeps of orders, fed by their events. A row is written for every order placed, so
-- that it has one index, and its lines are one text: JSON, [[product, pieces], …].
create table shipments_order (
    id uuid primary key,
    number text not null,
    client_id uuid not null,
    items text not null,
    cancelled boolean not null
);

-- Orders to be sent: confirmed, and open until all of it has left or the order is cancelled.
create table shipments_fulfilment (
    order_id uuid primary key,
    store_id uuid not null,
    confirmed_at bigint not null,
    open boolean not null
);
create index shipments_fulfilment_queue
    on shipments_fulfilment (store_id, confirmed_at, order_id) where open;

-- How much of an order is in parcels; made with its first one. Items count themselves in and out:
-- the triggers beside this file see to it.
create table shipments_line (
    order_id uuid not null references shipments_order (id),
    product_id uuid not null,
    ordered bigint not null,
    packed bigint not null,
    constraint shipments_line_packed check (packed >= 0 and packed <= ordered),
    primary key (order_id, product_id)
);

create table shipments_shipment (
    id uuid primary key,
    order_id uuid not null references shipments_order (id),
    store_id uuid not null,
    status text not null,
    recalled boolean not null,
    carrier text not null,
    tracking_number text,
    estimated_delivery bigint,
    dispatched_at bigint,
    delivered_at bigint,
    cancelled_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    version bigint not null,
    constraint shipments_shipment_status
        check (status in ('processing', 'in_transit', 'delivered', 'cancelled')),
    constraint shipments_shipment_dispatched
        check ((dispatched_at is not null) = (status in ('in_transit', 'delivered'))),
    constraint shipments_shipment_delivered
        check ((delivered_at is not null) = (status = 'delivered')),
    constraint shipments_shipment_cancelled
        check ((cancelled_at is not null) = (status = 'cancelled')),
    constraint shipments_shipment_recalled check (not recalled or dispatched_at is not null)
);
create index shipments_shipment_order on shipments_shipment (order_id, id);
-- Carriers use their numbers again, but not while a parcel is under way.
create unique index shipments_shipment_tracking on shipments_shipment (tracking_number)
    where tracking_number is not null and status in ('processing', 'in_transit');
create index shipments_shipment_tracked
    on shipments_shipment (tracking_number, id) where tracking_number is not null;
create index shipments_shipment_sandbox on shipments_shipment (id)
    where carrier = 'sandbox' and status in ('processing', 'in_transit');

create table shipments_item (
    shipment_id uuid not null references shipments_shipment (id),
    product_id uuid not null,
    quantity bigint not null,
    constraint shipments_item_quantity check (quantity > 0),
    primary key (shipment_id, product_id)
);
