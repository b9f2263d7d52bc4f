//! What notifications was told at start: by what mail and text messages leave, in what language and
//! with what addresses in them. Everything is checked at once, and every fault is named.

use crate::kind::{Channel, Kind};
use crate::quiet::{self, QuietHours};
use crate::webhook;
use kernel::{Language, Timestamp};
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use platform::config::{ConfigFaults, EnvReader, Environment};
use secrecy::{ExposeSecret as _, SecretString};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where Twilio is, unless a stand-in is named.
const TWILIO_URL: &str = "https://api.twilio.com";
/// Who mail is from in development; nobody gets it.
const DEVELOPMENT_FROM: &str = "Comptoir <comptoir@localhost>";

/// The checked settings. Secrets print as `[REDACTED]`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where this shop is reached from outside, without a slash at its end.
    pub public_url: String,
    /// What people are written to in who say nothing else.
    pub language: Language,
    pub mail: Mail,
    pub sms: Sms,
    /// When nobody is sent what can wait.
    pub quiet: Option<QuietHours>,
    /// How long an attempt may take.
    pub patience: Duration,
    pub webhooks: webhook::Settings,
}

/// An attempt takes no longer, unless tests say so.
const PATIENCE: Duration = Duration::from_secs(10);

/// How mail leaves.
#[derive(Clone, Debug)]
pub enum Mail {
    /// It does not, and none is written.
    Off,
    /// As files, for development.
    File { outbox: PathBuf, from: Mailbox },
    /// The URL may hold a password.
    Smtp { url: SecretString, from: Mailbox },
}

/// How text messages leave.
#[derive(Clone, Debug)]
pub enum Sms {
    /// They do not, and none is written.
    Off,
    /// As lines in the log that tell neither number nor text, for development.
    Log,
    Twilio(Twilio),
}

/// An account at Twilio.
#[derive(Clone, Debug)]
pub struct Twilio {
    pub url: String,
    pub account_sid: String,
    pub auth_token: SecretString,
    /// The number or messaging service that messages come from.
    pub from: String,
}

impl Settings {
    /// Reads and checks everything. `local_url` is where the process listens, `data_dir` where mail
    /// as files is left.
    pub fn load(
        environment: Environment,
        (local_url, data_dir): (&str, &Path),
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigFaults> {
        let mut reader = EnvReader::new(env);
        let develops = environment == Environment::Development;
        let settings = Self {
            public_url: reader.url("COMPTOIR_PUBLIC_URL", local_url),
            language: language(&mut reader),
            mail: mail(&mut reader, develops, data_dir),
            sms: sms(&mut reader, develops),
            quiet: quiet::read(&mut reader),
            patience: PATIENCE,
            webhooks: webhook::Settings::read(environment, &mut reader),
        };
        reader.finish(settings)
    }

    /// For tests: mail as files in `outbox`, text messages to the log.
    pub fn for_tests(outbox: PathBuf) -> Self {
        let from = mailbox(DEVELOPMENT_FROM);
        Self {
            public_url: "http://shop.test".to_owned(),
            language: Language::English,
            mail: from.map_or(Mail::Off, |from| Mail::File { outbox, from }),
            sms: Sms::Log,
            quiet: None,
            patience: PATIENCE,
            webhooks: webhook::Settings::default(),
        }
    }

    /// Whether anything leaves by this channel.
    pub fn is_open(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => !matches!(self.mail, Mail::Off),
            Channel::Sms => !matches!(self.sms, Sms::Off),
        }
    }

    /// When what is due at this moment may be sent, where that is later.
    pub fn quiet_until(&self, kind: Kind, channel: Channel, at: Timestamp) -> Option<Timestamp> {
        let quiet = self.quiet.as_ref();
        quiet
            .filter(|_| channel.may_wait(kind))
            .and_then(|quiet| quiet.end(at))
    }

    /// The name of the shop, as mail is from it.
    pub fn shop(&self) -> &str {
        let (Mail::File { from, .. } | Mail::Smtp { from, .. }) = &self.mail else {
            return "Comptoir";
        };
        from.name.as_deref().unwrap_or("Comptoir")
    }
}

/// `Name <address>`, or an address alone.
pub fn mailbox(text: &str) -> Option<Mailbox> {
    text.parse().ok()
}

fn language(reader: &mut EnvReader<'_>) -> Language {
    let setting = "COMPTOIR_LANGUAGE";
    let Some(text) = reader.text(setting) else {
        return Language::default();
    };
    text.parse().unwrap_or_else(|error| {
        reader.fault(setting, error);
        Language::default()
    })
}

fn mail(reader: &mut EnvReader<'_>, develops: bool, data_dir: &Path) -> Mail {
    let setting = "COMPTOIR_MAIL";
    let usual = if develops { "file" } else { "off" };
    let how = reader.text(setting).unwrap_or_else(|| usual.to_owned());
    let from = from(reader);
    let url = smtp_url(reader);
    match (how.as_str(), from, url) {
        ("off", ..) => Mail::Off,
        ("file", from, _) => {
            let outbox = data_dir.join("outbox");
            let from = from.or_else(|| mailbox(DEVELOPMENT_FROM));
            from.map_or(Mail::Off, |from| Mail::File { outbox, from })
        }
        ("smtp", Some(from), Some(url)) => Mail::Smtp { url, from },
        ("smtp", from, url) => {
            for (setting, missing) in [
                ("COMPTOIR_MAIL_FROM", from.is_none()),
                ("COMPTOIR_SMTP_URL", url.is_none()),
            ] {
                if missing {
                    reader.fault(setting, "is needed for COMPTOIR_MAIL=smtp");
                }
            }
            Mail::Off
        }
        _ => {
            reader.fault(setting, "is file, smtp or off");
            Mail::Off
        }
    }
}

fn from(reader: &mut EnvReader<'_>) -> Option<Mailbox> {
    let setting = "COMPTOIR_MAIL_FROM";
    let text = reader.text(setting)?;
    let parsed = mailbox(&text);
    if parsed.is_none() {
        let message = format_args!("{text:?} is not like Shop <orders@shop.example>");
        reader.fault(setting, message);
    }
    parsed
}

fn smtp_url(reader: &mut EnvReader<'_>) -> Option<SecretString> {
    let setting = "COMPTOIR_SMTP_URL";
    let url = reader.secret(setting)?;
    if AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret()).is_err() {
        let like = "is like smtps://user:password@mail.example or smtp://127.0.0.1:25";
        reader.fault(setting, like);
    }
    Some(url)
}

fn sms(reader: &mut EnvReader<'_>, develops: bool) -> Sms {
    let setting = "COMPTOIR_SMS";
    let usual = if develops { "log" } else { "off" };
    let how = reader.text(setting).unwrap_or_else(|| usual.to_owned());
    match how.as_str() {
        "off" => Sms::Off,
        "log" => Sms::Log,
        "twilio" => twilio(reader).map_or(Sms::Off, Sms::Twilio),
        _ => {
            reader.fault(setting, "is log, twilio or off");
            Sms::Off
        }
    }
}

fn twilio(reader: &mut EnvReader<'_>) -> Option<Twilio> {
    let url = reader.url("COMPTOIR_TWILIO_URL", TWILIO_URL);
    let (sid, from) = ("COMPTOIR_TWILIO_ACCOUNT_SID", "COMPTOIR_TWILIO_FROM");
    let token = "COMPTOIR_TWILIO_AUTH_TOKEN";
    let (account_sid, sender) = (reader.text(sid), reader.text(from));
    let auth_token = reader.secret(token);
    for (setting, missing) in [
        (sid, account_sid.is_none()),
        (from, sender.is_none()),
        (token, auth_token.is_none()),
    ] {
        if missing {
            reader.fault(setting, "is needed for COMPTOIR_SMS=twilio");
        }
    }
    let account_sid = account_sid?;
    // It becomes a part of the address that is called.
    if !account_sid.chars().all(|c| c.is_ascii_alphanumeric()) {
        reader.fault(sid, "has letters and digits only, like AC0123…");
    }
    Some(Twilio {
        url,
        account_sid,
        auth_token: auth_token?,
        from: sender?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(environment: Environment, env: &[(&str, &str)]) -> Result<Settings, ConfigFaults> {
        let env = |name: &str| {
            let found = env.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let here = ("http://127.0.0.1:8000", Path::new("data"));
        Settings::load(environment, here, &env)
    }

    #[test]
    fn development_leaves_files_and_production_must_be_told_how() {
        let settings = load(Environment::Development, &[]).expect("defaults");
        assert!(matches!(&settings.mail, Mail::File { outbox, .. } if outbox.ends_with("outbox")));
        assert!(matches!(settings.sms, Sms::Log));
        let settings = load(Environment::Production, &[]).expect("defaults");
        assert!(!settings.is_open(Channel::Email) && !settings.is_open(Channel::Sms));
    }

    #[test]
    fn mail_and_text_messages_leave_as_they_are_told_to() {
        let settings = load(
            Environment::Production,
            &[
                ("COMPTOIR_MAIL", "smtp"),
                ("COMPTOIR_SMTP_URL", "smtps://shop:hush@mail.example"),
                ("COMPTOIR_MAIL_FROM", "Chez Anna <orders@shop.example>"),
                ("COMPTOIR_SMS", "twilio"),
                ("COMPTOIR_TWILIO_ACCOUNT_SID", "AC123"),
                ("COMPTOIR_TWILIO_AUTH_TOKEN", "hush"),
                ("COMPTOIR_TWILIO_FROM", "+15145550100"),
                ("COMPTOIR_LANGUAGE", "fr"),
                ("COMPTOIR_QUIET_HOURS", "21:00-08:00"),
                ("COMPTOIR_TIME_ZONE", "-05:00"),
            ],
        );
        let settings = settings.expect("all is given");
        assert!(matches!(settings.mail, Mail::Smtp { .. }));
        assert!(matches!(&settings.sms, Sms::Twilio(twilio) if twilio.url == TWILIO_URL));
        assert_eq!(settings.shop(), "Chez Anna");
        assert_eq!(settings.language, Language::French);
        let night = "2026-11-27T03:00:00Z".parse().expect("a moment");
        let quiet = |kind, channel| settings.quiet_until(kind, channel, night).is_some();
        assert!(quiet(Kind::OrderShipped, Channel::Sms) && quiet(Kind::LowStock, Channel::Email));
        assert!(!quiet(Kind::OrderShipped, Channel::Email));
        assert!(!quiet(Kind::PasswordReset, Channel::Email));
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn every_fault_is_named_at_once_and_no_secret_with_it() {
        let faults = load(
            Environment::Production,
            &[
                ("COMPTOIR_PUBLIC_URL", "shop.example"),
                ("COMPTOIR_MAIL", "smtp"),
                ("COMPTOIR_SMTP_URL", "pigeon://user:hush@mail"),
                ("COMPTOIR_MAIL_FROM", "nobody"),
                ("COMPTOIR_SMS", "twilio"),
                ("COMPTOIR_LANGUAGE", "de"),
                ("COMPTOIR_QUIET_HOURS", "at night"),
                ("COMPTOIR_TIME_ZONE", "Nowhere/Atlantis"),
            ],
        );
        let text = faults.expect_err("all is wrong").to_string();
        for setting in [
            "COMPTOIR_PUBLIC_URL",
            "COMPTOIR_SMTP_URL",
            "COMPTOIR_MAIL_FROM",
            "COMPTOIR_TWILIO_ACCOUNT_SID",
            "COMPTOIR_TWILIO_AUTH_TOKEN",
            "COMPTOIR_TWILIO_FROM",
            "COMPTOIR_LANGUAGE",
            "COMPTOIR_QUIET_HOURS",
            "COMPTOIR_TIME_ZONE",
        ] {
            assert!(text.contains(setting), "{setting} in {text}");
        }
        assert!(!text.contains("hush"));
    }
}
