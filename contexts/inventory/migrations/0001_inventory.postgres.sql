-- PostgreSQL: the ledger applies itself to the levels, and nothing else may.

-- Stores sort by code bytewise, as on SQLite and in Rust: the first that can fill an order gets it.
alter table inventory_store alter column code type text collate "C";

-- Room on each page for the next version of its levels.
alter table inventory_level set (fillfactor = 70);

-- The settings keep the planner from reading a small inventory_level as a whole for a large batch
-- of movements: by index, in key order, costs a third of that.
create function inventory_movement_apply() returns trigger language plpgsql
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
    places bigint;
    changed bigint;
begin
    -- One pass: the update takes the levels in key order, so that nobody waits in a circle, and sees
    -- what was committed while it waited for one of them.
    with m as materialized (
        select product_id, store_id, cast(sum(d_on_hand) as bigint) as on_hand,
            cast(sum(d_reserved) as bigint) as reserved, count(*) as movements,
            max(occurred_at) as occurred_at
        from moved group by product_id, store_id order by product_id, store_id),
    u as (
        update inventory_level l set
            on_hand = l.on_hand + m.on_hand,
            reserved = l.reserved + m.reserved,
            low_since = case
                when l.min_stock is null
                    or l.on_hand + m.on_hand - l.reserved - m.reserved > l.min_stock then null
                else coalesce(l.low_since, m.occurred_at) end,
            version = l.version + m.movements,
            updated_at = greatest(l.updated_at, m.occurred_at)
        from m where l.product_id = m.product_id and l.store_id = m.store_id
        returning 1)
    select (select count(*) from m), (select count(*) from u) into places, changed;

    if places <> changed then
        raise exception 'a movement names a level that does not exist';
    end if;
    return null;
end $$;

create trigger inventory_movement_apply after insert on inventory_movement
    referencing new table as moved
    for each statement execute function inventory_movement_apply();

create function inventory_refuse() returns trigger language plpgsql as $$
begin
    raise exception '%', tg_argv[0];
end $$;

create trigger inventory_movement_append_only
    before update or delete or truncate on inventory_movement
    for each statement execute function inventory_refuse('movements are append-only');

-- Depth 0 is a statement of a client; inside the ledger's trigger it is 1.
create trigger inventory_level_guard after update on inventory_level
    for each row when (pg_trigger_depth() = 0 and (
        new.on_hand <> old.on_hand or new.reserved <> old.reserved or new.id <> old.id
        or new.product_id <> old.product_id or new.store_id <> old.store_id
        or new.version <= old.version))
    execute function inventory_refuse('a level changes only through a movement');

create trigger inventory_level_begins_empty before insert on inventory_level
    for each row when (new.on_hand <> 0 or new.reserved <> 0)
    execute function inventory_refuse('a level changes only through a movement');

create trigger inventory_level_stays before delete or truncate on inventory_level
    for each statement execute function inventory_refuse('a level is never deleted');
