-- Systems outside that are told of events.

create table notifications_webhook_endpoint (
    id uuid primary key,
    url text not null,
    -- Patterns of types, with a space between.
    event_types text not null,
    description text,
    -- Null while it is told of events.
    paused_reason text,
    paused_at bigint,
    -- Sealed with the endpoint's own key.
    secret bytea not null,
    old_secret bytea,
    old_secret_until bigint,
    -- Failed attempts since the last that went well, and since when.
    failures bigint not null,
    failing_since bigint,
    -- While it fails it is not called before.
    probe_at bigint not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    constraint notifications_webhook_endpoint_paused check (
        (paused_reason is null) = (paused_at is null)
        and (paused_reason is null or paused_reason in ('by_hand', 'failing', 'gone'))),
    constraint notifications_webhook_endpoint_old check (
        (old_secret is null) = (old_secret_until is null)),
    constraint notifications_webhook_endpoint_failing check (
        failures >= 0 and (failures = 0) = (failing_since is null))
);

-- Events that somebody wants, as they are sent: kept once, for however many endpoints.
create table notifications_webhook_event (
    id uuid primary key,
    kind text not null,
    body text not null,
    kept_at bigint not null
);
create index notifications_webhook_event_age on notifications_webhook_event (kept_at);

-- One event on its way to one endpoint.
create table notifications_webhook_delivery (
    id uuid primary key,
    endpoint_id uuid not null,
    event_id uuid not null references notifications_webhook_event (id),
    kind text not null,
    -- Deliveries about one aggregate keep the order of their versions.
    aggregate text not null,
    aggregate_id uuid not null,
    version bigint not null,
    state text not null,
    -- All attempts, and those since it was last made due by hand.
    attempts bigint not null,
    tries bigint not null,
    next_at bigint not null,
    -- Who is sending it right now; when the time is over, somebody else may.
    claim uuid,
    claimed_until bigint,
    first_failed_at bigint,
    last_outcome text,
    last_status bigint,
    last_duration_ms bigint,
    delivered_at bigint,
    created_at bigint not null,
    updated_at bigint not null,
    constraint notifications_webhook_delivery_once unique (endpoint_id, event_id),
    constraint notifications_webhook_delivery_state check (
        state in ('pending', 'delivered', 'dead')),
    constraint notifications_webhook_delivery_done check (
        (state = 'delivered') = (delivered_at is not null)),
    constraint notifications_webhook_delivery_claim check (
        (claim is null) = (claimed_until is null) and (claim is null or state = 'pending')),
    constraint notifications_webhook_delivery_attempts check (attempts >= tries and tries >= 0)
);
create index notifications_webhook_delivery_due on notifications_webhook_delivery
    (endpoint_id, next_at, id) where state = 'pending';
create index notifications_webhook_delivery_order on notifications_webhook_delivery
    (endpoint_id, aggregate_id, aggregate, version) where state = 'pending';
create index notifications_webhook_delivery_list on notifications_webhook_delivery
    (endpoint_id, id);
create index notifications_webhook_delivery_event on notifications_webhook_delivery (event_id);
create index notifications_webhook_delivery_age on notifications_webhook_delivery (updated_at);
create index notifications_webhook_delivery_old on notifications_webhook_delivery
    (created_at) where state = 'pending';

-- What came of each time it was sent.
create table notifications_webhook_attempt (
    delivery_id uuid not null references notifications_webhook_delivery (id) on delete cascade,
    nth bigint not null,
    at bigint not null,
    outcome text not null,
    status bigint,
    duration_ms bigint not null,
    -- The beginning of what was answered.
    answer text,
    primary key (delivery_id, nth)
);
