//! A moment, to the microsecond, always UTC. There is no `now` here: moments come from the
//! process's one source.

use crate::fault::invalid;
use crate::wire;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};

/// Microseconds since 1970-01-01T00:00:00Z: one `bigint`, which sorts alike on every engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Not a moment as RFC 3339 writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a moment in RFC 3339, like 2026-11-20T14:03:00Z")]
pub struct BadTimestamp;
invalid!(BadTimestamp, "INVALID_TIMESTAMP");

/// 0000-01-01T00:00:00Z and 9999-12-30T22:00:00Z: what RFC 3339 can write and jiff can hold.
const MIN_MICROS: i64 = -62_167_219_200_000_000;
const MAX_MICROS: i64 = 253_402_207_200_000_000;

impl Timestamp {
    /// The moment `micros` microseconds after 1970 began in UTC.
    #[must_use]
    pub const fn from_unix_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970 began in UTC.
    #[must_use]
    pub const fn unix_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970 began in UTC, rounded down; what tokens carry.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This much later, at most the end of time.
    #[must_use]
    pub fn plus(self, time: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(time)))
    }

    /// This much earlier, at least the beginning of time.
    #[must_use]
    pub fn minus(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(time)))
    }

    /// The time since `earlier`, zero when that is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let micros = i128::from(self.0) - i128::from(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// The year in UTC, 0 to 9999.
    #[must_use]
    pub fn year(self) -> i32 {
        i32::from(self.civil().to_zoned(jiff::tz::TimeZone::UTC).year())
    }

    /// The same for jiff, moved into the years that RFC 3339 can write.
    fn civil(self) -> jiff::Timestamp {
        let micros = self.0.clamp(MIN_MICROS, MAX_MICROS);
        jiff::Timestamp::from_microsecond(micros).unwrap_or_default()
    }
}

fn micros_of(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

impl FromStr for Timestamp {
    type Err = BadTimestamp;

    /// Any offset is taken; what is finer than a microsecond is cut off.
    fn from_str(text: &str) -> Result<Self, BadTimestamp> {
        let moment: jiff::Timestamp = text.parse().map_err(|_| BadTimestamp)?;
        let micros = moment.as_microsecond();
        if (MIN_MICROS..=MAX_MICROS).contains(&micros) {
            Ok(Self(micros))
        } else {
            Err(BadTimestamp)
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.civil(), f)
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::parsed(deserializer, "a moment in RFC 3339")
    }
}

impl ComposeSchema for Timestamp {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples([serde_json::Value::from("2026-11-20T14:03:00.123456Z")])
            .description(Some(
                "RFC 3339; answers are always UTC with `Z`, to the microsecond.",
            ))
            .into()
    }
}
impl ToSchema for Timestamp {}
