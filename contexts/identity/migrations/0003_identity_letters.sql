-- When the user showed that mail to their address reaches them; null again once it changes.
alter table identity_user add column email_verified_at bigint;

-- Tokens that travel by letter, as keyed hashes; each is good once, for the address it went to.
create table identity_letter (
    token_hash bytea not null primary key,
    user_id uuid not null references identity_user (id),
    kind text not null check (kind in ('email_verification', 'password_reset')),
    email_index bytea not null,
    expires_at bigint not null,
    used_at bigint,
    created_at bigint not null
);
create index identity_letter_user on identity_letter (user_id, kind, created_at);
create index identity_letter_expiry on identity_letter (expires_at);

-- Who says they forgot their password: the blind index of what was typed, whether or not anybody
-- has that address. Emptied every second.
create table identity_forgotten (
    id uuid not null primary key,
    email_index bytea not null,
    asked_at bigint not null
);
