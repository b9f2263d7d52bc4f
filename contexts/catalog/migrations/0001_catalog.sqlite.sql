-- Search: FTS5 over the words the program made. `ascii` splits at what is neither a letter, a
-- digit, `#` nor beyond ASCII, which is exactly how the words are separated. Nothing is stored
-- twice: the index is contentless and fed by triggers.
create virtual table catalog_search using fts5 (
    words, content = '', contentless_delete = 1, prefix = '1 2 3',
    tokenize = "ascii tokenchars '#'"
);

-- FTS5 knows rows by number; the numbers of a table without an integer key change with VACUUM.
create table catalog_search_row (
    no integer primary key,
    product_id uuid not null unique
);

create trigger catalog_search_insert after insert on catalog_product begin
    insert into catalog_search_row (product_id) values (new.id);
    insert into catalog_search (rowid, words)
        select no, new.search_text from catalog_search_row where product_id = new.id;
end;

create trigger catalog_search_update after update of search_text on catalog_product
when new.search_text <> old.search_text begin
    update catalog_search set words = new.search_text
        where rowid = (select no from catalog_search_row where product_id = new.id);
end;

create trigger catalog_search_delete after delete on catalog_product begin
    delete from catalog_search
        where rowid = (select no from catalog_search_row where product_id = old.id);
    delete from catalog_search_row where product_id = old.id;
end;
