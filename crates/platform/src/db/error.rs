//! What can go wrong at the door, in words a use case can act on.

use kernel::{ErrorKind, Fault};

/// A failed statement. The first three are answers of the data, the rest is not the caller's
/// doing.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique key is taken. Holds the constraint (PostgreSQL) or `table.column` list (SQLite).
    #[error("already exists: {0}")]
    Unique(String),
    /// Refers to a row that is not there, or is referred to.
    #[error("refers to something that is not there, or is referred to")]
    ForeignKey,
    /// A CHECK, a NOT NULL or a trigger of the schema refused the row.
    #[error("refused by the database: {0}")]
    Check(String),
    /// Another transaction was in the way: the whole use case may be tried again.
    #[error("another transaction was in the way")]
    Busy,
    /// The database cannot be reached, no connection was free in time, or a statement took too
    /// long.
    #[error("the database cannot be reached")]
    Unavailable,
    /// A mistake of ours: wrong SQL, wrong type, unreadable row.
    #[error("database bug: {0}")]
    Bug(String),
}

impl DbError {
    /// True when a unique key over `column` was hit; works with both engines' ways to name it.
    pub fn is_unique(&self, column: &str) -> bool {
        matches!(self, Self::Unique(what) if what.contains(column))
    }

    /// True when trying the same again may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable)
    }
}

impl Fault for DbError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unique(_) | Self::ForeignKey => ErrorKind::Conflict,
            Self::Busy => ErrorKind::Busy,
            Self::Unavailable => ErrorKind::Unavailable,
            Self::Check(_) | Self::Bug(_) => ErrorKind::Bug,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unique(_) => "DUPLICATE",
            Self::ForeignKey => "STILL_REFERENCED",
            Self::Check(_) | Self::Bug(_) => "INTERNAL_ERROR",
            Self::Busy => "BUSY",
            Self::Unavailable => "DATABASE_UNAVAILABLE",
        }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::error::ErrorKind as Kind;
        let Some(db) = error.as_database_error() else {
            return without_database_answer(error);
        };
        let code = db.code().unwrap_or_default().into_owned();
        match db.kind() {
            Kind::UniqueViolation => Self::Unique(named(db)),
            Kind::ForeignKeyViolation => Self::ForeignKey,
            Kind::CheckViolation | Kind::NotNullViolation => Self::Check(named(db)),
            _ => by_code(&code, db.message()),
        }
    }
}

fn named(db: &dyn sqlx::error::DatabaseError) -> String {
    db.constraint().unwrap_or_else(|| db.message()).to_owned()
}

/// SQLite answers with numbers, PostgreSQL with five characters.
fn by_code(code: &str, message: &str) -> DbError {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => by_number(number, message),
        _ => by_state(code, message),
    }
}

/// Extended result codes keep the primary one in their low byte.
fn by_number(code: u32, message: &str) -> DbError {
    match (code & 0xff, code) {
        // SQLITE_BUSY, SQLITE_LOCKED
        (5 | 6, _) => DbError::Busy,
        // a trigger of ours: RAISE(ABORT)
        (_, 1811) => DbError::Check(message.to_owned()),
        // cancelled by the watch of a reader: SQLITE_INTERRUPT
        (9, _) => DbError::Unavailable,
        // SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN
        (10 | 13 | 14, _) => DbError::Unavailable,
        _ => DbError::Bug(format!("{code}: {message}")),
    }
}

fn by_state(state: &str, message: &str) -> DbError {
    match state {
        // serialization failure, deadlock, lock not available
        "40001" | "40P01" | "55P03" => DbError::Busy,
        // a trigger of ours: RAISE EXCEPTION
        "P0001" => DbError::Check(message.to_owned()),
        // cancelled by the statement timeout
        "57014" => DbError::Unavailable,
        // connection lost, out of resources, shut down or crashed, disk trouble
        _ if ["08", "53", "57P", "58"]
            .iter()
            .any(|class| state.starts_with(class)) =>
        {
            DbError::Unavailable
        }
        _ => DbError::Bug(format!("{state}: {message}")),
    }
}

fn without_database_answer(error: sqlx::Error) -> DbError {
    use sqlx::Error as E;
    match error {
        // A connection that dies in the middle of an answer shows as a protocol error.
        E::PoolTimedOut
        | E::PoolClosed
        | E::Io(_)
        | E::Tls(_)
        | E::Protocol(_)
        | E::BeginFailed
        | E::WorkerCrashed => {
            tracing::warn!(%error, "database unavailable");
            DbError::Unavailable
        }
        other => DbError::Bug(other.to_string()),
    }
}
