//! Comptoir as a child process on a free port: built, started, killed, started again.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http::{Call, Caller};
use crate::outcome::{Because, Outcome};
use crate::steps::{call, capture};

/// Far above the promise of 2 s: a shop that needs longer is not slow but broken.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(5);

/// A server process and what it was told. Dropping it kills the process.
pub struct Shop {
    binary: PathBuf,
    settings: Vec<(String, String)>,
    /// What only the server is told, not the commands beside it.
    server_settings: Vec<(String, String)>,
    address: SocketAddr,
    log: PathBuf,
    child: Option<Child>,
}

/// How Comptoir is built for a rig.
#[derive(Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    #[default]
    Dev,
    Release,
}

/// Which binary a rig runs.
#[derive(Clone, Default, clap::Args)]
pub struct Build {
    /// How to build it
    #[arg(long, value_enum, default_value_t = Profile::Dev)]
    profile: Profile,
    /// Run this binary instead of building one
    #[arg(long, value_name = "FILE", conflicts_with = "profile")]
    binary: Option<PathBuf>,
}

impl Build {
    /// Builds the binary, if need be, and says where it is.
    pub fn path(&self, root: &Path) -> Outcome<PathBuf> {
        if let Some(binary) = &self.binary {
            return Ok(std::path::absolute(binary)?);
        }
        let mut cargo = Command::new("cargo");
        cargo
            .current_dir(root)
            .args(["build", "--locked", "--quiet", "-p", "comptoir"]);
        let folder = match self.profile {
            Profile::Dev => "debug",
            Profile::Release => {
                cargo.arg("--release");
                "release"
            }
        };
        call(&mut cargo)?;
        Ok(target_folder(root).join(folder).join("comptoir"))
    }
}

/// Where Cargo puts what it builds.
pub fn target_folder(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    target.map_or_else(|| root.join("target"), |target| root.join(target))
}

impl Shop {
    /// Says what will run; nothing runs yet. The database and everything else a shop writes is in
    /// `folder`, unless `DATABASE_URL` is among the settings.
    pub fn new(binary: &Path, folder: &Path, settings: &[(&str, &str)]) -> Outcome<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut all = vec![
            ("COMPTOIR_LISTEN".to_owned(), address.to_string()),
            ("COMPTOIR_DATA_DIR".to_owned(), folder.display().to_string()),
            ("COMPTOIR_RATE_LIMIT".to_owned(), "off".to_owned()),
            (
                "COMPTOIR_ADMIN_PASSWORD".to_owned(),
                uuid::Uuid::new_v4().to_string(),
            ),
        ];
        let given = settings
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        all.extend(given);
        let (binary, log) = (binary.to_owned(), folder.join("server.log"));
        Ok(Self {
            binary,
            settings: all,
            server_settings: Vec::new(),
            address,
            log,
            child: None,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A caller with this bearer.
    pub fn caller(&self, bearer: &str) -> Caller {
        Caller::new(self.address, Some(bearer.to_owned()))
    }

    /// Tells the server something before its next start.
    pub fn set_for_server(&mut self, name: &str, value: &str) {
        self.server_settings
            .push((name.to_owned(), value.to_owned()));
    }

    /// Starts the server and waits until it is ready; answers how long that took.
    pub async fn start(&mut self, words: &[&str]) -> Outcome<Duration> {
        let started = Instant::now();
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = self.command(words);
        command
            .envs(
                self.server_settings
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let child = command
            .spawn()
            .because(|| format!("starting {}", self.binary.display()))?;
        self.child = Some(child);
        while !self.is_ready().await {
            if let Some(status) = self
                .child
                .as_mut()
                .map(Child::try_wait)
                .transpose()?
                .flatten()
            {
                return Err(format!("the server ended with {status}:\n{}", self.tail()).into());
            }
            if started.elapsed() > READY_TIMEOUT {
                return Err(format!("not ready after {READY_TIMEOUT:?}:\n{}", self.tail()).into());
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(started.elapsed())
    }

    pub async fn is_ready(&self) -> bool {
        let answer = Caller::new(self.address, None)
            .call(&Call::get("/health/ready"))
            .await;
        answer.is_ok_and(|answer| answer.status == 200)
    }

    /// `kill -9`.
    pub fn kill(&mut self) -> Outcome<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        child.kill().because(|| "killing the server".into())?;
        child
            .wait()
            .because(|| "waiting for the killed server".into())?;
        Ok(())
    }

    /// Asks the server to stop, as an operator would, and waits until it did.
    pub fn stop(&mut self) -> Outcome<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        capture(Command::new("kill").args(["-TERM", &child.id().to_string()]))?;
        let status = child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the server ended with {status}").into())
        }
    }

    /// Runs a command of the binary with the same settings, to its end.
    pub fn run(&self, words: &[&str]) -> Outcome<String> {
        capture(&mut self.command(words))
    }

    /// Makes an API key that may do everything of `role`.
    pub fn api_key(&self, role: &str) -> Outcome<String> {
        let said = self.run(&[
            "api-key",
            "create",
            "--name",
            &format!("rig {role}"),
            "--role",
            role,
        ])?;
        let key = said
            .split_whitespace()
            .find(|word| word.starts_with("key_"));
        key.map(str::to_owned)
            .ok_or_else(|| format!("no key in what it said: {said}").into())
    }

    /// The process id, for those who measure it.
    pub fn process(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The last lines the server wrote.
    pub fn tail(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(words)
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.kill().ok();
    }
}
