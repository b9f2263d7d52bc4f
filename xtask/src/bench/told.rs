//! Orders that somebody is told of, by webhook and by mail, beside orders nobody is told of: what
//! it costs, how much is delivered, and how far reports are behind meanwhile.

use std::cell::Cell;
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use serde_json::json;

use super::clients::{self, Demand, Orders};
use super::listeners::{self, Taken};
use super::load::Requests;
use super::measure::{self, Sample};
use super::orders::{self, Filled};
use super::paying::Pace;
use super::progress::Progress;
use super::results::{Figure, Part, Target, Unit, median, thousands};
use super::seed;
use super::stage::Stage;
use super::wire::Client;
use super::{Engine, reports, statements};
use crate::outcome::Outcome;

const CONNECTIONS: [usize; 1] = [32];
/// What telling may take from placing orders.
const LEAST_KEPT: f64 = 0.95;
/// Nothing came for so long, and nothing waits: everything was told.
const QUIET: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(100);
/// What takes longer than this to be told is told too slowly to be waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// Two shops of an engine, filled alike.
struct Pair {
    engine: Engine,
    alone: Filled,
    told: Filled,
    listeners: Listeners,
    /// Orders a second of the last round without listeners.
    full: f64,
}

struct Listeners {
    webhooks: Taken,
    mails: Taken,
}

/// How the load comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pressure {
    Half,
    Full,
}

const BOTH: [Pressure; 2] = [Pressure::Full, Pressure::Half];

/// One connection of a load.
struct Placing {
    orders: Orders,
    pace: Option<Pace>,
}

impl Requests for Placing {
    fn next(&mut self) -> Option<Request<Full<Bytes>>> {
        self.orders.next()
    }

    fn due(&self, start: Instant) -> Option<Instant> {
        self.pace.map(|pace| pace.due(start, self.orders.sent))
    }
}

/// What was delivered after a load, per second until nothing was left.
#[derive(Default)]
struct Delivered {
    webhooks: Vec<f64>,
    mails: Vec<f64>,
    /// Ages of reports, in milliseconds: half load, full load.
    lag: [Vec<f64>; 2],
}

pub async fn measure(stage: &Stage) -> Outcome<Part> {
    let mut part = Part::new("told");
    explain(stage, &mut part);
    let steps = stage.args.rounds() * stage.args.engines().len() * 2 * BOTH.len();
    let progress = Progress::start(steps);
    for engine in stage.args.engines() {
        let mut pair = pair(stage, engine).await?;
        let mut delivered = Delivered::default();
        for round in 0..stage.args.rounds() {
            one_round(
                stage,
                (&mut pair, &mut delivered),
                round,
                &progress,
                &mut part,
            )
            .await?;
        }
        orders::check(&mut pair.alone, &mut part).await?;
        orders::check(&mut pair.told, &mut part).await?;
        conclude(&pair, &delivered, &mut part);
    }
    Ok(part)
}

fn explain(stage: &Stage, part: &mut Part) {
    part.method(stage.method());
    part.method(
        "Orders as in “Placing orders”, random products. Two shops, filled alike, in turn: one of \
         which nobody hears (no endpoint, no mail), and one that sends a webhook of every event of \
         orders to an endpoint and a mail of every order by SMTP; both listeners are on this \
         machine, in the process of the load, and take everything at once. Reports hear of every \
         order in both.",
    );
    part.method(
        "Full load: as much as the connections get done. Half load: an open loop at half of what \
         the shop without listeners did in the same round. Delivered per second: from the begin \
         of the full load until nothing was left. Age of reports: `lag.ms` of a report, asked \
         every 50 ms.",
    );
}

async fn pair(stage: &Stage, engine: Engine) -> Outcome<Pair> {
    let mut alone = orders::filled(stage, "untold", engine).await?;
    let mut told = orders::filled(stage, "told", engine).await?;
    let (webhooks_at, webhooks) = listeners::webhooks()?;
    let (mails_at, mails) = listeners::mails()?;
    // Production sends no webhook to its own machine.
    for shop in [&mut alone.shop, &mut told.shop] {
        shop.set_for_server("COMPTOIR_ENV", "staging");
    }
    let smtp = format!("smtp://{mails_at}");
    for (name, value) in [
        ("COMPTOIR_WEBHOOK_ALLOW_LOOPBACK", "on"),
        ("COMPTOIR_MAIL", "smtp"),
        ("COMPTOIR_SMTP_URL", &smtp),
        ("COMPTOIR_MAIL_FROM", "Shop <orders@shop.example>"),
    ] {
        told.shop.set_for_server(name, value);
    }
    told.shop.start(&["serve"]).await?;
    let endpoint = json!({"url": format!("http://{webhooks_at}/"),
        "event_types": ["comptoir.orders.*"]});
    let mut admin = seed::admin(&told.shop).await?;
    admin.post("/v1/webhook-endpoints", &endpoint, 201).await?;
    told.shop.stop()?;
    Ok(Pair {
        engine,
        alone,
        told,
        listeners: Listeners { webhooks, mails },
        full: 0.0,
    })
}

async fn one_round(
    stage: &Stage,
    (pair, delivered): (&mut Pair, &mut Delivered),
    round: usize,
    progress: &Progress,
    part: &mut Part,
) -> Outcome<()> {
    for pressure in BOTH {
        let rate = (pressure == Pressure::Half).then_some(pair.full / 2.0);
        let trial = Trial {
            stage,
            name: format!("told-{round}-{}", pressure.name().replace(' ', "-")),
            connections: connections(stage),
            rate,
        };
        let name = what(pair.engine, pressure, false);
        progress.now(&name);
        pair.alone.shop.start(&["serve"]).await?;
        let (sample, _) = trial.run(&mut pair.alone, part).await?;
        pair.alone.shop.stop()?;
        if pressure == Pressure::Full {
            pair.full = sample.per_second;
        }
        progress.done(&name, trial.connections, &sample);
        part.add(&name, trial.connections, sample);
        tell(&trial, (pair, delivered), pressure, progress, part).await?;
    }
    Ok(())
}

/// The same of which somebody hears, until they have heard all.
async fn tell(
    trial: &Trial<'_>,
    (pair, delivered): (&mut Pair, &mut Delivered),
    pressure: Pressure,
    progress: &Progress,
    part: &mut Part,
) -> Outcome<()> {
    let name = what(pair.engine, pressure, true);
    progress.now(&name);
    pair.told.shop.start(&["serve"]).await?;
    let before = pair.listeners.counts();
    let begun = Instant::now();
    statements::begin(trial.stage)?;
    let (sample, lag) = trial.run(&mut pair.told, part).await?;
    statements::end(trial.stage, pair.engine, sample.answers, progress)?;
    progress.done(&name, trial.connections, &sample);
    part.add(&name, trial.connections, sample);
    pair.listeners
        .have_heard_all(&mut seed::admin(&pair.told.shop).await?)
        .await?;
    delivered.lag[usize::from(pressure == Pressure::Full)].push(lag);
    if pressure == Pressure::Full {
        let taken = [&pair.listeners.webhooks, &pair.listeners.mails];
        let rates = [0, 1].map(|nth| {
            let count = taken[nth].count() - before[nth];
            count as f64 / taken[nth].seconds_from(begun).max(0.001)
        });
        delivered.webhooks.push(rates[0]);
        delivered.mails.push(rates[1]);
        part.remark(format!(
            "{name}: {} webhooks and {} mails of the orders of this round; the last came {:.1} s \
             and {:.1} s after the load began.",
            thousands((taken[0].count() - before[0]) as f64),
            thousands((taken[1].count() - before[1]) as f64),
            taken[0].seconds_from(begun),
            taken[1].seconds_from(begun)
        ));
    }
    pair.told.shop.stop()
}

impl Listeners {
    fn counts(&self) -> [u64; 2] {
        [self.webhooks.count(), self.mails.count()]
    }

    async fn have_heard_all(&self, admin: &mut Client) -> Outcome<()> {
        let endpoints = admin.get("/v1/webhook-endpoints?limit=1").await?;
        let endpoint = seed::items_of(&endpoints)?[0]["id"]
            .as_str()
            .unwrap_or_default();
        let pending = [
            format!("/v1/webhook-endpoints/{endpoint}/deliveries?state=pending&limit=1"),
            "/v1/notifications?status=queued&limit=1".to_owned(),
            "/v1/notifications?status=sending&limit=1".to_owned(),
        ];
        let (begun, mut counts, mut since) = (Instant::now(), self.counts(), Instant::now());
        while since.elapsed() < QUIET {
            let mut waits = false;
            for path in &pending {
                waits = waits || !seed::items_of(&admin.get(path).await?)?.is_empty();
            }
            if waits || counts != self.counts() {
                (counts, since) = (self.counts(), Instant::now());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("after {PATIENCE:?} there is still something to tell").into());
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }
}

/// One measurement.
struct Trial<'s> {
    stage: &'s Stage,
    /// Unique on a shop: keys are made of it.
    name: String,
    connections: usize,
    rate: Option<f64>,
}

impl Trial<'_> {
    /// Places orders, and asks meanwhile how old the reports are: the 99th percentile, in ms.
    async fn run(&self, filled: &mut Filled, part: &mut Part) -> Outcome<(Sample, f64)> {
        self.stage.settle()?;
        let shop = &filled.shop;
        let load = self.stage.load(shop, self.connections);
        let watched = self.stage.watched(filled.engine, shop)?;
        let headers = clients::headers(shop.address(), Some(&seed::clerk_token(shop).await?))?;
        let bodies = clients::order_bodies(&filled.seeded, Demand::Random);
        let requests = |connection: usize| Placing {
            orders: Orders {
                headers: headers.clone(),
                bodies: bodies.clone(),
                prefix: format!("{}-{connection}", self.name),
                sent: 0,
                start: connection * bodies.len() / self.connections,
            },
            pace: self.rate.map(|per_second| Pace {
                per_second,
                connection,
                connections: self.connections,
            }),
        };
        let (mut complaints, mut admin) = (Vec::new(), seed::admin(shop).await?);
        let over = Cell::new(false);
        let placing = async {
            let sample = measure::measure(&load, watched, &mut complaints, requests).await;
            over.set(true);
            sample
        };
        let (sample, lags) = tokio::join!(placing, reports::watch(&mut admin, &over));
        let (sample, lags) = (sample?, lags?);
        filled.placed += sample.answers;
        let told = complaints.into_iter();
        part.remarks
            .extend(told.map(|said| format!("{}: {said}", self.name)));
        Ok((sample, lags.value_at_quantile(0.99) as f64))
    }
}

impl Pressure {
    fn name(self) -> &'static str {
        match self {
            Self::Half => "half load",
            Self::Full => "full load",
        }
    }
}

fn connections(stage: &Stage) -> usize {
    let all = stage.args.connections_or(&CONNECTIONS).iter();
    all.copied().max().unwrap_or(CONNECTIONS[0])
}

fn what(engine: Engine, pressure: Pressure, told: bool) -> String {
    let told = if told { "told" } else { "untold" };
    format!("orders, {}, {}, {told}", engine.name(), pressure.name())
}

fn conclude(pair: &Pair, delivered: &Delivered, part: &mut Part) {
    let (engine, name) = (pair.engine, pair.engine.name());
    let id = name.to_lowercase();
    for pressure in BOTH {
        cost(part, engine, pressure);
        let ages = &delivered.lag[usize::from(pressure == Pressure::Full)];
        part.figures.push(Figure {
            id: format!("told-lag-{}-{id}", pressure.name().replace(' ', "-")),
            name: format!("age of reports {name}, p99 at {}", pressure.name()),
            value: median(ages.clone()),
            unit: Unit::Milliseconds,
            target: Some(Target::AtMost(reports::MOST_LAG_MS)),
            made_of: format!("round by round {ages:.0?}"),
        });
    }
    for (what, rates) in [
        ("webhooks", &delivered.webhooks),
        ("mails", &delivered.mails),
    ] {
        part.figures.push(Figure {
            id: format!("told-{what}-{id}"),
            name: format!("{what} delivered a second, {name}"),
            value: median(rates.clone()),
            unit: Unit::PerSecond,
            target: None,
            made_of: format!("round by round {rates:.0?}"),
        });
    }
}

/// What telling costs placing.
fn cost(part: &mut Part, engine: Engine, pressure: Pressure) {
    let (Some(told), Some(untold)) = (
        part.best(&what(engine, pressure, true)),
        part.best(&what(engine, pressure, false)),
    ) else {
        return;
    };
    let pairs = told.samples.iter().zip(&untold.samples);
    let ratios: Vec<f64> = pairs
        .map(|(told, untold)| told.per_second / untold.per_second)
        .collect();
    let made_of = format!(
        "{} ÷ {}, p99 {:.1} ms and {:.1} ms; round by round {ratios:.2?}",
        thousands(told.per_second()),
        thousands(untold.per_second()),
        told.p99_ms(),
        untold.p99_ms()
    );
    let name = engine.name();
    part.figures.push(Figure {
        id: format!(
            "told-{}-{}",
            pressure.name().replace(' ', "-"),
            name.to_lowercase()
        ),
        name: format!(
            "orders/s {name} at {}, told by webhook and mail ÷ untold",
            pressure.name()
        ),
        value: median(ratios),
        unit: Unit::Ratio,
        target: Some(Target::AtLeast {
            least: LEAST_KEPT,
            aim: None,
        }),
        made_of,
    });
}
