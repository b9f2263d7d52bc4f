//! The kill run: stage, load, kills, restarts, and the verdict.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use rand::RngExt as _;
use rand::rngs::SmallRng;
use tokio::task::JoinSet;

use super::breaks;
use super::database::cluster;
use super::ground::Ground;
use super::journal::Journal;
use super::load::Rig;
use super::model::{Differences, Model, compare};
use super::power_cut::PowerCut;
use super::readback;
use super::report;
use super::stage::{SCARCE, Stage};
use super::workers::finished;
use super::{Engines, KillArgs, Protection};
use crate::outcome::Outcome;
use crate::services::Postgres;
use crate::shop::Shop;

/// The promise: ready again after a kill.
const READY: Duration = Duration::from_secs(2);

pub const COLUMNS: &[&str] = &[
    "engine",
    "kills",
    "acknowledged",
    "refused",
    "retries",
    "replays",
    "lost",
    "doubled",
    "wrong",
    "audits",
    "ready median",
    "ready worst",
];

/// What one engine did.
pub struct Report {
    engine: &'static str,
    kills: u32,
    counts: [u64; 4],
    differences: Differences,
    surprises: Vec<String>,
    audits: Result<String, String>,
    ready: Vec<Duration>,
}

pub async fn run(root: &Path, args: &KillArgs) -> Outcome<Vec<Report>> {
    let binary = args.run.build.path(root)?;
    let mut reports = Vec::new();
    if args.run.engine != Engines::Postgres {
        reports.push(run_on(root, &binary, args, None).await?);
    }
    if args.run.engine != Engines::Sqlite {
        let postgres = cluster(root, breaks::cluster_settings(args.broken))?;
        reports.push(run_on(root, &binary, args, Some(postgres)).await?);
    }
    Ok(reports)
}

async fn run_on(
    root: &Path,
    binary: &Path,
    args: &KillArgs,
    postgres: Option<Postgres>,
) -> Outcome<Report> {
    let ground = Ground::new(root, "kill", postgres)?;
    let mut shop = ground.shop(binary, &[])?;
    let lies = args.broken == Some(Protection::Synchronous);
    let power = match &ground.postgres {
        None => Some(PowerCut::prepare(root, ground.folder(), &mut shop, lies)?),
        Some(_) => None,
    };
    shop.start(&["serve"]).await?;
    let key = shop.api_key("admin")?;
    let (stage, levels) = Stage::set(&mut shop.caller(&key), SCARCE).await?;
    breaks::after_stage(args.broken, &ground)?;
    power.iter().try_for_each(PowerCut::begin)?;
    let model = Model {
        levels,
        ..Model::default()
    };
    let journal = Journal::create(&ground.folder().join("journal"))?;
    let fresh_keys = args.broken == Some(Protection::Idempotency);
    let rig = Arc::new(Rig::new(stage, model, journal, fresh_keys));
    let mut run = Run {
        args,
        rig,
        shop,
        power,
        key,
        ready: Vec::new(),
        ground,
    };
    let report = run.play().await?;
    if !report.is_clean() && args.broken.is_none() {
        run.ground.keep("journal, database and log");
    }
    Ok(report)
}

struct Run<'a> {
    args: &'a KillArgs,
    rig: Arc<Rig>,
    shop: Shop,
    /// On SQLite every other kill is a power cut.
    power: Option<PowerCut>,
    key: String,
    ready: Vec<Duration>,
    ground: Ground,
}

impl Run<'_> {
    async fn play(&mut self) -> Outcome<Report> {
        let (seed, mut random) = self.ground.seed(self.args.run.seed);
        let mut workers = JoinSet::new();
        for number in 0..self.args.run.clients {
            let (rig, caller) = (Arc::clone(&self.rig), self.shop.caller(&self.key));
            workers.spawn(async move { rig.work(caller, seed.wrapping_add(number + 1)).await });
        }
        self.kill_and_restart(&mut random).await?;
        self.rig.stop.store(true, Ordering::Relaxed);
        finished(workers).await?;
        self.verdict().await
    }

    async fn kill_and_restart(&mut self, random: &mut SmallRng) -> Outcome<()> {
        let bar = progress(self.ground.engine(), self.kills());
        for number in 0..self.kills() {
            tokio::time::sleep(Duration::from_millis(random.random_range(50..700))).await;
            let took = self.one_kill(number, random).await?;
            self.ready.push(took);
            if self.args.broken.is_none() {
                let mut caller = self.shop.caller(&self.key);
                self.rig.replay(&mut caller, random).await?;
            }
            let answered = self.rig.counts.acknowledged.load(Ordering::Relaxed);
            bar.set_message(format!("{answered} acknowledged"));
            bar.inc(1);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        bar.finish();
        Ok(())
    }

    /// Kills the shop, or the database, or both; answers how long the shop then took to be ready.
    async fn one_kill(&mut self, number: u32, random: &mut SmallRng) -> Outcome<Duration> {
        let always = self.args.broken == Some(Protection::Synchronous);
        let database = self.kills_postgres() && (always || random.random());
        let shop = !database || random.random();
        if let Some(postgres) = self.ground.postgres.as_mut().filter(|_| database) {
            postgres.kill()?;
        }
        if shop {
            self.shop.kill()?;
        }
        if let Some(power) = self.power.as_ref().filter(|_| number.is_multiple_of(2)) {
            power.strike()?;
        }
        if let Some(postgres) = self.ground.postgres.as_mut().filter(|_| database) {
            postgres.launch()?;
        }
        if shop {
            return self.shop.start(&["serve"]).await;
        }
        let recovered = Instant::now();
        while !self.shop.is_ready().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(recovered.elapsed())
    }

    fn kills(&self) -> u32 {
        self.args.run.kills.unwrap_or_default()
    }

    /// Answers that the disk never got are lost only when the database itself dies.
    fn kills_postgres(&self) -> bool {
        let wanted = self.args.kill_postgres || self.args.broken == Some(Protection::Synchronous);
        wanted && self.ground.postgres.is_some()
    }

    async fn verdict(&mut self) -> Outcome<Report> {
        let found = readback::read(&mut self.shop.caller(&self.key), &self.rig.stage).await?;
        let model = self.rig.model.lock().map_err(|_| "a worker failed")?;
        let differences = compare(&model, &found);
        drop(model);
        self.shop.stop()?;
        let audits = self
            .shop
            .run(&["verify"])
            .map_err(|error| error.to_string());
        let counts = &self.rig.counts;
        let counts = [
            &counts.acknowledged,
            &counts.refused,
            &counts.retried,
            &counts.replayed,
        ];
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        let (surprises, ready) = (self.rig.surprises.all(), std::mem::take(&mut self.ready));
        let kills = self.kills();
        Ok(Report {
            engine: self.ground.engine(),
            kills,
            counts,
            differences,
            surprises,
            audits,
            ready,
        })
    }
}

fn progress(engine: &'static str, kills: u32) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:10} {bar:40} {pos}/{len} kills, {msg}");
    let bar = ProgressBar::new(u64::from(kills)).with_prefix(engine);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

impl Report {
    pub fn is_clean(&self) -> bool {
        let in_time = self.worst() <= READY;
        let told = self.counts[0] > 0 && self.surprises.is_empty();
        self.differences.is_empty() && self.audits.is_ok() && told && in_time
    }

    pub fn row(&self) -> Vec<String> {
        let [acknowledged, refused, retried, replayed] = self.counts.map(|count| count.to_string());
        let Differences {
            lost,
            duplicates,
            wrong,
        } = &self.differences;
        vec![
            self.engine.into(),
            self.kills.to_string(),
            acknowledged,
            refused,
            retried,
            replayed,
            lost.len().to_string(),
            duplicates.len().to_string(),
            (wrong.len() + self.surprises.len()).to_string(),
            report::audits(&self.audits),
            format!("{} ms", self.median().as_millis()),
            format!("{} ms", self.worst().as_millis()),
        ]
    }

    /// The first few of everything that is not as it should be.
    pub fn explain(&self, most: usize) {
        let Differences {
            lost,
            duplicates,
            wrong,
        } = &self.differences;
        let lists = [
            ("lost", lost),
            ("doubled", duplicates),
            ("wrong", wrong),
            ("answer", &self.surprises),
        ];
        report::explain(self.engine, lists, most);
        if let Err(sentence) = &self.audits {
            println!("{}: audits: {sentence}", self.engine);
        }
        if self.worst() > READY {
            println!(
                "{}: ready after {:?}, promised {READY:?}",
                self.engine,
                self.worst()
            );
        }
        if self.counts[0] == 0 {
            println!(
                "{}: nothing was acknowledged, so nothing was shown",
                self.engine
            );
        }
    }

    fn median(&self) -> Duration {
        let mut sorted = self.ready.clone();
        sorted.sort();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }

    fn worst(&self) -> Duration {
        report::worst(&self.ready)
    }
}
