-- Levels that no event has told of: those that were there before such events were. A job tells of
-- them and empties the table, which nothing fills again.
create table inventory_untold (
    level_id uuid primary key
);
insert into inventory_untold (level_id) select id from inventory_level;
