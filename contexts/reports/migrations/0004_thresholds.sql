-- What lacks is looked for among the levels that have a threshold; no order touches this index.
create index reports_level_threshold on reports_level (product_id, store_id)
    where min_stock is not null;
