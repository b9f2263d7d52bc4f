//! What must hold in the catalogue's tables at any time: each query returns no row then.

use platform::Audit;

pub const AUDITS: &[Audit] = &[
    Audit {
        name: "catalog.price-is-in-history",
        sql: "select p.sku as subject, 'its price is not the one in its history' as finding
            from catalog_product p left join catalog_price h
                on h.product_id = p.id and h.effective_at = p.priced_at
                and h.price_minor = p.price_minor and h.currency = p.currency and h.applied
            where h.product_id is null limit 100",
    },
    Audit {
        name: "catalog.price-is-the-newest",
        sql: "select p.sku as subject, 'a newer price came into force' as finding
            from catalog_price h join catalog_product p on p.id = h.product_id
            where h.applied and h.effective_at > p.priced_at limit 100",
    },
    Audit {
        name: "catalog.categories-are-a-tree",
        sql: "with recursive tree(id) as (
                select id from catalog_category where parent_id is null
                union select c.id from catalog_category c join tree t on c.parent_id = t.id)
            select c.name as subject, 'is under itself' as finding
            from catalog_category c left join tree t on t.id = c.id
            where t.id is null limit 100",
    },
];
