-- The store an order is served from, so that staff who are limited to stores see what is told of
-- their own. What was placed before has none here: only those who are limited to none see it.
alter table notifications_order add column store_id uuid;
