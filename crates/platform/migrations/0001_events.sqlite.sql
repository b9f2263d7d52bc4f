-- One row a publishing transaction. The single writer numbers it at once.
create table event_commit (
    pos integer primary key autoincrement,
    events bigint not null,
    complete text not null,
    first_seq bigint,
    last_seq bigint unique
);

create table event_log (
    pos bigint not null references event_commit (pos),
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
    data text not null check (length(cast(data as blob)) <= 262144),
    primary key (pos, nth)
) without rowid;
create unique index event_log_version on event_log (aggregate_id, aggregate, version);

create trigger event_log_read_only_update before update on event_log
begin
    select raise(abort, 'the event log is append-only');
end;
create trigger event_log_read_only_delete before delete on event_log
begin
    select raise(abort, 'the event log is append-only');
end;
