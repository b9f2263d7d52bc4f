-- Search: FTS5 over the words the program made. `ascii` splits at what is neither a letter, a
-- digit, `#` nor beyond ASCII, which is exactly how the words are separated. Nothing is stored
-- twice: the index is contentless and fed by triggers.
create virtual table catalog_search using fts5 (
    words, content = '', contentless_delete = 1, prefix = '1 2 3',
    tokenize = "ascii tokenchars '#'"
);

-- FTS5 knows rows by number; the numbers of a table without an integer key change with VACUUM.
-- What lists filter and sort by stands here again, so that many matches are narrowed down by
-- reading this small table from front to back instead of fetching each product.
create table catalog_search_row (
    no integer primary key,
    id uuid not null unique,
    sku text not null,
    name_key text not null,
    category_id uuid not null,
    group_id uuid,
    price_minor bigint not null,
    status text not null,
    created_at bigint not null
);

create trigger catalog_search_insert after insert on catalog_product begin
    insert into catalog_search_row
        (id, sku, name_key, category_id, group_id, price_minor, status, created_at)
        values (new.id, new.sku, new.name_key, new.category_id, new.group_id, new.price_minor,
            new.status, new.created_at);
    insert into catalog_search (rowid, words)
        select no, new.search_text from catalog_search_row where id = new.id;
end;

create trigger catalog_search_update after update on catalog_product begin
    update catalog_search_row set sku = new.sku, name_key = new.name_key,
        category_id = new.category_id, group_id = new.group_id, price_minor = new.price_minor,
        status = new.status, created_at = new.created_at
        where id = new.id;
end;

create trigger catalog_search_words after update of search_text on catalog_product
when new.search_text <> old.search_text begin
    update catalog_search set words = new.search_text
        where rowid = (select no from catalog_search_row where id = new.id);
end;

create trigger catalog_search_delete after delete on catalog_product begin
    delete from catalog_search
        where rowid = (select no from catalog_search_row where id = old.id);
    delete from catalog_search_row where id = old.id;
end;
