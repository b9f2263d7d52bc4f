//! What is wrong with a configuration: all of it, in one answer.

use std::fmt;

/// One setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// The setting, as the environment names it.
    pub setting: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Everything that is wrong, in the order of the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct ConfigFaults(pub Vec<ConfigFault>);

impl ConfigFaults {
    pub(super) fn add(&mut self, setting: &str, message: impl fmt::Display) {
        let (setting, message) = (setting.to_owned(), message.to_string());
        self.0.push(ConfigFault { setting, message });
    }

    /// Fails when there is anything.
    pub fn none(self) -> Result<(), Self> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(self),
        }
    }

    /// A value, or nothing and its faults among these. Two may read the same setting, which is
    /// named once.
    pub fn take<T>(&mut self, read: Result<T, Self>) -> Option<T> {
        let faults = match read {
            Ok(value) => return Some(value),
            Err(faults) => faults,
        };
        for fault in faults.0 {
            if !self.0.contains(&fault) {
                self.0.push(fault);
            }
        }
        None
    }
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        for ConfigFault { setting, message } in &self.0 {
            write!(f, "\n  {setting}: {message}")?;
        }
        Ok(())
    }
}
