-- PostgreSQL: the ledger as before, and it notes since when a level holds too much.

alter table inventory_level add constraint inventory_level_excess
    check ((excess_since is null) = (max_stock is null or on_hand <= max_stock));

-- The settings keep the planner from reading a small inventory_level as a whole for a large batch
-- of movements: by index, in key order, costs a third of that.
create or replace function inventory_movement_apply() returns trigger language plpgsql
    set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
    places bigint;
    changed bigint;
    crossed bigint;
begin
    -- One pass: the update takes the levels in key order, so that nobody waits in a circle, and
    -- sees what was committed while it waited for one of them.
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
            excess_since = case
                when l.max_stock is null or l.on_hand + m.on_hand <= l.max_stock then null
                else coalesce(l.excess_since, m.occurred_at) end,
            version = l.version + m.movements,
            updated_at = greatest(l.updated_at, m.occurred_at)
        from m where l.product_id = m.product_id and l.store_id = m.store_id
        returning l.min_stock, l.on_hand - l.reserved as free,
            l.on_hand - l.reserved - m.on_hand + m.reserved as was_free)
    select (select count(*) from m), count(*), count(*) filter (where
            (free > 0) <> (was_free > 0) or (free <= min_stock) <> (was_free <= min_stock))
        from u into places, changed, crossed;

    if places <> changed then
        raise exception 'a movement names a level that does not exist';
    end if;
    -- Who reads without a lock moves nothing that is on hand, so the maximum is not asked about.
    if crossed > 0 and current_setting('inventory.optimistic', true) = 'on' then
        raise exception 'a level crosses its threshold, and nobody has told of it'
            using errcode = 'serialization_failure';
    end if;
    return null;
end $$;
