-- The login that a client belongs to: the one that registered as this client, or one that staff
-- linked to it. A login belongs to one client at most, and nobody signs in as the erased.
alter table people_client add column user_id uuid check (user_id is null or not erased);
create unique index people_client_user_id_claim on people_client (user_id);

-- Clients from before logins were kept with them. A job finds out which of them registered and
-- empties the table, which nothing fills again.
create table people_unasked (
    client_id uuid not null primary key
);
insert into people_unasked (client_id) select id from people_client where not erased;
