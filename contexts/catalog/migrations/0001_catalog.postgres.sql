-- Texts are sorted byte by byte, as SQLite does, whatever locale the cluster was made with.
alter table catalog_category alter column name_key type text collate "C";
alter table catalog_product alter column sku type text collate "C";
alter table catalog_product alter column name_key type text collate "C";

-- Search: the words are made by the program, so no configuration has a say in them. The column
-- is generated, so that no write can forget it.
alter table catalog_product add column search tsvector not null
    generated always as (array_to_tsvector(string_to_array(btrim(search_text), ' '))) stored;
create index catalog_product_search on catalog_product using gin (search);
