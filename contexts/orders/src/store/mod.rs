//! All SQL of orders.

mod copies;
mod history;
mod list;
mod order;
mod returns;

pub use copies::*;
pub use history::*;
pub use list::*;
pub use order::*;
pub use returns::*;

use platform::Audit;

/// Queries that must find nothing.
pub const AUDITS: &[Audit] = &[
    Audit {
        name: "order-total-is-the-sum-of-its-lines",
        sql: "select cast(o.id as text) as subject, 'total differs from its lines' as finding
              from orders_order o
              where o.total_minor <> (
                  select coalesce(sum(l.quantity * l.unit_price_minor), 0)
                  from orders_line l where l.order_id = o.id)",
    },
    Audit {
        name: "returned-goods-are-booked",
        sql: "select cast(l.order_id as text) as subject, 'returned differs' as finding
              from (select order_id, product_id, sum(returned) as returned
                    from orders_line group by order_id, product_id) l
              left join (select r.order_id, x.product_id, sum(x.quantity) as quantity
                    from orders_return r join orders_return_line x on x.return_id = r.id
                    group by r.order_id, x.product_id) b
                  on b.order_id = l.order_id and b.product_id = l.product_id
              where l.returned <> coalesce(b.quantity, 0)",
    },
    Audit {
        name: "confirmed-orders-have-a-store",
        sql: "select cast(id as text) as subject, 'confirmed without a store' as finding
              from orders_order
              where status in ('confirmed', 'shipped') and store_id is null",
    },
];
