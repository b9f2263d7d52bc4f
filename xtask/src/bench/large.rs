//! Orders with a large database beside a small one, in turn: once for the products both have, once
//! for all products of the large one.

use std::time::Instant;

use super::clients::Demand;
use super::orders::{self, Filled, Run};
use super::progress::Progress;
use super::results::{Figure, Part, Target, Unit, thousands};
use super::seed::{self, Seeded};
use super::stage::Stage;
use super::{Engine, past};
use crate::outcome::Outcome;

const PRODUCTS: u64 = 1_000_000;
const ORDERS: u64 = 5_000_000;
/// What the API takes at once is little; what a person waits for is less.
const STOCK: i64 = 1_000_000;

/// A shop with a past.
struct Large {
    filled: Filled,
    /// All of its products; those of `filled` are the ones that the small shop has too.
    all: Seeded,
}

pub async fn measure(stage: &Stage) -> Outcome<Part> {
    let products = stage.args.products_in_db.unwrap_or(PRODUCTS);
    let orders = stage.args.orders_in_db.unwrap_or(ORDERS);
    let mut part = Part::new("large");
    part.method(stage.method());
    part.method(format!(
        "The small shop has 10,000 products and no past; the large one {} products and {} past \
         orders of three lines, taken over by `comptoir import sales`. Measured in turn, in every \
         round.",
        thousands(products as f64),
        thousands(orders as f64)
    ));
    for engine in stage.args.engines() {
        one(stage, engine, (products, orders), &mut part).await?;
    }
    Ok(part)
}

async fn one(
    stage: &Stage,
    engine: Engine,
    (products, past_orders): (u64, u64),
    part: &mut Part,
) -> Outcome<()> {
    let loads = stage.args.connections().len();
    let progress = Progress::start(3 * loads * stage.args.rounds());
    let mut small = orders::filled(stage, "small", engine).await?;
    let begun = Instant::now();
    let mut large = fill(stage, engine, (products, past_orders), &progress).await?;
    part.remark(format!(
        "{}: filling the large shop took {:.0} s.",
        engine.name(),
        begun.elapsed().as_secs_f64()
    ));
    for round in 0..stage.args.rounds() {
        let (name, everything) = (what(engine, "small"), what(engine, "large, all products"));
        place(stage, &mut small, (&name, round), &progress, part).await?;
        let name = what(engine, "large, the same products");
        place(stage, &mut large.filled, (&name, round), &progress, part).await?;
        std::mem::swap(&mut large.filled.seeded, &mut large.all);
        place(
            stage,
            &mut large.filled,
            (&everything, round),
            &progress,
            part,
        )
        .await?;
        std::mem::swap(&mut large.filled.seeded, &mut large.all);
    }
    orders::check(&mut small, part).await?;
    start(engine, &mut large.filled, part).await?;
    orders::check(&mut large.filled, part).await?;
    conclude(engine, part);
    Ok(())
}

async fn fill(
    stage: &Stage,
    engine: Engine,
    (products, past_orders): (u64, u64),
    progress: &Progress,
) -> Outcome<Large> {
    let products = usize::try_from(products)?.max(seed::PRODUCTS);
    let mut filled = orders::filled(stage, "large", engine).await?;
    filled.shop.start(&["serve"]).await?;
    let mut admin = seed::admin(&filled.shop).await?;
    past::products(&mut admin, products, progress).await?;
    progress.now("setting the stock of all products");
    let mut admin = seed::admin(&filled.shop).await?;
    let found = seed::all_products(&mut admin).await?;
    let known: std::collections::HashSet<_> = filled.seeded.products.iter().collect();
    let new = found
        .iter()
        .map(|(id, _)| id)
        .filter(|id| !known.contains(id));
    let levels = new.map(|id| (id.as_str(), STOCK)).collect();
    let mut admin = seed::admin(&filled.shop).await?;
    seed::set_stock(&mut admin, &filled.seeded.store, levels).await?;
    filled.shop.stop()?;
    past::orders(
        &filled.shop,
        stage.folder(),
        (past_orders, products),
        progress,
    )?;
    // Or the past would be counted while orders are placed.
    filled.shop.run(&["reports", "rebuild"])?;
    filled.placed = past_orders;
    let all = Seeded {
        products: found.into_iter().map(|(id, _)| id).collect(),
        ..filled.seeded.clone()
    };
    stage.analyze()?;
    Ok(Large { filled, all })
}

async fn place(
    stage: &Stage,
    filled: &mut Filled,
    (what, round): (&str, usize),
    progress: &Progress,
    part: &mut Part,
) -> Outcome<()> {
    filled.shop.start(&["serve"]).await?;
    for &connections in stage.args.connections() {
        progress.now(&format!("{what}, {connections} connections"));
        stage.settle()?;
        let run = Run {
            load: stage.load(&filled.shop, connections),
            watched: stage.watched(filled.engine, &filled.shop)?,
            bearer: seed::clerk_token(&filled.shop).await?,
            name: format!("{round}-{connections}-{what}"),
        };
        let sample = run.place(filled, Demand::Random, part).await?;
        progress.done(what, connections, &sample);
        part.add(what, connections, sample);
    }
    filled.shop.stop()
}

async fn start(engine: Engine, filled: &mut Filled, part: &mut Part) -> Outcome<()> {
    let took = filled.shop.start(&["serve"]).await?;
    filled.shop.stop()?;
    part.figures.push(Figure {
        id: format!("start-large-{}", engine.name().to_lowercase()),
        name: format!(
            "start on the large database to first healthy answer, {}",
            engine.name()
        ),
        value: took.as_secs_f64() * 1000.0,
        unit: Unit::Milliseconds,
        target: Some(Target::AtMost(300.0)),
        made_of: "one start".to_owned(),
    });
    Ok(())
}

fn what(engine: Engine, which: &str) -> String {
    format!("orders, {}, {which}", engine.name())
}

fn conclude(engine: Engine, part: &mut Part) {
    for (which, id) in [
        ("large, the same products", "same"),
        ("large, all products", "all"),
    ] {
        let (Some(large), Some(small)) = (
            part.best(&what(engine, which)),
            part.best(&what(engine, "small")),
        ) else {
            continue;
        };
        let made_of = format!(
            "{} at {} connections ÷ {} at {}",
            thousands(large.per_second()),
            large.connections,
            thousands(small.per_second()),
            small.connections
        );
        part.figures.push(Figure {
            id: format!("large-{}-{id}", engine.name().to_lowercase()),
            name: format!("orders/s {}, {which} ÷ small", engine.name()),
            value: large.per_second() / small.per_second(),
            unit: Unit::Ratio,
            target: Some(Target::AtLeast {
                least: 0.9,
                aim: None,
            }),
            made_of,
        });
    }
}
