//! Stand-ins: example programs of the testkit as child processes. They go on while the shop is
//! killed, and are told over HTTP what to do.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::http::{Call, Caller};
use crate::outcome::{Because, Outcome};
use crate::shop::target_folder;
use crate::steps::call;

/// Builds the example and says where it is.
pub fn build(root: &Path, example: &str) -> Outcome<PathBuf> {
    let mut cargo = Command::new("cargo");
    let words = ["build", "--locked", "--quiet", "-p", "testkit", "--example"];
    call(cargo.current_dir(root).args(words).arg(example))?;
    Ok(target_folder(root).join("debug/examples").join(example))
}

/// The running program. Dropping it ends it.
pub struct StandIn<T> {
    _child: Running,
    control: SocketAddr,
    /// What the shop has to know of it.
    pub told: T,
}

/// The first line a program says, as JSON.
#[derive(Deserialize)]
struct Greeting<T> {
    control: SocketAddr,
    #[serde(flatten)]
    told: T,
}

impl<T: DeserializeOwned> StandIn<T> {
    pub fn start(program: &Path) -> Outcome<Self> {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .because(|| format!("starting {}", program.display()))?;
        let mut greeting = String::new();
        if let Some(said) = child.stdout.take() {
            BufReader::new(said).read_line(&mut greeting)?;
        }
        let child = Running(child);
        let said: Result<Greeting<T>, _> = serde_json::from_str(&greeting);
        let said = said.because(|| format!("{} said {greeting:?}", program.display()))?;
        Ok(Self {
            _child: child,
            control: said.control,
            told: said.told,
        })
    }

    /// A wire to it; each for one who speaks at a time.
    pub fn wire(&self) -> Wire {
        Wire(Caller::new(self.control, None))
    }
}

/// Over which a stand-in is told things and asked.
pub struct Wire(Caller);

impl Wire {
    pub async fn tell(&mut self, path: &str, body: Value) -> Outcome<()> {
        self.0.need(&Call::post(path, &body)).await.map(drop)
    }

    pub async fn ask<T: DeserializeOwned>(&mut self, call: &Call) -> Outcome<T> {
        Ok(serde_json::from_value(self.0.need(call).await?)?)
    }
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
