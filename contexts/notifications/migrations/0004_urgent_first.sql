-- Letters that somebody waits for at the door of their account are claimed before all other mail.
alter table notifications_notice add column urgent boolean not null default false;
update notifications_notice set urgent = true
    where kind in ('email_verification', 'password_reset') and status in ('queued', 'sending');

-- What is due, each lane by itself and in the order of its claims. News of orders that nobody has
-- heard of yet are claimed by nobody.
drop index notifications_notice_due;
create index notifications_notice_due on notifications_notice (channel, urgent, next_at, id)
    where status in ('queued', 'sending') and person_id is not null;
