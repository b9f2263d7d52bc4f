-- Reports: copies of what rows are called, and how far counting has come. What is counted follows in
-- the files beside this one, because the engines keep it differently.

create table reports_product (
    id uuid primary key,
    sku text not null,
    name text not null,
    category_id uuid not null,
    price_minor bigint not null,
    currency text not null,
    version bigint not null
);
create index reports_product_category on reports_product (category_id);

create table reports_category (
    id uuid primary key,
    name text not null,
    version bigint not null
);

create table reports_store (
    id uuid primary key,
    code text not null,
    name text not null,
    version bigint not null
);

-- One row: how many events were counted, and when the latest of them occurred.
create table reports_clock (
    id bigint primary key,
    events bigint not null,
    latest_at bigint not null,
    constraint reports_clock_one check (id = 1)
);

-- One row: days before this one are in the spans, too. It is there from the start, for whoever
-- closes a month and whoever counts late to lock; days before 1970 are counted in both at once.
create table reports_closed (
    id bigint primary key,
    until_day bigint not null,
    constraint reports_closed_one check (id = 1)
);
insert into reports_closed (id, until_day) values (1, 0);
