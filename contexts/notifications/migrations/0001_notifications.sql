-- Notifications: what people are told, whom it reaches and what came of it. Whatever names or
-- reaches a person is sealed with that person's own key; ids, words, amounts and times are in clear.

-- Copies, fed by events. An order is known once it was placed.
create table notifications_order (
    id uuid not null primary key,
    number text not null,
    client_id uuid not null,
    total_minor bigint not null,
    currency text not null,
    confirmed boolean not null
);

-- Clients are told of their orders.
create table notifications_client (
    id uuid not null primary key,
    sealed_contact bytea,
    erased boolean not null,
    version bigint not null
);

-- Users; those who manage something are told when stock is low.
create table notifications_user (
    id uuid not null primary key,
    sealed_contact bytea,
    manages boolean not null,
    -- JSON, as the event says it; null means all stores.
    store_ids text,
    version bigint not null
);
create index notifications_user_manages on notifications_user (id) where manages;

create table notifications_product (
    id uuid not null primary key,
    sku text not null,
    name text not null,
    version bigint not null
);

create table notifications_store (
    id uuid not null primary key,
    name text not null,
    version bigint not null
);

-- One message to one person by one channel, and how its delivery stands.
create table notifications_notice (
    id uuid not null primary key,
    -- What it tells of, whom and how: told once, however often the news comes.
    told_of text not null,
    kind text not null,
    channel text not null,
    order_id uuid,
    -- The client or user it goes to; null until its order was heard of.
    person_id uuid,
    -- JSON of what the news brought: ids, amounts, words; nothing personal.
    details text not null,
    -- Name, address and token, where the news brought them; gone once it was sent.
    sealed bytea,
    status text not null,
    reason text,
    tries bigint not null,
    -- When the next attempt is due; while one is made, when it counts as lost.
    next_at bigint not null,
    deadline_at bigint not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    constraint notifications_notice_once unique (told_of),
    constraint notifications_notice_channel check (channel in ('email', 'sms')),
    constraint notifications_notice_status check (
        status in ('queued', 'sending', 'sent', 'dead', 'skipped', 'erased')),
    constraint notifications_notice_tries check (tries >= 0 and (tries > 0 or status <> 'sending'))
);
create index notifications_notice_due on notifications_notice (channel, next_at)
    where status in ('queued', 'sending');
create index notifications_notice_order on notifications_notice (order_id)
    where order_id is not null;
create index notifications_notice_person on notifications_notice (person_id, id);
create index notifications_notice_status on notifications_notice (status, id);

-- Every attempt to deliver one, written down before it is made.
create table notifications_attempt (
    notice_id uuid not null references notifications_notice (id),
    nth bigint not null,
    outcome text not null,
    reason text,
    started_at bigint not null,
    ended_at bigint,
    primary key (notice_id, nth),
    constraint notifications_attempt_outcome check (
        outcome in ('started', 'lost', 'sent', 'deferred', 'refused', 'skipped', 'erased')),
    constraint notifications_attempt_ended check (
        (outcome in ('started', 'lost')) = (ended_at is null))
);

-- Texts of the shop's own, in place of the built-in ones.
create table notifications_template (
    kind text not null,
    channel text not null,
    language text not null,
    subject text,
    body text not null,
    version bigint not null,
    updated_at bigint not null,
    primary key (kind, channel, language),
    constraint notifications_template_subject check ((channel = 'email') = (subject is not null))
);

-- Who does not want to hear of something.
create table notifications_unsubscribed (
    person_id uuid not null,
    kind text not null,
    unsubscribed_at bigint not null,
    primary key (person_id, kind)
);

-- Addresses, as keyed hashes, that do not take what is sent there.
create table notifications_suppression (
    address bytea not null primary key,
    -- Whose delivery showed it; trying that one again lifts the suppression.
    notice_id uuid not null,
    reason text not null,
    suppressed_at bigint not null
);
create index notifications_suppression_notice on notifications_suppression (notice_id);
