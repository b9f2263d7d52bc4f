//! What must hold of the sums at every moment; see README.md. The first reads the orders once,
//! which is what an audit of five million of them costs; others compare sums with sums.

use platform::Audit;

pub const AUDITS: &[Audit] = &[
    Audit {
        name: "sales-of-a-day-equal-its-orders",
        sql: "
            with kept as (
                select day, currency, count(*) as orders,
                    cast(sum(gross_minor) as bigint) as gross_minor
                from reports_order where day is not null and not cancelled group by day, currency),
            counted as (
                select day, currency, cast(sum(orders) as bigint) as orders,
                    cast(sum(gross_minor) as bigint) as gross_minor
                from reports_sale_day group by day, currency),
            days as (select day, currency from kept union select day, currency from counted)
            select 'day ' || cast(d.day as text) || ' in ' || d.currency as subject,
                cast(coalesce(c.orders, 0) as text) || ' orders of ' ||
                cast(coalesce(c.gross_minor, 0) as text) || ' counted, kept are ' ||
                cast(coalesce(k.orders, 0) as text) || ' of ' ||
                cast(coalesce(k.gross_minor, 0) as text) as finding
            from days d
            left join kept k on k.day = d.day and k.currency = d.currency
            left join counted c on c.day = d.day and c.currency = d.currency
            where coalesce(c.orders, 0) <> coalesce(k.orders, 0)
                or coalesce(c.gross_minor, 0) <> coalesce(k.gross_minor, 0)",
    },
    Audit {
        name: "products-and-clients-add-up-to-sales",
        sql: "
            with sales as (
                select currency, cast(sum(units) as bigint) as units,
                    cast(sum(gross_minor) as bigint) as gross_minor,
                    cast(sum(returned_units) as bigint) as returned_units,
                    cast(sum(returned_minor) as bigint) as returned_minor
                from reports_sale_day group by currency),
            parts as (
                select 'products' as what, currency, cast(sum(units) as bigint) as units,
                    cast(sum(gross_minor) as bigint) as gross_minor,
                    cast(sum(returned_units) as bigint) as returned_units,
                    cast(sum(returned_minor) as bigint) as returned_minor
                from reports_product_day group by currency
                union all
                select 'clients', currency, cast(sum(units) as bigint),
                    cast(sum(gross_minor) as bigint), cast(sum(returned_units) as bigint),
                    cast(sum(returned_minor) as bigint)
                from reports_client_day group by currency)
            select p.what || ' in ' || p.currency as subject,
                cast(p.gross_minor as text) || ' less ' || cast(p.returned_minor as text) ||
                ', sales are ' || cast(coalesce(s.gross_minor, 0) as text) || ' less ' ||
                cast(coalesce(s.returned_minor, 0) as text) as finding
            from parts p left join sales s on s.currency = p.currency
            where p.units <> coalesce(s.units, 0) or p.gross_minor <> coalesce(s.gross_minor, 0)
                or p.returned_units <> coalesce(s.returned_units, 0)
                or p.returned_minor <> coalesce(s.returned_minor, 0)",
    },
    Audit {
        name: "months-and-years-add-up-to-their-days",
        sql: "
            with days as (
                select 'products' as what, day, units, gross_minor, returned_minor
                from reports_product_day
                union all
                select 'clients', day, units, gross_minor, returned_minor
                from reports_client_day),
            by_day as (
                select what, day, cast(sum(units) as bigint) as units,
                    cast(sum(gross_minor) as bigint) as gross_minor,
                    cast(sum(returned_minor) as bigint) as returned_minor
                from days group by what, day),
            spans as (
                select what, months, start_day, last_day, units, gross_minor, returned_minor
                from reports_span where packed is not null),
            parts as (
                select s.what, s.months, s.start_day, d.units, d.gross_minor, d.returned_minor
                from spans s join by_day d on d.what = s.what and d.day = s.start_day
                where s.months = 0
                union all
                select s.what, s.months, s.start_day, d.units, d.gross_minor, d.returned_minor
                from spans s join by_day d
                    on d.what = s.what and d.day between s.start_day and s.last_day
                where s.months > 0),
            sums as (
                select what, months, start_day, cast(sum(units) as bigint) as units,
                    cast(sum(gross_minor) as bigint) as gross_minor,
                    cast(sum(returned_minor) as bigint) as returned_minor
                from parts group by what, months, start_day)
            select s.what || ' of ' || cast(s.months as text) || ' months from day ' ||
                    cast(s.start_day as text) as subject,
                cast(s.gross_minor as text) || ' less ' || cast(s.returned_minor as text) ||
                ', the days have ' || cast(coalesce(d.gross_minor, 0) as text) || ' less ' ||
                cast(coalesce(d.returned_minor, 0) as text) as finding
            from spans s left join sums d
                on d.what = s.what and d.months = s.months and d.start_day = s.start_day
            where s.units <> coalesce(d.units, 0)
                or s.gross_minor <> coalesce(d.gross_minor, 0)
                or s.returned_minor <> coalesce(d.returned_minor, 0)
            union all
            select d.what || ' of day ' || cast(d.day as text), 'is in no span'
            from by_day d join reports_closed c on d.day < c.until_day
            left join reports_span s on s.what = d.what and s.months = 0 and s.start_day = d.day
            where s.what is null",
    },
    Audit {
        name: "running-totals-add-up-to-their-years",
        sql: "
            with years as (
                select t.what, t.until_day, cast(sum(s.units) as bigint) as units,
                    cast(sum(s.gross_minor) as bigint) as gross_minor,
                    cast(sum(s.returned_minor) as bigint) as returned_minor
                from reports_running_total t join reports_span s
                    on s.what = t.what and s.months = 12 and s.last_day < t.until_day
                where t.packed is not null group by t.what, t.until_day)
            select t.what || ' until day ' || cast(t.until_day as text) as subject,
                cast(t.gross_minor as text) || ' less ' || cast(t.returned_minor as text) ||
                ', the years have ' || cast(coalesce(y.gross_minor, 0) as text) || ' less ' ||
                cast(coalesce(y.returned_minor, 0) as text) as finding
            from reports_running_total t
            left join years y on y.what = t.what and y.until_day = t.until_day
            where t.packed is not null and (t.units <> coalesce(y.units, 0)
                or t.gross_minor <> coalesce(y.gross_minor, 0)
                or t.returned_minor <> coalesce(y.returned_minor, 0))
            union all
            select s.what || ' of the year from day ' || cast(s.start_day as text),
                'has no running total'
            from reports_span s left join reports_running_total t
                on t.what = s.what and t.until_day = s.last_day + 1
            where s.months = 12 and t.what is null",
    },
    Audit {
        name: "stores-hold-what-their-levels-add-up-to",
        sql: "
            with kept as (
                select f.store_id, coalesce(p.currency, '') as currency, count(*) as products,
                    cast(sum(f.on_hand) as bigint) as on_hand,
                    cast(sum(f.reserved) as bigint) as reserved,
                    cast(sum(case when f.on_hand - f.reserved <= f.min_stock then 1 else 0 end)
                        as bigint) as low,
                    cast(sum(case when coalesce(p.price_minor, 0) = 0 then 0
                        when f.on_hand > 9000000000000000 / p.price_minor then 9000000000000000
                        else f.on_hand * p.price_minor end) as bigint) as value_minor
                from reports_level f left join reports_product p on p.id = f.product_id
                where f.on_hand <> 0 or f.reserved <> 0 or f.min_stock is not null
                group by f.store_id, coalesce(p.currency, '')),
            counted as (
                select store_id, currency, cast(sum(products) as bigint) as products,
                    cast(sum(on_hand) as bigint) as on_hand,
                    cast(sum(reserved) as bigint) as reserved, cast(sum(low) as bigint) as low,
                    cast(sum(value_minor) as bigint) as value_minor
                from reports_stock where products <> 0 group by store_id, currency),
            cells as (
                select store_id, currency from kept union select store_id, currency from counted)
            select 'a store, in ' || e.currency as subject,
                cast(coalesce(c.products, 0) as text) || ' products, ' ||
                cast(coalesce(c.on_hand, 0) as text) || ' pieces worth ' ||
                cast(coalesce(c.value_minor, 0) as text) || '; its levels are ' ||
                cast(coalesce(k.products, 0) as text) || ', ' ||
                cast(coalesce(k.on_hand, 0) as text) || ' worth ' ||
                cast(coalesce(k.value_minor, 0) as text) as finding
            from cells e
            left join kept k on k.store_id = e.store_id and k.currency = e.currency
            left join counted c on c.store_id = e.store_id and c.currency = e.currency
            where coalesce(c.products, 0) <> coalesce(k.products, 0)
                or coalesce(c.on_hand, 0) <> coalesce(k.on_hand, 0)
                or coalesce(c.reserved, 0) <> coalesce(k.reserved, 0)
                or coalesce(c.low, 0) <> coalesce(k.low, 0)
                or coalesce(c.value_minor, 0) <> coalesce(k.value_minor, 0)",
    },
    Audit {
        name: "no-level-is-worth-more-than-its-most",
        sql: "
            select 'stock' as subject,
                cast(count(*) as text) || ' levels are worth more than is kept' as finding
            from reports_level f join reports_product p on p.id = f.product_id
            where p.price_minor > 0 and f.worth_at_most < case
                when f.on_hand > 9000000000000000 / p.price_minor then 9000000000000000
                else f.on_hand * p.price_minor end
            having count(*) > 0",
    },
    Audit {
        name: "nothing-counted-is-below-zero",
        sql: "
            select 'sales' as subject, cast(count(*) as text) || ' sums are below zero' as finding
            from reports_sale_day
            where orders < 0 or units < 0 or gross_minor < 0 or returned_units < 0
                or returned_minor < 0
            having count(*) > 0
            union all
            select 'stock', cast(count(*) as text) || ' levels are below zero'
            from reports_level where on_hand < 0 or reserved < 0
            having count(*) > 0",
    },
];
