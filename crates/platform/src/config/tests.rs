//! Settings from flags, environment and files, and everything that may be wrong with them.

use super::*;
use kernel::Currency;
use secrecy::ExposeSecret as _;
use std::path::Path;
use std::time::Duration;

const GOOD_SECRET: &str = "rk4Jx0v8q1Zt7mBn5Wc2Yd9Lp6Hs3Gf0";

fn given(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn in_folder(folder: &Path) -> Options {
    Options {
        data_dir: given(folder.to_str().unwrap()),
        ..Options::default()
    }
}

fn with_secret(name: &str) -> Option<String> {
    (name == "COMPTOIR_SECRET").then(|| GOOD_SECRET.to_owned())
}

fn nothing(_: &str) -> Option<String> {
    None
}

fn faulty(faults: &ConfigFaults) -> Vec<&str> {
    faults
        .0
        .iter()
        .map(|fault| fault.setting.as_str())
        .collect()
}

#[test]
fn with_nothing_said_a_shop_starts_in_development() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::load(&in_folder(folder.path()), nothing).unwrap();
    assert_eq!(settings.environment, Environment::Development);
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(settings.currency, Currency::CAD);
    assert_eq!(settings.limits, Limits::default());
    let url = format!("sqlite://{}/comptoir.db", folder.path().display());
    assert_eq!(settings.database_url.expose_secret(), url);
}

#[test]
fn the_development_secret_is_made_once_and_for_the_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("deep").join("data");
    let first = Settings::load(&in_folder(&data), nothing).unwrap();
    let again = Settings::load(&in_folder(&data), nothing).unwrap();
    assert_eq!(first.secret.expose_secret(), again.secret.expose_secret());
    assert!(first.secret.expose_secret().len() >= 32);
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data.join("secret")), mode(&data)), (0o600, 0o700));
    assert_eq!(
        std::fs::read_dir(&data).unwrap().count(),
        1,
        "nothing else is left behind"
    );
}

#[test]
fn every_fault_is_named_at_once() {
    let options = Options {
        env: given("produktion"),
        listen: given("everywhere"),
        currency: given("ZZZ"),
        rate_limit: given("100/50"),
        cors_origins: given("https://shop.example, *, shop.example/path"),
        admin_email: given("nobody"),
        body_limit_bytes: given("1"),
        request_timeout_ms: given("soon"),
        database_url: given("mysql://somewhere"),
        ..Options::default()
    };
    let env = |name: &str| (name == "COMPTOIR_SECRET").then(|| "short".to_owned());
    let faults = Settings::load(&options, env).unwrap_err();
    let mut names = faulty(&faults);
    names.sort_unstable();
    names.dedup();
    let expected = [
        "COMPTOIR_ADMIN_EMAIL",
        "COMPTOIR_BODY_LIMIT_BYTES",
        "COMPTOIR_CORS_ORIGINS",
        "COMPTOIR_CURRENCY",
        "COMPTOIR_ENV",
        "COMPTOIR_LISTEN",
        "COMPTOIR_RATE_LIMIT",
        "COMPTOIR_REQUEST_TIMEOUT_MS",
        "COMPTOIR_SECRET",
        "DATABASE_URL",
    ];
    assert_eq!(names, expected, "{faults}");
}

#[test]
fn a_secret_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        database_url: given("postgres://shop:canary-pw@db/shop"),
        ..in_folder(folder.path())
    };
    let settings = Settings::load(&options, with_secret).unwrap();
    let shown = format!("{settings:?}");
    assert!(
        !shown.contains("canary-pw") && !shown.contains(GOOD_SECRET),
        "{shown}"
    );
    let short = |name: &str| (name == "COMPTOIR_SECRET").then(|| "canary-short".to_owned());
    let faults = Settings::load(&options, short).unwrap_err();
    assert!(!faults.to_string().contains("canary-short"), "{faults}");
}

#[test]
fn only_development_makes_up_a_missing_secret() {
    let folder = tempfile::tempdir().unwrap();
    for env in ["staging", "production"] {
        let options = Options {
            env: given(env),
            ..in_folder(folder.path())
        };
        let faults = Settings::load(&options, nothing).unwrap_err();
        assert_eq!(faulty(&faults), ["COMPTOIR_SECRET"]);
        assert!(Settings::load(&options, with_secret).is_ok());
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn production_refuses_secrets_that_everybody_knows() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        env: given("production"),
        database_url: given("postgres://comptoir:comptoir@db/comptoir"),
        ..in_folder(folder.path())
    };
    let samples = |name: &str| match name {
        "COMPTOIR_SECRET" => given("please-change-me-please-change-me"),
        "COMPTOIR_ADMIN_PASSWORD" => given("aaaaaaaaaaaaaaaa"),
        _ => None,
    };
    let faults = Settings::load(&options, samples).unwrap_err();
    let names = ["DATABASE_URL", "COMPTOIR_ADMIN_PASSWORD", "COMPTOIR_SECRET"];
    assert_eq!(faulty(&faults), names);
}

#[test]
fn a_file_gives_what_flags_and_environment_leave_open() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("comptoir.toml");
    let text = r#"
        currency = "GBP"
        listen = "0.0.0.0:9000"
        rate_limit = "off"
        cors_origins = ["https://shop.example", "http://localhost:3000"]
        request_timeout_ms = 2500
    "#;
    std::fs::write(&file, text).unwrap();
    let mut options = in_folder(folder.path());
    options.config = Some(file);
    options.listen = given("127.0.0.1:7000");
    let settings = Settings::load(&options, nothing).unwrap();
    assert_eq!(settings.currency, Currency::GBP);
    assert_eq!(settings.listen.to_string(), "127.0.0.1:7000");
    assert_eq!(settings.limits.rate, None);
    assert_eq!(settings.limits.request_timeout, Duration::from_millis(2500));
    assert_eq!(
        settings.cors_origins,
        ["https://shop.example", "http://localhost:3000"]
    );
}

#[test]
fn unknown_keys_of_a_file_are_all_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("comptoir.toml");
    std::fs::write(&file, "curency = \"GBP\"\nsecret = \"x\"\nlisten = true\n").unwrap();
    let options = Options {
        config: Some(file),
        ..in_folder(folder.path())
    };
    let faults = Settings::load(&options, nothing).unwrap_err();
    let text = faults.to_string();
    assert!(
        text.contains("\"curency\"") && text.contains("\"secret\""),
        "{text}"
    );
    assert_eq!(faults.0.len(), 3, "{text}");
}

#[test]
fn secrets_are_read_from_files_too_but_not_from_both() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("master");
    std::fs::write(&file, format!("{GOOD_SECRET}\n")).unwrap();
    let options = Options {
        secret_file: given(file.to_str().unwrap()),
        ..in_folder(folder.path())
    };
    let settings = Settings::load(&options, nothing).unwrap();
    assert_eq!(settings.secret.expose_secret(), GOOD_SECRET.as_bytes());
    assert_eq!(
        faulty(&Settings::load(&options, with_secret).unwrap_err()),
        ["COMPTOIR_SECRET"]
    );
    let absent = Options {
        secret_file: given("/nowhere/at/all"),
        ..in_folder(folder.path())
    };
    let faults = Settings::load(&absent, nothing).unwrap_err();
    assert_eq!(faulty(&faults), ["COMPTOIR_SECRET_FILE"]);
}

#[test]
fn an_outside_issuer_is_taken_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let pool = "https://cognito-idp.ca-central-1.amazonaws.com/ca-central-1_abc";
    let mut options = Options {
        oidc_issuer: given(pool),
        oidc_audience: given("web, scanner"),
        ..in_folder(folder.path())
    };
    let oidc = Settings::load(&options, nothing).unwrap().oidc.unwrap();
    assert_eq!(oidc.issuer, pool);
    assert_eq!(oidc.audiences, ["web", "scanner"]);
    assert_eq!(oidc.roles_claim, "cognito:groups");
    assert_eq!((oidc.jwks_url, oidc.admins), (None, false));
    options.oidc_issuer = None;
    options.oidc_admins = given("true");
    let faults = Settings::load(&options, nothing).unwrap_err();
    let names = ["COMPTOIR_OIDC_AUDIENCE", "COMPTOIR_OIDC_ADMINS"];
    assert_eq!(faulty(&faults), names);
    options.oidc_issuer = given("ftp://id.example");
    options.oidc_audience = given(" , ");
    options.oidc_jwks_url = given("id.example/keys");
    options.oidc_admins = given("perhaps");
    let faults = Settings::load(&options, nothing).unwrap_err();
    let mut names = faulty(&faults);
    names.sort_unstable();
    let expected = [
        "COMPTOIR_OIDC_ADMINS",
        "COMPTOIR_OIDC_AUDIENCE",
        "COMPTOIR_OIDC_ISSUER",
        "COMPTOIR_OIDC_JWKS_URL",
    ];
    assert_eq!(names, expected, "{faults}");
}

#[test]
fn only_development_believes_an_issuer_over_plain_http() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options {
        oidc_issuer: given("http://127.0.0.1:9000/pool"),
        oidc_audience: given("web"),
        ..in_folder(folder.path())
    };
    assert!(Settings::load(&options, with_secret).is_ok());
    options.env = given("staging");
    let faults = Settings::load(&options, with_secret).unwrap_err();
    assert_eq!(faulty(&faults), ["COMPTOIR_OIDC_ISSUER"]);
    options.oidc_issuer = given("https://id.example");
    options.token_issuer = given("https://id.example");
    let faults = Settings::load(&options, with_secret).unwrap_err();
    assert_eq!(faulty(&faults), ["COMPTOIR_OIDC_ISSUER"]);
}

#[test]
fn every_option_has_an_environment_variable_a_key_in_the_file_and_a_word_of_help() {
    let command = <Options as clap::Args>::augment_args(clap::Command::new("comptoir"));
    command.clone().debug_assert();
    let mut keys = Vec::new();
    for option in command.get_arguments() {
        let env = option.get_env().and_then(|name| name.to_str()).unwrap();
        assert!(option.get_help().is_some(), "{env}");
        let key = env.strip_prefix("COMPTOIR_").unwrap_or(env).to_lowercase();
        keys.push(key);
    }
    keys.retain(|key| key != "config");
    assert_eq!(keys, read::KEYS);
}
