//! One run on one engine: the shop lives and dies while its provider goes wrong; then the provider
//! heals, time passes, and the two are compared.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rand::RngExt as _;
use rand::rngs::SmallRng;
use tokio::task::JoinSet;

use super::cells::{Cell, Tally, When, plan};
use super::compare::{Found, Known, Order, Payment, compare};
use super::load::Shared;
use super::post::Post;
use super::report::Report;
use super::stand_in::{Line, StandIn};
use super::{PayArgs, Protection};
use crate::chaos::ground::Ground;
use crate::chaos::readback::{levels, pages, text};
use crate::chaos::stage::{Stage, places};
use crate::chaos::workers::finished;
use crate::http::Caller;
use crate::outcome::Outcome;
use crate::services::Postgres;
use crate::shop::Shop;

/// Nobody runs out of goods here.
const STOCK: i64 = 1_000_000;
/// So long a call to die in is waited for.
const STRIKE: Duration = Duration::from_secs(4);
/// After the last planned kill the shop lives a few times more, as long as there is something that
/// has not gone wrong yet.
const MORE_LIVES: usize = 12;
const POLL: Duration = Duration::from_millis(4);
/// Pays every order without a page.
const TEST_CARD: (&str, &str) = ("COMPTOIR_STRIPE_TEST_CARD", "pm_card_visa");
/// Sales that are not through by then, after their provider has healed, never will be.
const PATIENCE: Duration = Duration::from_secs(40);
/// What lacks a protection is given no more than this to come to rest.
const SHORT: Duration = Duration::from_secs(3);
/// The last calls of staff, which no sale waits for, have their time.
const LAST_CALLS: Duration = Duration::from_millis(1500);

/// More than the quarter of an hour a sale may wait passes for the dead shop: its deadlines, its
/// pauses, and the minute after which a waiting payment is looked after.
const SIXTEEN_MINUTES_PASS: &str = "
    update payments_attempt set next_at = next_at - 960000000,
        deadline_at = deadline_at - 960000000 where open;
    update payments_inbox set next_at = next_at - 960000000 where not followed;
    update orders_saga set deadline_at = deadline_at - 960000000 where deadline_at is not null;";

/// The dead shop's leases run out, so that the next one makes calls at once.
const TEN_SECONDS_PASS: &str = "update event_lease set until_at = until_at - 10000000";

/// As if calls were written down only once they are answered.
const NOTHING_WAS_STORED: &str = "delete from payments_attempt where open and sent > 0";

pub struct Rig<'a> {
    args: &'a PayArgs,
    broken: Option<Protection>,
    stand_in: StandIn,
    shop: Shop,
    key: String,
    shared: Arc<Shared>,
    post: Arc<Post>,
    tally: Tally,
    ready: Vec<Duration>,
    ground: Ground,
}

impl<'a> Rig<'a> {
    /// Opens the shop over the stand-in, with goods on its shelves.
    pub async fn open(
        root: &Path,
        (binary, program): (&Path, &Path),
        (args, broken): (&'a PayArgs, Option<Protection>),
        postgres: Option<Postgres>,
    ) -> Outcome<Self> {
        let ground = Ground::new(root, "pay", postgres)?;
        let stand_in = StandIn::start(program)?;
        let told = &stand_in.told;
        let settings = [
            ("COMPTOIR_STRIPE_URL", told.url.as_str()),
            ("COMPTOIR_STRIPE_SECRET_KEY", told.key.as_str()),
            (
                "COMPTOIR_STRIPE_WEBHOOK_SECRET",
                told.webhook_secret.as_str(),
            ),
        ];
        let mut shop = ground.shop(binary, &settings)?;
        shop.set_for_server(TEST_CARD.0, TEST_CARD.1);
        shop.start(&["serve"]).await?;
        let key = shop.api_key("admin")?;
        let (stage, stock) = Stage::set(&mut shop.caller(&key), STOCK).await?;
        let known = Known {
            stock,
            ..Known::default()
        };
        if broken == Some(Protection::ProviderKeys) {
            stand_in.line().forget_keys().await?;
        }
        let post = Post::new(
            format!("{}/v1/webhooks/stripe", shop.url()),
            broken.is_some(),
        );
        Ok(Self {
            args,
            broken,
            stand_in,
            shop,
            key,
            shared: Arc::new(Shared::new(stage, known, broken.is_some())),
            post: Arc::new(post),
            tally: Tally::default(),
            ready: Vec::new(),
            ground,
        })
    }

    pub async fn play(mut self) -> Outcome<Report> {
        let (seed, mut random) = self.ground.seed(self.args.run.seed);
        let (mut workers, mut carrying) = (JoinSet::new(), JoinSet::new());
        for number in 1..=self.args.run.clients {
            let (shared, caller) = (Arc::clone(&self.shared), self.caller());
            let (line, seed) = (self.stand_in.line(), seed.wrapping_add(number));
            workers.spawn(async move { shared.work(caller, line, seed).await });
        }
        let (post, line) = (Arc::clone(&self.post), self.stand_in.line());
        carrying.spawn(async move { post.carry(line, seed).await });
        self.live_and_die(&mut random).await?;
        self.shared.stop.store(true, Ordering::Relaxed);
        finished(workers).await?;
        self.settle().await?;
        self.post.stop.store(true, Ordering::Relaxed);
        finished(carrying).await?;
        self.verdict().await
    }

    async fn live_and_die(&mut self, random: &mut SmallRng) -> Outcome<()> {
        let mut line = self.stand_in.line();
        let guard = self.broken.map(|_| Cell {
            call: "Refund",
            when: When::After,
        });
        let plan = plan(self.args.kills(self.broken), guard, random);
        for (number, cell) in plan.iter().enumerate() {
            self.disturb(&mut line, random).await?;
            self.strike(&mut line, *cell, random).await?;
            self.die(plan.get(number + 1).copied().flatten(), random)
                .await?;
        }
        for _ in 0..MORE_LIVES {
            self.tally.struck = line.struck().await?;
            let unmet = self.tally.unmet().filter(|_| self.broken.is_none());
            let Some(cell) = unmet else { break };
            self.die(Some(cell), random).await?;
            match self.tally.of(cell) {
                (_, 0) => self.strike(&mut line, Some(cell), random).await?,
                _ => drop(provoke(&mut line, cell, cell.when.fault_in_life()).await?),
            }
        }
        self.die(None, random).await
    }

    /// `kill -9`; then the shop is opened anew, for buyers to pay as the next call wants it.
    async fn die(&mut self, next: Option<Cell>, random: &mut SmallRng) -> Outcome<()> {
        self.shop.kill()?;
        self.ground.run_sql(TEN_SECONDS_PASS)?;
        if self.broken == Some(Protection::StoredFirst) {
            self.ground.run_sql(NOTHING_WAS_STORED)?;
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(0..200))).await;
        let wanted = next.and_then(Cell::wants_pages);
        let pages = self.broken.is_none() && wanted.unwrap_or_else(|| random.random());
        let card = if pages { "" } else { TEST_CARD.1 };
        self.shop.set_for_server(TEST_CARD.0, card);
        self.ready.push(self.shop.start(&["serve"]).await?);
        Ok(())
    }

    /// A few calls go wrong while the shop lives.
    async fn disturb(&mut self, line: &mut Line, random: &mut SmallRng) -> Outcome<()> {
        if self.broken.is_some() {
            return Ok(());
        }
        for _ in 0..random.random_range(4..10) {
            self.tally.struck = line.struck().await?;
            let (call, fault) = self.tally.disturbance(random);
            line.fault(call, fault).await?;
            tokio::time::sleep(Duration::from_millis(random.random_range(10..60))).await;
        }
        Ok(())
    }

    /// Waits for the call in which the shop shall die, or for any moment.
    async fn strike(
        &mut self,
        line: &mut Line,
        cell: Option<Cell>,
        random: &mut SmallRng,
    ) -> Outcome<()> {
        let Some(cell) = cell else {
            tokio::time::sleep(Duration::from_millis(random.random_range(0..300))).await;
            return Ok(());
        };
        if provoke(line, cell, cell.when.fault_at_death()).await? {
            *self.tally.killed.entry(cell).or_default() += 1;
            tokio::time::sleep(Duration::from_millis(random.random_range(0..15))).await;
        }
        Ok(())
    }

    /// The provider is well again, and the shop gets the time that its sales may take.
    async fn settle(&mut self) -> Outcome<()> {
        self.stand_in.line().heal().await?;
        if self.broken.is_some() {
            return self.drain(SHORT).await;
        }
        self.shop.stop()?;
        self.ground.run_sql(SIXTEEN_MINUTES_PASS)?;
        self.ready.push(self.shop.start(&["serve"]).await?);
        self.drain(PATIENCE).await
    }

    /// Until no sale is under way and no payment unknown, or patience ends.
    async fn drain(&self, patience: Duration) -> Outcome<()> {
        let deadline = Instant::now() + patience;
        let mut caller = self.caller();
        while Instant::now() < deadline {
            let sagas = pages(&mut caller, "/v1/sagas?limit=100").await?;
            let unknown = pages(&mut caller, "/v1/payments?status=unknown&limit=100").await?;
            let stuck = sagas.iter().filter(|saga| saga["state"] == "stuck").count();
            if stuck == sagas.len() && unknown.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(LAST_CALLS).await;
        Ok(())
    }

    async fn verdict(mut self) -> Outcome<Report> {
        let mut line = self.stand_in.line();
        self.tally.struck = line.struck().await?;
        let found = read(&mut self.caller(), &self.shared.stage).await?;
        let differences = compare(&self.shared.known(), &found, &line.book().await?);
        self.shop.stop()?;
        let audits = self.shop.run(&["verify"]);
        let report = Report {
            engine: self.ground.engine(),
            broken: self.broken,
            tally: self.tally,
            ready: self.ready,
            shared: self.shared,
            post: self.post,
            differences,
            audits: audits.map_err(|error| error.to_string()),
        };
        if self.broken.is_none() && !report.is_clean() {
            self.ground.keep("database and log");
        }
        Ok(report)
    }

    fn caller(&self) -> Caller {
        self.shop.caller(&self.key)
    }
}

/// Has a call go wrong, and waits until it did; false when none came.
async fn provoke(line: &mut Line, cell: Cell, fault: &str) -> Outcome<bool> {
    let deadline = Instant::now() + STRIKE;
    let before = struck(line, cell.call, fault).await?;
    line.fault(cell.call, fault).await?;
    if cell.call == "Cancel" {
        // What cannot be taken is let go of.
        line.fault("Capture", "decline").await?;
    }
    while struck(line, cell.call, fault).await? == before {
        if Instant::now() > deadline {
            return Ok(false);
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(true)
}

async fn struck(line: &mut Line, call: &str, fault: &str) -> Outcome<u64> {
    let all = line.struck().await?;
    let faults = all.get(call).and_then(|faults| faults.get(fault));
    Ok(faults.copied().unwrap_or_default())
}

/// Reads orders, payments, sales and levels back, as any client could.
async fn read(caller: &mut Caller, stage: &Stage) -> Outcome<Found> {
    let (products, stores) = (stage.product_positions(), stage.store_positions());
    let mut found = Found {
        levels: levels(caller, stage).await?,
        ..Found::default()
    };
    debug_assert_eq!(found.levels.len(), places().count());
    for order in pages(caller, "/v1/orders?limit=100").await? {
        let items = order["items"].as_array().cloned().unwrap_or_default();
        let item = |item: &serde_json::Value| {
            let product = *products.get(item["product_id"].as_str()?)?;
            Some((product, item["quantity"].as_i64()?))
        };
        found.orders.push(Order {
            id: text(&order, "id"),
            mark: text(&order, "note"),
            status: text(&order, "status"),
            payment_status: text(&order, "payment_status"),
            total: cents(&order["total"]),
            store: stores
                .get(text(&order, "store_id").as_str())
                .copied()
                .unwrap_or(usize::MAX),
            items: items.iter().filter_map(item).collect(),
        });
    }
    for payment in pages(caller, "/v1/payments?limit=100").await? {
        found.payments.push(Payment {
            id: text(&payment, "id"),
            status: text(&payment, "status"),
            authorized: cents(&payment["authorized"]),
            captured: cents(&payment["captured"]),
            refunded: cents(&payment["refunded"]),
        });
    }
    for saga in pages(caller, "/v1/sagas?limit=100").await? {
        found.sagas.push((text(&saga, "id"), text(&saga, "state")));
    }
    Ok(found)
}

/// `{"amount": "12.50"}` is 1250.
fn cents(money: &serde_json::Value) -> i64 {
    let amount = text(money, "amount").replace('.', "");
    amount.parse().unwrap_or(i64::MIN)
}
