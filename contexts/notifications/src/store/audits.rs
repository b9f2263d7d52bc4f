//! Queries that must find nothing.

use platform::Audit;

pub const AUDITS: &[Audit] = &[
    Audit {
        name: "a-notice-is-delivered-once",
        sql: "
            select cast(n.id as text) as subject,
                cast(count(*) as text) || ' attempts delivered it' as finding
            from notifications_attempt a join notifications_notice n on n.id = a.notice_id
            where a.outcome = 'sent' group by n.id having count(*) > 1",
    },
    Audit {
        name: "what-was-sent-has-an-attempt-that-says-so",
        sql: "
            select kind || ' by ' || channel as subject,
                cast(count(*) as text) || ' are sent without an attempt' as finding
            from notifications_notice n
            where n.status = 'sent' and not exists (select 1 from notifications_attempt a
                where a.notice_id = n.id and a.outcome = 'sent')
            group by kind, channel",
    },
    Audit {
        name: "no-claim-is-older-than-an-hour",
        sql: "
            with latest as (select max(updated_at) as at from notifications_notice)
            select n.kind || ' by ' || n.channel as subject,
                cast(count(*) as text) || ' are being sent for over an hour' as finding
            from notifications_notice n join latest l on n.updated_at < l.at - 3600000000
            where n.status = 'sending' group by n.kind, n.channel",
    },
    Audit {
        name: "nothing-sealed-is-kept-once-it-was-sent",
        sql: "
            select kind || ' by ' || channel as subject,
                cast(count(*) as text) || ' are sent and still sealed' as finding
            from notifications_notice where status in ('sent', 'erased') and sealed is not null
            group by kind, channel",
    },
    Audit {
        name: "of-the-erased-no-contact-is-kept",
        sql: "
            select 'clients' as subject,
                cast(count(*) as text) || ' are erased and can still be reached' as finding
            from notifications_client where erased and sealed_contact is not null
            having count(*) > 0",
    },
    Audit {
        name: "of-the-erased-no-address-is-kept",
        sql: "
            select 'addresses' as subject,
                cast(count(*) as text) || ' of people who were erased are kept' as finding
            from notifications_reached t join notifications_client c on c.id = t.person_id
            where c.erased having count(*) > 0",
    },
    Audit {
        name: "a-webhook-that-is-delivered-was-taken",
        sql: "
            select d.kind as subject, 'no attempt of it went well' as finding
            from notifications_webhook_delivery d
            where d.state = 'delivered' and not exists (
                select 1 from notifications_webhook_attempt a
                where a.delivery_id = d.id and a.outcome = 'delivered')",
    },
    Audit {
        name: "a-webhook-that-is-dead-was-tried",
        sql: "
            select d.kind as subject, 'it was given up untried' as finding
            from notifications_webhook_delivery d
            where d.state = 'dead' and d.last_outcome <> 'expired' and d.attempts = 0",
    },
    // Whoever was killed while sending is found out within a minute; an hour of attempts later
    // nobody has looked.
    Audit {
        name: "no-claim-on-a-webhook-is-left-behind",
        sql: "
            select d.kind as subject, 'it was claimed and never sent' as finding
            from notifications_webhook_delivery d
            join notifications_webhook_endpoint e on e.id = d.endpoint_id
            where e.paused_at is null and e.failures = 0 and d.claimed_until is not null
                and d.claimed_until + 3600000000
                    < (select max(at) from notifications_webhook_attempt)",
    },
    Audit {
        name: "webhooks-of-one-aggregate-keep-their-order",
        sql: "
            select d.kind as subject,
                'it is being sent before an older one of its aggregate' as finding
            from notifications_webhook_delivery d
            join notifications_webhook_delivery b on b.endpoint_id = d.endpoint_id
                and b.aggregate_id = d.aggregate_id and b.aggregate = d.aggregate
                and b.version < d.version
            where d.claim is not null and b.claim is not null",
    },
];
