//! Reading a product, beside a handler that answers the same bytes from memory. The same load,
//! the same token, one after the other.

use std::sync::Arc;

use hyper::{StatusCode, Uri};

use super::clients::{self, Demand, Orders, Reads};
use super::load::Load;
use super::measure::{self, Sample, Watched};
use super::progress::Progress;
use super::reference::{self, Around};
use super::results::{Figure, Part, Target, Unit, thousands};
use super::seed::{self, Seeded};
use super::stage::Stage;
use super::wire::Client;
use super::{Engine, build, server};
use crate::outcome::{Because, Outcome};
use crate::shop::Shop;

/// Readings of one server.
struct Reading<'a> {
    stage: &'a Stage,
    progress: &'a Progress,
    paths: Arc<[Uri]>,
    token: String,
}

/// A shop with its reference beside it.
struct Pair {
    engine: Engine,
    shop: Shop,
    from_memory: Shop,
    seeded: Seeded,
}

pub async fn measure(stage: &Stage) -> Outcome<Part> {
    let mut part = Part::new("read");
    part.method(stage.method());
    part.method(
        "`GET /v1/products/{id}` over 10,000 products in turn, with an access token. What differs \
         between Comptoir and the handler it is compared with is what Comptoir does to find \
         the product; the load takes its share of both.",
    );
    reference::explain(&mut part);
    let mut pairs = Vec::new();
    for engine in stage.args.engines() {
        pairs.push(pair(stage, engine).await?);
    }
    let loads = stage.args.connections().len();
    let progress = Progress::start(stage.args.rounds() * pairs.len() * (3 * loads + 1));
    for _ in 0..stage.args.rounds() {
        for pair in &mut pairs {
            round(stage, pair, &progress, &mut part).await?;
        }
    }
    for pair in &pairs {
        conclude(pair.engine, &mut part);
    }
    Ok(part)
}

async fn pair(stage: &Stage, engine: Engine) -> Outcome<Pair> {
    let place = stage.place("read", engine)?;
    let mut shop = place.shop(&build::binary(&stage.root, "comptoir"), "CAD")?;
    let from_memory = place.shop(&build::binary(&stage.root, "examples/from_memory"), "CAD")?;
    shop.start(&["serve"]).await?;
    let seeded = seed::seed(&shop, seed::PRODUCTS).await?;
    let mut client = Client::open(shop.address()).await?;
    let bytes = client
        .get_bytes(&format!("/v1/products/{}", seeded.products[0]))
        .await?;
    let file = stage.folder().join("product.json");
    std::fs::write(&file, bytes).because(|| format!("writing {}", file.display()))?;
    shop.stop()?;
    Ok(Pair {
        engine,
        shop,
        from_memory,
        seeded,
    })
}

async fn round(
    stage: &Stage,
    pair: &mut Pair,
    progress: &Progress,
    part: &mut Part,
) -> Outcome<()> {
    let Pair {
        engine,
        shop,
        from_memory,
        seeded,
    } = pair;
    let what = what(*engine);
    shop.start(&["serve"]).await?;
    let paths = seeded
        .products
        .iter()
        .map(|id| format!("/v1/products/{id}").parse());
    let paths = paths.collect::<Result<Arc<[Uri]>, _>>()?;
    let token = seed::clerk_token(shop).await?;
    let reading = Reading {
        stage,
        progress,
        paths,
        token,
    };
    reading.read(shop, &what, part).await?;
    shop.stop()?;
    for around in [Around::Everything, Around::Nothing] {
        reference::start(stage, from_memory, around).await?;
        reading
            .read(from_memory, &beside(*engine, around), part)
            .await?;
        if around == Around::Nothing {
            reading.order(from_memory, seeded, part).await?;
        }
        // It does not know how to stop; it has nothing to lose either.
        from_memory.kill()?;
    }
    Ok(())
}

impl Reading<'_> {
    async fn read(&self, server: &Shop, what: &str, part: &mut Part) -> Outcome<()> {
        for &connections in self.stage.args.connections() {
            self.progress
                .now(&format!("{what}, {connections} connections"));
            let headers = clients::headers(server.address(), Some(&self.token))?;
            let reads = |place: usize| Reads {
                headers: headers.clone(),
                paths: Arc::clone(&self.paths),
                at: place * self.paths.len() / connections,
            };
            let (load, watched) = self.aims(server, connections)?;
            let mut complaints = Vec::new();
            let sample = measure::measure(&load, watched, &mut complaints, reads).await?;
            self.note(what, connections, sample, complaints, part);
        }
        Ok(())
    }

    /// What the load could do if placing an order cost nothing: orders to a server that says yes
    /// to everything.
    async fn order(&self, server: &Shop, seeded: &Seeded, part: &mut Part) -> Outcome<()> {
        let what = "order requests, answered by bare axum";
        let connections = self
            .stage
            .args
            .connections()
            .iter()
            .copied()
            .max()
            .unwrap_or(1);
        self.progress.now(what);
        let bodies = clients::order_bodies(seeded, Demand::Random);
        let headers = clients::headers(server.address(), Some(&self.token))?;
        let orders = |place: usize| Orders {
            headers: headers.clone(),
            bodies: bodies.clone(),
            prefix: format!("load-alone-{place}"),
            sent: 0,
            start: place * bodies.len() / connections,
        };
        let (load, watched) = self.aims(server, connections)?;
        let mut complaints = Vec::new();
        let sample = measure::measure(&load, watched, &mut complaints, orders).await?;
        self.note(what, connections, sample, complaints, part);
        Ok(())
    }

    fn aims(&self, server: &Shop, connections: usize) -> Outcome<(Load, Watched)> {
        let load = self.stage.load(server, connections);
        let load = Load {
            expected: StatusCode::OK,
            ..load
        };
        Ok((
            load,
            Watched {
                server: server::process(server)?,
                database: None,
            },
        ))
    }

    fn note(
        &self,
        what: &str,
        connections: usize,
        sample: Sample,
        complaints: Vec<String>,
        part: &mut Part,
    ) {
        self.progress.done(what, connections, &sample);
        part.add(what, connections, sample);
        part.remarks
            .extend(complaints.into_iter().map(|said| format!("{what}: {said}")));
    }
}

fn what(engine: Engine) -> String {
    format!("product, {}", engine.name())
}

fn beside(engine: Engine, around: Around) -> String {
    format!("{} (beside {})", around.what(), engine.name())
}

fn conclude(engine: Engine, part: &mut Part) {
    for (around, word, id) in [
        (Around::Everything, "on", "on"),
        (Around::Nothing, "off", "off"),
    ] {
        let (Some(ours), Some(theirs)) =
            (part.best(&what(engine)), part.best(&beside(engine, around)))
        else {
            continue;
        };
        let made_of = format!(
            "{} at {} connections ÷ {} at {}; processor time of the server a request: \
             {:.0} µs, {:.0} µs",
            thousands(ours.per_second()),
            ours.connections,
            thousands(theirs.per_second()),
            theirs.connections,
            ours.median(cost_us),
            theirs.median(cost_us)
        );
        part.figures.push(Figure {
            id: format!("read-{}-{id}", engine.name().to_lowercase()),
            name: format!(
                "GET /v1/products/{{id}}, {}, ÷ a handler answering from memory, middleware {word}",
                engine.name()
            ),
            value: ours.per_second() / theirs.per_second(),
            unit: Unit::Ratio,
            target: Some(Target::AtLeast {
                least: 0.5,
                aim: Some(0.8),
            }),
            made_of,
        });
    }
}

fn cost_us(sample: &Sample) -> f64 {
    sample.server_cpu / sample.per_second.max(1.0) * 1e6
}
