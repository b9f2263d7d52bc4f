-- SQLite: the sums of the levels there are.
insert into reports_stock
    (store_id, category_id, currency, products, on_hand, reserved, low, value_minor)
select f.store_id, coalesce(p.category_id, x'00000000000000000000000000000000'),
    coalesce(p.currency, ''), count(*), sum(f.on_hand), sum(f.reserved),
    sum(case when f.on_hand - f.reserved <= f.min_stock then 1 else 0 end), sum(f.worth_at_most)
from reports_level f left join reports_product p on p.id = f.product_id
where f.on_hand <> 0 or f.reserved <> 0 or f.min_stock is not null
group by 1, 2, 3;
