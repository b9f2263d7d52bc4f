//! One run on one engine: the shop lives and dies while those whom it tells things go wrong; then
//! they are well, time passes, and what came is compared with what happened.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rand::RngExt as _;
use rand::rngs::SmallRng;
use serde_json::json;
use tokio::task::JoinSet;

use super::compare::compare;
use super::load::{Phase, Shared};
use super::plan::{Moment, any_mode, plan};
use super::readback::{self, events, waiting};
use super::report::{Report, waited_in_vain};
use super::stand_in::{Arrival, Line, StandIn, Told, Who};
use super::{Protection, TellArgs};
use crate::chaos::ground::Ground;
use crate::chaos::stage::{Stage, make};
use crate::chaos::workers::finished;
use crate::http::Caller;
use crate::outcome::Outcome;
use crate::services::Postgres;
use crate::shop::Shop;

/// Nobody runs out of goods here.
const STOCK: i64 = 1_000_000;
/// How long orders are placed while everybody is well, to compare with.
const WELL: Duration = Duration::from_secs(2);
/// Longer than the shop waits for a receiver: 10 s for mail and text messages, 15 s for webhooks.
const HANGING: Duration = Duration::from_millis(16_500);
/// A message whose answer was lost comes again within 10 s.
const AGAIN: Duration = Duration::from_secs(15);
/// So long a moment to die in is waited for.
const STRIKE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(4);
/// What a dead shop has sent has come by then, however busy the machine is.
const ON_ITS_WAY: Duration = Duration::from_millis(250);
/// What is not told by then, after all are well, never will be.
const PATIENCE: Duration = Duration::from_secs(60);
/// What lacks a protection is given no more than this to come to rest.
const SHORT: Duration = Duration::from_secs(4);

/// An hour passes for the dead shop: the claims of what it was sending, and the pauses before it
/// tries again, which in earnest double up to hours.
const AN_HOUR_PASSES: &str = "
    update notifications_notice set next_at = next_at - 3600000000
        where status in ('queued', 'sending');
    update notifications_webhook_delivery set next_at = next_at - 3600000000,
        claimed_until = claimed_until - 3600000000 where state = 'pending';
    update notifications_webhook_endpoint set probe_at = probe_at - 3600000000;
    update event_lease set until_at = until_at - 3600000000;";

/// As if what is sent were recorded as sent before it was.
const RECORDED_FIRST: &str = "
    update notifications_notice set status = 'sent' where status = 'sending';
    update notifications_webhook_delivery set state = 'delivered', delivered_at = updated_at,
        claim = null, claimed_until = null where claim is not null;";

/// As if nothing were tried again.
const GIVEN_UP: &str = "
    update notifications_notice set status = 'dead'
        where status in ('queued', 'sending') and tries > 0;
    update notifications_webhook_delivery set state = 'dead', claim = null, claimed_until = null
        where state = 'pending' and tries > 0;";

/// As if nothing were claimed by whoever sends it.
const UNCLAIMED: &str = "update notifications_notice set next_at = 0 where status = 'sending'";

pub struct Rig<'a> {
    args: &'a TellArgs,
    broken: Option<Protection>,
    stand_in: StandIn,
    shop: Shop,
    key: String,
    endpoint: String,
    /// The number of the log after which the endpoint is told.
    begin: i64,
    shared: Arc<Shared>,
    ready: Vec<Duration>,
    missing: Vec<String>,
    ground: Ground,
}

impl<'a> Rig<'a> {
    /// Opens the shop over the stand-ins, with goods on its shelves and somebody to be told.
    pub async fn open(
        root: &Path,
        (binary, program): (&Path, &Path),
        (args, broken): (&'a TellArgs, Option<Protection>),
        postgres: Option<Postgres>,
    ) -> Outcome<Self> {
        let ground = Ground::new(root, "tell", postgres)?;
        let stand_in = StandIn::start(program)?;
        let mut shop = ground.shop(binary, &settings(&stand_in.told))?;
        shop.start(&["serve"]).await?;
        let key = shop.api_key("admin")?;
        let mut caller = shop.caller(&key);
        let (stage, _) = Stage::set(&mut caller, STOCK).await?;
        let client = json!({"name": "Told", "email": "told@example.com",
            "phone": "+1 514 555 0123"});
        let client = make(&mut caller, "clients", client).await?;
        let (_, begin) = events(&mut caller, 0).await?;
        let endpoint = json!({"url": stand_in.told.webhook, "event_types": ["comptoir.*"]});
        let endpoint = make(&mut caller, "webhook-endpoints", endpoint).await?;
        Ok(Self {
            args,
            broken,
            stand_in,
            shop,
            key,
            endpoint,
            begin,
            shared: Arc::new(Shared::new(stage, client)),
            ready: Vec::new(),
            missing: Vec::new(),
            ground,
        })
    }

    pub async fn play(mut self) -> Outcome<Report> {
        let (seed, mut random) = self.ground.seed(self.args.run.seed);
        let (mut workers, mut line) = (JoinSet::new(), self.stand_in.line());
        for number in 1..=self.args.run.clients {
            let (shared, caller) = (Arc::clone(&self.shared), self.caller());
            workers.spawn(async move { shared.work(caller, seed.wrapping_add(number)).await });
        }
        if self.broken.is_none() {
            self.live(&mut line).await?;
            // Whoever hung is called again after a pause, in which nobody can be struck.
            self.die(&mut line).await?;
        }
        for moment in plan(self.args.kills(self.broken), self.broken, &mut random) {
            self.meet(&mut line, moment, &mut random).await?;
            self.die(&mut line).await?;
        }
        self.shared.stop.store(true, Ordering::Relaxed);
        finished(workers).await?;
        self.die(&mut line).await?;
        self.drain(&mut line).await?;
        self.verdict(&mut line).await
    }

    /// Nobody is killed: all are well, some answers are lost, all hang for longer than the shop
    /// waits.
    async fn live(&mut self, line: &mut Line) -> Outcome<()> {
        self.shared.enter(Phase::Well);
        tokio::time::sleep(WELL).await;
        self.shared.enter(Phase::Chaos);
        for who in Who::ALL {
            line.mode_times(who, "lost_after", 2).await?;
        }
        let deadline = Instant::now() + AGAIN;
        let mut waiting = Who::ALL.to_vec();
        while !waiting.is_empty() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let arrivals = line.arrivals().await?;
            waiting.retain(|who| !comes_twice(arrivals.of(*who)));
        }
        let missing = waiting
            .iter()
            .map(|who| format!("{}: a lost answer while the shop lives", who.as_str()));
        self.missing.extend(missing);
        line.all("hanging").await?;
        self.shared.enter(Phase::Hanging);
        tokio::time::sleep(HANGING).await;
        self.shared.enter(Phase::Chaos);
        line.all("well").await
    }

    /// Waits for the moment in which the shop shall die.
    async fn meet(
        &mut self,
        line: &mut Line,
        moment: Moment,
        random: &mut SmallRng,
    ) -> Outcome<()> {
        match moment {
            Moment::Any => {
                for _ in 0..random.random_range(2..5) {
                    for who in Who::ALL {
                        line.mode(who, any_mode(random)).await?;
                    }
                    tokio::time::sleep(Duration::from_millis(random.random_range(50..400))).await;
                }
            }
            Moment::Unclaimed => {
                line.all("slow").await?;
                for _ in 0..6 {
                    tokio::time::sleep(Duration::from_millis(400)).await;
                    self.ground.run_sql(UNCLAIMED)?;
                }
            }
            Moment::Held(who) | Moment::Untaken(who) | Moment::Cut(who) => {
                if !strike(line, moment).await? {
                    let name = who.as_str();
                    self.missing.push(format!("{name}: a kill, {moment:?}"));
                }
                tokio::time::sleep(Duration::from_millis(random.random_range(0..30))).await;
            }
        }
        Ok(())
    }

    /// `kill -9`; then everybody is well, an hour passes, and the shop is opened anew.
    async fn die(&mut self, line: &mut Line) -> Outcome<()> {
        self.shop.kill()?;
        tokio::time::sleep(ON_ITS_WAY).await;
        line.death().await?;
        line.all("well").await?;
        match self.broken {
            Some(Protection::RecordedAfter) => self.ground.run_sql(RECORDED_FIRST)?,
            Some(Protection::Retries) => self.ground.run_sql(GIVEN_UP)?,
            Some(Protection::Claims) | None => {}
        }
        self.ground.run_sql(AN_HOUR_PASSES)?;
        self.ready.push(self.shop.start(&["serve"]).await?);
        Ok(())
    }

    /// Until every event has come and nothing waits to be told, or patience ends.
    async fn drain(&self, line: &mut Line) -> Outcome<()> {
        let patience = if self.broken.is_some() {
            SHORT
        } else {
            PATIENCE
        };
        let deadline = Instant::now() + patience;
        let mut caller = self.caller();
        while Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(200)).await;
            if waiting(&mut caller, &self.endpoint).await? > 0 {
                continue;
            }
            let (events, _) = events(&mut caller, self.begin).await?;
            let arrivals = line.arrivals().await?;
            let came: HashSet<_> = arrivals.webhook.iter().map(|one| one.id.as_str()).collect();
            let all_came = events.iter().all(|event| came.contains(event.id.as_str()));
            if all_came && waiting(&mut caller, &self.endpoint).await? == 0 {
                break;
            }
        }
        Ok(())
    }

    async fn verdict(mut self, line: &mut Line) -> Outcome<Report> {
        let mut caller = self.caller();
        let found = readback::read(&mut caller, self.begin, &self.endpoint).await?;
        let differences = compare(&self.shared.known(), &found, &line.arrivals().await?);
        if self.broken.is_none() {
            let hung = |who: &Who| !waited_in_vain(&found, *who);
            let missing = Who::ALL.into_iter().filter(hung);
            let sentence = |who: Who| format!("{}: no answer in time", who.as_str());
            self.missing.extend(missing.map(sentence));
        }
        self.shop.stop()?;
        let audits = self.shop.run(&["verify"]);
        let report = Report {
            engine: self.ground.engine(),
            broken: self.broken,
            shared: self.shared,
            ready: self.ready,
            found,
            differences,
            audits: audits.map_err(|error| error.to_string()),
            missing: self.missing,
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

fn settings(told: &Told) -> Vec<(&'static str, &str)> {
    vec![
        ("COMPTOIR_MAIL", "smtp"),
        ("COMPTOIR_SMTP_URL", &told.mail),
        ("COMPTOIR_MAIL_FROM", "Rig <orders@rig.example>"),
        ("COMPTOIR_SMS", "twilio"),
        ("COMPTOIR_TWILIO_URL", &told.text),
        ("COMPTOIR_TWILIO_ACCOUNT_SID", &told.account),
        ("COMPTOIR_TWILIO_AUTH_TOKEN", &told.token),
        ("COMPTOIR_TWILIO_FROM", "+15145550100"),
        ("COMPTOIR_WEBHOOK_ALLOW_LOOPBACK", "on"),
    ]
}

/// Has a receiver go wrong as the moment wants it, and waits until it did; false when nothing came.
async fn strike(line: &mut Line, moment: Moment) -> Outcome<bool> {
    let Some((who, fault)) = moment.fault() else {
        return Ok(true);
    };
    let deadline = Instant::now() + STRIKE;
    let count = async |line: &mut Line| -> Outcome<u64> {
        let counts = line.counts(who).await?;
        Ok(if moment.takes() { counts.1 } else { counts.0 })
    };
    line.mode(who, fault).await?;
    let before = count(line).await?;
    while count(line).await? == before {
        if Instant::now() > deadline {
            return Ok(false);
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(true)
}

/// Whether something came a second time.
fn comes_twice(arrived: &[Arrival]) -> bool {
    let ids: HashSet<_> = arrived.iter().map(|one| &one.id).collect();
    ids.len() < arrived.len()
}
