//! Paid orders: placed over HTTP with a provider's payment, until they are confirmed, beside
//! pgbench; and at half of that load, how far events are behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::header::HeaderMap;

use super::clients::{self, Demand, Orders};
use super::measure::{self, Sample};
use super::orders::{self, Filled};
use super::paying::{self, Pace, Paying};
use super::pgbench::{self, Reference};
use super::progress::Progress;
use super::results::{Figure, Part, Target, Unit, thousands};
use super::stage::Stage;
use super::{Engine, seed, server, statements};
use crate::outcome::Outcome;

const METHOD: &str = "sandbox";
const CONNECTIONS: [usize; 3] = [32, 128, 512];

/// A filled shop and what was seen of it besides its figures.
struct Paid {
    filled: Filled,
    /// Answers of another kind: whether such an order is there is not known.
    others: u64,
    undecided: Arc<AtomicU64>,
    unpaid: u64,
    longest_drain: Duration,
}

/// `orders` is what this run measured of placing orders; what pgbench did there counts here too.
pub async fn measure(stage: &Stage, orders: Option<&Part>) -> Outcome<Part> {
    let mut part = Part::new("paid");
    explain(stage, &mut part);
    let mut shops = Vec::new();
    for engine in stage.args.engines() {
        shops.push(filled(stage, engine).await?);
    }
    let what = orders::what_reference(Demand::Random);
    let known = orders.map_or(&[][..], |orders| &orders.series);
    let known = known.iter().filter(|series| series.what == what);
    part.series.extend(known.cloned());
    let reference = match part.series.is_empty() {
        true => Some(Reference::new(&stage.root, &stage.postgres)?),
        false => None,
    };
    let references = reference.as_ref().map_or(0, |_| pgbench::CLIENTS.len());
    let loads = stage.args.connections_or(&CONNECTIONS).len() + 1;
    let progress = Progress::start(stage.args.rounds() * (references + shops.len() * loads));
    for round in 0..stage.args.rounds() {
        if let Some(reference) = &reference {
            reference.reset()?;
            orders::refer(stage, reference, Demand::Random, &progress, &mut part)?;
        }
        for paid in &mut shops {
            one_round(stage, paid, round, &progress, &mut part).await?;
        }
    }
    for paid in &mut shops {
        check(paid, &mut part).await?;
        conclude(paid.filled.engine, &mut part);
    }
    Ok(part)
}

fn explain(stage: &Stage, part: &mut Part) {
    part.method(stage.method());
    part.method(
        "Orders as in “Placing orders”, random products, but paid by `sandbox`, a provider that \
         answers from memory, inside the server: stock is held, the payment is authorised, the \
         order confirmed, the payment captured. An order counts when it is confirmed: with the \
         answer 201, or, after 202, once `GET /v1/orders/{id}` says so (asked every 5 ms). \
         Latency is from the request to that.",
    );
    part.method(
        "Half load: an open loop at half of the best rate of the same engine and round, over the \
         largest number of connections; latency counts from when a request was due.",
    );
    part.method(
        "Event lag, at half load: from an order's `placed_at`, which is when `order-placed` \
         occurred, to its `updated_at` once it is paid, which is when the transaction that \
         applied `payment-captured`, the last event of its payment, looked at its clock. It holds \
         all commits and deliveries but the last commit. Read through the API, after the load, of \
         all orders of what was measured, not of a sample.",
    );
    part.method(
        "pgbench: as in “Placing orders”, from the same run; it places orders and pays for \
         nothing.",
    );
}

async fn filled(stage: &Stage, engine: Engine) -> Outcome<Paid> {
    let mut filled = orders::filled(stage, "paid", engine).await?;
    // In production nobody pays without money unless it is asked for.
    filled.shop.set_for_server("COMPTOIR_SANDBOX", "on");
    Ok(Paid {
        filled,
        others: 0,
        undecided: Arc::default(),
        unpaid: 0,
        longest_drain: Duration::ZERO,
    })
}

async fn one_round(
    stage: &Stage,
    paid: &mut Paid,
    round: usize,
    progress: &Progress,
    part: &mut Part,
) -> Outcome<()> {
    let what = what(paid.filled.engine);
    paid.filled.shop.start(&["serve"]).await?;
    let (mut best, mut most) = (0.0_f64, 1);
    for &connections in stage.args.connections_or(&CONNECTIONS) {
        progress.now(&format!("{what}, {connections} connections"));
        let trial = Trial::new(format!("{round}-{connections}"), connections, None);
        statements::begin(stage)?;
        let sample = trial.run(stage, paid, part).await?;
        statements::end(stage, paid.filled.engine, sample.answers, progress)?;
        best = best.max(sample.per_second);
        most = most.max(connections);
        progress.done(&what, connections, &sample);
        part.add(&what, connections, sample);
    }
    let what = half(paid.filled.engine);
    progress.now(&what);
    if best <= 0.0 {
        return Err(format!("{what}: no order was confirmed").into());
    }
    let trial = Trial::new(format!("{round}-half"), most, Some(best / 2.0));
    let sample = trial.run(stage, paid, part).await?;
    let seconds = stage.args.duration().as_secs_f64();
    let confirmed = (sample.per_second * seconds).round() as u64;
    let mut admin = seed::admin(&paid.filled.shop).await?;
    let (lag, unpaid) = paying::lag(&mut admin, confirmed, seconds).await?;
    paid.unpaid += unpaid;
    progress.done(&what, most, &sample);
    progress.say(&format!(
        "{:<44} p50 {:>6} µs  p99 {:>7} µs",
        behind(paid.filled.engine),
        lag.p50_us,
        lag.p99_us
    ));
    part.add(&what, most, sample);
    part.add(&behind(paid.filled.engine), most, lag);
    paid.filled.shop.stop()
}

/// One measurement.
struct Trial {
    /// Unique on a shop: keys are made of it.
    name: String,
    connections: usize,
    per_second: Option<f64>,
}

impl Trial {
    fn new(name: String, connections: usize, per_second: Option<f64>) -> Self {
        Self {
            name,
            connections,
            per_second,
        }
    }

    /// Places orders, and waits until the sales that were begun have ended.
    async fn run(&self, stage: &Stage, paid: &mut Paid, part: &mut Part) -> Outcome<Sample> {
        stage.settle()?;
        let (engine, shop) = (paid.filled.engine, &paid.filled.shop);
        let load = stage.load(shop, self.connections);
        let watched = stage.watched(engine, shop)?;
        let token = seed::clerk_token(shop).await?;
        let requests = self.requests(paid, clients::headers(shop.address(), Some(&token))?);
        let mut complaints = Vec::new();
        let sample = measure::measure(&load, watched, &mut complaints, requests).await?;
        for said in complaints {
            part.remark(format!("{}, {}: {said}", what(engine), self.name));
        }
        let mut admin = seed::admin(&paid.filled.shop).await?;
        let drain = paying::drain(&mut admin).await?;
        paid.longest_drain = paid.longest_drain.max(drain);
        paid.filled.placed += sample.answers;
        paid.others += sample.others;
        Ok(sample)
    }

    fn requests(&self, paid: &Paid, headers: HeaderMap) -> impl Fn(usize) -> Paying + use<> {
        let bodies = clients::paid_bodies(&paid.filled.seeded, METHOD);
        let undecided = Arc::clone(&paid.undecided);
        let (name, connections, per_second) =
            (self.name.clone(), self.connections, self.per_second);
        move |connection| Paying {
            orders: Orders {
                headers: headers.clone(),
                bodies: bodies.clone(),
                prefix: format!("paid-{name}-{connection}"),
                sent: 0,
                start: connection * bodies.len() / connections,
            },
            pace: per_second.map(|per_second| Pace {
                per_second,
                connection,
                connections,
            }),
            undecided: Arc::clone(&undecided),
        }
    }
}

/// Every order that was answered is there, every sale has ended, and the audits are clean.
async fn check(paid: &mut Paid, part: &mut Part) -> Outcome<()> {
    let filled = &mut paid.filled;
    filled.shop.start(&["serve"]).await?;
    let mut admin = seed::admin(&filled.shop).await?;
    let stored = seed::count_orders(&mut admin).await?;
    let open = admin.get("/v1/sagas?limit=1").await?;
    filled.shop.stop()?;
    let (engine, placed) = (filled.engine.name(), filled.placed);
    if !(placed..=placed + paid.others).contains(&stored) {
        let sentence = format!("{engine}: {placed} orders were confirmed, {stored} are stored");
        return Err(sentence.into());
    }
    if !seed::items_of(&open)?.is_empty() {
        return Err(format!("{engine}: a sale has not ended: {open}").into());
    }
    let audits = server::verify(&filled.shop)?;
    part.remark(format!(
        "{engine}: {} orders were confirmed, {} were answered 202 first, {} got another answer; {} \
         are stored. Of those the event lag was read from, {} were not paid. Every sale is done, \
         at most {:.1} s after its load; `comptoir verify`: {audits}.",
        thousands(placed as f64),
        thousands(paid.undecided.load(Ordering::Relaxed) as f64),
        thousands(paid.others as f64),
        thousands(stored as f64),
        paid.unpaid,
        paid.longest_drain.as_secs_f64(),
    ));
    Ok(())
}

fn what(engine: Engine) -> String {
    format!("paid orders, {}", engine.name())
}

fn half(engine: Engine) -> String {
    format!("paid orders, {}, half load", engine.name())
}

fn behind(engine: Engine) -> String {
    format!("event lag, {}, half load", engine.name())
}

fn conclude(engine: Engine, part: &mut Part) {
    let (name, id) = (engine.name(), engine.name().to_lowercase());
    let target = (engine == Engine::Postgres).then_some(Target::AtLeast {
        least: 0.5,
        aim: Some(1.0),
    });
    let title = format!("paid orders/s {name}, to confirmed ÷ pgbench's best");
    orders::ratio(
        part,
        (&format!("paid-{id}"), &title),
        (&what(engine), Demand::Random),
        target,
    );
    let (Some(lag), Some(half)) = (part.best(&behind(engine)), part.best(&half(engine))) else {
        return;
    };
    let made_of = format!(
        "p50 {:.1} ms, of {} orders; {}/s over {} connections, request to confirmed p50 {:.1} ms, \
         p99 {:.1} ms",
        lag.p50_ms(),
        thousands(lag.samples.iter().map(|sample| sample.answers as f64).sum()),
        thousands(half.per_second()),
        half.connections,
        half.p50_ms(),
        half.p99_ms()
    );
    let figure = Figure {
        id: format!("lag-{id}"),
        name: format!("event lag {name}, p99 at half load: order-placed to payment-captured"),
        value: lag.p99_ms(),
        unit: Unit::Milliseconds,
        target: Some(Target::AtMost(200.0)),
        made_of,
    };
    part.figures.push(figure);
}
