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
