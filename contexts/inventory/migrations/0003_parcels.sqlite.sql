-- SQLite: the ledger as before, and no order lets go of more than it held. That is asked where the
-- level is changed, because a second trigger would cost each reservation more than the question.

drop trigger inventory_movement_apply;

create trigger inventory_movement_apply after insert on inventory_movement begin
    update inventory_level set
        on_hand = on_hand + new.d_on_hand,
        reserved = reserved + new.d_reserved,
        low_since = case
            when min_stock is null
                or on_hand + new.d_on_hand - reserved - new.d_reserved > min_stock then null
            else coalesce(low_since, new.occurred_at) end,
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
