//! The one door to the database: SQLite and PostgreSQL behind one [`Db`] and one [`Tx`].
//! SQL is written once, with `$1` placeholders; where one text will not do, both stand side by
//! side in one call. Nothing outside this folder names a driver.

mod build;
mod bulk;
mod error;
mod gather;
pub mod joined;
mod migrate;
mod pool;
mod postgres;
mod query;
mod readers;
mod tx;
mod value;

pub use build::Build;
pub use bulk::{Bulk, Rows};
pub use error::DbError;
pub use migrate::{Migration, Migrations};
pub use pool::{Db, DbOptions, Engine};
pub use query::Query;
pub use tx::Tx;
pub use value::{Bind, Column, Row};

pub(crate) use tx::Conn;
