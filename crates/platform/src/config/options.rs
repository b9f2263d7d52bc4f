//! The settings as flags and environment variables. Text only: [`super::Settings`] checks them,
//! so that one start names every fault.

use clap::Args;
use std::path::PathBuf;

/// Settings every command takes; the binary flattens them into its own arguments.
///
/// A flag beats its environment variable, which beats the file of `--config`, whose keys are the
/// variables in lower case without `comptoir_` (`data_dir = "…"`). Secrets have no flag, because
/// others on the machine can read command lines: give them by environment, or by a file that
/// `…-file` names.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub struct Options {
    /// TOML file with settings; unknown keys are refused
    #[arg(long, env = "COMPTOIR_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,

    /// development, staging or production [default: development]
    ///
    /// Outside development a master secret must be given; in production known sample secrets are
    /// refused and the documentation pages are off.
    #[arg(long = "env", env = "COMPTOIR_ENV", value_name = "NAME", global = true)]
    pub env: Option<String>,

    /// Address and port to listen on [default: 127.0.0.1:8000]
    #[arg(long, env = "COMPTOIR_LISTEN", value_name = "ADDRESS", global = true)]
    pub listen: Option<String>,

    /// sqlite://PATH or postgres://… [default: sqlite://<data-dir>/comptoir.db]
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub database_url: Option<String>,

    /// File that holds the database URL, instead of DATABASE_URL
    #[arg(long, env = "DATABASE_URL_FILE", value_name = "FILE", global = true)]
    pub database_url_file: Option<String>,

    /// Folder of the SQLite file and of the secret generated in development [default: data]
    #[arg(long, env = "COMPTOIR_DATA_DIR", value_name = "FOLDER", global = true)]
    pub data_dir: Option<String>,

    /// Currency of the shop, ISO 4217 [default: CAD]
    #[arg(
        long = "shop-currency",
        env = "COMPTOIR_CURRENCY",
        value_name = "CODE",
        global = true
    )]
    pub currency: Option<String>,

    /// Requests per second and burst of one caller, or `off` [default: 50/100]
    #[arg(
        long,
        env = "COMPTOIR_RATE_LIMIT",
        value_name = "RATE/BURST",
        global = true
    )]
    pub rate_limit: Option<String>,

    /// Web origins allowed to call, comma-separated, e.g. https://shop.example [default: none]
    #[arg(
        long,
        env = "COMPTOIR_CORS_ORIGINS",
        value_name = "ORIGINS",
        global = true
    )]
    pub cors_origins: Option<String>,

    /// Reverse proxies in front whose X-Forwarded-For is believed [default: 0]
    #[arg(
        long,
        env = "COMPTOIR_TRUSTED_PROXIES",
        value_name = "N",
        global = true
    )]
    pub trusted_proxies: Option<String>,

    /// Name of this shop in the access tokens it issues [default: comptoir]
    #[arg(
        long,
        env = "COMPTOIR_TOKEN_ISSUER",
        value_name = "NAME",
        global = true
    )]
    pub token_issuer: Option<String>,

    /// OpenID Connect provider whose access tokens are accepted too, e.g. a Cognito user pool
    ///
    /// Exactly as it stands in `iss` of its tokens. Its users need no account here; what they may
    /// do stands in their tokens.
    #[arg(long, env = "COMPTOIR_OIDC_ISSUER", value_name = "URL", global = true)]
    pub oidc_issuer: Option<String>,

    /// `aud` or `client_id` that such tokens must have; several separated by commas
    #[arg(
        long,
        env = "COMPTOIR_OIDC_AUDIENCE",
        value_name = "NAMES",
        global = true
    )]
    pub oidc_audience: Option<String>,

    /// Claim of such tokens that names roles [default: cognito:groups]
    ///
    /// A list or a text; dots make a path, as in realm_access.roles. What names no role of this
    /// shop is passed over.
    #[arg(
        long,
        env = "COMPTOIR_OIDC_ROLES_CLAIM",
        value_name = "CLAIM",
        global = true
    )]
    pub oidc_roles_claim: Option<String>,

    /// Where that provider publishes its keys [default: as its discovery document says]
    #[arg(
        long,
        env = "COMPTOIR_OIDC_JWKS_URL",
        value_name = "URL",
        global = true
    )]
    pub oidc_jwks_url: Option<String>,

    /// Whether that provider may make somebody an administrator: true or false [default: false]
    #[arg(long, env = "COMPTOIR_OIDC_ADMINS", value_name = "BOOL", global = true)]
    pub oidc_admins: Option<String>,

    /// File that holds the master secret, instead of COMPTOIR_SECRET
    ///
    /// The master secret (COMPTOIR_SECRET, 32 bytes or more) encrypts personal data and signing
    /// keys: whoever loses it loses those. In development one is generated once and kept in the
    /// data folder.
    #[arg(long, env = "COMPTOIR_SECRET_FILE", value_name = "FILE", global = true)]
    pub secret_file: Option<String>,

    /// E-mail address of the administrator made at first start [default: admin@example.com]
    #[arg(
        long,
        env = "COMPTOIR_ADMIN_EMAIL",
        value_name = "EMAIL",
        global = true
    )]
    pub admin_email: Option<String>,

    /// File that holds the first administrator's password, instead of COMPTOIR_ADMIN_PASSWORD
    ///
    /// Without either, a password is generated and printed once.
    #[arg(
        long,
        env = "COMPTOIR_ADMIN_PASSWORD_FILE",
        value_name = "FILE",
        global = true
    )]
    pub admin_password_file: Option<String>,

    /// Largest request body in bytes [default: 1048576]
    #[arg(
        long,
        env = "COMPTOIR_BODY_LIMIT_BYTES",
        value_name = "BYTES",
        global = true
    )]
    pub body_limit_bytes: Option<String>,

    /// A client must have sent its request headers after so many milliseconds [default: 10000]
    #[arg(
        long,
        env = "COMPTOIR_HEADER_TIMEOUT_MS",
        value_name = "MS",
        global = true
    )]
    pub header_timeout_ms: Option<String>,

    /// A client must have sent its request body after so many milliseconds [default: 10000]
    #[arg(
        long,
        env = "COMPTOIR_BODY_TIMEOUT_MS",
        value_name = "MS",
        global = true
    )]
    pub body_timeout_ms: Option<String>,

    /// A request is answered within so many milliseconds [default: 5000]
    #[arg(
        long,
        env = "COMPTOIR_REQUEST_TIMEOUT_MS",
        value_name = "MS",
        global = true
    )]
    pub request_timeout_ms: Option<String>,

    /// At a stop, requests may finish for so many milliseconds [default: 10000]
    #[arg(
        long,
        env = "COMPTOIR_SHUTDOWN_TIMEOUT_MS",
        value_name = "MS",
        global = true
    )]
    pub shutdown_timeout_ms: Option<String>,

    /// Requests served at once; more are told to come again (503) [default: 1024]
    #[arg(long, env = "COMPTOIR_MAX_IN_FLIGHT", value_name = "N", global = true)]
    pub max_in_flight: Option<String>,

    /// Database connections for requests; half as many again only read [default: 16]
    #[arg(long, env = "COMPTOIR_DB_CONNECTIONS", value_name = "N", global = true)]
    pub db_connections: Option<String>,

    /// Database connections for events and jobs [default: 4]
    #[arg(
        long,
        env = "COMPTOIR_DB_WORKER_CONNECTIONS",
        value_name = "N",
        global = true
    )]
    pub db_worker_connections: Option<String>,

    /// What is logged, e.g. info,comptoir=debug [default: info]
    #[arg(long, env = "COMPTOIR_LOG", value_name = "FILTER", global = true)]
    pub log: Option<String>,
}
