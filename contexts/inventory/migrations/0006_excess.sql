-- Since when a level holds too much. Kept by whoever keeps low_since: the ledger, and whoever sets
-- thresholds. Orders being held change neither what is on hand nor this.
alter table inventory_level add column excess_since bigint;

-- What is too much already: since it last changed, as far as anybody knows.
update inventory_level set excess_since = updated_at, version = version + 1
    where on_hand > max_stock;

create index inventory_level_excess on inventory_level (excess_since, id)
    where excess_since is not null;
