-- One random key per person, wrapped with a key derived from the master secret.
-- Deleting the row makes everything sealed with it unreadable for ever.
create table vault_key (
    subject uuid not null primary key,
    wrapped bytea not null,
    created_at bigint not null
);
