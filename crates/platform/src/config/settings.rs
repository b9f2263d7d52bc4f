//! The checked settings: every value in here is usable.

use super::read::Reader;
use super::{ConfigFaults, OidcIssuer, Options, oidc, secrets};
use crate::db::DbOptions;
use kernel::{Currency, Email};
use secrecy::{SecretSlice, SecretString};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// How much the process forgives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// One person's machine: a missing secret is generated, logs are for reading.
    Development,
    /// Like production, with the documentation pages on.
    Staging,
    /// Refuses missing and sample secrets; documentation pages are off.
    Production,
}

impl Environment {
    /// The name, as `COMPTOIR_ENV` gives it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }
}

impl FromStr for Environment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "development" => Ok(Self::Development),
            "staging" => Ok(Self::Staging),
            "production" => Ok(Self::Production),
            _ => Err("is development, staging or production"),
        }
    }
}

impl std::fmt::Display for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Requests of one caller: so many per second on average, so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateLimit {
    pub per_second: u32,
    pub burst: u32,
}

impl FromStr for RateLimit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "is RATE/BURST, like 50/100, or off";
        let (rate, burst) = text.split_once('/').ok_or(wrong)?;
        let (rate, burst) = (rate.trim().parse::<u32>(), burst.trim().parse::<u32>());
        match (rate, burst) {
            (Ok(per_second @ 1..), Ok(burst)) if burst >= per_second => {
                Ok(Self { per_second, burst })
            }
            (Ok(_), Ok(_)) => Err("needs a rate of at least 1 and a burst not below the rate"),
            _ => Err(wrong),
        }
    }
}

/// Bounds of the HTTP server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest request body; 1 MiB holds an order of 1,000 lines several times.
    pub body_bytes: usize,
    pub header_timeout: Duration,
    pub body_timeout: Duration,
    pub request_timeout: Duration,
    pub shutdown_timeout: Duration,
    /// Requests served at once; the next one is shed.
    pub in_flight: usize,
    pub rate: Option<RateLimit>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(5),
            shutdown_timeout: Duration::from_secs(10),
            in_flight: 1024,
            rate: Some(RateLimit {
                per_second: 50,
                burst: 100,
            }),
        }
    }
}

/// What the process was told, checked. Secrets print as `[REDACTED]`.
#[derive(Clone, Debug)]
pub struct Settings {
    pub environment: Environment,
    pub listen: SocketAddr,
    /// May hold a password: never log it.
    pub database_url: SecretString,
    pub data_dir: PathBuf,
    pub currency: Currency,
    pub cors_origins: Vec<String>,
    /// How many entries from the right of `X-Forwarded-For` were written by our own proxies.
    pub trusted_proxies: u8,
    pub token_issuer: String,
    /// Whose access tokens are accepted beside our own.
    pub oidc: Option<OidcIssuer>,
    pub secret: SecretSlice<u8>,
    /// Who becomes administrator at first start.
    pub admin_email: Email,
    pub admin_password: Option<SecretString>,
    pub limits: Limits,
    pub db_connections: u32,
    pub db_worker_connections: u32,
    /// `EnvFilter` syntax.
    pub log: String,
}

/// Made up at first start when nobody says otherwise; example.com belongs to nobody (RFC 2606).
const ADMIN_EMAIL: &str = "admin@example.com";
/// sqlx logs every slow statement at `warn`, and hyper's and h2's own chatter helps nobody.
const LOG: &str = "info,sqlx=warn,h2=warn,hyper=warn";

impl Settings {
    /// Reads and checks everything: `options` (flags and environment), the file they name, and
    /// the secrets, which are asked of `env` (for a binary: `|name| std::env::var(name).ok()`).
    pub fn load(
        options: &Options,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigFaults> {
        let (settings, faults) = Self::read(options, env);
        faults.none().map(|()| settings)
    }

    /// As [`Settings::load`], for whoever has more to check: the settings, with a default for each
    /// that is at fault, and the faults. Not to be used when there are any.
    pub fn read(options: &Options, env: impl Fn(&str) -> Option<String>) -> (Self, ConfigFaults) {
        let mut reader = Reader::new(options, &env);
        let environment = reader.text("COMPTOIR_ENV", "env", &options.env);
        let environment = reader.parse("COMPTOIR_ENV", environment, Environment::Development);
        let data_dir = reader.text("COMPTOIR_DATA_DIR", "data_dir", &options.data_dir);
        let data_dir = PathBuf::from(data_dir.unwrap_or_else(|| "data".to_owned()));
        let token_issuer = reader.token_issuer();
        let settings = Self {
            oidc: oidc::issuer(&mut reader, environment, &token_issuer),
            environment,
            listen: reader.listen(),
            database_url: secrets::database_url(&mut reader, environment, &data_dir),
            currency: reader.currency(),
            cors_origins: reader.origins(),
            trusted_proxies: reader.trusted_proxies(),
            token_issuer,
            admin_email: reader.admin_email(ADMIN_EMAIL),
            admin_password: secrets::admin_password(&mut reader, environment),
            limits: reader.limits(),
            db_connections: reader.db_connections(),
            db_worker_connections: reader.db_worker_connections(),
            log: reader
                .text("COMPTOIR_LOG", "log", &options.log)
                .unwrap_or_else(|| LOG.to_owned()),
            secret: secrets::master(&mut reader, environment, &data_dir),
            data_dir,
        };
        (settings, reader.faults)
    }

    /// For tests: development, no limits on rates, a fixed secret, a password for the admin.
    pub fn for_tests() -> Self {
        let limits = Limits {
            rate: None,
            ..Limits::default()
        };
        Self {
            environment: Environment::Development,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database_url: "sqlite://tests-bring-their-own.db".into(),
            data_dir: std::env::temp_dir().join("comptoir-tests"),
            currency: Currency::CAD,
            cors_origins: Vec::new(),
            trusted_proxies: 0,
            token_issuer: "comptoir".to_owned(),
            oidc: None,
            secret: b"the secret that every test knows".to_vec().into(),
            admin_email: super::read::known_good(ADMIN_EMAIL),
            admin_password: Some("the admin of the tests".into()),
            limits,
            db_connections: 8,
            db_worker_connections: 2,
            log: LOG.to_owned(),
        }
    }

    /// Whether Swagger UI, ReDoc and the OpenAPI document are served.
    pub fn serves_docs(&self) -> bool {
        self.environment != Environment::Production
    }

    /// Makes the data folder, readable by its owner only. Needed before a SQLite file is opened.
    pub fn make_data_dir(&self) -> std::io::Result<()> {
        secrets::private_folder(&self.data_dir)
    }

    /// How to open the database for requests.
    pub fn db_options(&self) -> DbOptions {
        DbOptions {
            connections: self.db_connections,
            ..DbOptions::default()
        }
    }
}
