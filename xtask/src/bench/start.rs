//! Starting on a database that has seen trade, and memory: at rest, and under 128 connections.

use std::time::Duration;

use super::clients::Demand;
use super::orders::{self, Filled, Run};
use super::progress::Progress;
use super::results::{Figure, Part, Target, Unit, median};
use super::stage::Stage;
use super::{Engine, seed, server};
use crate::outcome::Outcome;

/// Starts, each from a stopped server.
const STARTS: usize = 9;
/// After so long nothing of the start is left to be done.
const REST: Duration = Duration::from_secs(10);
const REST_QUICK: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 128;

pub async fn measure(stage: &Stage) -> Outcome<Part> {
    let mut part = Part::new("start");
    part.method(format!(
        "A shop with 10,000 products that has taken orders for {} s. {STARTS} starts, the median; \
         from starting the process to 200 from `/health/ready`, asked every 5 ms. Resident \
         memory: after {} s without a request; the peak while {CONNECTIONS} connections place \
         orders.",
        stage.args.duration().as_secs(),
        REST.as_secs(),
    ));
    let progress = Progress::start(stage.args.engines().len() * (STARTS + 1));
    for engine in stage.args.engines() {
        let mut filled = orders::filled(stage, "start", engine).await?;
        under_load(stage, &mut filled, &progress, &mut part).await?;
        starts(&mut filled, &progress, &mut part).await?;
        at_rest(stage, &mut filled, &mut part).await?;
        orders::check(&mut filled, &mut part).await?;
    }
    Ok(part)
}

async fn under_load(
    stage: &Stage,
    filled: &mut Filled,
    progress: &Progress,
    part: &mut Part,
) -> Outcome<()> {
    filled.shop.start(&["serve"]).await?;
    let run = Run {
        load: stage.load(&filled.shop, CONNECTIONS),
        watched: stage.watched(filled.engine, &filled.shop)?,
        bearer: seed::clerk_token(&filled.shop).await?,
        name: "start".to_owned(),
    };
    let what = orders::what(filled.engine, Demand::Random);
    progress.now(&what);
    let sample = run.place(filled, Demand::Random, part).await?;
    progress.done(&what, CONNECTIONS, &sample);
    let peak = sample.server_peak_mib;
    part.add(&what, CONNECTIONS, sample);
    let name = format!("memory at {CONNECTIONS} connections");
    part.figures
        .push(memory(filled.engine, ("memory-load", &name), (peak, 200.0)));
    filled.shop.stop()
}

async fn starts(filled: &mut Filled, progress: &Progress, part: &mut Part) -> Outcome<()> {
    let (engine, mut times) = (filled.engine, Vec::with_capacity(STARTS));
    for _ in 0..STARTS {
        progress.now(&format!("starting on {}", engine.name()));
        times.push(filled.shop.start(&["serve"]).await?.as_secs_f64() * 1000.0);
        filled.shop.stop()?;
        progress.step();
    }
    let slowest = times.iter().copied().fold(0.0, f64::max);
    part.figures.push(Figure {
        id: format!("start-{}", engine.name().to_lowercase()),
        name: format!("start to first healthy answer, {}", engine.name()),
        value: median(times),
        unit: Unit::Milliseconds,
        target: Some(Target::AtMost(300.0)),
        made_of: format!("the slowest of {STARTS}: {slowest:.0} ms"),
    });
    Ok(())
}

async fn at_rest(stage: &Stage, filled: &mut Filled, part: &mut Part) -> Outcome<()> {
    filled.shop.start(&["serve"]).await?;
    tokio::time::sleep(if stage.args.quick { REST_QUICK } else { REST }).await;
    let resident = server::process(&filled.shop)?.resident_mib()?;
    part.figures.push(memory(
        filled.engine,
        ("memory-idle", "idle memory"),
        (resident, 60.0),
    ));
    filled.shop.stop()
}

fn memory(engine: Engine, (id, name): (&str, &str), (value, most): (f64, f64)) -> Figure {
    Figure {
        id: format!("{id}-{}", engine.name().to_lowercase()),
        name: format!("{name}, {}", engine.name()),
        value,
        unit: Unit::Mebibytes,
        target: Some(Target::AtMost(most)),
        made_of: "resident memory of the server".to_owned(),
    }
}
