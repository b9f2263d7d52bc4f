//! The Stripe provider against a stand-in that others wrote: localstripe, at the address that is
//! the first argument. `cargo xtask localstripe` starts it and then this; nothing else runs this.

use kernel::{Currency, Money, Timestamp};
use payments::provider::hosted::Patience;
use payments::provider::stripe::signature::verify;
use payments::provider::stripe::{Stripe, StripeSettings};
use payments::provider::{Charge, Provider as _, Standing, Told, Truth, Urls};
use platform::Source;
use secrecy::SecretString;
use std::error::Error;
use std::fmt::Debug;
use std::process::ExitCode;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// It wants a key that looks like one, and takes any.
const KEY: &str = "sk_test_localstripe";
const WEBHOOK_SECRET: &str = "whsec_localstripe";
/// It sends its webhooks a second after the fact.
const WEBHOOK_PATIENCE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> ExitCode {
    let Some(url) = std::env::args().nth(1) else {
        eprintln!("nothing ran: give the address of localstripe");
        return ExitCode::FAILURE;
    };
    match tell(&url).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn tell(url: &str) -> Outcome {
    let source = Source::system();
    let shop = Shop {
        url: url.to_owned(),
        source: source.clone(),
    };
    said(
        "set aside, taken, given back in two parts",
        shop.whole_story().await,
    )?;
    said("taken at once", shop.at_once().await)?;
    said("set aside and let go of", shop.let_go().await)?;
    said("a card that is refused", shop.refused().await)?;
    said("a day that is compared", shop.day().await)?;
    said("a webhook that is signed", shop.webhook().await)
}

fn said(what: &str, end: Outcome) -> Outcome {
    match end {
        Ok(()) => println!("ok      {what}"),
        Err(error) => return Err(format!("FAILED  {what}: {error}").into()),
    }
    Ok(())
}

struct Shop {
    url: String,
    source: Source,
}

impl Shop {
    fn stripe(&self, card: &str) -> Outcome<Stripe> {
        Ok(Stripe::new(&StripeSettings {
            url: self.url.clone(),
            secret_key: KEY.into(),
            webhook_secrets: vec![WEBHOOK_SECRET.into()],
            rehearsal_card: Some(card.to_owned()),
            patience: Patience::default(),
        })?)
    }

    fn charge(&self, minor: i64) -> Charge {
        let payment_id = self.source.id();
        Charge {
            payment_id,
            order_id: self.source.id(),
            order_number: "ORD-2026-000042".to_owned(),
            amount: money(minor),
            reference: None,
            key: format!("auth:{payment_id}"),
            automatic_capture: false,
            urls: Urls {
                success: "http://127.0.0.1/thanks".to_owned(),
                cancel: "http://127.0.0.1/cart".to_owned(),
            },
        }
    }

    async fn whole_story(&self) -> Outcome {
        let stripe = self.stripe("pm_card_visa")?;
        let mut charge = begun(&stripe, self.charge(4_200)).await?;
        let reference = charge.reference.clone().unwrap_or_default();
        let told = stripe.authorize(&charge).await?;
        same(
            told,
            Told::Authorized {
                reference: reference.clone(),
            },
        )?;
        standing(&stripe, &charge, Standing::Open, [4_200, 0, 0]).await?;
        charge.key = "cap:1".to_owned();
        let amount = money(4_200);
        let told = stripe.capture(&charge, amount).await?;
        same(told, Told::Captured { reference, amount })?;
        standing(&stripe, &charge, Standing::Open, [4_200, 4_200, 0]).await?;
        for (part, so_far) in [(1_000, 1_000), (3_200, 4_200)] {
            charge.key = format!("refund:{part}");
            let told = stripe.refund(&charge, money(part)).await?;
            let Told::Refunded { .. } = told else {
                return Err(format!("not given back: {told:?}").into());
            };
            standing(&stripe, &charge, Standing::Open, [4_200, 4_200, so_far]).await?;
        }
        Ok(())
    }

    async fn at_once(&self) -> Outcome {
        let stripe = self.stripe("pm_card_visa")?;
        let charge = Charge {
            automatic_capture: true,
            ..self.charge(999)
        };
        let charge = begun(&stripe, charge).await?;
        let reference = charge.reference.clone().unwrap_or_default();
        let amount = money(999);
        let told = stripe.authorize(&charge).await?;
        same(told, Told::Captured { reference, amount })?;
        standing(&stripe, &charge, Standing::Open, [999, 999, 0]).await
    }

    async fn let_go(&self) -> Outcome {
        let stripe = self.stripe("pm_card_visa")?;
        let mut charge = begun(&stripe, self.charge(4_200)).await?;
        stripe.authorize(&charge).await?;
        charge.key = "void:1".to_owned();
        same(stripe.void(&charge).await?, Told::Voided)?;
        same(stripe.void(&charge).await?, Told::Voided)?;
        standing(&stripe, &charge, Standing::Voided, [0, 0, 0]).await
    }

    async fn refused(&self) -> Outcome {
        let stripe = self.stripe("pm_card_chargeCustomerFail")?;
        let charge = begun(&stripe, self.charge(4_200)).await?;
        let reason = "declined".to_owned();
        let told = stripe.authorize(&charge).await?;
        same(
            told,
            Told::Declined {
                reason: reason.clone(),
            },
        )?;
        standing(&stripe, &charge, Standing::Declined { reason }, [0, 0, 0]).await
    }

    /// What a day is compared by. It refuses to list by date, so that all of it is read.
    async fn day(&self) -> Outcome {
        let stripe = self.stripe("pm_card_visa")?;
        let charge = Charge {
            automatic_capture: true,
            ..self.charge(2_500)
        };
        let mut charge = begun(&stripe, charge).await?;
        stripe.authorize(&charge).await?;
        charge.key = format!("refund:{}", charge.payment_id);
        stripe.refund(&charge, money(700)).await?;
        let (now, hour) = (self.source.now(), Duration::from_secs(3_600));
        let listed = stripe.list(now.minus(hour), now.plus(hour)).await?;
        let mut listed = listed.ok_or("it keeps no list")?.into_iter();
        let ours = listed.find(|one| Some(&one.reference) == charge.reference.as_ref());
        let sums = ours.map(|one| (one.captured, one.refunded));
        same(sums, Some((money(2_500), money(700))))?;
        let tomorrow = stripe.list(now.plus(hour), now.plus(2 * hour)).await?;
        same(tomorrow, Some(Vec::new()))
    }

    /// Listens, is told of a payment, and checks whose word it is.
    async fn webhook(&self) -> Outcome {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let own = format!("http://{}/v1/webhooks/stripe", listener.local_addr()?);
        self.register(&own).await?;
        self.at_once().await?;
        let message = timeout(WEBHOOK_PATIENCE, hear(&listener)).await;
        let (signature, body) = message.map_err(|_| "no webhook came")??;
        let secrets: [SecretString; 1] = [WEBHOOK_SECRET.into()];
        verify(&signature, &body, &secrets, self.source.now())?;
        let text = String::from_utf8_lossy(&body);
        if !text.contains("payment_intent.succeeded") || !text.contains("payment_id") {
            return Err(format!("another webhook came: {text}").into());
        }
        let refused = [
            verify(
                &signature,
                &[&body[..], b" "].concat(),
                &secrets,
                self.source.now(),
            ),
            verify(
                &signature,
                &body,
                &["whsec_another".into()],
                self.source.now(),
            ),
            verify(&signature, &body, &secrets, Timestamp::from_unix_micros(0)),
        ];
        match refused.iter().all(Result::is_err) {
            true => Ok(()),
            false => Err(format!("a forged or old one was believed: {refused:?}").into()),
        }
    }

    async fn register(&self, own: &str) -> Outcome {
        let host = self.url.trim_start_matches("http://");
        let body = format!("url={own}&secret={WEBHOOK_SECRET}");
        let mut stream = TcpStream::connect(host).await?;
        let request = format!(
            "POST /_config/webhooks/ours HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        match answer.starts_with("HTTP/1.1 200") {
            true => Ok(()),
            false => Err(format!("no webhook can be registered: {answer}").into()),
        }
    }
}

/// The first call, after which the payment has a name.
async fn begun(stripe: &Stripe, mut charge: Charge) -> Outcome<Charge> {
    let told = stripe.authorize(&charge).await?;
    let Told::Begun { reference } = told else {
        return Err(format!("not begun: {told:?}").into());
    };
    charge.reference = Some(reference);
    standing(stripe, &charge, Standing::Absent, [0, 0, 0]).await?;
    Ok(charge)
}

async fn standing(stripe: &Stripe, charge: &Charge, expected: Standing, sums: [i64; 3]) -> Outcome {
    let truth = stripe.find(charge).await?;
    let [authorized, captured, refunded] = sums.map(money);
    let reference = charge.reference.clone();
    let expected = Truth {
        standing: expected,
        reference,
        authorized,
        captured,
        refunded,
    };
    same(truth, expected)
}

/// Reads one request and answers 200; its signature and body.
async fn hear(listener: &TcpListener) -> Outcome<(String, Vec<u8>)> {
    let (mut stream, _) = listener.accept().await?;
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let header = |name: &str| {
                let mut lines = head.lines().filter_map(|line| line.split_once(':'));
                let found = lines.find(|(other, _)| other.eq_ignore_ascii_case(name));
                found.map(|(_, value)| value.trim().to_owned())
            };
            let length = header("content-length")
                .unwrap_or_default()
                .parse::<usize>()?;
            let start = head.len() + 4;
            if bytes.len() >= start + length {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                stream.write_all(answer).await?;
                let signature = header("stripe-signature").ok_or("it is not signed")?;
                return Ok((signature, bytes.split_off(start)));
            }
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err("the webhook broke off".into());
        }
    }
}

fn same<T: PartialEq + Debug>(told: T, expected: T) -> Outcome {
    match told == expected {
        true => Ok(()),
        false => Err(format!("{told:?} instead of {expected:?}").into()),
    }
}

fn money(minor: i64) -> Money {
    Money::new(minor, Currency::CAD)
}
