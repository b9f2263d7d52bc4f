//! All SQL of identity, a file per table.

pub mod api_keys;
pub mod guards;
pub mod letters;
pub mod sessions;
pub mod signing_keys;
pub mod users;

use platform::Audit;

/// Queries that return no row on a healthy database.
pub const AUDITS: &[Audit] = &[
    Audit {
        name: "disabled-users-have-no-open-session",
        sql: "select cast(count(*) as text) as subject, 'open sessions' as finding
              from identity_session s join identity_user u on u.id = s.user_id
              where u.disabled_at is not null and s.revoked_at is null
              having count(*) > 0",
    },
    Audit {
        name: "only-erased-users-lack-an-address",
        sql: "select cast(count(*) as text) as subject, 'users without address' as finding
              from identity_user
              where (email_index is null or password_hash is null) and disabled_at is null
              having count(*) > 0",
    },
];
