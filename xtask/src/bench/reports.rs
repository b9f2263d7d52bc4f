//! Reports of a shop with a long past: how long each takes to read, and how far counting is behind
//! while orders are placed.

use std::cell::Cell;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::clients::Demand;
use super::orders::{Filled, Run};
use super::progress::Progress;
use super::results::{Figure, Part, Target, Unit, thousands};
use super::seed;
use super::stage::Stage;
use super::wire::Client;
use crate::outcome::Outcome;

/// Each report is read so often in a round.
const READS: usize = 100;
/// One that is slow is not read as often.
const LONGEST: Duration = Duration::from_secs(10);
/// How often it is asked how far behind counting is.
const LOOK: Duration = Duration::from_millis(50);
/// What a reader waits for at most, and how old a report may be; milliseconds.
const MOST_MS: f64 = 50.0;
pub const MOST_LAG_MS: f64 = 500.0;

/// Reports by what the figures call them. The past goes from 2000 on, 250,000 orders a year.
const REPORTS: [(&str, &str); 16] = [
    (
        "best sellers of a month",
        "best-sellers?from=2005-06-01&to=2005-06-30",
    ),
    (
        "best sellers of a year",
        "best-sellers?from=2005-01-01&to=2005-12-31",
    ),
    (
        "best sellers of twenty years",
        "best-sellers?from=2000-01-01&to=2019-12-31",
    ),
    (
        "highest spenders of a month",
        "highest-spenders?from=2005-06-01&to=2005-06-30",
    ),
    (
        "highest spenders of a year",
        "highest-spenders?from=2005-01-01&to=2005-12-31",
    ),
    (
        "highest spenders of twenty years",
        "highest-spenders?from=2000-01-01&to=2019-12-31",
    ),
    (
        "sales by day of a year",
        "sales?by=day&limit=400&from=2005-01-01&to=2005-12-31",
    ),
    (
        "sales by month of ten years",
        "sales?by=month&limit=400&from=2000-01-01&to=2009-12-31",
    ),
    (
        "sales by store of a year",
        "sales?by=store&from=2005-01-01&to=2005-12-31",
    ),
    (
        "sales by country of a year",
        "sales?by=country&from=2005-01-01&to=2005-12-31",
    ),
    (
        "sales by category of a month",
        "sales?by=category&from=2005-06-01&to=2005-06-30",
    ),
    (
        "sales by category of a year",
        "sales?by=category&from=2005-01-01&to=2005-12-31",
    ),
    (
        "sales by employee of a year",
        "sales?by=employee&from=2005-01-01&to=2005-12-31",
    ),
    (
        "average basket of ten years",
        "average-basket?from=2000-01-01&to=2009-12-31",
    ),
    ("stock overview", "stock-overview"),
    ("low stock", "low-stock"),
];

/// Says how reports are measured.
pub fn explain(part: &mut Part) {
    part.method(format!(
        "Its past has 250,000 orders a year of 50,000 clients, counted by `comptoir reports \
         rebuild`. Each report is read {READS} times a round by one reader, over HTTP. How far \
         counting is behind is asked every {} ms while orders are placed.",
        LOOK.as_millis()
    ));
}

/// Reads every report of a shop with a past, then how old they are while orders are placed.
pub async fn measure(stage: &Stage, filled: &mut Filled, part: &mut Part) -> Outcome<()> {
    let progress = Progress::start(REPORTS.len() + stage.args.connections().len());
    filled.shop.start(&["serve"]).await?;
    for (name, path) in REPORTS {
        progress.now(&format!("{name}, {}", filled.engine.name()));
        read(stage, filled, (name, path), part).await?;
        progress.step();
    }
    for &connections in stage.args.connections() {
        progress.now(&format!("orders, {connections} connections"));
        behind(stage, filled, connections, part).await?;
        progress.step();
    }
    filled.shop.stop()
}

/// How fast the past was counted.
pub fn counted(filled: &Filled, took: Duration, part: &mut Part) {
    let (engine, seconds) = (filled.engine.name(), took.as_secs_f64());
    part.figures.push(Figure {
        id: format!("reports-rebuild-{}", engine.to_lowercase()),
        name: format!("orders counted a second by a rebuild, {engine}"),
        value: filled.placed as f64 / seconds,
        unit: Unit::PerSecond,
        target: None,
        made_of: format!("{seconds:.0} s in all, beside the other engine's"),
    });
}

async fn read(
    stage: &Stage,
    filled: &Filled,
    (name, path): (&str, &str),
    part: &mut Part,
) -> Outcome<()> {
    let engine = filled.engine;
    let mut admin = seed::admin(&filled.shop).await?;
    let path = format!("/v1/reports/{path}");
    let mut took = histogram()?;
    let until = Instant::now() + LONGEST;
    for _ in 0..READS * stage.args.rounds() {
        if Instant::now() > until {
            break;
        }
        let begun = Instant::now();
        let answer = admin.get(&path).await;
        took.saturating_record(u64::try_from(begun.elapsed().as_micros())?);
        if let Err(error) = answer {
            part.remark(format!("{name}, {}: {error}", engine.name()));
            break;
        }
    }
    let ms = |quantile| took.value_at_quantile(quantile) as f64 / 1000.0;
    part.figures.push(Figure {
        id: format!(
            "reports-{}-{}",
            name.replace(' ', "-"),
            engine.name().to_lowercase()
        ),
        name: format!("{name}, {}: p99", engine.name()),
        value: ms(0.99),
        unit: Unit::Milliseconds,
        target: Some(Target::AtMost(MOST_MS)),
        made_of: format!("p50 {:.2} ms of {} reads", ms(0.5), took.len()),
    });
    Ok(())
}

/// Places orders, and asks meanwhile how old the reports are.
async fn behind(
    stage: &Stage,
    filled: &mut Filled,
    connections: usize,
    part: &mut Part,
) -> Outcome<()> {
    stage.settle()?;
    let (engine, mut admin) = (filled.engine, seed::admin(&filled.shop).await?);
    let run = Run {
        load: stage.load(&filled.shop, connections),
        watched: stage.watched(engine, &filled.shop)?,
        bearer: seed::clerk_token(&filled.shop).await?,
        name: format!("reports-{connections}-{}", engine.name()),
    };
    let over = Cell::new(false);
    let placing = async {
        let sample = run.place(filled, Demand::Random, part).await;
        over.set(true);
        sample
    };
    let (sample, lags) = tokio::join!(placing, watch(&mut admin, &over));
    let (sample, lags) = (sample?, lags?);
    let ms = |quantile| lags.value_at_quantile(quantile) as f64;
    part.figures.push(Figure {
        id: format!("reports-lag-{connections}-{}", engine.name().to_lowercase()),
        name: format!(
            "age of reports at {connections} connections, {}: p99",
            engine.name()
        ),
        value: ms(0.99),
        unit: Unit::Milliseconds,
        target: Some(Target::AtMost(MOST_LAG_MS)),
        made_of: format!(
            "p50 {:.0} ms, {} orders a second",
            ms(0.5),
            thousands(sample.per_second)
        ),
    });
    part.add(
        &format!("orders, {}, reports read", engine.name()),
        connections,
        sample,
    );
    Ok(())
}

/// Asks how old the reports are until it is over; milliseconds.
pub async fn watch(admin: &mut Client, over: &Cell<bool>) -> Outcome<Histogram<u64>> {
    let mut lags = histogram()?;
    while !over.get() {
        let report = admin.get("/v1/reports/sales?by=day").await?;
        let ms = report["lag"]["ms"].as_u64();
        lags.saturating_record(ms.ok_or_else(|| format!("no lag in {report}"))?);
        tokio::time::sleep(LOOK).await;
    }
    Ok(lags)
}

fn histogram() -> Outcome<Histogram<u64>> {
    Ok(Histogram::new_with_max(600_000_000, 3)?)
}
