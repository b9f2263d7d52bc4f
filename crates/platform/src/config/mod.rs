//! What the process was told at start: flags, environment, an optional TOML file, defaults, in
//! this order of precedence. Everything is checked before anything is opened, and every fault is
//! named at once. What a setting does is documented on [`Options`], which `--help` prints.

mod fault;
mod from_env;
mod oidc;
mod options;
mod read;
mod secrets;
mod settings;

pub use fault::{ConfigFault, ConfigFaults};
pub use from_env::EnvReader;
pub use oidc::OidcIssuer;
pub use options::Options;
pub use secrets::secret_in_file;
pub use settings::{Environment, Limits, RateLimit, Settings};

#[cfg(test)]
mod tests;
