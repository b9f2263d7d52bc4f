//! A shop with a long past: orders in it beside orders in a small one, in turn, once for the
//! products both have, once for all products of the large one; and its reports.

use std::collections::HashSet;

use super::clients::Demand;
use super::orders::{self, Filled};
use super::progress::Progress;
use super::results::{Figure, Part, Target, Unit, thousands};
use super::seed::{self, Seeded};
use super::stage::Stage;
use super::{Engine, Scenario, past, reports};
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

/// What is measured in the large shops: orders, reports, or both.
pub async fn measure(stage: &Stage) -> Outcome<Vec<Part>> {
    let sizes = (
        stage.args.products_in_db.unwrap_or(PRODUCTS),
        stage.args.orders_in_db.unwrap_or(ORDERS),
    );
    let (mut large, mut reports) = (Part::new("large"), Part::new("reports"));
    for part in [&mut large, &mut reports] {
        explain(stage, sizes, part);
    }
    large.method(
        "The small shop has 10,000 products and no past. Measured in turn, in every round.",
    );
    reports::explain(&mut reports);
    for mut shop in fill(stage, sizes, &mut large, &mut reports).await? {
        if stage.args.wants(Scenario::Large) {
            place_orders(stage, &mut shop, &mut large).await?;
        }
        if stage.args.wants(Scenario::Reports) {
            reports::measure(stage, &mut shop.filled, &mut reports).await?;
        }
        orders::check(&mut shop.filled, &mut large).await?;
    }
    let parts = [(Scenario::Large, large), (Scenario::Reports, reports)];
    let wanted = parts
        .into_iter()
        .filter(|(scenario, _)| stage.args.wants(*scenario));
    Ok(wanted.map(|(_, part)| part).collect())
}

fn explain(stage: &Stage, (products, past_orders): (u64, u64), part: &mut Part) {
    part.method(stage.method());
    part.method(format!(
        "The large shop has {} products and {} past orders of three lines, of {} of those \
         products, taken over by `comptoir import sales`.",
        thousands(products as f64),
        thousands(past_orders as f64),
        thousands(seed::PRODUCTS as f64)
    ));
}

/// A large shop on each engine, filled side by side.
async fn fill(
    stage: &Stage,
    (products, past_orders): (u64, u64),
    large: &mut Part,
    reports: &mut Part,
) -> Outcome<Vec<Large>> {
    let products = usize::try_from(products)?.max(seed::PRODUCTS);
    let mut shops = Vec::new();
    let progress = Progress::start(0);
    for engine in stage.args.engines() {
        shops.push(with_products(stage, engine, products, &progress).await?);
    }
    let each: Vec<_> = shops.iter().map(|large| &large.filled.shop).collect();
    let imports = past::orders(&each, stage.folder(), past_orders, &progress)?;
    progress.now("counting the past");
    // Or it would be counted while orders are placed.
    let counts = past::run_in_all(&each, &["reports", "rebuild"])?;
    for (shop, (import, count)) in shops.iter_mut().zip(imports.into_iter().zip(counts)) {
        shop.filled.placed = past_orders;
        reports::counted(&shop.filled, count, reports);
        large.remark(format!(
            "{}: taking over the past took {:.0} s, beside the other engine's.",
            shop.filled.engine.name(),
            import.as_secs_f64()
        ));
    }
    stage.analyze()?;
    Ok(shops)
}

async fn with_products(
    stage: &Stage,
    engine: Engine,
    products: usize,
    progress: &Progress,
) -> Outcome<Large> {
    let mut filled = orders::filled(stage, "large", engine).await?;
    filled.shop.start(&["serve"]).await?;
    let mut admin = seed::admin(&filled.shop).await?;
    past::products(&mut admin, products, progress).await?;
    progress.now("setting the stock of all products");
    let mut admin = seed::admin(&filled.shop).await?;
    let found = seed::all_products(&mut admin).await?;
    let known: HashSet<_> = filled.seeded.products.iter().collect();
    let ids = found.iter().map(|(id, _)| id);
    let new = ids.filter(|id| !known.contains(id));
    let levels = new.map(|id| (id.as_str(), STOCK)).collect();
    let mut admin = seed::admin(&filled.shop).await?;
    seed::set_stock(&mut admin, &filled.seeded.store, levels).await?;
    filled.shop.stop()?;
    let all = Seeded {
        products: found.into_iter().map(|(id, _)| id).collect(),
        ..filled.seeded.clone()
    };
    Ok(Large { filled, all })
}

/// Places orders in the large shop and in a small one, in turn.
async fn place_orders(stage: &Stage, large: &mut Large, part: &mut Part) -> Outcome<()> {
    let engine = large.filled.engine;
    let loads = stage.args.connections().len();
    let progress = Progress::start(3 * loads * stage.args.rounds());
    let mut small = orders::filled(stage, "small", engine).await?;
    for round in 0..stage.args.rounds() {
        let name = what(engine, "small");
        let run = (name.as_str(), Demand::Random, round);
        orders::place(stage, &mut small, run, &progress, part).await?;
        let (same, all) = ("large, the same products", "large, all products");
        for name in [same, all].map(|which| what(engine, which)) {
            let run = (name.as_str(), Demand::Random, round);
            orders::place(stage, &mut large.filled, run, &progress, part).await?;
            std::mem::swap(&mut large.filled.seeded, &mut large.all);
        }
    }
    orders::check(&mut small, part).await?;
    start(engine, &mut large.filled, part).await?;
    conclude(engine, part);
    Ok(())
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
