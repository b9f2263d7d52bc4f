-- The event that led to a call, so that what comes of the call can name it.
alter table payments_attempt add column causation uuid;
