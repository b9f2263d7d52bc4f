create table orders_serial (last bigint not null);
insert into orders_serial (last) values (0);
