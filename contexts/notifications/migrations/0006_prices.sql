-- News of prices, for those who asked for them.

-- Null until the first news of a product after this.
alter table notifications_product add column price_minor bigint;
alter table notifications_product add column currency text;

-- Who wants to hear of something that nobody hears of unasked.
create table notifications_wanted (
    person_id uuid not null,
    kind text not null,
    wanted_at bigint not null,
    primary key (person_id, kind)
);
create index notifications_wanted_kind on notifications_wanted (kind);

-- Prices that have changed and were not told of yet: a row a product, however often it changed.
create table notifications_price_change (
    product_id uuid not null primary key,
    before_minor bigint not null,
    price_minor bigint not null,
    currency text not null,
    -- When the first of its changes was heard of.
    heard_at bigint not null
);
create index notifications_price_change_heard on notifications_price_change (heard_at);
