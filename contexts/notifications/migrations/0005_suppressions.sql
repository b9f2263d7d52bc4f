-- Addresses that take nothing, or no more than they must: what a delivery showed, and what a
-- provider of mail or text messages reports.
create table notifications_suppressed (
    id uuid not null primary key,
    channel text not null,
    -- A keyed hash.
    address bytea not null,
    -- A bounce stops everything, a complaint what one can do without.
    cause text not null,
    -- What the server said; null for what was reported.
    reason text,
    -- Whose delivery showed it; trying that one again lifts the suppression.
    notice_id uuid,
    -- The address, sealed with the suppression's own key; null once its owner was erased.
    sealed bytea,
    suppressed_at bigint not null,
    constraint notifications_suppressed_once unique (address, cause),
    constraint notifications_suppressed_channel check (channel in ('email', 'sms')),
    constraint notifications_suppressed_cause check (cause in ('bounce', 'complaint'))
);
create index notifications_suppressed_notice on notifications_suppressed (notice_id)
    where notice_id is not null;

-- What was known before had no id: it gets that of the notice. Should one have shown two, the
-- other will show itself again.
insert into notifications_suppressed
    (id, channel, address, cause, reason, notice_id, sealed, suppressed_at)
select s.notice_id, n.channel, s.address, 'bounce', s.reason, s.notice_id, null, s.suppressed_at
from notifications_suppression s join notifications_notice n on n.id = s.notice_id
where not exists (select 1 from notifications_suppression b
    where b.notice_id = s.notice_id and b.address < s.address);
drop table notifications_suppression;

-- Who was written to where, by keyed hashes, so that erasing somebody finds what is kept of them.
create table notifications_reached (
    address bytea not null,
    person_id uuid not null,
    primary key (address, person_id)
);
create index notifications_reached_person on notifications_reached (person_id);
