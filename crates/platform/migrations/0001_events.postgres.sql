-- One row a publishing transaction. The sequencer numbers it once it is committed: identity values
-- are handed out before commit, so readers that followed them would lose what commits late.
-- CACHE 1 is needed: a cached block would let one aggregate's commits swap places.
create table event_commit (
    pos bigint generated always as identity (cache 1) primary key,
    events bigint not null,
    complete text not null,
    first_seq bigint,
    last_seq bigint unique
) with (fillfactor = 50);
create index event_commit_unnumbered on event_commit (pos) where last_seq is null;

create table event_log (
    pos bigint not null,
    nth bigint not null,
    id uuid not null,
    kind text not null,
    aggregate text not null,
    aggregate_id uuid not null,
    version bigint not null,
    occurred_at bigint not null,
    correlation uuid not null,
    causation uuid,
    actor text not null,
    traceparent text,
    handled text not null,
    data text not null check (octet_length(data) <= 262144),
    primary key (pos, nth)
);
create unique index event_log_version on event_log (aggregate_id, aggregate, version);

create function event_log_read_only() returns trigger language plpgsql as $$
begin
    raise exception 'the event log is append-only';
end $$;
create trigger event_log_read_only before update or delete on event_log
    for each statement execute function event_log_read_only();
