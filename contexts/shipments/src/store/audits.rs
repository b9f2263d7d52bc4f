//! What must hold of shipments at every moment; see README.md.

use platform::Audit;

pub const AUDITS: &[Audit] = &[
    Audit {
        name: "what-is-packed-is-in-shipments",
        sql: "
            with live as (
                select s.order_id, i.product_id, cast(sum(i.quantity) as bigint) as pieces
                from shipments_shipment s join shipments_item i on i.shipment_id = s.id
                where s.status <> 'cancelled' group by s.order_id, i.product_id)
            select o.number as subject,
                cast(l.packed as text) || ' of ' || cast(l.ordered as text) ||
                ' packed, shipments hold ' || cast(coalesce(v.pieces, 0) as text) as finding
            from shipments_line l join shipments_order o on o.id = l.order_id
            left join live v on v.order_id = l.order_id and v.product_id = l.product_id
            where l.packed <> coalesce(v.pieces, 0) or l.packed > l.ordered",
    },
    Audit {
        name: "a-shipment-holds-what-its-order-does",
        sql: "
            select o.number as subject, 'a shipment is empty or holds something else' as finding
            from shipments_shipment s join shipments_order o on o.id = s.order_id
            where not exists (select 1 from shipments_item i where i.shipment_id = s.id)
                or exists (select 1 from shipments_item i where i.shipment_id = s.id
                    and not exists (select 1 from shipments_line l
                        where l.order_id = s.order_id and l.product_id = i.product_id))",
    },
    Audit {
        name: "the-queue-holds-what-has-not-left",
        sql: "
            with gone as (
                select s.order_id, cast(sum(i.quantity) as bigint) as pieces
                from shipments_shipment s join shipments_item i on i.shipment_id = s.id
                where s.status in ('in_transit', 'delivered') group by s.order_id),
            packed as (
                select order_id, cast(sum(ordered) as bigint) as ordered
                from shipments_line group by order_id)
            select coalesce(o.number, cast(f.order_id as text)) as subject,
                case when o.id is null then 'nobody has ordered it'
                    when f.open then 'waits, and nothing of it is to be sent'
                    else 'does not wait, and something of it has not left' end as finding
            from shipments_fulfilment f
            left join shipments_order o on o.id = f.order_id
            left join gone g on g.order_id = f.order_id
            left join packed p on p.order_id = f.order_id
            where o.id is null or f.open = (o.cancelled
                or (p.ordered is not null and coalesce(g.pieces, 0) = p.ordered))",
    },
    Audit {
        name: "nothing-of-a-cancelled-order-is-under-way",
        sql: "
            select o.number as subject, 'cancelled, with a shipment that is ' || s.status as finding
            from shipments_shipment s join shipments_order o on o.id = s.order_id
            where o.cancelled and (s.status = 'processing'
                or (s.status in ('in_transit', 'delivered') and not s.recalled))
                or s.recalled and not o.cancelled",
    },
];
