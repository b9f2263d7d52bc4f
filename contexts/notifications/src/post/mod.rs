//! The ways out: mail and text messages. Each says what came of a message in the words of
//! [`Outcome`]; what a server answers in its own words gets nowhere: it may repeat an address.

mod email;
mod sms;

use crate::kind::{Channel, Kind};
use crate::notice::Outcome;
use crate::settings::{Mail, Settings, Sms};
use crate::template::Text;
use email::Mailer;
use kernel::{NotificationId, Timestamp};
use sms::Texter;
use std::sync::Arc;
use std::time::Duration;

/// A message to one person. It has no `Debug`, so that it gets into no log.
pub struct Message {
    /// A duplicate after a crash carries the same.
    pub id: NotificationId,
    pub kind: Kind,
    pub channel: Channel,
    pub to: String,
    pub to_name: String,
    pub text: Text,
    pub unsubscribe_url: Option<String>,
    pub at: Timestamp,
}

/// Everything that leaves goes here. Clones are the same.
#[derive(Clone)]
pub struct Post {
    mailer: Option<Arc<Mailer>>,
    texter: Option<Arc<Texter>>,
    patience: Duration,
}

/// A client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NoClient {
    #[error("no HTTPS client can be made (are there CA certificates on this machine?): {0}")]
    Https(#[from] reqwest::Error),
    /// Its own text could repeat a password.
    #[error("COMPTOIR_SMTP_URL cannot be used")]
    Smtp,
}

impl Post {
    pub fn new(settings: &Settings) -> Result<Self, NoClient> {
        let patience = settings.patience;
        let mailer = match &settings.mail {
            Mail::Off => None,
            Mail::File { outbox, from } => Some(Mailer::files(outbox.clone(), from.clone())),
            Mail::Smtp { url, from } => Some(Mailer::smtp(url, from.clone(), patience)?),
        };
        let texter = match &settings.sms {
            Sms::Off => None,
            Sms::Log => Some(Texter::log()),
            Sms::Twilio(account) => Some(Texter::twilio(account.clone(), patience)?),
        };
        Ok(Self {
            mailer: mailer.map(Arc::new),
            texter: texter.map(Arc::new),
            patience,
        })
    }

    /// Sends a message, and waits no longer than an attempt may take.
    pub async fn send(&self, message: &Message) -> Outcome {
        let sent = tokio::time::timeout(self.patience, self.hand_over(message)).await;
        sent.unwrap_or_else(|_| Outcome::later("no_answer"))
    }

    async fn hand_over(&self, message: &Message) -> Outcome {
        match (message.channel, &self.mailer, &self.texter) {
            (Channel::Email, Some(mailer), _) => mailer.send(message).await,
            (Channel::Sms, _, Some(texter)) => texter.send(message).await,
            // It was on when the notice was written.
            _ => Outcome::later("channel_off"),
        }
    }
}
