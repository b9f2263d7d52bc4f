//! What every scenario stands on: the private cluster, folders, shops to fill, how long to load.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use hyper::StatusCode;

use super::load::Load;
use super::machine;
use super::measure::Watched;
use super::process::Process;
use super::results::Part;
use super::server::{self, Place};
use super::{BenchArgs, Engine, Scenario, build, statements};
use crate::outcome::{Because, Outcome};
use crate::services::{Postgres, Wish};
use crate::shop::Shop;
use crate::steps::capture;

/// A common size for a small machine; the rest is as PostgreSQL ships it.
const POSTGRES_SETTINGS: &[&str] = &["shared_buffers=512MB"];

pub struct Stage {
    pub root: PathBuf,
    pub args: BenchArgs,
    pub postgres: Postgres,
    folder: PathBuf,
    when: String,
    commit: String,
    machine: Vec<String>,
    /// Held as long as this runs.
    _alone: File,
}

impl Stage {
    pub fn set(root: &Path, args: &BenchArgs) -> Outcome<Self> {
        let alone = alone(root)?;
        let folder = root.join("target/bench");
        if folder.exists() {
            fs::remove_dir_all(&folder).because(|| format!("emptying {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).because(|| format!("creating {}", folder.display()))?;
        let mut settings: Vec<_> = POSTGRES_SETTINGS.iter().map(|s| (*s).to_owned()).collect();
        if args.statements || args.wants(Scenario::Pages) {
            settings.push(statements::SETTING.to_owned());
        }
        if !args.statements && args.wants(Scenario::Pages) {
            settings.push(statements::SETTING_QUIET.to_owned());
        }
        let wish = Wish {
            durable: true,
            settings,
            ..Wish::default()
        };
        let postgres = Postgres::start(root, &wish)?;
        println!(
            "private PostgreSQL started, durable, {}",
            POSTGRES_SETTINGS.join(", ")
        );
        let machine = machine::describe(&folder, &postgres)?;
        for line in &machine {
            println!("{line}");
        }
        Ok(Self {
            root: root.to_owned(),
            args: args.clone(),
            postgres,
            folder,
            when: machine::now()?,
            commit: machine::commit(root)?,
            machine,
            _alone: alone,
        })
    }

    /// An empty database and a folder of its own.
    pub fn place(&self, name: &str, engine: Engine) -> Outcome<Place> {
        let name = format!("{name}_{}", engine.name().to_lowercase());
        let folder = self.folder.join(&name);
        fs::create_dir(&folder).because(|| format!("creating {}", folder.display()))?;
        let database_url = match engine {
            Engine::Postgres => {
                self.postgres.create_database(&name)?;
                self.postgres.url(&name)
            }
            Engine::Sqlite => format!("sqlite://{}", folder.join("shop.db").display()),
        };
        Ok(Place {
            folder,
            database_url,
        })
    }

    /// An empty shop.
    pub fn shop(&self, name: &str, engine: Engine, currency: &str) -> Outcome<Shop> {
        self.place(name, engine)?
            .shop(&build::binary(&self.root, "comptoir"), currency)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A load of orders, or of whatever answers 201.
    pub fn load(&self, shop: &Shop, connections: usize) -> Load {
        Load {
            address: shop.address(),
            connections,
            warm_up: self.args.warm_up(),
            duration: self.args.duration(),
            expected: StatusCode::CREATED,
        }
    }

    pub fn watched(&self, engine: Engine, shop: &Shop) -> Outcome<Watched> {
        let database = match engine {
            Engine::Postgres => self.postgres.process().map(Process::new),
            Engine::Sqlite => None,
        };
        Ok(Watched {
            server: server::process(shop)?,
            database,
        })
    }

    /// So that no measurement pays for what the one before it left to be written.
    pub fn settle(&self) -> Outcome<()> {
        let mut psql = self.postgres.client("psql");
        capture(psql.args(["-q", "-d", "postgres", "-c", "checkpoint"])).map(drop)
    }

    /// What PostgreSQL would do by itself within minutes, at once.
    pub fn analyze(&self) -> Outcome<()> {
        let mut vacuumdb = self.postgres.client("vacuumdb");
        capture(vacuumdb.args(["-q", "--all", "--analyze"])).map(drop)
    }

    /// The part with when, of what and where it was measured.
    pub fn signed(&self, part: Part) -> Part {
        let (when, commit) = (self.when.clone(), self.commit.clone());
        Part {
            when,
            commit,
            machine: self.machine.clone(),
            ..part
        }
    }

    /// How everything in here is measured.
    pub fn method(&self) -> String {
        let (rounds, seconds) = (self.args.rounds(), self.args.duration().as_secs());
        let warm_up = self.args.warm_up().as_secs();
        format!(
            "{rounds} rounds of {seconds} s after {warm_up} s of warming up; medians of the \
             rounds. Server, database and load share the machine."
        )
    }
}

/// Two benchmarks at once would measure each other, and the folder of one is emptied by the next.
fn alone(root: &Path) -> Outcome<File> {
    let path = root.join("target/bench.lock");
    let file = File::create(&path).because(|| format!("creating {}", path.display()))?;
    file.try_lock()
        .because(|| format!("another benchmark runs: it holds {}", path.display()))?;
    Ok(file)
}
