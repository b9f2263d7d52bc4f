//! `cargo xtask localstripe`: the Stripe provider against localstripe, a stand-in for Stripe that
//! others wrote. It is installed below target/, listens on loopback only, and never ships.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::outcome::{Because, Outcome};
use crate::steps::{Remark, call, capture, watch};

/// Pinned, so that a new release of theirs does not turn ours red overnight.
const VERSION: &str = "1.15.10";
const READY_TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);
/// Its own command listens on every address and keeps its data in /tmp.
const START: &str = "
import sys
from aiohttp import web
from localstripe import resources
resources.Store.dump_to_disk = lambda store: None
from localstripe.server import app
web.run_app(app, host='127.0.0.1', port=int(sys.argv[1]))
";

pub fn run(root: &Path) -> Outcome<Remark> {
    let folder = root.join("target/localstripe");
    let python = install(&folder)?;
    let server = Server::start(&python, &folder)?;
    let url = format!("http://{}", server.address);
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args([
        "run",
        "--locked",
        "--quiet",
        "-p",
        "payments",
        "--example",
        "localstripe",
        "--",
        &url,
    ]);
    let mut passed = 0;
    let told = watch(&mut cargo, |line| {
        passed += usize::from(line.starts_with("ok "));
    });
    told.because(|| format!("what the server said is in {}", server.log.display()))?;
    match passed {
        0 => Err("not one story was told".into()),
        _ => Ok(format!("{passed} stories against localstripe {VERSION}")),
    }
}

/// A virtual environment below the build folder, made once; its Python.
fn install(folder: &Path) -> Outcome<PathBuf> {
    let venv = folder.join("venv");
    let python = venv.join("bin/python");
    let ask = "import importlib.metadata as m; print(m.version('localstripe'))";
    let known = capture(Command::new(&python).args(["-c", ask])).unwrap_or_default();
    if known.trim() == VERSION {
        return Ok(python);
    }
    println!("installing localstripe {VERSION} below target/");
    fs::create_dir_all(folder)?;
    let hint = || "python3 with venv is needed (Debian: apt-get install python3-venv)".to_owned();
    capture(Command::new("python3").args(["-m", "venv"]).arg(&venv)).because(hint)?;
    let wanted = format!("localstripe=={VERSION}");
    let mut pip = Command::new(venv.join("bin/pip"));
    call(pip.args(["install", "--quiet", "--disable-pip-version-check", &wanted]))?;
    Ok(python)
}

/// The running stand-in. Dropping it stops it.
struct Server {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

impl Server {
    fn start(python: &Path, folder: &Path) -> Outcome<Self> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let address = TcpListener::bind(any)?.local_addr()?;
        let log = folder.join("server.log");
        let file = File::create(&log).because(|| format!("creating {}", log.display()))?;
        let child = Command::new(python)
            .args(["-c", START, &address.port().to_string()])
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .because(|| "starting localstripe".into())?;
        let mut server = Self {
            child,
            address,
            log,
        };
        server.wait()?;
        Ok(server)
    }

    fn wait(&mut self) -> Outcome<()> {
        let started = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if self.child.try_wait()?.is_some() || started.elapsed() > READY_TIMEOUT {
                let said = fs::read_to_string(&self.log).unwrap_or_default();
                return Err(format!("localstripe does not start:\n{said}").into());
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
