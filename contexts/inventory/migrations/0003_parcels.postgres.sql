-- PostgreSQL: no order lets go of more than it held, whoever ships and releases at the same time.

-- The row of the reservation is locked, so that the sum after it sees what was committed meanwhile.
create function inventory_movement_let_go() returns trigger language plpgsql as $$
declare
    held bigint;
    gone bigint;
begin
    if new.kind = 'ship' and new.shipment_id is null then
        raise exception 'goods of an order leave in a shipment';
    end if;
    select d_reserved into held from inventory_movement
        where order_id = new.order_id and product_id = new.product_id
            and store_id = new.store_id and kind = 'reserve'
        for no key update;
    select -sum(d_reserved) into gone from inventory_movement
        where order_id = new.order_id and product_id = new.product_id
            and store_id = new.store_id and d_reserved < 0;
    if gone > coalesce(held, 0) then
        raise exception 'an order lets go of more than it holds';
    end if;
    return null;
end $$;

-- Reservations pay for a comparison of two numbers, and no call.
create trigger inventory_movement_let_go after insert on inventory_movement
    for each row when (new.d_reserved < 0) execute function inventory_movement_let_go();
