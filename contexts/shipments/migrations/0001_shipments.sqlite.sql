-- SQLite: items count themselves in and out, and a shipment only goes forward.

create trigger shipments_item_pack after insert on shipments_item begin
    update shipments_line set packed = packed + new.quantity
    where product_id = new.product_id and order_id = (
        select s.order_id from shipments_shipment s
        where s.id = new.shipment_id and s.status = 'processing');
    select raise(abort, 'a shipment holds what its order does not, or is closed')
    where changes() = 0;
end;

create trigger shipments_shipment_unpack after update on shipments_shipment
when new.status = 'cancelled' and old.status <> 'cancelled' begin
    update shipments_line set packed = packed - (
        select i.quantity from shipments_item i
        where i.shipment_id = new.id and i.product_id = shipments_line.product_id)
    where order_id = new.order_id and product_id in (
        select i.product_id from shipments_item i where i.shipment_id = new.id);
end;

create trigger shipments_shipment_forward before update on shipments_shipment
when new.id <> old.id or new.order_id <> old.order_id or new.store_id <> old.store_id
    or new.version <= old.version
    or not (new.status = old.status
        or old.status = 'processing' and new.status in ('in_transit', 'cancelled')
        or old.status = 'in_transit' and new.status = 'delivered')
begin
    select raise(abort, 'a shipment only goes forward');
end;

create trigger shipments_shipment_begins before insert on shipments_shipment
when new.status <> 'processing' begin
    select raise(abort, 'a shipment only goes forward');
end;

create trigger shipments_shipment_stays before delete on shipments_shipment begin
    select raise(abort, 'a shipment is never deleted');
end;

create trigger shipments_item_no_update before update on shipments_item begin
    select raise(abort, 'what was packed stays written');
end;

create trigger shipments_item_no_delete before delete on shipments_item begin
    select raise(abort, 'what was packed stays written');
end;

-- The items are there, or their shipment is cancelled, before the line is counted.
create trigger shipments_line_guard before update on shipments_line
when new.ordered <> old.ordered or new.order_id <> old.order_id
    or new.product_id <> old.product_id
    or new.packed <> (
        select coalesce(sum(i.quantity), 0)
        from shipments_shipment s join shipments_item i on i.shipment_id = s.id
        where s.order_id = new.order_id and s.status <> 'cancelled'
            and i.product_id = new.product_id)
begin
    select raise(abort, 'only items change what is packed');
end;

create trigger shipments_line_begins before insert on shipments_line
when new.packed <> 0 begin
    select raise(abort, 'only items change what is packed');
end;

create trigger shipments_line_stays before delete on shipments_line begin
    select raise(abort, 'only items change what is packed');
end;
