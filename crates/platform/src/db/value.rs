//! Values and rows both databases store and compare alike. The set is closed on purpose: no `i32`
//! (PostgreSQL will not read one as `i64`), no float, no driver's own date type.

use super::{DbError, Engine};
use kernel::{Entity, Id, Timestamp};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, Row as _};
use uuid::Uuid;

/// The binds of one statement, in the form its engine wants.
pub enum Args {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

impl Args {
    pub(super) fn new(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::Sqlite(SqliteArguments::default()),
            Engine::Postgres => Self::Postgres(PgArguments::default()),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Sqlite(args) => args.len(),
            Self::Postgres(args) => args.len(),
        }
    }
}

/// A row of an answer.
pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// Reads a column by its name; a missing column or another type is a [`DbError::Bug`].
    pub fn get<T: Column>(&self, name: &str) -> Result<T, DbError> {
        T::read(self, name)
    }
}

/// A value that can be bound to a placeholder.
pub trait Bind {
    fn bind(self, args: &mut Args);
}

/// A value that can be read from a row.
pub trait Column: Sized {
    fn read(row: &Row, name: &str) -> Result<Self, DbError>;
}

macro_rules! native {
    ($($type:ty),+) => {$(
        impl Bind for $type {
            fn bind(self, args: &mut Args) {
                // Encoding these types cannot fail; a lost bind would be counted at execution.
                let _ = match args {
                    Args::Sqlite(args) => args.add(self),
                    Args::Postgres(args) => args.add(self),
                };
            }
        }
        impl Column for $type {
            fn read(row: &Row, name: &str) -> Result<Self, DbError> {
                Ok(match row {
                    Row::Sqlite(row) => row.try_get(name)?,
                    Row::Postgres(row) => row.try_get(name)?,
                })
            }
        }
    )+};
}

native!(bool, i64, String, Vec<u8>, Uuid);
native!(
    Option<bool>,
    Option<i64>,
    Option<String>,
    Option<Vec<u8>>,
    Option<Uuid>
);

impl Bind for &str {
    fn bind(self, args: &mut Args) {
        self.to_owned().bind(args);
    }
}

impl Bind for Option<&str> {
    fn bind(self, args: &mut Args) {
        self.map(str::to_owned).bind(args);
    }
}

impl Bind for &[u8] {
    fn bind(self, args: &mut Args) {
        self.to_owned().bind(args);
    }
}

impl Bind for Timestamp {
    fn bind(self, args: &mut Args) {
        self.unix_micros().bind(args);
    }
}

impl Bind for Option<Timestamp> {
    fn bind(self, args: &mut Args) {
        self.map(Timestamp::unix_micros).bind(args);
    }
}

impl Column for Timestamp {
    fn read(row: &Row, name: &str) -> Result<Self, DbError> {
        row.get(name).map(Self::from_unix_micros)
    }
}

impl Column for Option<Timestamp> {
    fn read(row: &Row, name: &str) -> Result<Self, DbError> {
        Ok(row
            .get::<Option<i64>>(name)?
            .map(Timestamp::from_unix_micros))
    }
}

impl<E: Entity> Bind for Id<E> {
    fn bind(self, args: &mut Args) {
        self.uuid().bind(args);
    }
}

impl<E: Entity> Bind for Option<Id<E>> {
    fn bind(self, args: &mut Args) {
        self.map(Id::uuid).bind(args);
    }
}

impl<E: Entity> Column for Id<E> {
    fn read(row: &Row, name: &str) -> Result<Self, DbError> {
        row.get(name).map(Self::from_uuid)
    }
}

impl<E: Entity> Column for Option<Id<E>> {
    fn read(row: &Row, name: &str) -> Result<Self, DbError> {
        Ok(row.get::<Option<Uuid>>(name)?.map(Id::from_uuid))
    }
}
