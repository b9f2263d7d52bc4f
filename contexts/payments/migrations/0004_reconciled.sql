-- Which days were compared with which provider, each once, by whichever process came first.
create table payments_reconciled (
    provider text not null,
    -- Midnight in UTC, in microseconds.
    day bigint not null,
    begun_at bigint not null,
    -- Null until the provider has answered.
    outcome text,
    differences bigint,
    ended_at bigint,
    primary key (provider, day),
    constraint payments_reconciled_outcome check (outcome in ('compared', 'no_list')),
    constraint payments_reconciled_ended check (
        (outcome is null) = (ended_at is null) and (outcome is null) = (differences is null)),
    constraint payments_reconciled_differences check (differences >= 0)
);
