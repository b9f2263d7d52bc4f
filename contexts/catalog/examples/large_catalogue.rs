//! A large catalogue, made by the importer and then read in the ways shops read: how long does it
//! take, and how much memory? Not a test: it prints what it sees.
//!
//! ```text
//! cargo run -p catalog --example large_catalogue -- 100000            (SQLite)
//! COMPTOIR_TEST_POSTGRES=postgres://… cargo run -p catalog --example large_catalogue -- 1000000 pg
//! ```

#![expect(clippy::unwrap_used, reason = "an example may stop where it stands")]
#![expect(clippy::print_stdout, reason = "an example says what it sees")]

use catalog::{ImportOptions, import_products};
use platform::http::Role;
use platform::{Host, Module};
use std::io::Read;
use std::time::Instant;
use testkit::{Engine, Setup, TestApp};

fn app(host: &Host) -> Vec<Module> {
    vec![catalog::module(host, catalog::AvailabilitySlot::default())]
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let lines: u64 = arguments
        .next()
        .map_or(100_000, |count| count.parse().unwrap());
    let engine = match arguments.next().as_deref() {
        Some(_) => Engine::Postgres,
        None => Engine::Sqlite,
    };
    testkit::run(Setup::new(engine, app), async move |app| {
        import(&app, lines).await;
        read(&app).await;
        println!("peak memory: {} MiB", peak_memory_mib());
    });
}

async fn import(app: &TestApp, lines: u64) {
    let options = ImportOptions {
        create_categories: true,
        ..ImportOptions::default()
    };
    let before = peak_memory_mib();
    let begun = Instant::now();
    let sheet = Sheet::new(lines);
    let report = import_products(app.host(), sheet, options, |_| {})
        .await
        .unwrap();
    let spent = begun.elapsed();
    println!(
        "{report:?}
import: {spent:.1?}, {:?} a line",
        spent / u32::try_from(lines).unwrap()
    );
    println!(
        "peak memory: {before} MiB before, {} MiB after",
        peak_memory_mib()
    );
}

async fn read(app: &TestApp) {
    let categories = app.get("/v1/categories").send().await.json();
    let category = categories["items"][0]["id"].as_str().unwrap();
    for query in [
        "limit=20".to_owned(),
        "sort=name".to_owned(),
        "sort=-price".to_owned(),
        "sort=sku".to_owned(),
        format!("category_id={category}&sort=price"),
        format!("category_id={category}&sort=sku"),
        "min_price=10&max_price=900&sort=name".to_owned(),
        "min_price=10.01&max_price=10.02&sort=name".to_owned(),
        "q=thing&sort=name".to_owned(),
        "q=thing&sort=-price".to_owned(),
        "q=blue&sort=name".to_owned(),
        "q=rare7&sort=name".to_owned(),
        "q=t&sort=name".to_owned(),
        "q=blue%20wood%20ta&sort=created_at".to_owned(),
        "q=late&sort=created_at".to_owned(),
        "q=sku0000012&sort=name".to_owned(),
        "tag=sale&sort=price".to_owned(),
        "tag=tag17&sort=price".to_owned(),
        "tag=nothing&sort=price".to_owned(),
        "q=blue&tag=sale&sort=name".to_owned(),
        "in_stock=false&sort=name".to_owned(),
        "in_stock=true&sort=name".to_owned(),
        "status=draft&sort=name".to_owned(),
        "count=true".to_owned(),
        "q=thing&count=true".to_owned(),
    ] {
        time(app, &query).await;
    }
}

/// Twice: the first page, and the page after it.
async fn time(app: &TestApp, query: &str) {
    let mut path = format!("/v1/products?{query}");
    let mut times = Vec::new();
    let mut found = 0;
    for _ in 0..2 {
        let begun = Instant::now();
        let answer = app
            .get(&path)
            .as_role(Role::Clerk)
            .send()
            .await
            .expect(200)
            .json();
        times.push(begun.elapsed());
        found += answer["items"].as_array().unwrap().len();
        match answer["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/products?{query}&cursor={cursor}"),
            None => break,
        }
    }
    println!(
        "{:>9.1?} {:>9.1?}  {found:>3}  {query}",
        times[0],
        times.last().unwrap()
    );
}

/// The most memory this process has used, as Linux counts it.
fn peak_memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

/// A sheet of any length, made while it is read.
struct Sheet {
    next: u64,
    lines: u64,
    rest: std::io::Cursor<Vec<u8>>,
}

impl Sheet {
    fn new(lines: u64) -> Self {
        let header = b"sku,name,description,category,price,tags\n".to_vec();
        Self {
            next: 0,
            lines,
            rest: std::io::Cursor::new(header),
        }
    }
}

impl Read for Sheet {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.rest.read(buffer)?;
        if count > 0 || self.next == self.lines {
            return Ok(count);
        }
        let text: String = (0..100.min(self.lines - self.next))
            .map(|n| line(self.next + n, self.lines))
            .collect();
        self.next = (self.next + 100).min(self.lines);
        self.rest = std::io::Cursor::new(text.into_bytes());
        self.rest.read(buffer)
    }
}

fn line(number: u64, lines: u64) -> String {
    // A fixed scatter of the numbers, so that no two orders agree.
    let dice = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let colours = ["blue", "red", "green", "black", "white"];
    let stuffs = ["wood", "steel", "glass", "cotton"];
    let (colour, stuff) = (
        colours[(dice % 5) as usize],
        stuffs[(dice / 5 % 4) as usize],
    );
    let kinds = ["table", "lamp", "chair", "tray", "towel", "tent", "box"];
    let kind = kinds[(dice / 20 % 7) as usize];
    let rare = dice % (lines / 50 + 1);
    let late = if number * 50 >= lines * 49 {
        "late"
    } else {
        ""
    };
    let tags = if dice.is_multiple_of(3) { "sale" } else { "" };
    format!(
        "SKU{number:07},{colour} {stuff} {kind} {number},Thing of {stuff} rare{rare} {late},\
        Category {},{}.{:02},{tags}|tag{}\n",
        dice % 50,
        1 + dice % 1000,
        dice % 100,
        dice % 20_000
    )
}
