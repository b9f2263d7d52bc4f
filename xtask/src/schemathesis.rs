//! `cargo xtask schemathesis`: asks every operation of a served demo shop what the OpenAPI document
//! allows and forbids, as every role, on both engines; no 5xx, and no answer the document does not
//! describe.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::engine::{Engine, Housed};
use crate::http::Call;
use crate::outcome::{Because, Outcome};
use crate::shop::{Build, Shop};
use crate::steps::{Remark, call, capture, clock, plain_table};

/// Pinned, so that a new release of theirs does not turn ours red overnight.
const VERSION: &str = "4.32.5";

/// Every kind of caller: nobody, a customer who registered, and a key per other role; and the
/// engine on which they ask when none is wished for.
const CALLERS: &[(&str, Engine)] = &[
    ("nobody", Engine::Sqlite),
    ("customer", Engine::Postgres),
    ("clerk", Engine::Sqlite),
    ("manager", Engine::Postgres),
    ("supplier", Engine::Sqlite),
    ("service", Engine::Sqlite),
    ("admin", Engine::Postgres),
];

/// What every example of an id ends with, by `kernel`.
const EXAMPLE: &str = "01h455vb4pex5vsknk084sn02q";

/// The examples of these ids give way to what the demo has first in these lists.
const THERE: &[(&str, &str)] = &[
    ("prod", "/v1/products"),
    ("cat", "/v1/categories"),
    ("store", "/v1/stores"),
    ("cli", "/v1/clients"),
    ("emp", "/v1/employees"),
    ("ord", "/v1/orders"),
    ("pay", "/v1/payments"),
    ("mov", "/v1/inventory/movements"),
    ("ntf", "/v1/notifications"),
    ("user", "/v1/users"),
];

/// What an answer is checked for. What the document allows but the shop refuses (a reference that
/// does not exist, stock that is not there) is no fault, so `positive_data_acceptance` is not here.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

/// Operations that cannot be asked this way, and why.
const EXCLUDED: &[(&str, &str)] = &[
    (
        "/v1/inventory/stream",
        "its answer never ends; inventory's own tests read it",
    ),
    (
        "/v1/events/stream",
        "its answer never ends; platform's own tests read it",
    ),
];

#[derive(clap::Args)]
pub struct SchemathesisArgs {
    /// Requests per operation and caller, at most
    #[arg(long, default_value_t = 12)]
    examples: u32,
    /// Only as this caller: nobody, customer, clerk, manager, supplier, service or admin
    #[arg(long)]
    caller: Option<String>,
    /// All over this database; otherwise some callers ask over SQLite and some over PostgreSQL
    #[arg(long, value_enum)]
    engine: Option<Engine>,
    /// Leave every 404 out of the document; the run must then fail, which shows that it can
    #[arg(long = "break")]
    broken: bool,
    #[command(flatten)]
    build: Build,
}

impl Default for SchemathesisArgs {
    fn default() -> Self {
        Self {
            examples: 12,
            caller: None,
            engine: None,
            broken: false,
            build: Build::default(),
        }
    }
}

pub fn run(root: &Path, args: &SchemathesisArgs) -> Outcome<Remark> {
    let folder = root.join("target/schemathesis");
    let rig = Rig {
        program: install(&folder)?,
        binary: args.build.path(root)?,
        root,
        folder: &folder,
        args,
    };
    // Each engine's shop and tool beside the other's: a tool alone keeps one core busy at most.
    let asked = thread::scope(|scope| {
        let rig = &rig;
        let both =
            [Engine::Sqlite, Engine::Postgres].map(|engine| scope.spawn(move || rig.on(engine)));
        both.map(|one| one.join().unwrap_or_else(|_| Err("a run panicked".into())))
    });
    let (mut all, mut sound) = (Vec::new(), Ok(()));
    for asked in asked {
        let (ends, afterwards) = asked?;
        all.extend(ends);
        sound = sound.and(afterwards);
    }
    let mut table = plain_table(&["caller", "engine", "end", "time", "summary"]);
    for end in &all {
        let word = if end.passed { "passed" } else { "FAILED" };
        let (engine, took) = (end.engine.name(), clock(end.took));
        table.add_row([end.caller, engine, word, &took, &summary(&end.log)]);
    }
    println!("{table}");
    let red: Vec<_> = all.iter().filter(|end| !end.passed).collect();
    for end in &red {
        let text = fs::read_to_string(&end.log).unwrap_or_default();
        println!("\n== {}\n{}", end.caller, tail(&text, 120));
    }
    sound?;
    if red.is_empty() {
        return Ok(format!("as {} callers", all.len()));
    }
    let names: Vec<_> = red.iter().map(|end| end.caller).collect();
    Err(format!("the API broke its document, asked as {}", names.join(", ")).into())
}

/// What every run needs.
struct Rig<'a> {
    root: &'a Path,
    folder: &'a Path,
    binary: PathBuf,
    program: PathBuf,
    args: &'a SchemathesisArgs,
}

/// What came of one caller's requests.
struct End {
    caller: &'static str,
    engine: Engine,
    passed: bool,
    took: Duration,
    log: PathBuf,
}

impl Rig<'_> {
    /// Those who ask on this engine.
    fn callers(&self, engine: Engine) -> Vec<&'static str> {
        let SchemathesisArgs {
            caller: only,
            engine: wished,
            ..
        } = self.args;
        let asks = |(name, usual): &(&'static str, Engine)| {
            only.as_ref().is_none_or(|only| only == name) && wished.unwrap_or(*usual) == engine
        };
        let callers = CALLERS.iter().copied().filter(asks);
        callers.map(|(name, _)| name).collect()
    }

    /// Opens a demo shop on this engine and asks it as one caller after the other; what came of
    /// each, and whether the shop is sound afterwards.
    fn on(&self, engine: Engine) -> Outcome<(Vec<End>, Outcome<()>)> {
        let callers = self.callers(engine);
        if callers.is_empty() {
            return Ok((Vec::new(), Ok(())));
        }
        let folder = self.folder.join(engine.name().to_lowercase());
        fs::create_dir_all(&folder)?;
        let mut housed = Housed::new(self.root, &self.binary, engine, &[])?;
        let shop = &mut housed.shop;
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(shop.start(&["serve", "--demo"]))?;
        let target = Target {
            program: self.program.clone(),
            document: runtime.block_on(document(shop, &folder, self.args.broken))?,
            url: shop.url(),
            examples: self.args.examples,
        };
        let mut ends = Vec::new();
        for caller in callers {
            let bearer = runtime.block_on(bearer(shop, caller))?;
            let log = folder.join(format!("{caller}.log"));
            let started = Instant::now();
            let passed = target.ask(bearer, &log)?;
            ends.push(End {
                caller,
                engine,
                passed,
                took: started.elapsed(),
                log,
            });
        }
        Ok((ends, check(shop).because(|| engine.name().to_owned())))
    }
}

/// Afterwards the shop must be as sound as before.
fn check(shop: &mut Shop) -> Outcome<()> {
    shop.stop()?;
    shop.run(&["verify"])
        .because(|| "audits after all those requests".into())?;
    let panics = shop
        .log()
        .lines()
        .filter(|line| line.contains("panicked at"))
        .count();
    if panics > 0 {
        return Err(format!("the server panicked {panics} times:\n{}", shop.tail()).into());
    }
    Ok(())
}

/// A virtual environment below the build folder, made once.
fn install(folder: &Path) -> Outcome<PathBuf> {
    let venv = folder.join("venv");
    let program = venv.join("bin/st");
    let known = capture(Command::new(&program).arg("--version")).unwrap_or_default();
    if known.contains(VERSION) {
        return Ok(program);
    }
    println!("installing schemathesis {VERSION} below target/");
    fs::create_dir_all(folder)?;
    let hint = || "python3 with venv is needed (Debian: apt-get install python3-venv)".to_owned();
    capture(Command::new("python3").args(["-m", "venv"]).arg(&venv)).because(hint)?;
    let wanted = format!("schemathesis=={VERSION}");
    let mut pip = Command::new(venv.join("bin/pip"));
    call(pip.args(["install", "--quiet", "--disable-pip-version-check", &wanted]))?;
    Ok(program)
}

/// What this caller sends as bearer.
async fn bearer(shop: &Shop, caller: &str) -> Outcome<Option<String>> {
    match caller {
        "nobody" => Ok(None),
        "customer" => customer(shop).await.map(Some),
        role => shop.api_key(role).map(Some),
    }
}

/// Registers and logs in, as a buyer would.
async fn customer(shop: &Shop) -> Outcome<String> {
    let mut caller = crate::http::Caller::new(shop.address(), None);
    let (email, password) = ("buyer@example.com", uuid::Uuid::new_v4().to_string());
    let person = json!({ "name": "Buyer", "email": email, "password": password });
    caller
        .need(&Call::post("/v1/auth/register", &person))
        .await?;
    let login = json!({ "email": email, "password": password });
    let tokens = caller.need(&Call::post("/v1/auth/login", &login)).await?;
    let token = tokens["access_token"]
        .as_str()
        .ok_or("login gave no access_token")?;
    Ok(token.to_owned())
}

/// The document the shop serves, as a file. Its examples of ids name what is there, so that what is
/// asked by them is found.
async fn document(shop: &Shop, folder: &Path, broken: bool) -> Outcome<PathBuf> {
    let mut caller = shop.caller(&shop.api_key("admin")?);
    let mut text = caller.need(&Call::get("/openapi.json")).await?.to_string();
    for (prefix, list) in THERE {
        let page = caller.need(&Call::get(format!("{list}?limit=1"))).await?;
        let first = page["items"][0]["id"].as_str();
        let first = first.ok_or_else(|| format!("the demo has nothing at {list}"))?;
        text = text.replace(&format!("{prefix}_{EXAMPLE}"), first);
    }
    let mut document: Value = serde_json::from_str(&text)?;
    if broken {
        let paths = document["paths"].as_object_mut().into_iter().flatten();
        let operations = paths.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
        for (_, operation) in operations {
            if let Some(responses) = operation["responses"].as_object_mut() {
                responses.remove("404");
            }
        }
    }
    let path = folder.join("openapi.json");
    fs::write(&path, document.to_string())?;
    Ok(path)
}

/// What is asked, and with what.
struct Target {
    program: PathBuf,
    document: PathBuf,
    url: String,
    examples: u32,
}

impl Target {
    /// One run of the tool; true when it found nothing.
    fn ask(&self, bearer: Option<String>, log: &Path) -> Outcome<bool> {
        // Left to itself, the tool registers a customer when it has no credentials.
        let settings = log.with_file_name("schemathesis.toml");
        fs::write(&settings, "[auth]\nauto-signup = false\n")?;
        let mut st = Command::new(&self.program);
        st.current_dir(log.parent().unwrap_or(Path::new(".")));
        st.arg("--config-file")
            .arg(&settings)
            .arg("run")
            .arg(&self.document);
        st.args([
            "--url",
            &self.url,
            "--no-color",
            "--warnings",
            "off",
            "--checks",
            CHECKS,
        ]);
        st.args([
            "--phases",
            "examples,coverage,fuzzing,stateful",
            "--mode",
            "all",
            // More than one at a time trips over a fault of Python 3.11's `ast` module.
            "--workers",
            "1",
        ]);
        st.args([
            "--max-examples",
            &self.examples.to_string(),
            "--request-timeout",
            "15",
        ]);
        st.args([
            "--generation-deterministic",
            "--no-shrink",
            "--suppress-health-check",
            "all",
        ]);
        for (path, _) in EXCLUDED {
            st.args(["--exclude-path", path]);
        }
        if let Some(bearer) = bearer {
            st.args(["--header", &format!("Authorization: Bearer {bearer}")]);
        }
        let file = fs::File::create(log).because(|| format!("creating {}", log.display()))?;
        st.stdout(file.try_clone()?).stderr(file);
        Ok(st
            .status()
            .because(|| "starting schemathesis".into())?
            .success())
    }
}

/// The tool's own count, such as "5958 generated, 5958 passed".
fn summary(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let line = text.lines().find(|line| line.contains(" generated, "));
    line.map(|line| line.trim().to_owned()).unwrap_or_default()
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<_> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
