-- The event core. event_commit and event_log differ between the engines and follow there.

-- Who works on what (the sequencer, a context's runner, a relay) and how far it has come.
create table event_lease (
    name text primary key,
    owner text not null,
    epoch bigint not null,
    until_at bigint not null,
    position bigint not null
);

-- The last version of an aggregate that a subscription has handled. Never expires.
create table event_guard (
    subscription text not null,
    aggregate text not null,
    aggregate_id uuid not null,
    version bigint not null,
    primary key (subscription, aggregate, aggregate_id)
);

-- Deliveries that failed, and the later ones of the same aggregate that wait behind them.
create table event_parked (
    subscription text not null,
    aggregate text not null,
    aggregate_id uuid not null,
    version bigint not null,
    context text not null,
    state text not null check (state in ('retrying', 'behind', 'dead')),
    envelope text not null,
    error text not null,
    attempts bigint not null,
    next_at bigint not null,
    first_failed_at bigint not null,
    primary key (subscription, aggregate, aggregate_id, version)
);
create index event_parked_due on event_parked (context, next_at);
