//! `cargo xtask readme`: runs every command of README.md, so that none of them can rot.
//!
//! Each block of `sh` is one script. A line that serves runs in the background until the end of the
//! document; the `curl` line it prints is run as a new user would paste it. Ports and folders are
//! replaced by free ones, so that nothing on the machine is touched.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http::{Call, Caller};
use crate::outcome::{Because, Outcome};
use crate::steps::{Remark, call, capture, watch};

const DOCUMENT: &str = "README.md";
/// What the document says, and what is meant on a machine where that is taken.
pub const ADDRESS: &str = "127.0.0.1:8000";
/// A clean release build on two cores is promised in 8 minutes.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

/// Lines that are run elsewhere, and where.
const ELSEWHERE: &[(&str, &str)] = &[
    ("git clone", "this is the clone"),
    ("cd ", "we are there"),
    ("cargo xtask test", "a step of CI of its own"),
    ("cargo xtask ci", "this is it"),
    ("cargo xtask tidy", "a step of CI of its own"),
    ("cargo xtask api", "two steps of CI of their own"),
    ("cargo xtask localstripe", "a suite of `cargo xtask test`"),
    (".ci/run", "this is it"),
    ("bash .ci/run", "this is it"),
    (
        "cargo xtask bench",
        "takes longer than every change may; run by hand for docs/benchmarks.md",
    ),
];

/// What a document that speaks of the one must have shown of the other when it is over. The demo's
/// own sales are not on the screen: these are the reader's.
const SHOWN: &[(&str, &str)] = &[
    (
        "/tracking",
        r#""status":"delivered","payment_status":"paid","fulfilment_status":"fulfilled""#,
    ),
    ("/payments\n", r#""status":"captured""#),
];

pub fn run(root: &Path) -> Outcome<Remark> {
    let text = fs::read_to_string(root.join(DOCUMENT)).because(|| format!("reading {DOCUMENT}"))?;
    let blocks = blocks(&text);
    if blocks.is_empty() {
        return Err(format!("{DOCUMENT} holds no ```sh block: a README shows how to begin").into());
    }
    let folder = tempfile::tempdir()?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut reader = Reader {
        root,
        folder: folder.path(),
        address,
        served: None,
        shown: String::new(),
        ran: 0,
    };
    for block in &blocks {
        reader.follow(block)?;
    }
    all_shown(&text, &reader.shown)?;
    Ok(format!("{} commands of {DOCUMENT}", reader.ran))
}

fn all_shown(document: &str, screen: &str) -> Outcome<()> {
    let mut said = SHOWN.iter().filter(|(said, _)| document.contains(said));
    match said.find(|(_, shown)| !screen.contains(shown)) {
        None => Ok(()),
        Some((said, shown)) => {
            let said = said.trim();
            Err(format!("{DOCUMENT} speaks of {said}, and no answer says {shown}").into())
        }
    }
}

/// The commands of each `sh` block: continued lines joined, comments gone.
pub fn blocks(text: &str) -> Vec<Vec<String>> {
    let mut blocks = Vec::new();
    let mut current: Option<Vec<String>> = None;
    for line in text.lines().map(str::trim) {
        match (&mut current, line) {
            (None, "```sh" | "```bash" | "```console") => current = Some(Vec::new()),
            (Some(_), "```") => blocks.extend(current.take()),
            (Some(block), line) if !line.is_empty() && !line.starts_with('#') => {
                push(block, line.strip_prefix("$ ").unwrap_or(line));
            }
            _ => {}
        }
    }
    blocks
}

fn push(block: &mut Vec<String>, line: &str) {
    match block.last_mut() {
        Some(last) if last.ends_with('\\') => {
            last.pop();
            last.push_str(line);
        }
        _ => block.push(line.to_owned()),
    }
}

pub fn elsewhere(line: &str) -> Option<&'static str> {
    ELSEWHERE
        .iter()
        .find(|(start, _)| line.starts_with(start))
        .map(|(_, reason)| *reason)
}

pub fn serves(line: &str) -> bool {
    line.split_whitespace().any(|word| word == "serve")
}

/// Somebody who does what the document says.
struct Reader<'a> {
    root: &'a Path,
    folder: &'a Path,
    address: SocketAddr,
    served: Option<Served>,
    /// What the commands printed.
    shown: String,
    ran: usize,
}

impl Reader<'_> {
    fn follow(&mut self, block: &[String]) -> Outcome<()> {
        let mut script = String::new();
        for line in block {
            if let Some(reason) = elsewhere(line) {
                println!("not here: {line} ({reason})");
            } else if serves(line) {
                self.serve(line)?;
                self.ran += 1;
            } else {
                script.push_str(&line.replace(ADDRESS, &self.address.to_string()));
                script.push('\n');
                self.ran += 1;
            }
        }
        if script.is_empty() {
            return Ok(());
        }
        print!("{script}");
        let mut bash = self.bash(&script);
        let keep = |line: &str| {
            self.shown.push_str(line);
            self.shown.push('\n');
        };
        watch(&mut bash, keep).because(|| format!("{DOCUMENT} says:\n{script}"))
    }

    /// Starts a server and waits until it is ready; then does what it says on its screen.
    fn serve(&mut self, line: &str) -> Outcome<()> {
        println!("{line}");
        self.served = None; // One at a time: they would want the same port.
        let screen = self.folder.join("screen");
        let file = File::create(&screen)?;
        let mut command = self.bash(&format!("exec {line}"));
        command.stdin(Stdio::null()).stdout(file).process_group(0);
        let child = command.spawn().because(|| format!("starting `{line}`"))?;
        let mut served = Served { child, screen };
        served.wait_until_ready(self.address)?;
        if line.contains("--demo") {
            served.paste(self)?;
        }
        self.served = Some(served);
        Ok(())
    }

    fn bash(&self, script: &str) -> Command {
        let mut bash = Command::new("bash");
        bash.current_dir(self.root)
            .args(["-euo", "pipefail", "-c", script]);
        bash.env("COMPTOIR_LISTEN", self.address.to_string());
        bash.env("COMPTOIR_DATA_DIR", self.folder.join("data"));
        if let Some(key) = self.served.as_ref().and_then(Served::key) {
            bash.env("KEY", key);
        }
        bash
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let answer = Caller::new(address, None)
        .call(&Call::get("/health/ready"))
        .await;
    answer.is_ok_and(|answer| answer.status == 200)
}

/// A server in the background; dropping it stops it.
struct Served {
    child: Child,
    screen: PathBuf,
}

impl Served {
    fn wait_until_ready(&mut self, address: SocketAddr) -> Outcome<()> {
        let runtime = tokio::runtime::Runtime::new()?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if runtime.block_on(is_ready(address)) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the server ended with {status}:\n{}", self.text()).into());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Err(format!("the server was not ready after {PATIENCE:?}").into())
    }

    /// Runs the `curl` line that the demo prints.
    fn paste(&self, reader: &Reader<'_>) -> Outcome<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        let line = loop {
            let text = self.text().replace("\\\n", " ");
            let line = text
                .lines()
                .map(str::trim)
                .find(|line| line.starts_with("curl "));
            match line {
                Some(line) => break line.to_owned(),
                None if Instant::now() > deadline => {
                    return Err(format!("the demo prints no curl line:\n{}", self.text()).into());
                }
                None => std::thread::sleep(Duration::from_millis(100)),
            }
        };
        let strict = line.replacen("curl ", "curl --silent --show-error --fail-with-body ", 1);
        println!("{line}");
        call(&mut reader.bash(&strict)).because(|| "the line that the demo prints".into())?;
        println!();
        Ok(())
    }

    /// The API key on the screen, for lines of the document that speak of `$KEY`.
    fn key(&self) -> Option<String> {
        let text = self.text();
        let mut words = text.split(|c: char| c.is_whitespace() || "\"'`".contains(c));
        words
            .find(|word| word.starts_with("key_") && word.len() > 40)
            .map(str::to_owned)
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.screen).unwrap_or_default()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // The whole group: a shell and cargo may stand between us and the server.
        let group = format!("-{}", self.child.id());
        capture(Command::new("kill").args(["-TERM", "--", &group])).ok();
        self.child.wait().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_with_continued_lines_and_without_comments() {
        let text = "# T\n```sh\n# why\ncargo run \\\n  -- serve\n\n$ echo a\n```\n\
                    ```json\n{}\n```\n```sh\nls\n```\n";
        let found = blocks(text);
        assert_eq!(found, [vec!["cargo run -- serve", "echo a"], vec!["ls"]]);
    }

    #[test]
    fn a_command_that_fails_fails_the_document() {
        let root = tempfile::tempdir().unwrap();
        let readme = root.path().join(DOCUMENT);
        fs::write(&readme, "```sh\ntrue\nfalse\n```\n").unwrap();
        assert!(
            run(root.path())
                .unwrap_err()
                .to_string()
                .contains("README.md says")
        );
        fs::write(&readme, "```sh\ntrue\n```\n").unwrap();
        assert_eq!(run(root.path()).unwrap(), "1 commands of README.md");
    }

    #[test]
    fn a_document_that_speaks_of_a_parcel_must_show_that_it_arrived() {
        let root = tempfile::tempdir().unwrap();
        let readme = root.path().join(DOCUMENT);
        fs::write(&readme, "```sh\necho /tracking\n```\n").unwrap();
        let sentence = run(root.path()).unwrap_err().to_string();
        assert!(sentence.contains("delivered"), "{sentence}");
        let words = SHOWN[0].1;
        let shown = format!("```sh\necho '/tracking {words}'\n```\n");
        fs::write(&readme, shown).unwrap();
        assert!(run(root.path()).is_ok());
    }

    #[test]
    fn a_document_without_commands_is_refused() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(DOCUMENT), "# Nothing\n").unwrap();
        assert!(run(root.path()).is_err());
    }

    #[test]
    fn a_server_that_ends_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let text = "```sh\nbash -c 'echo broken; exit 3' serve\n```\n";
        fs::write(root.path().join(DOCUMENT), text).unwrap();
        let sentence = run(root.path()).unwrap_err().to_string();
        assert!(sentence.contains("broken"), "{sentence}");
    }
}
