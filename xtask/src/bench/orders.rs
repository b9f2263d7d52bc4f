//! Placing orders: Comptoir over HTTP on both engines, and pgbench with the same rows beside it.

use super::clients::{self, Demand, Orders};
use super::load::Load;
use super::measure::{Sample, Watched};
use super::pgbench::{self, Reference};
use super::progress::Progress;
use super::results::{Figure, Part, Target, Unit, thousands};
use super::seed::{self, Seeded};
use super::stage::Stage;
use super::{Engine, measure, server, statements};
use crate::outcome::Outcome;
use crate::shop::Shop;

const BOTH: [Demand; 2] = [Demand::Random, Demand::Hot];

/// A filled shop and what was placed in it so far.
pub struct Filled {
    pub engine: Engine,
    pub shop: Shop,
    pub seeded: Seeded,
    pub placed: u64,
}

/// Fills a new shop on an engine.
pub async fn filled(stage: &Stage, name: &str, engine: Engine) -> Outcome<Filled> {
    let mut shop = stage.shop(name, engine, "CAD")?;
    shop.start(&["serve"]).await?;
    let seeded = seed::seed(&shop, seed::PRODUCTS).await?;
    shop.stop()?;
    Ok(Filled {
        engine,
        shop,
        seeded,
        placed: 0,
    })
}

pub async fn measure(stage: &Stage) -> Outcome<Part> {
    let mut part = Part::new("orders");
    explain(stage, &mut part);
    let mut shops = Vec::new();
    for engine in stage.args.engines() {
        shops.push(filled(stage, "orders", engine).await?);
    }
    let reference = Reference::new(&stage.root, &stage.postgres)?;
    let (rounds, loads) = (stage.args.rounds(), stage.args.connections().len());
    let steps = 2 * pgbench::CLIENTS.len() + shops.len() * 2 * loads;
    let progress = Progress::start(rounds * steps + shops.len());
    for round in 0..rounds {
        reference.reset()?;
        for demand in BOTH {
            refer(stage, &reference, demand, &progress, &mut part)?;
            for filled in &mut shops {
                let what = what(filled.engine, demand);
                place(stage, filled, (&what, demand, round), &progress, &mut part).await?;
            }
        }
    }
    for filled in &mut shops {
        with_key(stage, filled, &progress, &mut part).await?;
        check(filled, &mut part).await?;
    }
    conclude(stage, &mut part);
    Ok(part)
}

fn explain(stage: &Stage, part: &mut Part) {
    part.method(stage.method());
    part.method(
        "An order has three lines (quantities 1–3, 1, 1), names its store and its client, carries \
         a fresh Idempotency-Key and the access token a clerk got by signing in. 10,000 products \
         with ample stock in one store, 1,000 clients. Ledger, events, stored answers and access \
         log are on; the rate limit is off. Only 201 counts.",
    );
    part.method(
        "Random: one product from each third of the catalogue. Hot: everybody wants the same \
         three. PostgreSQL: fsync and synchronous_commit on, shared_buffers 512 MB, all else as \
         shipped, over TCP for both sides. SQLite: WAL, synchronous=FULL.",
    );
    part.method(
        "pgbench: `-M prepared -n -j 2`, one order a transaction, `xtask/bench-data`; its best \
         over 8, 16 and 32 clients. Its latency is an average, not a median.",
    );
}

pub fn what(engine: Engine, demand: Demand) -> String {
    let demand = match demand {
        Demand::Random => "random",
        Demand::Hot => "hot",
    };
    format!("orders, {}, {demand}", engine.name())
}

pub fn what_reference(demand: Demand) -> &'static str {
    match demand {
        Demand::Random => "pgbench, random",
        Demand::Hot => "pgbench, hot",
    }
}

/// What pgbench does, into `part`.
pub fn refer(
    stage: &Stage,
    reference: &Reference<'_>,
    demand: Demand,
    progress: &Progress,
    part: &mut Part,
) -> Outcome<()> {
    for clients in pgbench::CLIENTS {
        let what = what_reference(demand);
        progress.now(&format!("{what}, {clients} clients"));
        stage.settle()?;
        let sample = reference.run(demand, clients, stage.args.duration())?;
        progress.done(what, clients, &sample);
        part.add(what, clients, sample);
    }
    Ok(())
}

/// Starts a shop and places orders over each number of connections.
pub async fn place(
    stage: &Stage,
    filled: &mut Filled,
    (what, demand, round): (&str, Demand, usize),
    progress: &Progress,
    part: &mut Part,
) -> Outcome<()> {
    filled.shop.start(&["serve"]).await?;
    for &connections in stage.args.connections() {
        progress.now(&format!("{what}, {connections} connections"));
        stage.settle()?;
        let bearer = seed::clerk_token(&filled.shop).await?;
        let run = Run {
            load: stage.load(&filled.shop, connections),
            watched: stage.watched(filled.engine, &filled.shop)?,
            bearer,
            name: format!("{round}-{connections}-{what}"),
        };
        statements::begin(stage)?;
        let sample = run.place(filled, demand, part).await?;
        progress.done(what, connections, &sample);
        statements::end(stage, filled.engine, sample.answers, progress)?;
        part.add(what, connections, sample);
    }
    filled.shop.stop()
}

/// One measurement of placing orders.
pub struct Run {
    pub load: Load,
    pub watched: Watched,
    pub bearer: String,
    /// Unique among the runs on a shop: keys are made of it.
    pub name: String,
}

impl Run {
    pub async fn place(
        &self,
        filled: &mut Filled,
        demand: Demand,
        part: &mut Part,
    ) -> Outcome<Sample> {
        let bodies = clients::order_bodies(&filled.seeded, demand);
        let headers = clients::headers(self.load.address, Some(&self.bearer))?;
        let orders = |connection: usize| Orders {
            headers: headers.clone(),
            bodies: bodies.clone(),
            prefix: format!("{}-{connection}", self.name.replace([' ', ','], "")),
            sent: 0,
            start: connection * bodies.len() / self.load.connections,
        };
        let mut complaints = Vec::new();
        let sample = measure::measure(&self.load, self.watched, &mut complaints, orders).await?;
        filled.placed += sample.answers;
        let told = complaints
            .into_iter()
            .map(|said| format!("{}: {said}", self.name));
        part.remarks.extend(told);
        Ok(sample)
    }
}

/// The same once with an API key in place of the access token.
async fn with_key(
    stage: &Stage,
    filled: &mut Filled,
    progress: &Progress,
    part: &mut Part,
) -> Outcome<()> {
    filled.shop.start(&["serve"]).await?;
    let connections = stage.args.connections().iter().copied().max().unwrap_or(1);
    let what = format!("{}, API key", what(filled.engine, Demand::Random));
    progress.now(&what);
    stage.settle()?;
    let run = Run {
        load: stage.load(&filled.shop, connections),
        watched: stage.watched(filled.engine, &filled.shop)?,
        bearer: seed::api_key(&filled.shop).await?,
        name: what.clone(),
    };
    let sample = run.place(filled, Demand::Random, part).await?;
    progress.done(&what, connections, &sample);
    part.add(&what, connections, sample);
    filled.shop.stop()
}

/// Every order that was answered 201 is there, no other is, and the audits are clean.
pub async fn check(filled: &mut Filled, part: &mut Part) -> Outcome<()> {
    filled.shop.start(&["serve"]).await?;
    let stored = seed::count_orders(&mut seed::admin(&filled.shop).await?).await?;
    filled.shop.stop()?;
    let (engine, placed) = (filled.engine.name(), filled.placed);
    if stored != placed {
        let sentence = format!("{engine}: {placed} orders were answered 201, {stored} are stored");
        return Err(sentence.into());
    }
    let audits = server::verify(&filled.shop)?;
    let placed = thousands(placed as f64);
    part.remark(format!(
        "{engine}: {placed} orders answered 201, as many are stored; `comptoir verify`: {audits}."
    ));
    Ok(())
}

fn conclude(stage: &Stage, part: &mut Part) {
    let aims = |engine| match engine {
        Engine::Postgres => 2.0,
        Engine::Sqlite => 2.5,
    };
    for engine in stage.args.engines() {
        let (name, id) = (engine.name(), engine.name().to_lowercase());
        let random = what(engine, Demand::Random);
        let target = Target::AtLeast {
            least: 1.5,
            aim: Some(aims(engine)),
        };
        let title = format!("orders/s {name}, random products ÷ pgbench's best");
        ratio(
            part,
            (&format!("random-{id}"), &title),
            (&random, Demand::Random),
            Some(target),
        );
        let hot = what(engine, Demand::Hot);
        let title = format!("orders/s {name}, everybody wants the same three ÷ pgbench's best");
        let postgres = engine == Engine::Postgres;
        let target = postgres.then_some(Target::AtLeast {
            least: 6.0,
            aim: Some(9.0),
        });
        ratio(
            part,
            (&format!("hot-{id}"), &title),
            (&hot, Demand::Hot),
            target,
        );
        let title = format!("orders/s {name}, the same three ÷ pgbench's best at random products");
        ratio(
            part,
            (&format!("hot-{id}-uniform"), &title),
            (&hot, Demand::Random),
            None,
        );
        let Some(alone) = part.at(&random, 1) else {
            continue;
        };
        let most = if postgres { 3.0 } else { 2.0 };
        part.figures.push(Figure {
            id: format!("p50-{id}"),
            name: format!("one connection: p50 of an order, {name}"),
            value: alone.p50_ms(),
            unit: Unit::Milliseconds,
            target: Some(Target::AtMost(most)),
            made_of: format!("p99 {:.2} ms", alone.p99_ms()),
        });
    }
}

/// A figure of our best rate and pgbench's in the same part.
pub fn ratio(
    part: &mut Part,
    (id, name): (&str, &str),
    (ours, theirs): (&str, Demand),
    target: Option<Target>,
) {
    let (Some(ours), Some(theirs)) = (part.best(ours), part.best(what_reference(theirs))) else {
        return;
    };
    let pairs = ours.samples.iter().zip(&theirs.samples);
    let each = pairs.map(|(ours, theirs)| format!("{:.2}", ours.per_second / theirs.per_second));
    let made_of = format!(
        "{} at {} connections ÷ {} at {} clients; round by round {}",
        thousands(ours.per_second()),
        ours.connections,
        thousands(theirs.per_second()),
        theirs.connections,
        each.collect::<Vec<_>>().join(", ")
    );
    let value = ours.per_second() / theirs.per_second();
    let (id, name) = (id.to_owned(), name.to_owned());
    part.figures.push(Figure {
        id,
        name,
        value,
        unit: Unit::Ratio,
        target,
        made_of,
    });
}
