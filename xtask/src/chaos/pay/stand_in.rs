//! The stand-in for Stripe (an example program of the testkit) as a child process: it goes on while
//! the shop is killed, and its book is what the shop is compared with.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::chaos::program::{self, Wire};
use crate::http::Call;
use crate::outcome::Outcome;

/// The program, as the testkit calls it.
pub const EXAMPLE: &str = "stripe_stand_in";

pub type StandIn = program::StandIn<Told>;

/// What it says of itself.
#[derive(Deserialize)]
pub struct Told {
    pub url: String,
    pub key: String,
    pub webhook_secret: String,
}

/// How often what went wrong: faults by call.
pub type Struck = BTreeMap<String, BTreeMap<String, u64>>;

/// A payment in the provider's book, in cents.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    pub reference: String,
    pub payment_id: String,
    pub order_id: Option<String>,
    pub held: i64,
    pub captured: i64,
    pub captures: u64,
    pub refunded: i64,
}

impl StandIn {
    pub fn line(&self) -> Line {
        Line(self.wire())
    }
}

/// Tells the stand-in what goes wrong, and asks it what it knows.
pub struct Line(Wire);

impl Line {
    /// The next call of this kind fails in this way.
    pub async fn fault(&mut self, call: &str, fault: &str) -> Outcome<()> {
        self.0
            .tell("/fault", json!({"call": call, "fault": fault}))
            .await
    }

    /// Nothing goes wrong any more.
    pub async fn heal(&mut self) -> Outcome<()> {
        self.0.tell("/heal", Value::Null).await
    }

    /// Keys protect nobody any more.
    pub async fn forget_keys(&mut self) -> Outcome<()> {
        self.0.tell("/forget_keys", Value::Null).await
    }

    /// A buyer pays at this address, or is refused there; false when it was too late.
    pub async fn buyer(&mut self, url: &str, pays: bool) -> Outcome<bool> {
        self.0
            .ask(&Call::post("/buyer", &json!({"url": url, "pays": pays})))
            .await
    }

    /// Webhooks go out in this way; their statuses, 0 where nobody was there.
    pub async fn webhooks(&mut self, url: &str, how: &str) -> Outcome<Vec<u16>> {
        self.0
            .ask(&Call::post("/webhooks", &json!({"url": url, "how": how})))
            .await
    }

    pub async fn struck(&mut self) -> Outcome<Struck> {
        self.0.ask(&Call::get("/struck")).await
    }

    pub async fn book(&mut self) -> Outcome<Vec<Entry>> {
        self.0.ask(&Call::get("/book")).await
    }
}
