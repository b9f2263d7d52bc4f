-- People who sign in. The profile (name, e-mail, phone) is sealed with the person's own key;
-- the blind index finds an e-mail address without opening it. Both e-mail index and password
-- are null once the person was erased.
create table identity_user (
    id uuid not null primary key,
    email_index bytea unique,
    sealed_profile bytea not null,
    password_hash text,
    roles text not null check (roles <> ''),
    store_ids text,
    disabled_at bigint,
    version bigint not null check (version > 0),
    created_at bigint not null,
    updated_at bigint not null
);
-- Few users are more than customers; lists by role and the search for admins need only them.
create index identity_user_staff on identity_user (id) where roles <> 'customer';

-- One row per login: a family of refresh tokens, of which only the newest generation is good.
create table identity_session (
    id uuid not null primary key,
    user_id uuid not null references identity_user (id),
    generation bigint not null check (generation > 0),
    used_at bigint not null,
    expires_at bigint not null,
    revoked_at bigint,
    created_at bigint not null
);
create index identity_session_user on identity_session (user_id);
create index identity_session_expiry on identity_session (expires_at);

-- Failed logins, per blind index of address, account, and account at address.
create table identity_login_guard (
    id uuid not null primary key,
    failures bigint not null check (failures >= 0),
    failed_at bigint not null,
    succeeded_at bigint
);
create index identity_login_guard_failed on identity_login_guard (failed_at);

-- Keys of machines. Only a keyed hash of the secret is kept.
create table identity_api_key (
    id uuid not null primary key,
    name text not null,
    roles text not null check (roles <> ''),
    secret_hash bytea not null,
    expires_at bigint,
    revoked_at bigint,
    version bigint not null check (version > 0),
    created_at bigint not null,
    updated_at bigint not null
);

-- Keys that sign access tokens, sealed by the vault.
create table identity_signing_key (
    id uuid not null primary key,
    sealed bytea not null,
    created_at bigint not null,
    retired_at bigint
);
