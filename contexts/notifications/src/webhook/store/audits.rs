//! Queries that must find nothing.

use platform::Audit;

pub const AUDITS: &[Audit] = &[
    Audit {
        name: "what-is-delivered-was-taken",
        sql: "
            select d.kind as subject, 'no attempt of it went well' as finding
            from notifications_webhook_delivery d
            where d.state = 'delivered' and not exists (
                select 1 from notifications_webhook_attempt a
                where a.delivery_id = d.id and a.outcome = 'delivered')",
    },
    Audit {
        name: "what-is-dead-was-tried",
        sql: "
            select d.kind as subject, 'it was given up untried' as finding
            from notifications_webhook_delivery d
            where d.state = 'dead' and d.last_outcome <> 'expired' and d.attempts = 0",
    },
    // Whoever was killed while sending is found out within a minute; an hour of attempts later
    // nobody has looked.
    Audit {
        name: "no-claim-is-left-behind",
        sql: "
            select d.kind as subject, 'it was claimed and never sent' as finding
            from notifications_webhook_delivery d
            join notifications_webhook_endpoint e on e.id = d.endpoint_id
            where e.paused_at is null and e.failures = 0 and d.claimed_until + 3600000000
                < (select max(a.at) from notifications_webhook_attempt a
                   join notifications_webhook_delivery o on o.id = a.delivery_id
                   where o.endpoint_id = d.endpoint_id)",
    },
    Audit {
        name: "aggregates-keep-their-order",
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
