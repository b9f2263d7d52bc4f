//! Reads settings one by one, and goes on after a fault.

use super::{ConfigFaults, Limits, Options, RateLimit};
use kernel::{Currency, Email};
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use toml::{Table, Value};

/// The keys a file may have: the environment variables in lower case, without `comptoir_`.
pub(super) const KEYS: &[&str] = &[
    "env",
    "listen",
    "database_url",
    "database_url_file",
    "data_dir",
    "currency",
    "rate_limit",
    "cors_origins",
    "trusted_proxies",
    "token_issuer",
    "oidc_issuer",
    "oidc_audience",
    "oidc_roles_claim",
    "oidc_jwks_url",
    "oidc_admins",
    "secret_file",
    "admin_email",
    "admin_password_file",
    "body_limit_bytes",
    "header_timeout_ms",
    "body_timeout_ms",
    "request_timeout_ms",
    "shutdown_timeout_ms",
    "max_in_flight",
    "db_connections",
    "db_worker_connections",
    "log",
];

/// Flags and environment first, then the file.
pub(super) struct Reader<'a> {
    pub options: &'a Options,
    pub env: &'a dyn Fn(&str) -> Option<String>,
    pub faults: ConfigFaults,
    file: Table,
}

impl<'a> Reader<'a> {
    pub fn new(options: &'a Options, env: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let mut faults = ConfigFaults::default();
        let file = match &options.config {
            Some(path) => read_file(path, &mut faults),
            None => Table::new(),
        };
        Self {
            options,
            env,
            faults,
            file,
        }
    }

    /// The text of a setting, if it was given anywhere. A blank one counts as not given, because
    /// that is what compose files make of an unset variable.
    pub fn text(&mut self, setting: &str, key: &str, flag: &Option<String>) -> Option<String> {
        let given = flag.clone().filter(|text| !text.trim().is_empty());
        given.or_else(|| match self.file.get(key)? {
            Value::String(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            Value::Array(list) => self.joined(setting, list.clone()),
            _ => {
                self.faults
                    .add(setting, format!("{key} in the file is a text or a number"));
                None
            }
        })
    }

    fn joined(&mut self, setting: &str, list: Vec<Value>) -> Option<String> {
        let texts: Option<Vec<_>> = list.iter().map(Value::as_str).collect();
        if texts.is_none() {
            self.faults
                .add(setting, "a list in the file holds texts only");
        }
        texts.map(|texts| texts.join(","))
    }

    /// The value of a text, or the default where none was given or it is at fault.
    pub fn parse<T>(&mut self, setting: &str, text: Option<String>, default: T) -> T
    where
        T: FromStr,
        T::Err: Display,
    {
        let Some(text) = text else { return default };
        match text.trim().parse() {
            Ok(value) => value,
            Err(error) => {
                self.faults
                    .add(setting, format!("{text:?} is not usable: {error}"));
                default
            }
        }
    }

    /// A whole number from `least` to `most`.
    fn number(&mut self, setting: &str, text: Option<String>, bounds: Bounds) -> u64 {
        let Bounds {
            least,
            most,
            default,
        } = bounds;
        let Some(text) = text else { return default };
        match text.trim().replace('_', "").parse::<u64>() {
            Ok(number) if (least..=most).contains(&number) => number,
            _ => {
                let message = format!("{text:?} is not a whole number from {least} to {most}");
                self.faults.add(setting, message);
                default
            }
        }
    }

    pub fn listen(&mut self) -> SocketAddr {
        let text = self.text("COMPTOIR_LISTEN", "listen", &self.options.listen);
        self.parse(
            "COMPTOIR_LISTEN",
            text,
            SocketAddr::from(([127, 0, 0, 1], 8000)),
        )
    }

    pub fn currency(&mut self) -> Currency {
        let text = self.text("COMPTOIR_CURRENCY", "currency", &self.options.currency);
        self.parse("COMPTOIR_CURRENCY", text, Currency::CAD)
    }

    pub fn admin_email(&mut self, default: &str) -> Email {
        let text = self.text(
            "COMPTOIR_ADMIN_EMAIL",
            "admin_email",
            &self.options.admin_email,
        );
        self.parse("COMPTOIR_ADMIN_EMAIL", text, known_good(default))
    }

    pub fn origins(&mut self) -> Vec<String> {
        let setting = "COMPTOIR_CORS_ORIGINS";
        let text = self.text(setting, "cors_origins", &self.options.cors_origins);
        let text = text.unwrap_or_default();
        let origins = text
            .split(',')
            .map(str::trim)
            .filter(|origin| !origin.is_empty());
        let origins: Vec<_> = origins.map(str::to_owned).collect();
        for origin in origins.iter().filter(|origin| !is_origin(origin)) {
            let message = "is no origin: write scheme and host, like https://shop.example";
            self.faults.add(setting, format!("{origin:?} {message}"));
        }
        origins
    }

    pub fn token_issuer(&mut self) -> String {
        let flag = &self.options.token_issuer;
        let text = self.text("COMPTOIR_TOKEN_ISSUER", "token_issuer", flag);
        text.unwrap_or_else(|| "comptoir".to_owned())
    }

    pub fn trusted_proxies(&mut self) -> u8 {
        let (setting, flag) = ("COMPTOIR_TRUSTED_PROXIES", &self.options.trusted_proxies);
        let text = self.text(setting, "trusted_proxies", flag);
        let number = self.number(setting, text, Bounds::new(0, 16, 0));
        u8::try_from(number).unwrap_or_default()
    }

    pub fn db_connections(&mut self) -> u32 {
        let (setting, flag) = ("COMPTOIR_DB_CONNECTIONS", &self.options.db_connections);
        let text = self.text(setting, "db_connections", flag);
        u32::try_from(self.number(setting, text, Bounds::new(2, 1000, 16))).unwrap_or_default()
    }

    pub fn db_worker_connections(&mut self) -> u32 {
        let flag = &self.options.db_worker_connections;
        let setting = "COMPTOIR_DB_WORKER_CONNECTIONS";
        let text = self.text(setting, "db_worker_connections", flag);
        u32::try_from(self.number(setting, text, Bounds::new(1, 1000, 4))).unwrap_or_default()
    }

    pub fn limits(&mut self) -> Limits {
        let (options, default) = (self.options, Limits::default());
        let body = self.text(
            "COMPTOIR_BODY_LIMIT_BYTES",
            "body_limit_bytes",
            &options.body_limit_bytes,
        );
        let bounds = Bounds::new(1024, 1 << 30, default.body_bytes as u64);
        let body_bytes = self.number("COMPTOIR_BODY_LIMIT_BYTES", body, bounds);
        let in_flight = self.text(
            "COMPTOIR_MAX_IN_FLIGHT",
            "max_in_flight",
            &options.max_in_flight,
        );
        let bounds = Bounds::new(1, 1_000_000, default.in_flight as u64);
        let in_flight = self.number("COMPTOIR_MAX_IN_FLIGHT", in_flight, bounds);
        Limits {
            body_bytes: usize::try_from(body_bytes).unwrap_or(default.body_bytes),
            header_timeout: self.time("header", &options.header_timeout_ms, default.header_timeout),
            body_timeout: self.time("body", &options.body_timeout_ms, default.body_timeout),
            request_timeout: self.time(
                "request",
                &options.request_timeout_ms,
                default.request_timeout,
            ),
            shutdown_timeout: self.time(
                "shutdown",
                &options.shutdown_timeout_ms,
                default.shutdown_timeout,
            ),
            in_flight: usize::try_from(in_flight).unwrap_or(default.in_flight),
            rate: self.rate(default.rate),
        }
    }

    fn rate(&mut self, default: Option<RateLimit>) -> Option<RateLimit> {
        let setting = "COMPTOIR_RATE_LIMIT";
        let text = self.text(setting, "rate_limit", &self.options.rate_limit);
        if text.as_deref().is_some_and(|text| text.trim() == "off") {
            return None;
        }
        default.map(|default| self.parse(setting, text, default))
    }

    /// A time limit, from 10 ms to 10 minutes.
    fn time(&mut self, what: &str, flag: &Option<String>, default: Duration) -> Duration {
        let key = format!("{what}_timeout_ms");
        let setting = format!("COMPTOIR_{}", key.to_uppercase());
        let text = self.text(&setting, &key, flag);
        let default = u64::try_from(default.as_millis()).unwrap_or_default();
        Duration::from_millis(self.number(&setting, text, Bounds::new(10, 600_000, default)))
    }
}

struct Bounds {
    least: u64,
    most: u64,
    default: u64,
}

impl Bounds {
    const fn new(least: u64, most: u64, default: u64) -> Self {
        Self {
            least,
            most,
            default,
        }
    }
}

fn read_file(path: &Path, faults: &mut ConfigFaults) -> Table {
    let name = format!("COMPTOIR_CONFIG ({})", path.display());
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            faults.add(&name, format!("cannot be read: {error}"));
            return Table::new();
        }
    };
    let table = match text.parse::<Table>() {
        Ok(table) => table,
        Err(error) => {
            faults.add(&name, format!("is no TOML: {}", error.message()));
            return Table::new();
        }
    };
    for key in table.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        faults.add(&name, format!("there is no setting {key:?}"));
    }
    table
}

/// Scheme, host and perhaps a port; nothing after it, and no `*`.
fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    host.is_some_and(|host| !host.is_empty() && host.chars().all(is_plain))
}

/// An address that is written in this crate.
pub(super) fn known_good(email: &str) -> Email {
    match email.parse() {
        Ok(email) => email,
        Err(never) => unreachable!("a built-in address: {never}"),
    }
}
