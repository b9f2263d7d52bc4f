-- The client a user buys as, where that is not the one made when they registered, and which news of
-- it that is: later news count.
alter table identity_user add column client_id uuid;
alter table identity_user add column client_version bigint check (
    client_version is not null or client_id is null);
