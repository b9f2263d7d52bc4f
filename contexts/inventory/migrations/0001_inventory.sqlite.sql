-- SQLite: the ledger applies itself to the levels, and nothing else may.

-- The rowid of the last movement applied: the guard below compares a change of a level with it.
alter table inventory_level add column last_movement bigint not null default 0;

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
    where product_id = new.product_id and store_id = new.store_id;
    select raise(abort, 'a movement names a level that does not exist') where changes() = 0;
end;

create trigger inventory_movement_no_update before update on inventory_movement begin
    select raise(abort, 'movements are append-only');
end;

create trigger inventory_movement_no_delete before delete on inventory_movement begin
    select raise(abort, 'movements are append-only');
end;

create trigger inventory_level_guard before update on inventory_level
when new.id <> old.id or new.product_id <> old.product_id or new.store_id <> old.store_id
    or new.version <= old.version
    or ((new.on_hand <> old.on_hand or new.reserved <> old.reserved
            or new.last_movement <> old.last_movement)
        and not exists (select 1 from inventory_movement m
            where m.rowid = new.last_movement and m.rowid > old.last_movement
                and m.product_id = new.product_id and m.store_id = new.store_id
                and m.d_on_hand = new.on_hand - old.on_hand
                and m.d_reserved = new.reserved - old.reserved))
begin
    select raise(abort, 'a level changes only through a movement');
end;

create trigger inventory_level_begins_empty before insert on inventory_level
when new.on_hand <> 0 or new.reserved <> 0 begin
    select raise(abort, 'a level changes only through a movement');
end;

create trigger inventory_level_stays before delete on inventory_level begin
    select raise(abort, 'a level is never deleted');
end;
