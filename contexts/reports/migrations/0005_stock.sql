-- What each store holds in all, per category and currency of its products; the uuid of zeros and the
-- empty text where catalog has not told of a product yet. Kept along with the levels, so that an
-- overview of a million of them reads a few rows.
create table reports_stock (
    store_id uuid not null,
    category_id uuid not null,
    currency text not null,
    products bigint not null,
    on_hand bigint not null,
    reserved bigint not null,
    low bigint not null,
    value_minor bigint not null,
    primary key (store_id, category_id, currency)
);

-- No level is worth more than this, nor much less: it is raised at once and lowered now and then, so
-- that what is worth most is found by an index that few sales touch.
alter table reports_level add column worth_at_most bigint not null default 0;
update reports_level set worth_at_most = coalesce((
    select case when p.price_minor = 0 then 0
        when reports_level.on_hand > 9000000000000000 / p.price_minor then 9000000000000000
        else reports_level.on_hand * p.price_minor end
    from reports_product p where p.id = reports_level.product_id), 0);
create index reports_level_worth on reports_level (worth_at_most desc, product_id, store_id);
