-- Where an order goes, for reports: the address itself is sealed. Of older orders nobody said it.
alter table orders_order add column country text;
