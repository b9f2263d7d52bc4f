//! Real baskets: every invoice of a history of sales as one live order. Its products are
//! imported, their stock is set, and then the orders come as fast as they can.

use std::collections::BTreeMap;
use std::path::Path;

use hyper::HeaderMap;
use hyper::body::Bytes;
use serde_json::json;

use super::clients::{self, Once};
use super::history::History;
use super::load;
use super::measure::{self, Sample};
use super::progress::Progress;
use super::results::{Figure, Part, Unit, thousands};
use super::stage::Stage;
use super::wire::Client;
use super::{Engine, seed, server};
use crate::outcome::Outcome;
use crate::shop::Shop;

const CONNECTIONS: usize = 32;
const WALK_IN: &str = "";

/// A shop that can sell everything in the history.
struct Ready {
    engine: Engine,
    shop: Shop,
    store: String,
    /// Ids by stock code and by customer.
    products: BTreeMap<String, String>,
    clients: BTreeMap<String, String>,
}

pub async fn measure(stage: &Stage, file: &Path) -> Outcome<Part> {
    let history = History::read(file)?;
    let mut part = Part::new("baskets");
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    part.method(format!(
        "{name}: {} lines, of which {} are no sale (credits, no price, no description). Each of \
         the {} invoices is one live order, with its own Idempotency-Key, sent over {CONNECTIONS} \
         connections; {} rounds, each places all of them again.",
        thousands(history.lines as f64),
        thousands(history.left_out as f64),
        thousands(history.baskets.len() as f64),
        stage.args.rounds(),
    ));
    let progress = Progress::start(stage.args.engines().len() * stage.args.rounds());
    for engine in stage.args.engines() {
        progress.now(&format!("filling {}", engine.name()));
        let mut ready = ready(stage, engine, &history).await?;
        for round in 0..stage.args.rounds() {
            place(stage, &mut ready, (&history, round), &progress, &mut part).await?;
        }
        check(stage, &mut ready, &history, &mut part).await?;
        conclude(engine, &history, &mut part);
    }
    Ok(part)
}

async fn ready(stage: &Stage, engine: Engine, history: &History) -> Outcome<Ready> {
    let mut shop = stage.shop("baskets", engine, "GBP")?;
    shop.start(&["serve"]).await?;
    seed::clerk(&mut seed::admin(&shop).await?).await?;
    let mut admin = seed::admin(&shop).await?;
    let store = seed::open_store(&mut admin).await?;
    seed::import_products(&mut admin, sheet(history)?).await?;
    let products = seed::all_products(&mut admin).await?;
    let products: BTreeMap<_, _> = products.into_iter().map(|(id, sku)| (sku, id)).collect();
    let rounds = stage.args.rounds() as u64;
    let level = |(code, id): (&String, &'_ String)| {
        let pieces = history
            .goods
            .get(code)
            .map_or(0, |good| good.pieces * rounds);
        (id.clone(), pieces as i64)
    };
    let levels: Vec<_> = products.iter().map(level).collect();
    let levels = levels
        .iter()
        .map(|(id, pieces)| (id.as_str(), *pieces))
        .collect();
    seed::set_stock(&mut admin, &store, levels).await?;
    let clients = make_clients(&mut admin, history).await?;
    shop.stop()?;
    Ok(Ready {
        engine,
        shop,
        store,
        products,
        clients,
    })
}

fn sheet(history: &History) -> Outcome<String> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record(["sku", "name", "category", "price", "status"])?;
    for (code, good) in &history.goods {
        let price = format!("{}.{:02}", good.cents / 100, good.cents % 100);
        sheet.write_record([code.as_str(), &good.name, "Goods", &price, "active"])?;
    }
    Ok(String::from_utf8(sheet.into_inner()?)?)
}

async fn make_clients(admin: &mut Client, history: &History) -> Outcome<BTreeMap<String, String>> {
    let mut clients = BTreeMap::new();
    clients.insert(WALK_IN.to_owned(), seed::new_client(admin, 0).await?);
    for basket in &history.baskets {
        if !clients.contains_key(&basket.customer) {
            let id = seed::new_client(admin, clients.len()).await?;
            clients.insert(basket.customer.clone(), id);
        }
    }
    Ok(clients)
}

impl Ready {
    /// The orders of one connection: every so-manieth of the file.
    fn orders(&self, history: &History, round: usize, connection: usize) -> Vec<(String, Bytes)> {
        let mine = history.baskets.iter().skip(connection).step_by(CONNECTIONS);
        let order = |(nth, basket): (usize, &super::history::Basket)| {
            let items: Vec<_> = basket
                .lines
                .iter()
                .map(|(code, pieces)| {
                    json!({"product_id": self.products.get(code), "quantity": pieces})
                })
                .collect();
            let client = self.clients.get(&basket.customer);
            let order = json!({"client_id": client, "store_id": self.store, "items": items});
            (
                format!("basket-{round}-{connection}-{nth}"),
                Bytes::from(order.to_string()),
            )
        };
        mine.enumerate().map(order).collect()
    }
}

async fn place(
    stage: &Stage,
    ready: &mut Ready,
    (history, round): (&History, usize),
    progress: &Progress,
    part: &mut Part,
) -> Outcome<()> {
    let what = what(ready.engine);
    progress.now(&what);
    stage.settle()?;
    ready.shop.start(&["serve"]).await?;
    let token = seed::clerk_token(&ready.shop).await?;
    let headers = clients::headers(ready.shop.address(), Some(&token))?;
    let sample = one_round(stage, ready, (history, round), headers).await?;
    progress.done(&what, CONNECTIONS, &sample);
    part.add(&what, CONNECTIONS, sample);
    ready.shop.stop()
}

async fn one_round(
    stage: &Stage,
    ready: &Ready,
    (history, round): (&History, usize),
    headers: HeaderMap,
) -> Outcome<Sample> {
    let all: Vec<_> = (0..CONNECTIONS)
        .map(|one| ready.orders(history, round, one))
        .collect();
    let once = |connection: usize| Once {
        headers: headers.clone(),
        bodies: all[connection].clone().into_iter(),
    };
    let watched = stage.watched(ready.engine, &ready.shop)?;
    let load = stage.load(&ready.shop, CONNECTIONS);
    watched.server.forget_peak()?;
    let (heard, took) = load::run_out(&load, once).await?;
    let (placed, wanted) = (heard.expected, history.baskets.len() as u64);
    if placed != wanted {
        let complaint = heard.complaint.unwrap_or_default();
        return Err(format!("{placed} of {wanted} baskets were placed: {complaint}").into());
    }
    let mut sample = measure::sample_of(&heard, took.as_secs_f64());
    sample.server_peak_mib = watched.server.peak_mib()?;
    Ok(sample)
}

/// Every basket is an order, with all its lines and its money, and the audits are clean.
async fn check(
    stage: &Stage,
    ready: &mut Ready,
    history: &History,
    part: &mut Part,
) -> Outcome<()> {
    ready.shop.start(&["serve"]).await?;
    let mut admin = seed::admin(&ready.shop).await?;
    let found = Found::read(&mut admin).await?;
    ready.shop.stop()?;
    let rounds = stage.args.rounds() as u64;
    let wanted = Found {
        orders: history.baskets.len() as u64 * rounds,
        lines: history.sold_lines() * rounds,
        cents: history.total_cents() * rounds,
    };
    if found != wanted {
        return Err(format!("placed {wanted:?}, but there is {found:?}").into());
    }
    let audits = server::verify(&ready.shop)?;
    part.remark(format!(
        "{}: all {} orders are there, with all {} lines and {}.{:02} GBP; `comptoir verify`: \
         {audits}.",
        ready.engine.name(),
        thousands(found.orders as f64),
        thousands(found.lines as f64),
        thousands((found.cents / 100) as f64),
        found.cents % 100
    ));
    Ok(())
}

/// What the shop has, added up over all pages of orders.
#[derive(Debug, Default, PartialEq)]
struct Found {
    orders: u64,
    lines: u64,
    cents: u64,
}

impl Found {
    async fn read(admin: &mut Client) -> Outcome<Self> {
        let mut found = Self::default();
        let mut path = "/v1/orders?limit=100".to_owned();
        loop {
            let page = admin.get(&path).await?;
            for order in seed::items_of(&page)? {
                found.orders += 1;
                found.lines += order["items"].as_array().map_or(0, Vec::len) as u64;
                let amount = order["total"]["amount"].as_str().unwrap_or_default();
                found.cents += amount.replace('.', "").parse::<u64>()?;
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/orders?limit=100&cursor={cursor}"),
                None => return Ok(found),
            }
        }
    }
}

fn what(engine: Engine) -> String {
    format!("baskets, {}", engine.name())
}

fn conclude(engine: Engine, history: &History, part: &mut Part) {
    let Some(series) = part.at(&what(engine), CONNECTIONS) else {
        return;
    };
    let per_basket = history.sold_lines() as f64 / history.baskets.len().max(1) as f64;
    let made_of = format!(
        "{} orders/s of {per_basket:.1} lines; p50 {:.1} ms, p99 {:.1} ms",
        thousands(series.per_second()),
        series.p50_ms(),
        series.p99_ms()
    );
    let figure = Figure {
        id: format!("baskets-{}", engine.name().to_lowercase()),
        name: format!("real baskets, {}: lines", engine.name()),
        value: series.per_second() * per_basket,
        unit: Unit::PerSecond,
        target: None,
        made_of,
    };
    part.figures.push(figure);
}
