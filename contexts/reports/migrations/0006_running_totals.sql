-- Everything that was sold before a day on which a year begins, packed: years between two such days
-- are the difference of two rows, however many they are. One row for each year that is kept; `packed`
-- is taken out when something changes before that day, and put in again by a job. The sums beside it
-- are for audits.
create table reports_running_total (
    what text not null,
    until_day bigint not null,
    units bigint not null default 0,
    gross_minor bigint not null default 0,
    returned_minor bigint not null default 0,
    packed bytea,
    primary key (what, until_day),
    constraint reports_running_total_what check (what in ('products', 'clients'))
);
insert into reports_running_total (what, until_day)
select what, last_day + 1 from reports_span where months = 12;
