-- What lists walk and what must be unique. A step of its own, after the collations are set.
create unique index catalog_category_name_key on catalog_category (name_key);
create index catalog_category_parent on catalog_category (parent_id);
create unique index catalog_product_sku on catalog_product (sku);
create index catalog_product_name on catalog_product (name_key, id);
create index catalog_product_price on catalog_product (price_minor, id);
create index catalog_product_created on catalog_product (created_at, id);
create index catalog_product_category_name on catalog_product (category_id, name_key, id);
create index catalog_product_category_price on catalog_product (category_id, price_minor, id);
create index catalog_product_category_created on catalog_product (category_id, created_at, id);
create index catalog_product_group on catalog_product (group_id) where group_id is not null;
-- Staff look for the few that are not on sale.
create index catalog_product_hidden on catalog_product (status, created_at, id)
    where status <> 'active';
