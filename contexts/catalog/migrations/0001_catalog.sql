-- The catalogue: categories, products, their prices over time, and which stores have them.
-- `*_key` columns are the lower-case form made by the program, so that both engines agree on it.

create table catalog_category (
    id uuid primary key,
    name text not null,
    name_key text not null,
    parent_id uuid references catalog_category (id),
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    constraint catalog_category_no_own_parent check (parent_id is null or parent_id <> id)
);

create table catalog_product (
    id uuid primary key,
    sku text not null,
    name text not null,
    name_key text not null,
    description text,
    category_id uuid not null references catalog_category (id),
    group_id uuid,
    price_minor bigint not null check (price_minor > 0),
    currency text not null,
    -- since when the price is in force: the effective_at of its row in catalog_price
    priced_at bigint not null,
    -- JSON: a list of texts, and an object of texts
    tags text not null,
    options text not null,
    gtin text,
    status text not null check (status in ('draft', 'active', 'archived')),
    -- a product that was ever on sale is archived instead of deleted
    was_active boolean not null,
    -- the words of name, sku, description, gtin and tags; see words.rs
    search_text text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);

create table catalog_price (
    product_id uuid not null references catalog_product (id),
    effective_at bigint not null,
    price_minor bigint not null check (price_minor > 0),
    currency text not null,
    -- false while it lies in the future
    applied boolean not null,
    created_at bigint not null,
    primary key (product_id, effective_at)
);
create index catalog_price_due on catalog_price (effective_at) where not applied;

-- A copy of what inventory tells: which stores have a product to sell. May know products
-- that are not here yet.
create table catalog_stock (
    product_id uuid not null,
    store_id uuid not null,
    in_stock boolean not null,
    version bigint not null,
    primary key (product_id, store_id)
);
