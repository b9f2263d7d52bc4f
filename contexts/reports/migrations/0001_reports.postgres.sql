-- PostgreSQL: what is counted. A day is a number, days since 1970 in UTC; where no store or employee
-- is known there is the uuid of zeros, and where no country is known the empty text.
-- Pages are left room, so that sums are updated in place (HOT): no index names them.
-- reports_order: what is known of an order, so that a cancellation takes out what was counted. Its
-- columns are empty until the news that fill them has come, in whatever order it comes.
-- reports_…_day: sums per day; reports_…_span: the same per month (1) and year (12), from the first
-- day of each, of months that are closed. reports_level: stock, `reserved` as the orders tell it.

create table reports_order (
    order_id uuid primary key,
    day bigint,
    client_id uuid,
    store_id uuid,
    employee_id uuid,
    country text,
    currency text,
    gross_minor bigint,
    items text,
    cancelled boolean not null,
    held boolean not null,
    released boolean not null,
    shipped text,
    returned text
) with (fillfactor = 80);

create table reports_sale_day (
    day bigint not null,
    store_id uuid not null,
    employee_id uuid not null,
    country text not null,
    currency text not null,
    orders bigint not null,
    units bigint not null,
    gross_minor bigint not null,
    returned_units bigint not null,
    returned_minor bigint not null,
    primary key (day, store_id, employee_id, country, currency)
) with (fillfactor = 80);

create table reports_product_day (
    day bigint not null,
    product_id uuid not null,
    store_id uuid not null,
    currency text not null,
    orders bigint not null,
    units bigint not null,
    gross_minor bigint not null,
    returned_units bigint not null,
    returned_minor bigint not null,
    primary key (day, product_id, store_id, currency)
) with (fillfactor = 80);

create table reports_client_day (
    day bigint not null,
    client_id uuid not null,
    store_id uuid not null,
    currency text not null,
    orders bigint not null,
    units bigint not null,
    gross_minor bigint not null,
    returned_units bigint not null,
    returned_minor bigint not null,
    primary key (day, client_id, store_id, currency)
) with (fillfactor = 80);

create table reports_product_span (
    months bigint not null,
    start bigint not null,
    product_id uuid not null,
    store_id uuid not null,
    currency text not null,
    orders bigint not null,
    units bigint not null,
    gross_minor bigint not null,
    returned_units bigint not null,
    returned_minor bigint not null,
    primary key (months, start, product_id, store_id, currency)
) with (fillfactor = 80);

create table reports_client_span (
    months bigint not null,
    start bigint not null,
    client_id uuid not null,
    store_id uuid not null,
    currency text not null,
    orders bigint not null,
    units bigint not null,
    gross_minor bigint not null,
    returned_units bigint not null,
    returned_minor bigint not null,
    primary key (months, start, client_id, store_id, currency)
) with (fillfactor = 80);

create table reports_level (
    product_id uuid not null,
    store_id uuid not null,
    on_hand bigint not null,
    reserved bigint not null,
    min_stock bigint,
    version bigint not null,
    primary key (product_id, store_id)
) with (fillfactor = 80);
