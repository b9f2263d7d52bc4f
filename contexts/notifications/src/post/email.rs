//! Mail: to a server by SMTP, or into a folder. A connection serves one mail, so that one that was
//! given up in the middle is never used again.

use super::{Message, NoClient};
use crate::notice::Outcome;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};
use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

pub struct Mailer {
    from: Mailbox,
    way: Way,
}

enum Way {
    Files(PathBuf),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

impl Mailer {
    pub fn files(outbox: PathBuf, from: Mailbox) -> Self {
        let way = Way::Files(outbox);
        Self { from, way }
    }

    pub fn smtp(url: &SecretString, from: Mailbox, patience: Duration) -> Result<Self, NoClient> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret());
        let transport = transport.map_err(|_| NoClient::Smtp)?;
        let way = Way::Smtp(transport.timeout(Some(patience)).build());
        Ok(Self { from, way })
    }

    pub async fn send(&self, message: &Message) -> Outcome {
        let Some(mail) = self.write(message) else {
            return Outcome::refused("bad_address");
        };
        match &self.way {
            Way::Files(outbox) => {
                let name = format!("{}.eml", message.id);
                match leave(outbox, &name, &mail.formatted()).await {
                    Ok(()) => Outcome::Sent,
                    Err(error) => {
                        tracing::warn!(%error, "mail cannot be left in the outbox");
                        Outcome::later("outbox")
                    }
                }
            }
            Way::Smtp(transport) => match transport.send(mail).await {
                Ok(_) => Outcome::Sent,
                Err(error) => outcome(&error),
            },
        }
    }

    /// The mail; `None` when the address is none that mail can be sent to.
    fn write(&self, message: &Message) -> Option<lettre::Message> {
        let address: Address = message.to.parse().ok()?;
        let name = Some(message.to_name.clone()).filter(|name| !name.is_empty());
        let domain = self.from.email.domain();
        let micros = u64::try_from(message.at.unix_micros()).unwrap_or(0);
        let builder = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address))
            .subject(message.text.subject.clone().unwrap_or_default())
            .message_id(Some(format!("<{}@{domain}>", message.id)))
            .date(SystemTime::UNIX_EPOCH + Duration::from_micros(micros))
            .header(ContentType::TEXT_PLAIN);
        let builder = raw(builder, "Auto-Submitted", "auto-generated");
        let builder = match &message.unsubscribe_url {
            None => builder,
            Some(url) => {
                let builder = raw(builder, "List-Unsubscribe", &format!("<{url}>"));
                raw(
                    builder,
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click",
                )
            }
        };
        builder.body(message.text.body.clone()).ok()
    }
}

fn raw(builder: MessageBuilder, name: &'static str, value: &str) -> MessageBuilder {
    let name = HeaderName::new_from_ascii_str(name);
    builder.raw_header(HeaderValue::new(name, value.to_owned()))
}

/// Whole or not at all; once more is the same.
async fn leave(outbox: &Path, name: &str, mail: &[u8]) -> std::io::Result<()> {
    tokio::fs::create_dir_all(outbox).await?;
    let unfinished = outbox.join(format!(".{name}"));
    tokio::fs::write(&unfinished, mail).await?;
    tokio::fs::rename(&unfinished, outbox.join(name)).await
}

fn outcome(error: &smtp::Error) -> Outcome {
    if let Some(code) = error.status() {
        let said = error.source().map(ToString::to_string);
        let code = code.to_string().parse().unwrap_or(0);
        return answered(code, &said.unwrap_or_default());
    }
    // What goes wrong between here and the server mends itself, or somebody mends it.
    Outcome::later(match error {
        error if error.is_timeout() => "no_answer",
        error if error.is_tls() => "no_trust",
        error if error.is_response() => "strange_answer",
        _ => "no_connection",
    })
}

/// What a server's refusal means. What it says beside its code is looked at and not kept.
fn answered(code: u16, said: &str) -> Outcome {
    let reason = format!("smtp_{code}");
    match code {
        // It does not let the shop in: that is no fault of the address.
        530 | 534 | 535 | 538 => {
            tracing::error!(code, "the mail server refuses the shop's own credentials");
            Outcome::later(reason)
        }
        500..=599 => Outcome::Refused {
            reason,
            // 5.7.x is the server's policy; the address may be good.
            bounced: matches!(code, 521 | 550 | 551 | 553 | 556) && !said.contains("5.7."),
        },
        _ => Outcome::later(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_that_is_not_there_bounces_and_a_busy_server_does_not() {
        let bounced = |code, said: &str| match answered(code, said) {
            Outcome::Refused { bounced, .. } => Some(bounced),
            _ => None,
        };
        assert_eq!(bounced(550, "5.1.1 no such user"), Some(true));
        assert_eq!(bounced(550, "5.7.1 relaying denied"), Some(false));
        assert_eq!(bounced(554, "transaction failed"), Some(false));
        for code in [421, 450, 451, 452, 535] {
            assert_eq!(bounced(code, ""), None, "{code} may pass");
        }
    }

    #[test]
    fn what_a_server_says_is_not_kept() {
        let outcome = answered(550, "anna@example.com is not here");
        assert!(!format!("{outcome:?}").contains("anna"));
    }
}
