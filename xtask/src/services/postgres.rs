//! One private PostgreSQL cluster on 127.0.0.1, with a password, gone when the guard is dropped.

use std::fs;
use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::account::Account;
use super::programs::Programs;
use super::strays;
use crate::outcome::{Because, Outcome};
use crate::steps::capture;

/// Recovery after a kill of the postmaster waits for its orphans to let go of shared memory.
const START_TIMEOUT: Duration = Duration::from_secs(60);
const USER: &str = "postgres";

/// What kind of cluster is needed.
#[derive(Default)]
pub struct Wish {
    /// `None` takes a free port.
    pub port: Option<u16>,
    /// Write through to the disk, as in production. Tests do not need it, fault rigs and
    /// benchmarks do.
    pub durable: bool,
    /// Let it run on after the guard is gone.
    pub keep: bool,
    /// Further settings, `name=value`.
    pub settings: Vec<String>,
}

/// A running cluster. Dropping it stops the server it started (by its own process id) and removes
/// its files, unless it was asked to stay.
pub struct Postgres {
    folder: PathBuf,
    port: u16,
    password: String,
    account: Account,
    programs: Programs,
    server: Option<Child>,
    durable: bool,
    keep: bool,
    more: Vec<String>,
}

impl Postgres {
    pub fn start(root: &Path, wish: &Wish) -> Outcome<Self> {
        let programs = Programs::find_or_install()?;
        let account = Account::find()?;
        let home = home(root, account)?;
        strays::sweep(&super::folders(root), strays::Which::Orphans)?;
        let port = wish.port.map_or_else(free_port, Ok)?;
        let mut postgres = Self {
            folder: home.join(format!("postgres-{port}")),
            port,
            password: uuid::Uuid::new_v4().simple().to_string(),
            account,
            programs,
            server: None,
            durable: wish.durable,
            keep: wish.keep,
            more: wish.settings.clone(),
        };
        postgres.create()?;
        postgres.launch()?;
        Ok(postgres)
    }

    pub fn url(&self, database: &str) -> String {
        let Self { password, port, .. } = self;
        format!("postgres://{USER}:{password}@127.0.0.1:{port}/{database}")
    }

    /// A client program such as `pgbench` or `psql`, told where the cluster is.
    pub fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.path(program));
        command
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port.to_string());
        command
            .env("PGUSER", USER)
            .env("PGPASSWORD", &self.password);
        command
    }

    pub fn create_database(&self, name: &str) -> Outcome<()> {
        capture(self.client("createdb").arg(name)).map(drop)
    }

    /// The process id of the postmaster, for those who measure it.
    pub fn process(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// `kill -9` of the postmaster. Its children notice by themselves, as after a real crash.
    pub fn kill(&mut self) -> Outcome<()> {
        let Some(mut server) = self.server.take() else {
            return Ok(());
        };
        server.kill().because(|| "killing the postmaster".into())?;
        server
            .wait()
            .because(|| "waiting for the killed postmaster".into())?;
        Ok(())
    }

    /// Starts the server on the files that are there, and waits until it answers.
    pub fn launch(&mut self) -> Outcome<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        while Instant::now() < deadline {
            let mut server = self.spawn()?;
            while server.try_wait()?.is_none() && Instant::now() < deadline {
                if self.answers() {
                    strays::remember(&self.folder, server.id(), self.keep)?;
                    self.server = Some(server);
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(25));
            }
            // It ended by itself: after a crash the old backends may still hold shared memory.
            server.kill().ok();
            server.wait().ok();
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let tail: Vec<_> = log.lines().rev().take(5).collect();
        let tail: Vec<_> = tail.into_iter().rev().collect();
        Err(format!(
            "PostgreSQL did not start in {START_TIMEOUT:?}:\n{}",
            tail.join("\n")
        )
        .into())
    }

    fn create(&self) -> Outcome<()> {
        let made = || format!("preparing {}", self.folder.display());
        fs::create_dir(&self.folder).because(made)?;
        self.account.owns(&self.folder)?;
        let secret = self.folder.join("password");
        fs::write(&secret, &self.password).because(made)?;
        self.account.owns(&secret)?;
        let mut initdb = self.account.command(&self.programs.path("initdb"));
        // The working folder may be closed to the account we switch to.
        initdb
            .current_dir("/")
            .arg("-D")
            .arg(self.data())
            .args(["-U", USER, "--no-sync"]);
        initdb.args(["--auth=password", "--encoding=UTF8", "--locale=C"]);
        capture(initdb.arg(format!("--pwfile={}", secret.display())))?;
        Ok(())
    }

    fn spawn(&self) -> Outcome<Child> {
        let log = File::options().create(true).append(true).open(self.log());
        let log = log.because(|| format!("opening {}", self.log().display()))?;
        let mut command = self.account.command(&self.programs.path("postgres"));
        command.current_dir("/").arg("-D").arg(self.data());
        for setting in self.settings() {
            command.arg("-c").arg(setting);
        }
        if self.keep {
            // Out of the terminal's process group, so that Ctrl-C does not reach it.
            command.process_group(0);
        }
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        command.spawn().because(|| "starting PostgreSQL".into())
    }

    fn settings(&self) -> Vec<String> {
        let mut settings = vec![
            format!("port={}", self.port),
            "listen_addresses=127.0.0.1".into(),
            "unix_socket_directories=".into(),
            "max_connections=300".into(),
            "shared_buffers=256MB".into(),
            // After a kill: one call instead of one per file, seconds less.
            "recovery_init_sync_method=syncfs".into(),
        ];
        if !self.durable {
            let fast = [
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
            ];
            settings.extend(fast.map(String::from));
        }
        settings.extend(self.more.iter().cloned());
        settings
    }

    fn answers(&self) -> bool {
        capture(self.client("pg_isready").arg("-q")).is_ok()
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        let Some(mut server) = self.server.take() else {
            return;
        };
        let mut stop = self.account.command(&self.programs.path("pg_ctl"));
        stop.current_dir("/")
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.data());
        if capture(&mut stop).is_err() {
            server.kill().ok();
        }
        server.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// The folder for clusters: below the build folder where the account can get in, else the
/// system's folder for temporary files.
fn home(root: &Path, account: Account) -> Outcome<PathBuf> {
    for home in super::folders(root) {
        fs::create_dir_all(&home).because(|| format!("creating {}", home.display()))?;
        if account.reaches(&home) {
            return Ok(home);
        }
    }
    Err("no folder that both this user and PostgreSQL's account can use was found".into())
}

fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").because(|| "looking for a free port".into())?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    #[test]
    fn a_cluster_answers_survives_a_kill_and_leaves_nothing_behind() {
        let mut postgres = Postgres::start(&root(), &Wish::default()).unwrap();
        postgres.create_database("shop").unwrap();
        postgres.kill().unwrap();
        postgres.launch().unwrap();
        let mut psql = postgres.client("psql");
        let said = capture(psql.args(["-d", "shop", "-Atc", "select current_database()"])).unwrap();
        assert_eq!(said.trim(), "shop");
        let (folder, server) = (postgres.folder.clone(), postgres.process().unwrap());
        drop(postgres);
        assert!(!folder.exists());
        assert!(!Path::new(&format!("/proc/{server}")).exists());
    }

    #[test]
    fn a_wrong_password_is_refused() {
        let postgres = Postgres::start(&root(), &Wish::default()).unwrap();
        let mut psql = postgres.client("psql");
        let wrong = psql
            .env("PGPASSWORD", "guess")
            .args(["-d", "postgres", "-c", "select 1"]);
        let sentence = capture(wrong).unwrap_err().to_string();
        assert!(
            sentence.contains("password authentication failed"),
            "{sentence}"
        );
    }
}
