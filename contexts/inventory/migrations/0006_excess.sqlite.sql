-- SQLite: the ledger as before, and it notes since when a level holds too much. A CHECK cannot be
-- added to a table that is there, so the guard of levels says what PostgreSQL has as one.

drop trigger inventory_movement_apply;

create trigger inventory_movement_apply after insert on inventory_movement begin
    update inventory_level set
        on_hand = on_hand + new.d_on_hand,
        reserved = reserved + new.d_reserved,
        low_since = case
            when min_stock is null
                or on_hand + new.d_on_hand - reserved - new.d_reserved > min_stock then null
            else coalesce(low_since, new.occurred_at) end,
        excess_since = case
            when max_stock is null or on_hand + new.d_on_hand <= max_stock then null
            else coalesce(excess_since, new.occurred_at) end,
        version = version + 1,
        updated_at = max(updated_at, new.occurred_at),
        last_movement = new.rowid
    where product_id = new.product_id and store_id = new.store_id
        and (new.d_reserved >= 0
            or (coalesce((select m.d_reserved from inventory_movement m
                    where m.order_id = new.order_id and m.product_id = new.product_id
                        and m.store_id = new.store_id and m.kind = 'reserve'), 0)
                + (select sum(m.d_reserved) from inventory_movement m
                    where m.order_id = new.order_id and m.product_id = new.product_id
                        and m.store_id = new.store_id and m.d_reserved < 0) >= 0
                and (new.kind <> 'ship' or new.shipment_id is not null)));
    select case
        when not exists (select 1 from inventory_level l
            where l.product_id = new.product_id and l.store_id = new.store_id)
            then raise(abort, 'a movement names a level that does not exist')
        when new.kind = 'ship' and new.shipment_id is null
            then raise(abort, 'goods of an order leave in a shipment')
        else raise(abort, 'an order lets go of more than it holds') end
    where changes() = 0;
end;

drop trigger inventory_level_guard;

create trigger inventory_level_guard before update on inventory_level
when new.id <> old.id or new.product_id <> old.product_id or new.store_id <> old.store_id
    or new.version <= old.version
    or (new.excess_since is null) <> (new.max_stock is null or new.on_hand <= new.max_stock)
    or ((new.on_hand <> old.on_hand or new.reserved <> old.reserved
            or new.last_movement <> old.last_movement)
        and not exists (select 1 from inventory_movement m
            where m.rowid = new.last_movement and m.rowid > old.last_movement
                and m.product_id = new.product_id and m.store_id = new.store_id
                and m.d_on_hand = new.on_hand - old.on_hand
                and m.d_reserved = new.reserved - old.reserved))
begin
    select case
        when (new.excess_since is null)
                <> (new.max_stock is null or new.on_hand <= new.max_stock)
            then raise(abort, 'inventory_level_excess: too much is on_hand > max_stock, since then')
        else raise(abort, 'a level changes only through a movement') end;
end;
