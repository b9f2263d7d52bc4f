//! Settings that must stay secret: read from the environment or from files, never from flags,
//! and refused outside development when they are missing or are samples.

use super::Environment;
use super::read::Reader;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{SecretSlice, SecretString};
use std::fs::{DirBuilder, OpenOptions};
use std::io::{Error, ErrorKind, Write as _};
use std::path::Path;

/// A shorter master secret could be guessed.
const MASTER_BYTES: usize = 32;
/// OWASP ASVS 5.0, 6.2.1 asks for 8; api.md for 12.
const PASSWORD_CHARS: usize = 12;
/// Pieces of secrets that stand in documents, compose files and tests.
const SAMPLES: &[&str] = &[
    "change", "secret", "password", "example", "sample", "default", "test",
];
/// Passwords that databases are shipped with.
const SHIPPED: &[&str] = &[
    "postgres", "password", "comptoir", "admin", "root", "secret",
];

/// The master secret. In development it is made and kept in `data_dir` when there is none.
pub(super) fn master(
    reader: &mut Reader<'_>,
    environment: Environment,
    data_dir: &Path,
) -> SecretSlice<u8> {
    let file = reader.text(
        "COMPTOIR_SECRET_FILE",
        "secret_file",
        &reader.options.secret_file,
    );
    let given = one_of(reader, "COMPTOIR_SECRET", "COMPTOIR_SECRET_FILE", file);
    let secret = match given {
        Given::Fault => return Vec::new().into(),
        Given::Text(secret) => secret,
        Given::Nothing if environment == Environment::Development => {
            return kept(reader, data_dir);
        }
        Given::Nothing => {
            let message = "is missing: give 32 bytes or more, e.g. of `openssl rand -base64 48`";
            reader
                .faults
                .add("COMPTOIR_SECRET", format!("{message} ({environment})"));
            return Vec::new().into();
        }
    };
    if secret.len() < MASTER_BYTES {
        let message = format!(
            "has {} bytes, but needs {MASTER_BYTES} or more",
            secret.len()
        );
        reader.faults.add("COMPTOIR_SECRET", message);
    } else if environment == Environment::Production && is_sample(&secret) {
        reader.faults.add(
            "COMPTOIR_SECRET",
            "is a sample, or made of too few characters",
        );
    }
    secret.into_bytes().into()
}

/// The first administrator's password, if one was given.
pub(super) fn admin_password(
    reader: &mut Reader<'_>,
    environment: Environment,
) -> Option<SecretString> {
    let (setting, in_file) = ("COMPTOIR_ADMIN_PASSWORD", "COMPTOIR_ADMIN_PASSWORD_FILE");
    let file = reader.text(
        in_file,
        "admin_password_file",
        &reader.options.admin_password_file,
    );
    let Given::Text(password) = one_of(reader, setting, in_file, file) else {
        return None;
    };
    if password.chars().count() < PASSWORD_CHARS {
        reader.faults.add(
            setting,
            format!("has less than {PASSWORD_CHARS} characters"),
        );
    } else if environment == Environment::Production && is_sample(&password) {
        reader
            .faults
            .add(setting, "is a sample, or made of too few characters");
    }
    Some(password.into())
}

/// The database URL; a SQLite file in `data_dir` when none was given.
pub(super) fn database_url(
    reader: &mut Reader<'_>,
    environment: Environment,
    data_dir: &Path,
) -> SecretString {
    let options = reader.options;
    let file = reader.text(
        "DATABASE_URL_FILE",
        "database_url_file",
        &options.database_url_file,
    );
    let plain = reader.text("DATABASE_URL", "database_url", &options.database_url);
    let url = match (plain, file) {
        (Some(url), None) => url,
        (None, Some(file)) => read_secret(reader, "DATABASE_URL_FILE", &file).unwrap_or_default(),
        (Some(_), Some(_)) => {
            reader
                .faults
                .add("DATABASE_URL", "is given twice, as text and as file");
            return String::new().into();
        }
        (None, None) => format!("sqlite://{}/comptoir.db", data_dir.display()),
    };
    let known = ["sqlite:", "postgres://", "postgresql://"];
    if !known.iter().any(|scheme| url.starts_with(scheme)) {
        reader.faults.add(
            "DATABASE_URL",
            "starts with sqlite://, postgres:// or postgresql://",
        );
    } else if environment == Environment::Production && has_shipped_password(&url) {
        reader.faults.add(
            "DATABASE_URL",
            "holds a password that databases are shipped with",
        );
    }
    url.into()
}

/// What a secret and its file variant add up to.
enum Given {
    Nothing,
    Text(String),
    /// Already named in the faults.
    Fault,
}

fn one_of(reader: &mut Reader<'_>, name: &str, in_file: &str, file: Option<String>) -> Given {
    let plain = (reader.env)(name).filter(|text| !text.is_empty());
    match (plain, file) {
        (None, None) => Given::Nothing,
        (Some(text), None) => Given::Text(text),
        (None, Some(file)) => read_secret(reader, in_file, &file).map_or(Given::Fault, Given::Text),
        (Some(_), Some(_)) => {
            reader
                .faults
                .add(name, format!("is given twice, here and in {in_file}"));
            Given::Fault
        }
    }
}

/// The text of a file that holds a secret, without the line end that editors leave.
pub fn secret_in_file(path: &str) -> Result<String, Error> {
    let text = std::fs::read_to_string(path)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn read_secret(reader: &mut Reader<'_>, setting: &str, path: &str) -> Option<String> {
    match secret_in_file(path) {
        Ok(text) => Some(text),
        Err(error) => {
            reader
                .faults
                .add(setting, format!("{path} cannot be read: {error}"));
            None
        }
    }
}

fn is_sample(secret: &str) -> bool {
    let lower = secret.to_lowercase();
    let mut distinct: Vec<_> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len() < 8 || SAMPLES.iter().any(|sample| lower.contains(sample))
}

fn has_shipped_password(url: &str) -> bool {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest);
    let Some((user_info, _)) = authority.rsplit_once('@') else {
        return false;
    };
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    !password.is_empty() && (password == user || SHIPPED.contains(&password))
}

/// The development secret of this data folder.
fn kept(reader: &mut Reader<'_>, data_dir: &Path) -> SecretSlice<u8> {
    let path = data_dir.join("secret");
    match read_or_make(&path) {
        Ok(secret) if secret.len() >= MASTER_BYTES => secret.into_bytes().into(),
        Ok(_) => {
            let message = format!("{} was cut short; restore it", path.display());
            reader.faults.add("COMPTOIR_SECRET", message);
            Vec::new().into()
        }
        Err(error) => {
            let message = format!("none can be kept in {}: {error}", path.display());
            reader.faults.add("COMPTOIR_SECRET", message);
            Vec::new().into()
        }
    }
}

/// Written beside and linked into place, so that two processes that start at once agree and a
/// crash never leaves half a secret.
fn read_or_make(path: &Path) -> Result<String, Error> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        read => return read.map(|text| text.trim_end().to_owned()),
    }
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    let fresh = path.with_extension(format!("new-{}", std::process::id()));
    let mut bytes = [0; 48];
    rand::fill(&mut bytes);
    let mut file = private_file(&fresh)?;
    file.write_all(STANDARD.encode(bytes).as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&fresh, path);
    std::fs::remove_file(&fresh)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => std::fs::read_to_string(path),
    }
}

pub(super) fn private_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private_file(path: &Path) -> Result<std::fs::File, Error> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
