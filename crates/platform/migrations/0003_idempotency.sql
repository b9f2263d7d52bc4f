-- Answers to requests that carried an Idempotency-Key, written in the request's own transaction.
-- The id is the first half of SHA-256 over scope and key.
create table idempotency_record (
    id uuid primary key,
    fingerprint bytea not null,
    status bigint not null,
    headers text not null,
    body bytea not null,
    expires_at bigint not null
);
create index idempotency_record_expiry on idempotency_record (expires_at);
