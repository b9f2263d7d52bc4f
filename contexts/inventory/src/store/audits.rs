//! What must hold of every inventory at every moment; see README.md.

use platform::Audit;

pub const AUDITS: &[Audit] = &[
    Audit {
        name: "stock-equals-movements",
        sql: "
            with moved as (
                select product_id, store_id, cast(sum(d_on_hand) as bigint) as on_hand,
                    cast(sum(d_reserved) as bigint) as reserved, count(*) as movements
                from inventory_movement group by product_id, store_id)
            select coalesce(p.sku, '?') || ' in ' || s.code as subject,
                'on hand ' || cast(l.on_hand as text) || ', reserved ' ||
                cast(l.reserved as text) || '; movements add up to ' ||
                cast(coalesce(m.on_hand, 0) as text) || ' and ' ||
                cast(coalesce(m.reserved, 0) as text) as finding
            from inventory_level l join inventory_store s on s.id = l.store_id
            left join inventory_product p on p.id = l.product_id
            left join moved m on m.product_id = l.product_id and m.store_id = l.store_id
            where l.on_hand <> coalesce(m.on_hand, 0) or l.reserved <> coalesce(m.reserved, 0)
                or l.version <= coalesce(m.movements, 0)",
    },
    Audit {
        name: "movements-have-a-level",
        sql: "
            select 'movements' as subject,
                cast(count(*) as text) || ' name a level that does not exist' as finding
            from inventory_movement m
            where not exists (select 1 from inventory_level l
                where l.product_id = m.product_id and l.store_id = m.store_id)
            having count(*) > 0",
    },
    Audit {
        name: "stock-is-never-negative",
        sql: "
            select coalesce(p.sku, '?') || ' in ' || s.code as subject,
                'on hand ' || cast(l.on_hand as text) || ', reserved ' ||
                cast(l.reserved as text) as finding
            from inventory_level l join inventory_store s on s.id = l.store_id
            left join inventory_product p on p.id = l.product_id
            where l.on_hand < 0 or l.reserved < 0 or l.reserved > l.on_hand",
    },
    Audit {
        name: "open-reservations-equal-reserved",
        sql: "
            with held as (
                select m.product_id, m.store_id, cast(sum(m.d_reserved) as bigint) as pieces
                from inventory_movement m
                where m.kind = 'reserve' and not exists (
                    select 1 from inventory_movement x
                    where x.order_id = m.order_id and x.product_id = m.product_id
                        and x.store_id = m.store_id and x.kind in ('release', 'ship'))
                group by m.product_id, m.store_id)
            select coalesce(p.sku, '?') || ' in ' || s.code as subject,
                'reserved ' || cast(l.reserved as text) || ', orders hold ' ||
                cast(coalesce(h.pieces, 0) as text) as finding
            from inventory_level l join inventory_store s on s.id = l.store_id
            left join inventory_product p on p.id = l.product_id
            left join held h on h.product_id = l.product_id and h.store_id = l.store_id
            where l.reserved <> coalesce(h.pieces, 0)",
    },
    Audit {
        name: "reservations-are-resolved-whole",
        sql: "
            select x.kind as subject,
                cast(count(*) as text) || ' without a reservation of that size' as finding
            from inventory_movement x
            where x.kind in ('release', 'ship') and not exists (
                select 1 from inventory_movement m
                where m.kind = 'reserve' and m.order_id = x.order_id
                    and m.product_id = x.product_id and m.store_id = x.store_id
                    and m.d_reserved = -x.d_reserved)
            group by x.kind",
    },
    Audit {
        name: "answered-orders-hold-stock",
        sql: "
            select 'reservations' as subject,
                cast(count(*) as text) || ' differ from what the ledger holds' as finding
            from inventory_reservation r
            where r.tombstone = exists (select 1 from inventory_movement m
                where m.order_id = r.order_id and m.kind = 'reserve')
            having count(*) > 0",
    },
];
