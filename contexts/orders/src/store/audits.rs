//! Queries of orders that find nothing on a healthy database. A finding names the order by its
//! serial, which `GET /v1/orders?number=` takes.

use platform::Audit;

/// Queries that must find nothing.
pub const AUDITS: &[Audit] = &[
    Audit {
        name: "order-total-is-the-sum-of-its-lines",
        sql: "select 'order ' || o.serial as subject, 'total differs from its lines' as finding
              from orders_order o
              where o.total_minor <> (
                  select coalesce(sum(l.quantity * l.unit_price_minor), 0)
                  from orders_line l where l.order_id = o.id)",
    },
    Audit {
        name: "returned-goods-are-booked",
        sql: "select 'order ' || o.serial as subject, 'returned differs' as finding
              from (select order_id, product_id, sum(returned) as returned
                    from orders_line group by order_id, product_id) l
              join orders_order o on o.id = l.order_id
              left join (select r.order_id, x.product_id, sum(x.quantity) as quantity
                    from orders_return r join orders_return_line x on x.return_id = r.id
                    group by r.order_id, x.product_id) b
                  on b.order_id = l.order_id and b.product_id = l.product_id
              where l.returned <> coalesce(b.quantity, 0)",
    },
    Audit {
        name: "confirmed-orders-have-a-store",
        sql: "select 'order ' || serial as subject, 'confirmed without a store' as finding
              from orders_order
              where status in ('confirmed', 'shipped') and store_id is null",
    },
    Audit {
        name: "confirmed-orders-have-their-payment",
        sql: "select 'order ' || o.serial as subject, 'stands without a payment' as finding
              from orders_order o
              where o.status in ('confirmed', 'shipped', 'delivered', 'returned')
                  and o.payment_method not in ('cash', 'invoice')
                  and not exists (
                      select 1 from orders_saga_fact f where f.order_id = o.id
                      and f.fact in ('payment_authorized', 'payment_captured'))",
    },
    Audit {
        name: "orders-that-wait-have-a-saga",
        sql: "select 'order ' || o.serial as subject, 'pending, and nobody minds' as finding
              from orders_order o left join orders_saga s on s.order_id = o.id
              where o.status = 'pending'
                  and (s.step is null or s.step not in ('stock', 'payment') or s.state = 'done')
              union all
              select 'order ' || coalesce(o.serial, 0), 'waits, and is not pending'
              from orders_saga s left join orders_order o on o.id = s.order_id
              where s.state <> 'done' and s.step in ('stock', 'payment')
                  and (o.status is null or o.status <> 'pending')",
    },
    Audit {
        name: "sagas-follow-their-orders",
        sql: "select 'order ' || o.serial as subject, 'undoes what stands' as finding
              from orders_saga s join orders_order o on o.id = s.order_id
              where s.state <> 'done' and s.step in ('void', 'refund') and o.status <> 'cancelled'
              union all
              select 'order ' || o.serial, 'expects money for what does not stand'
              from orders_saga s join orders_order o on o.id = s.order_id
              where s.state <> 'done' and s.step = 'capture'
                  and o.status not in ('confirmed', 'shipped', 'delivered', 'returned')
              union all
              select 'order ' || o.serial, 'cancelled with money, and nobody minds'
              from orders_order o left join orders_saga s on s.order_id = o.id
              where o.status = 'cancelled' and o.payment_method not in ('cash', 'invoice')
                  and o.payment_status in
                      ('action_required', 'authorized', 'unknown', 'refund_due')
                  and (s.state is null or s.state = 'done')",
    },
    Audit {
        name: "wishes-to-cancel-wait-for-certainty",
        sql: "select 'order ' || serial as subject, 'a wish to cancel waits for nothing' as finding
              from orders_order
              where cancel_requested is not null and payment_status <> 'unknown'",
    },
    Audit {
        name: "delivered-orders-have-arrived",
        sql: "select 'order ' || o.serial as subject, 'delivered, and pieces are missing'
                  as finding
              from (select order_id, product_id, sum(quantity) as quantity
                    from orders_line group by order_id, product_id) l
                  join orders_order o on o.id = l.order_id
                  left join (select order_id, product_id, sum(delivered) as delivered
                    from orders_parcel_line group by order_id, product_id) p
                  on p.order_id = l.order_id and p.product_id = l.product_id
              where o.status = 'delivered' and coalesce(p.delivered, 0) < l.quantity
                  and exists (select 1 from orders_parcel_line x where x.order_id = o.id)",
    },
    Audit {
        name: "returned-goods-had-left",
        sql: "select 'order ' || o.serial as subject, 'more came back than left' as finding
              from (select order_id, product_id, sum(returned) as returned
                    from orders_line group by order_id, product_id) l
                  join orders_order o on o.id = l.order_id
                  left join (select order_id, product_id, sum(dispatched) as gone
                    from orders_parcel_line group by order_id, product_id) p
                  on p.order_id = l.order_id and p.product_id = l.product_id
              where l.returned > coalesce(p.gone, 0)
                  and exists (select 1 from orders_parcel_line x where x.order_id = l.order_id)",
    },
];
