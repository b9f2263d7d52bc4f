-- Sums of days, months and years that are over, packed: a report of a year so reads one row instead of
-- one a product, and a row of a thousand numbers is read in the time of a few rows. What is there
-- follows from the days, so nothing is taken over from the tables before.
drop table reports_product_span;
drop table reports_client_span;

-- what: products or clients; months: 0 is a day, 1 a month, 12 a year, of whole spans before
-- `reports_closed.until_day`. Where no row is, nothing was sold. `packed` is taken out when something
-- changes about the span, and put in again by a job. The sums beside it are for audits.
create table reports_span (
    what text not null,
    months bigint not null,
    start_day bigint not null,
    last_day bigint not null,
    units bigint not null default 0,
    gross_minor bigint not null default 0,
    returned_units bigint not null default 0,
    returned_minor bigint not null default 0,
    packed bytea,
    primary key (what, months, start_day),
    constraint reports_span_what check (what in ('products', 'clients')),
    constraint reports_span_months check (months in (0, 1, 12))
);

-- Everything is added up anew, from the first day there is.
update reports_closed
set until_day = coalesce((select min(day) from reports_sale_day where day < 0), 0);
