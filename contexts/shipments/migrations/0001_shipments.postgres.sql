-- PostgreSQL: items count themselves in and out, and a shipment only goes forward.

create function shipments_refuse() returns trigger language plpgsql as $$
begin
    raise exception '%', tg_argv[0];
end $$;

create function shipments_item_pack() returns trigger language plpgsql as $$
begin
    update shipments_line l set packed = l.packed + new.quantity
    from shipments_shipment s
    where s.id = new.shipment_id and s.status = 'processing'
        and l.order_id = s.order_id and l.product_id = new.product_id;
    if not found then
        raise exception 'a shipment holds what its order does not, or is closed';
    end if;
    return null;
end $$;

create trigger shipments_item_pack after insert on shipments_item
    for each row execute function shipments_item_pack();

create function shipments_shipment_unpack() returns trigger language plpgsql as $$
begin
    update shipments_line l set packed = l.packed - i.quantity
    from shipments_item i
    where i.shipment_id = new.id and l.order_id = new.order_id and l.product_id = i.product_id;
    return null;
end $$;

create trigger shipments_shipment_unpack after update on shipments_shipment
    for each row when (new.status = 'cancelled' and old.status <> 'cancelled')
    execute function shipments_shipment_unpack();

create trigger shipments_shipment_forward before update on shipments_shipment
    for each row when (new.id <> old.id or new.order_id <> old.order_id
        or new.store_id <> old.store_id or new.version <= old.version
        or not (new.status = old.status
            or old.status = 'processing' and new.status in ('in_transit', 'cancelled')
            or old.status = 'in_transit' and new.status = 'delivered'))
    execute function shipments_refuse('a shipment only goes forward');

create trigger shipments_shipment_begins before insert on shipments_shipment
    for each row when (new.status <> 'processing')
    execute function shipments_refuse('a shipment only goes forward');

create trigger shipments_shipment_stays before delete or truncate on shipments_shipment
    for each statement execute function shipments_refuse('a shipment is never deleted');

create trigger shipments_item_stays before update or delete or truncate on shipments_item
    for each statement execute function shipments_refuse('what was packed stays written');

-- Depth 0 is a statement of a client; inside a trigger it is 1.
create trigger shipments_line_guard before update on shipments_line
    for each row when (pg_trigger_depth() = 0 or new.ordered <> old.ordered
        or new.order_id <> old.order_id or new.product_id <> old.product_id)
    execute function shipments_refuse('only items change what is packed');

create trigger shipments_line_begins before insert on shipments_line
    for each row when (new.packed <> 0)
    execute function shipments_refuse('only items change what is packed');

create trigger shipments_line_stays before delete or truncate on shipments_line
    for each statement execute function shipments_refuse('only items change what is packed');
