-- What providers told us unasked, each message once, however often it is sent.
create table payments_inbox (
    provider text not null,
    event_id text not null,
    payment_id uuid not null,
    -- Whether the provider was asked what is true about the payment since.
    followed boolean not null,
    tries bigint not null,
    next_at bigint not null,
    received_at bigint not null,
    primary key (provider, event_id),
    constraint payments_inbox_tries check (tries >= 0)
);
create index payments_inbox_open on payments_inbox (next_at) where not followed;
create index payments_inbox_age on payments_inbox (received_at);
