//! Settings that a context reads from the environment by itself, one by one, going on after a fault
//! so that all of them are named at once.

use super::{ConfigFaults, secret_in_file};
use secrecy::SecretString;
use std::fmt;

/// Reads settings one by one, and goes on after a fault.
pub struct EnvReader<'e> {
    env: &'e dyn Fn(&str) -> Option<String>,
    faults: ConfigFaults,
}

impl<'e> EnvReader<'e> {
    pub fn new(env: &'e dyn Fn(&str) -> Option<String>) -> Self {
        let faults = ConfigFaults::default();
        Self { env, faults }
    }

    pub fn fault(&mut self, setting: &str, message: impl fmt::Display) {
        self.faults.add(setting, message);
    }

    /// What was read, if nothing is wrong with any of it.
    pub fn finish<T>(self, settings: T) -> Result<T, ConfigFaults> {
        self.faults.none().map(|()| settings)
    }

    /// A setting; a blank one counts as not given, as compose files make them of unset variables.
    pub fn text(&self, setting: &str) -> Option<String> {
        let text = (self.env)(setting)?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// A secret, from the setting itself or from the file that `…_FILE` names.
    pub fn secret(&mut self, setting: &str) -> Option<SecretString> {
        let in_file = format!("{setting}_FILE");
        match (self.text(setting), self.text(&in_file)) {
            (None, None) => None,
            (Some(text), None) => Some(text.into()),
            (None, Some(path)) => match secret_in_file(&path) {
                Ok(text) => Some(text.into()),
                Err(error) => {
                    self.fault(&in_file, format_args!("{path} cannot be read: {error}"));
                    None
                }
            },
            (Some(_), Some(_)) => {
                self.fault(
                    setting,
                    format_args!("is given twice, here and in {in_file}"),
                );
                None
            }
        }
    }

    /// An address, without a slash at its end.
    pub fn url(&mut self, setting: &str, default: &str) -> String {
        let text = self.text(setting).unwrap_or_else(|| default.to_owned());
        if !text.starts_with("https://") && !text.starts_with("http://") {
            self.fault(
                setting,
                format_args!("{text:?} begins with https:// or http://"),
            );
        }
        text.trim_end_matches('/').to_owned()
    }

    pub fn yes(&mut self, setting: &str, default: bool) -> bool {
        match self.text(setting).as_deref() {
            None => default,
            Some("on") => true,
            Some("off") => false,
            Some(_) => {
                self.fault(setting, "is on or off");
                default
            }
        }
    }

    /// A comma-separated list.
    pub fn list(&self, setting: &str) -> Vec<String> {
        let text = self.text(setting).unwrap_or_default();
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    }
}
