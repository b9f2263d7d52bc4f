//! Text messages: by Twilio's REST protocol, or as a line in the log that tells neither number nor
//! text.

use super::{Message, NoClient};
use crate::notice::Outcome;
use crate::settings::Twilio;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode, redirect};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(3);
/// An answer of Twilio's has about 1 KiB.
const LONGEST: usize = 64 * 1024;
/// Codes of Twilio's that say that a number will never get anything from here: no number, no
/// mobile, out of reach, or its owner has answered STOP.
const BAD_NUMBERS: [u32; 7] = [21211, 21214, 21217, 21265, 21610, 21612, 21614];

pub enum Texter {
    Log,
    Twilio {
        http: reqwest::Client,
        account: Twilio,
    },
}

/// What a refusal of Twilio's says; its message could repeat the number.
#[derive(Default, Deserialize)]
struct Refusal {
    code: Option<u32>,
}

impl Texter {
    pub fn log() -> Self {
        Self::Log
    }

    pub fn twilio(account: Twilio, patience: Duration) -> Result<Self, NoClient> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(patience)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("comptoir/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self::Twilio { http, account })
    }

    pub async fn send(&self, message: &Message) -> Outcome {
        match self {
            Self::Log => {
                tracing::info!(id = %message.id, kind = %message.kind, "a text message");
                Outcome::Sent
            }
            Self::Twilio { http, account } => {
                let request = http
                    .post(format!(
                        "{}/2010-04-01/Accounts/{}/Messages.json",
                        account.url, account.account_sid
                    ))
                    .basic_auth(
                        &account.account_sid,
                        Some(account.auth_token.expose_secret()),
                    )
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .header("i-twilio-idempotency-token", message.id.to_string())
                    .body(form(account, message));
                match request.send().await {
                    Ok(response) => answered(response).await,
                    Err(error) => Outcome::later(failure(&error)),
                }
            }
        }
    }
}

fn form(account: &Twilio, message: &Message) -> String {
    // A messaging service chooses the number by itself.
    let sender = match account.from.starts_with("MG") {
        true => "MessagingServiceSid",
        false => "From",
    };
    form_urlencoded::Serializer::new(String::new())
        .append_pair("To", &message.to)
        .append_pair(sender, &account.from)
        .append_pair("Body", &message.text.body)
        .finish()
}

async fn answered(mut response: Response) -> Outcome {
    let status = response.status();
    let after = response.headers().get(RETRY_AFTER);
    let after = after.and_then(|value| value.to_str().ok()?.parse().ok());
    let after = after.map(Duration::from_secs);
    if status.is_success() {
        return Outcome::Sent;
    }
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if body.len() + chunk.len() > LONGEST {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    let refusal: Refusal = serde_json::from_slice(&body).unwrap_or_default();
    refused(status, refusal.code, after)
}

fn refused(status: StatusCode, code: Option<u32>, after: Option<Duration>) -> Outcome {
    let told = code.unwrap_or_else(|| u32::from(status.as_u16()));
    let reason = format!("twilio_{told}");
    match status.as_u16() {
        401 | 403 => {
            tracing::error!(%status, "Twilio refuses the shop's own credentials");
            Outcome::later(reason)
        }
        408 | 429 => Outcome::Later { reason, after },
        400..=499 => Outcome::Refused {
            reason,
            bounced: code.is_some_and(|code| BAD_NUMBERS.contains(&code)),
        },
        _ => Outcome::Later { reason, after },
    }
}

fn failure(error: &reqwest::Error) -> &'static str {
    match error {
        error if error.is_timeout() => "no_answer",
        _ => "no_connection",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_none_is_the_end_and_a_busy_provider_is_not() {
        let bad = refused(StatusCode::BAD_REQUEST, Some(21211), None);
        let (reason, bounced) = ("twilio_21211".to_owned(), true);
        assert_eq!(bad, Outcome::Refused { reason, bounced });
        let unverified = refused(StatusCode::BAD_REQUEST, Some(21608), None);
        assert!(matches!(
            unverified,
            Outcome::Refused { bounced: false, .. }
        ));
        let seven = Some(Duration::from_secs(7));
        let busy = refused(StatusCode::TOO_MANY_REQUESTS, Some(20429), seven);
        assert!(matches!(busy, Outcome::Later { after, .. } if after == seven));
        for status in [StatusCode::UNAUTHORIZED, StatusCode::BAD_GATEWAY] {
            assert!(matches!(refused(status, None, None), Outcome::Later { .. }));
        }
    }
}
