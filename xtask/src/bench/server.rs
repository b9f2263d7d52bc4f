//! Comptoir as its users run it: the release binary, told by environment variables, in production
//! mode, with the rate limit off and everything else as shipped.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::process::Process;
use super::wire::Client;
use crate::outcome::{Because, Outcome};
use crate::steps::capture;

pub const ADMIN: &str = "admin@example.com";
pub const ADMIN_PASSWORD: &str = "a password for benchmarks only";
const SECRET: &str = "a secret for benchmarks only, of more than 32 bytes";

const START_TIMEOUT: Duration = Duration::from_secs(30);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// A shop: which database, which currency. Its server may be started and stopped many times.
#[derive(Clone)]
pub struct Shop {
    pub binary: PathBuf,
    /// A folder of its own: data and logs.
    pub folder: PathBuf,
    pub database_url: String,
    pub currency: &'static str,
}

/// A running server. Dropping it kills it.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From starting the process to its first healthy answer.
    pub ready_after: Duration,
}

impl Shop {
    /// A command of the binary on this shop.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(words)
            .current_dir(&self.folder)
            .env("DATABASE_URL", &self.database_url)
            .env("COMPTOIR_DATA_DIR", &self.folder)
            .env("COMPTOIR_ENV", "production")
            .env("COMPTOIR_SECRET", SECRET)
            .env("COMPTOIR_CURRENCY", self.currency)
            .env("COMPTOIR_RATE_LIMIT", "off")
            .env("COMPTOIR_ADMIN_EMAIL", ADMIN)
            .env("COMPTOIR_ADMIN_PASSWORD", ADMIN_PASSWORD);
        command
    }

    /// Starts the server and waits until it says that it is ready.
    pub async fn serve(&self) -> Outcome<Server> {
        let mut command = self.command(&["serve"]);
        Server::start(&mut command, &self.folder.join("log")).await
    }

    /// Runs every audit; the sentence says how many there are.
    pub fn verify(&self) -> Outcome<String> {
        let said = capture(&mut self.command(&["verify"]));
        let said = said.because(|| "audits after the load".into())?;
        Ok(said.lines().last().unwrap_or_default().to_owned())
    }
}

impl Server {
    /// Starts any server that listens where COMPTOIR_LISTEN says and has `/health/ready`.
    pub async fn start(command: &mut Command, log: &Path) -> Outcome<Self> {
        let log = File::create(log).because(|| format!("opening {}", log.display()))?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        command.env("COMPTOIR_LISTEN", address.to_string());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let started = Instant::now();
        let child = command.spawn().because(|| format!("starting {command:?}"))?;
        let mut server = Self { child, address, ready_after: Duration::ZERO };
        while !is_ready(address).await {
            let ended = server.child.try_wait()?;
            if ended.is_some() || started.elapsed() > START_TIMEOUT {
                return Err(format!("{command:?} does not become ready; see its log").into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.ready_after = started.elapsed();
        Ok(server)
    }

    pub fn process(&self) -> Process {
        Process::new(self.child.id())
    }

    /// Asks it to end and waits until it has.
    pub fn stop(mut self) -> Outcome<()> {
        capture(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?;
        let deadline = Instant::now() + STOP_TIMEOUT;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                return Err("the server does not stop".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let Ok(mut client) = Client::open(address).await else {
        return false;
    };
    client.get("/health/ready").await.is_ok()
}
