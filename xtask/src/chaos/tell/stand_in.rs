//! The stand-ins for a mail server, Twilio and a receiver of webhooks (an example program of the
//! testkit) as a child process: they go on while the shop is killed, and keep what came.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::chaos::program::{self, Wire};
use crate::http::Call;
use crate::outcome::Outcome;

/// The program, as the testkit calls it.
pub const EXAMPLE: &str = "receivers_stand_in";

/// Who is told things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Mail,
    Text,
    Webhook,
}

impl Who {
    pub const ALL: [Self; 3] = [Self::Mail, Self::Text, Self::Webhook];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Text => "text",
            Self::Webhook => "webhook",
        }
    }
}

pub type StandIn = program::StandIn<Told>;

/// What it says of itself.
#[derive(Deserialize)]
pub struct Told {
    pub mail: String,
    pub text: String,
    pub account: String,
    pub token: String,
    pub webhook: String,
}

/// A message that was taken.
#[derive(Clone, Debug, Deserialize)]
pub struct Arrival {
    pub id: String,
    /// In which of the shop's lives it was sent.
    pub life: usize,
    /// Whether the shop was told that it was taken.
    pub told: bool,
    pub subject: Option<String>,
    pub sequence: Option<String>,
}

/// Everything that came, in its order.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Arrivals {
    pub mail: Vec<Arrival>,
    pub text: Vec<Arrival>,
    pub webhook: Vec<Arrival>,
}

/// How often something went wrong with a receiver, and how often it took something without a word.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Counts(pub u64, pub u64);

#[derive(Deserialize)]
struct AllCounts {
    mail: Counts,
    text: Counts,
    webhook: Counts,
}

impl StandIn {
    pub fn line(&self) -> Line {
        Line(self.wire())
    }
}

impl Arrivals {
    pub fn of(&self, who: Who) -> &[Arrival] {
        match who {
            Who::Mail => &self.mail,
            Who::Text => &self.text,
            Who::Webhook => &self.webhook,
        }
    }
}

/// `<ntf_…@rig.example>` is of `ntf_…`.
fn notice_of(message_id: &str) -> &str {
    let local = message_id.split('@').next().unwrap_or_default();
    local.trim_start_matches('<')
}

/// Tells the stand-ins how they are, and asks them what came.
pub struct Line(Wire);

impl Line {
    /// From now on a receiver is in this mode: `well`, `down`, or the name of a fault.
    pub async fn mode(&mut self, who: Who, mode: &str) -> Outcome<()> {
        self.0
            .tell("/mode", json!({"who": who.as_str(), "mode": mode}))
            .await
    }

    /// The next so many messages meet this fault.
    pub async fn mode_times(&mut self, who: Who, mode: &str, times: u32) -> Outcome<()> {
        let wish = json!({"who": who.as_str(), "mode": mode, "times": times});
        self.0.tell("/mode", wish).await
    }

    pub async fn all(&mut self, mode: &str) -> Outcome<()> {
        for who in Who::ALL {
            self.mode(who, mode).await?;
        }
        Ok(())
    }

    /// The shop was killed.
    pub async fn death(&mut self) -> Outcome<()> {
        self.0.tell("/death", Value::Null).await
    }

    pub async fn counts(&mut self, who: Who) -> Outcome<Counts> {
        let all: AllCounts = self.0.ask(&Call::get("/counts")).await?;
        Ok(match who {
            Who::Mail => all.mail,
            Who::Text => all.text,
            Who::Webhook => all.webhook,
        })
    }

    pub async fn arrivals(&mut self) -> Outcome<Arrivals> {
        let mut arrivals: Arrivals = self.0.ask(&Call::get("/arrivals")).await?;
        for mail in &mut arrivals.mail {
            mail.id = notice_of(&mail.id).to_owned();
        }
        Ok(arrivals)
    }
}
