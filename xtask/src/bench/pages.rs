//! A page of fifty products: in GraphQL with the stock of three stores, beside the same page of
//! products in REST, which tells no stock. The same load, the same token, one after the other.

use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use serde_json::{Value, json};

use super::clients::{self, Reads};
use super::load::{Load, Requests};
use super::measure;
use super::orders::{self, Filled};
use super::progress::Progress;
use super::results::{Figure, Part, Target, Unit, thousands};
use super::stage::Stage;
use super::wire::Client;
use super::{Engine, seed, statements};
use crate::outcome::Outcome;

const PAGE: usize = 50;
const STOCK: i64 = 1_000;
/// The promise of the house.
const MOST_STATEMENTS: f64 = 4.0;
/// Requests whose statements are counted: more than whoever looks around meanwhile sends.
const COUNTED: u64 = 200;

const QUERY: &str = "query ($after: String) { products(first: 50, after: $after, sort: SKU_ASC) {
    totalCount
    nodes { sku name price { amount } available stock { onHand available store { code } } }
    pageInfo { hasNextPage endCursor } } }";

/// One connection that asks for one page after the other.
struct Queries {
    headers: HeaderMap,
    bodies: Arc<[Bytes]>,
    at: usize,
}

impl Requests for Queries {
    fn next(&mut self) -> Option<Request<Full<Bytes>>> {
        self.at = (self.at + 1) % self.bodies.len();
        let mut request = Request::new(Full::new(self.bodies[self.at].clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = Uri::from_static("/graphql");
        *request.headers_mut() = self.headers.clone();
        Some(request)
    }
}

/// The pages of a shop, as either API asks for them.
struct Pages {
    queries: Arc<[Bytes]>,
    paths: Arc<[Uri]>,
}

pub async fn measure(stage: &Stage) -> Outcome<Part> {
    let mut part = Part::new("pages");
    part.method(stage.method());
    part.method(
        "10,000 products in pages of 50, each page in turn, with an access token: by `POST \
         /graphql` with SKU, name, price, availability and the stock in each of three stores, and \
         by `GET /v1/products?limit=50`, which tells no stock.",
    );
    part.method(format!(
        "Statements: what PostgreSQL counts (pg_stat_statements) over {COUNTED} GraphQL pages \
         read one after the other, ÷ {COUNTED}; the counting is off while it is timed. On both \
         engines a test counts them: `a_page_of_fifty_products_with_stock_in_three_stores_is_four_\
         statements`."
    ));
    let engines = stage.args.engines();
    let loads = stage.args.connections().len();
    let progress = Progress::start(stage.args.rounds() * engines.len() * 2 * loads);
    for engine in engines {
        let mut filled = three_stores(stage, engine).await?;
        filled.shop.start(&["serve"]).await?;
        let pages = pages(&mut seed::admin(&filled.shop).await?).await?;
        for _ in 0..stage.args.rounds() {
            for &connections in stage.args.connections() {
                read(stage, &filled, (&pages, connections), &progress, &mut part).await?;
            }
        }
        if engine == Engine::Postgres {
            count(stage, &mut filled, &pages, &mut part).await?;
        }
        filled.shop.stop()?;
        conclude(engine, &mut part);
    }
    Ok(part)
}

async fn three_stores(stage: &Stage, engine: Engine) -> Outcome<Filled> {
    let mut filled = orders::filled(stage, DATABASE, engine).await?;
    filled.shop.start(&["serve"]).await?;
    let mut admin = seed::admin(&filled.shop).await?;
    for code in ["EAST", "WEST"] {
        let store = json!({"code": code, "name": code, "kind": "store"});
        let store = admin.post("/v1/stores", &store, 201).await?;
        let store = super::wire::text_of(&store, "id")?;
        let levels = filled.seeded.products.iter();
        let levels = levels.map(|id| (id.as_str(), STOCK)).collect();
        seed::set_stock(&mut admin, &store, levels).await?;
    }
    filled.shop.stop()?;
    stage.analyze()?;
    Ok(filled)
}

const DATABASE: &str = "pages";

async fn pages(admin: &mut Client) -> Outcome<Pages> {
    let (mut queries, mut after) = (Vec::new(), Value::Null);
    loop {
        let body = json!({"query": QUERY, "variables": {"after": after}});
        queries.push(Bytes::from(body.to_string()));
        let page = admin.post("/graphql", &body, 200).await?;
        let products = &page["data"]["products"];
        let nodes = products["nodes"].as_array().map_or(0, Vec::len);
        let stores = products["nodes"][0]["stock"].as_array().map_or(0, Vec::len);
        if (nodes, stores) != (PAGE, 3) {
            return Err(format!("a page of {nodes} products in {stores} stores: {page}").into());
        }
        after = products["pageInfo"]["endCursor"].clone();
        if products["pageInfo"]["hasNextPage"] != true {
            break;
        }
    }
    let mut paths = vec![format!("/v1/products?limit={PAGE}")];
    while let Some(cursor) = next_cursor(admin, &paths).await? {
        paths.push(format!("/v1/products?limit={PAGE}&cursor={cursor}"));
    }
    let paths = paths.iter().map(|path| path.parse::<Uri>());
    Ok(Pages {
        queries: queries.into(),
        paths: paths.collect::<Result<_, _>>()?,
    })
}

async fn next_cursor(admin: &mut Client, paths: &[String]) -> Outcome<Option<String>> {
    let Some(last) = paths.last() else {
        return Ok(None);
    };
    let page = admin.get(last).await?;
    Ok(page["next_cursor"].as_str().map(str::to_owned))
}

async fn read(
    stage: &Stage,
    filled: &Filled,
    (pages, connections): (&Pages, usize),
    progress: &Progress,
    part: &mut Part,
) -> Outcome<()> {
    let (shop, engine) = (&filled.shop, filled.engine);
    let load = Load {
        expected: StatusCode::OK,
        ..stage.load(shop, connections)
    };
    let token = seed::clerk_token(shop).await?;
    let headers = clients::headers(shop.address(), Some(&token))?;
    for is_graphql in [true, false] {
        let what = what(engine, is_graphql);
        progress.now(&format!("{what}, {connections} connections"));
        stage.settle()?;
        let watched = stage.watched(engine, shop)?;
        let mut complaints = Vec::new();
        let sample = match is_graphql {
            true => {
                let queries = |place: usize| Queries {
                    headers: headers.clone(),
                    bodies: Arc::clone(&pages.queries),
                    at: place * pages.queries.len() / connections,
                };
                measure::measure(&load, watched, &mut complaints, queries).await?
            }
            false => {
                let reads = |place: usize| Reads {
                    headers: headers.clone(),
                    paths: Arc::clone(&pages.paths),
                    at: place * pages.paths.len() / connections,
                };
                measure::measure(&load, watched, &mut complaints, reads).await?
            }
        };
        progress.done(&what, connections, &sample);
        part.add(&what, connections, sample);
        let told = complaints.into_iter().map(|said| format!("{what}: {said}"));
        part.remarks.extend(told);
    }
    Ok(())
}

/// Counts the statements of a page, by asking PostgreSQL.
async fn count(stage: &Stage, filled: &mut Filled, pages: &Pages, part: &mut Part) -> Outcome<()> {
    let database = format!("{DATABASE}_{}", filled.engine.name().to_lowercase());
    filled.shop.stop()?;
    statements::count_in(stage, &database)?;
    filled.shop.start(&["serve"]).await?;
    let mut admin = seed::admin(&filled.shop).await?;
    let query: Value = serde_json::from_slice(&pages.queries[1])?;
    admin.post("/graphql", &query, 200).await?;
    statements::forget(stage)?;
    for _ in 0..COUNTED {
        admin.post("/graphql", &query, 200).await?;
    }
    let found = statements::sent_so_often(stage, &database, COUNTED)?;
    let value = found as f64 / COUNTED as f64;
    part.figures.push(Figure {
        id: "pages-statements".to_owned(),
        name: "statements of a GraphQL page of 50 products with stock in 3 stores".to_owned(),
        value,
        unit: Unit::Ratio,
        target: Some(Target::AtMost(MOST_STATEMENTS)),
        made_of: format!("{found} statements of {COUNTED} pages, PostgreSQL"),
    });
    Ok(())
}

fn what(engine: Engine, is_graphql: bool) -> String {
    let kind = match is_graphql {
        true => "GraphQL page with stock",
        false => "REST page without",
    };
    format!("{kind}, {}", engine.name())
}

fn conclude(engine: Engine, part: &mut Part) {
    let (Some(graphql), Some(rest)) = (
        part.best(&what(engine, true)),
        part.best(&what(engine, false)),
    ) else {
        return;
    };
    let made_of = format!(
        "{}/s at {} connections ÷ {}/s at {}",
        thousands(graphql.per_second()),
        graphql.connections,
        thousands(rest.per_second()),
        rest.connections
    );
    let alone = part.at(&what(engine, true), 1);
    let made_of = match alone {
        Some(alone) => format!(
            "{made_of}; one connection: p50 {:.2} ms, p99 {:.2} ms",
            alone.p50_ms(),
            alone.p99_ms()
        ),
        None => made_of,
    };
    part.figures.push(Figure {
        id: format!("pages-{}", engine.name().to_lowercase()),
        name: format!(
            "GraphQL pages/s with stock in 3 stores ÷ REST pages/s without stock, {}",
            engine.name()
        ),
        value: graphql.per_second() / rest.per_second(),
        unit: Unit::Ratio,
        target: None,
        made_of,
    });
}
