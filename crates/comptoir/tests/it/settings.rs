//! What a process is told at start: all that is wrong is named at once, and all there is to be said
//! is in `--help`.

use clap::CommandFactory as _;
use comptoir::cli::Cli;
use comptoir::wiring::AllSettings;
use platform::config::Options;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Every account there is, so that everything about it is asked for.
fn everything(name: &str) -> Option<String> {
    let value = match name {
        "COMPTOIR_PUBLIC_URL" => "https://shop.example",
        "COMPTOIR_SMS" => "twilio",
        "COMPTOIR_STRIPE_SECRET_KEY" => "sk_test_1",
        "COMPTOIR_PAYFAST_MERCHANT_ID" | "COMPTOIR_PAYFAST_MERCHANT_KEY" => "1",
        "COMPTOIR_PAYFAST_PASSPHRASE" => "1",
        _ => return None,
    };
    Some(value.to_owned())
}

fn options(folder: &tempfile::TempDir) -> Options {
    Options {
        data_dir: folder.path().to_str().map(str::to_owned),
        ..Options::default()
    }
}

#[test]
fn whatever_is_wrong_is_named_at_once_whoever_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        listen: Some("everywhere".to_owned()),
        ..options(&folder)
    };
    let env = |name: &str| match name {
        "COMPTOIR_PUBLIC_URL" => Some("shop.example".to_owned()),
        "COMPTOIR_SANDBOX_SWITCHES" => Some("quick".to_owned()),
        "COMPTOIR_LANGUAGE" => Some("de".to_owned()),
        "COMPTOIR_QUIET_HOURS" => Some("at night".to_owned()),
        "COMPTOIR_WEBHOOK_PAUSE_AFTER_DAYS" => Some("99".to_owned()),
        _ => None,
    };
    let faults = AllSettings::load(&options, &env).map(drop).unwrap_err();
    let named: Vec<_> = faults.0.iter().map(|one| one.setting.as_str()).collect();
    let all = [
        "COMPTOIR_LISTEN",
        "COMPTOIR_PUBLIC_URL",
        "COMPTOIR_PAYMENT_SUCCESS_URL",
        "COMPTOIR_PAYMENT_CANCEL_URL",
        "COMPTOIR_SANDBOX_SWITCHES",
        "COMPTOIR_LANGUAGE",
        "COMPTOIR_QUIET_HOURS",
        "COMPTOIR_WEBHOOK_PAUSE_AFTER_DAYS",
    ];
    assert_eq!(named, all);
}

#[test]
fn the_process_says_all_that_is_wrong_and_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_comptoir"))
        .args(["serve", "--listen", "everywhere"])
        .env_clear()
        .env("COMPTOIR_DATA_DIR", folder.path())
        .env("COMPTOIR_LANGUAGE", "de")
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(!ran.status.success());
    assert!(
        said.contains("COMPTOIR_LISTEN") && said.contains("COMPTOIR_LANGUAGE"),
        "{said}"
    );
}

#[test]
fn every_variable_that_is_read_is_in_the_help() {
    let folder = tempfile::tempdir().unwrap();
    let asked = RefCell::new(BTreeSet::new());
    let recording = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        everything(name)
    };
    let _ = AllSettings::load(&options(&folder), &recording);
    let asked = asked.into_inner();
    assert!(asked.contains("COMPTOIR_TWILIO_URL") && asked.contains("COMPTOIR_STRIPE_URL"));
    assert!(asked.contains("COMPTOIR_PAYFAST_SOURCES"));

    let mut cli = Cli::command();
    cli.build();
    let serve = cli.find_subcommand_mut("serve").unwrap().render_long_help();
    for help in [serve.to_string(), cli.render_long_help().to_string()] {
        let has = |name: &str| {
            help.split(|c: char| c != '_' && !c.is_alphanumeric())
                .any(|w| w == name)
        };
        let known = |name: &&String| {
            let plain = name
                .strip_suffix("_FILE")
                .filter(|plain| asked.contains(*plain));
            has(name) || plain.is_some_and(has)
        };
        let unsaid: Vec<_> = asked.iter().filter(|name| !known(name)).collect();
        assert!(unsaid.is_empty(), "{unsaid:?} in {help}");
    }
    let own = comptoir::variables::HELP;
    let names = own
        .split(char::is_whitespace)
        .filter(|word| word.starts_with("COMPTOIR_"));
    for name in names {
        assert!(
            asked.contains(name),
            "{name} is in the help, and nobody reads it"
        );
    }
}
