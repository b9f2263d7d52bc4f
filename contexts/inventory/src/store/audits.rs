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
            with left_of as (
                select product_id, store_id, cast(sum(d_reserved) as bigint) as pieces
                from inventory_movement where d_reserved <> 0
                group by order_id, product_id, store_id),
            held as (
                select product_id, store_id, cast(sum(pieces) as bigint) as pieces
                from left_of where pieces > 0 group by product_id, store_id)
            select coalesce(p.sku, '?') || ' in ' || s.code as subject,
                'reserved ' || cast(l.reserved as text) || ', orders hold ' ||
                cast(coalesce(h.pieces, 0) as text) as finding
            from inventory_level l join inventory_store s on s.id = l.store_id
            left join inventory_product p on p.id = l.product_id
            left join held h on h.product_id = l.product_id and h.store_id = l.store_id
            where l.reserved <> coalesce(h.pieces, 0)",
    },
    Audit {
        name: "no-order-lets-go-of-more-than-it-held",
        sql: "
            with left_of as (
                select cast(sum(d_reserved) as bigint) as pieces
                from inventory_movement where d_reserved <> 0
                group by order_id, product_id, store_id having sum(d_reserved) < 0)
            select 'reservations' as subject,
                cast(count(*) as text) || ' let go of more than was held' as finding
            from left_of having count(*) > 0",
    },
    Audit {
        name: "a-release-leaves-nothing-held",
        sql: "
            with let_go as (
                select cast(sum(d_reserved) as bigint) as pieces
                from inventory_movement where d_reserved <> 0
                group by order_id, product_id, store_id
                having sum(d_reserved) > 0
                    and sum(case when kind = 'release' then 1 else 0 end) > 0)
            select 'reservations' as subject,
                cast(count(*) as text) || ' were released in part' as finding
            from let_go having count(*) > 0",
    },
    Audit {
        name: "what-is-shipped-left-in-a-known-shipment",
        sql: "
            select 'shipments' as subject,
                cast(count(*) as text) || ' movements name none that has left' as finding
            from inventory_movement m
            where (m.kind = 'ship' or m.shipment_id is not null) and not exists (
                select 1 from inventory_shipment s
                where s.shipment_id = m.shipment_id and s.order_id = m.order_id)
            having count(*) > 0",
    },
    Audit {
        name: "what-has-left-is-off-the-shelf",
        sql: "
            select coalesce(p.sku, '?') || ' in ' || coalesce(s.code, '?') as subject,
                cast(m.pieces as text) || ' left although promised to others' as finding
            from inventory_missing m
            left join inventory_store s on s.id = m.store_id
            left join inventory_product p on p.id = m.product_id",
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
