//! The small shop with an account at simulators of Stripe and PayFast.

use crate::shop::{count, open_with, payments, work};
use contracts::inventory::StockReserved;
use contracts::orders::OrderPlaced;
use kernel::OrderId;
use payments::Settings;
use payments::provider::hosted::Patience;
use payments::provider::payfast::{PayFastSettings, Sources};
use payments::provider::sandbox::Switches;
use payments::provider::stripe::StripeSettings;
use platform::{Host, Module};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use testkit::payfast::{
    PAYFAST_MERCHANT_ID, PAYFAST_MERCHANT_KEY, PAYFAST_PASSPHRASE, PayFastSimulator,
};
use testkit::stripe::{STRIPE_KEY, STRIPE_WEBHOOK_SECRET, StripeSimulator};
use testkit::{Answer, Message, TestApp};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

type Simulators = (StripeSimulator, PayFastSimulator);

/// The simulators of each app, found as its payments are.
static SIMULATORS: LazyLock<Mutex<HashMap<usize, Simulators>>> = LazyLock::new(Mutex::default);

/// Shorter than the port's, so that a silent provider does not keep a test waiting.
pub const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(300),
    total: Duration::from_millis(300),
};

/// Buyers pay on pages of the providers.
pub fn app(host: &Host) -> Vec<Module> {
    open(host, None, "127.0.0.1".parse().expect("an address"))
}

/// Buyers pay at Stripe with a card of the test mode, without a page.
pub fn rehearsing(host: &Host) -> Vec<Module> {
    open(host, Some("pm_card_visa"), Sources::default())
}

pub fn open(host: &Host, card: Option<&str>, sources: Sources) -> Vec<Module> {
    let starting = async {
        let stripe = StripeSimulator::start(host.source.clone()).await;
        (stripe, PayFastSimulator::start().await)
    };
    let (stripe, payfast) = block_in_place(|| Handle::current().block_on(starting));
    let settings = Settings::for_tests(Switches::default());
    let settings = Settings {
        success_url: "https://shop.test/thanks".to_owned(),
        stripe: Some(StripeSettings {
            url: stripe.url().to_owned(),
            secret_key: STRIPE_KEY.into(),
            webhook_secrets: vec![STRIPE_WEBHOOK_SECRET.into()],
            rehearsal_card: card.map(str::to_owned),
            patience: PATIENCE,
        }),
        payfast: Some(PayFastSettings {
            url: payfast.url().to_owned(),
            merchant_id: PAYFAST_MERCHANT_ID.to_owned(),
            merchant_key: PAYFAST_MERCHANT_KEY.into(),
            passphrase: PAYFAST_PASSPHRASE.into(),
            public_url: settings.public_url.clone(),
            sources,
            patience: PATIENCE,
        }),
        ..settings
    };
    let place = Arc::as_ptr(&host.settings) as usize;
    let mut known = SIMULATORS.lock().expect("nobody panics here");
    known.insert(place, (stripe, payfast));
    drop(known);
    open_with(host, settings)
}

fn simulators(app: &TestApp) -> Simulators {
    let place = Arc::as_ptr(&app.host().settings) as usize;
    SIMULATORS.lock().expect("nobody panics here")[&place].clone()
}

pub fn stripe(app: &TestApp) -> StripeSimulator {
    simulators(app).0
}

pub fn payfast(app: &TestApp) -> PayFastSimulator {
    simulators(app).1
}

/// An order in rand that holds its stock and is paid at PayFast.
pub async fn place_in_rand(app: &TestApp, total_minor: i64) -> OrderId {
    let order_id = app.host().source.id();
    let placed = OrderPlaced {
        currency: "ZAR".to_owned(),
        ..crate::shop::placed(order_id, "payfast", total_minor)
    };
    app.publish(&placed, 1).await;
    let store_id = crate::shop::store();
    app.publish(&StockReserved { order_id, store_id }, 1).await;
    order_id
}

/// Posts a message to its webhook.
pub async fn post(app: &TestApp, path: &str, message: &Message) -> Answer {
    let request = app
        .post(path)
        .body(message.content_type, message.body.clone());
    match &message.header {
        Some((name, value)) => request.header(name, value).send().await,
        None => request.send().await,
    }
}

/// Posts all of Stripe's messages that wait, each of which must be taken.
pub async fn tell_stripes(app: &TestApp) -> usize {
    let messages = stripe(app).take_messages();
    for message in &messages {
        post(app, "/v1/webhooks/stripe", message).await.expect(200);
    }
    messages.len()
}

/// Follows up what was told.
pub async fn follow(app: &TestApp) {
    payments(app)
        .follow_webhooks()
        .await
        .expect("webhooks are followed up");
}

/// Lets time pass and makes calls until none is open any more.
pub async fn settle_calls(app: &TestApp) {
    for _ in 0..30 {
        work(app).await;
        if count(app, "select count(*) as n from payments_attempt where open").await == 0 {
            return;
        }
        app.clock_advance(Duration::from_secs(61));
    }
    panic!("half an hour was not enough");
}
