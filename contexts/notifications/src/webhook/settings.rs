//! What webhooks were told at start.

use super::address::Reach;
use platform::config::{EnvReader, Environment};
use std::time::Duration;

/// The checked settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    pub reach: Reach,
    /// An endpoint for which nothing went well for so long is paused.
    pub pause_after: Duration,
    /// How long one attempt may take.
    pub patience: Duration,
}

const ALLOW_LOOPBACK: &str = "COMPTOIR_WEBHOOK_ALLOW_LOOPBACK";
const PAUSE_AFTER: &str = "COMPTOIR_WEBHOOK_PAUSE_AFTER_DAYS";
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Whoever is slower than this queues our call, and can say so at once.
const PATIENCE: Duration = Duration::from_secs(15);

impl Default for Settings {
    fn default() -> Self {
        Self {
            reach: Reach::Public,
            pause_after: DAY * 5,
            patience: PATIENCE,
        }
    }
}

impl Settings {
    /// Reads and checks everything.
    pub fn read(environment: Environment, reader: &mut EnvReader<'_>) -> Self {
        let mut settings = Self::default();
        if reader.yes(ALLOW_LOOPBACK, false) {
            match environment {
                Environment::Production => reader.fault(ALLOW_LOOPBACK, "not in production"),
                _ => settings.reach = Reach::PublicAndLoopback,
            }
        }
        match reader.text(PAUSE_AFTER).map(|days| days.parse::<u32>()) {
            None => {}
            Some(Ok(days @ 1..=30)) => settings.pause_after = DAY * days,
            Some(_) => reader.fault(PAUSE_AFTER, "is a whole number from 1 to 30"),
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::config::ConfigFaults;

    fn load(environment: Environment, env: &[(&str, &str)]) -> Result<Settings, ConfigFaults> {
        let env = |name: &str| {
            let found = env.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut reader = EnvReader::new(&env);
        let settings = Settings::read(environment, &mut reader);
        reader.finish(settings)
    }

    #[test]
    fn this_machine_is_reached_where_somebody_says_so_and_never_in_production() {
        let none = load(Environment::Production, &[]);
        assert_eq!(none, Ok(Settings::default()));
        let on = [(ALLOW_LOOPBACK, "on")];
        let reach = load(Environment::Development, &on).map(|settings| settings.reach);
        assert_eq!(reach, Ok(Reach::PublicAndLoopback));
        let refused = load(Environment::Production, &on).map_err(|faults| faults.to_string());
        assert!(refused.is_err_and(|text| text.contains("not in production")));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let faults = load(
            Environment::Staging,
            &[(ALLOW_LOOPBACK, "yes"), (PAUSE_AFTER, "0")],
        );
        let faults = faults.map_err(|faults| faults.0.len());
        assert_eq!(faults, Err(2));
        let days = load(Environment::Staging, &[(PAUSE_AFTER, " 2 ")]);
        assert_eq!(days.map(|settings| settings.pause_after), Ok(DAY * 2));
    }
}
