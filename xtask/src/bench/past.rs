//! A past for a shop: products nobody asks for today, and orders of years ago, taken over by
//! Comptoir's own imports. Made up line by line, so that no file is larger than it must be.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::progress::Progress;
use super::seed;
use super::wire::Client;
use crate::outcome::{Because, Outcome};
use crate::shop::Shop;

/// Lines of one sheet of products: some MiB, some seconds.
const SHEET: usize = 50_000;
/// Orders of one file of sales.
const FILE: u64 = 250_000;
const LINES: u64 = 3;
/// Who bought in the past.
const CUSTOMERS: u32 = 50_000;

/// Imports products until there are so many; the seeded ones count.
pub async fn products(admin: &mut Client, wanted: usize, progress: &Progress) -> Outcome<()> {
    let mut first = seed::PRODUCTS + 1;
    while first <= wanted {
        let last = (first + SHEET - 1).min(wanted);
        progress.now(&format!("importing products {first} to {last}"));
        seed::import_products(admin, seed::product_sheet(first..=last)).await?;
        first = last + 1;
    }
    Ok(())
}

/// Takes over so many orders of three lines each, of the seeded products, into all shops at once;
/// answers how long the imports of each took in all.
pub fn orders(
    shops: &[&Shop],
    folder: &Path,
    wanted: u64,
    progress: &Progress,
) -> Outcome<Vec<Duration>> {
    let path = folder.join("sales.csv");
    let mut dice = StdRng::seed_from_u64(11);
    let mut took = vec![Duration::ZERO; shops.len()];
    let mut first = 1;
    while first <= wanted {
        let last = (first + FILE - 1).min(wanted);
        progress.now(&format!("taking over orders {first} to {last}"));
        let written = write_sales(&path, first..=last, &mut dice);
        written.because(|| format!("writing {}", path.display()))?;
        let each = run_in_all(shops, &["import", "sales", &path.display().to_string()])?;
        took.iter_mut().zip(each).for_each(|(all, one)| *all += one);
        first = last + 1;
    }
    std::fs::remove_file(&path).ok();
    Ok(took)
}

/// Runs a command in all shops at once; answers how long it took in each.
pub fn run_in_all(shops: &[&Shop], words: &[&str]) -> Outcome<Vec<Duration>> {
    let timed = |shop: &Shop| {
        let begun = Instant::now();
        shop.run(words).map(|_| begun.elapsed())
    };
    std::thread::scope(|threads| {
        let running: Vec<_> = shops
            .iter()
            .map(|shop| threads.spawn(move || timed(shop)))
            .collect();
        let ended = running.into_iter().map(|one| {
            one.join()
                .unwrap_or_else(|_| Err("a command's thread panicked".into()))
        });
        ended.collect()
    })
}

fn write_sales(
    path: &Path,
    numbers: std::ops::RangeInclusive<u64>,
    dice: &mut StdRng,
) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(
        file,
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    )?;
    for number in numbers {
        let (customer, product) = (
            10_000 + dice.random_range(0..CUSTOMERS),
            dice.random_range(0..seed::PRODUCTS),
        );
        // Years of trade, a minute apart and within days that every month has.
        let (year, month, day) = (
            2000 + number / 250_000 % 25,
            1 + number % 12,
            1 + number % 28,
        );
        let (hour, minute) = (8 + number % 10, number % 60);
        for line in 0..LINES {
            let nth = 1 + (product + line as usize * seed::PRODUCTS / 3) % seed::PRODUCTS;
            let (price, pieces) = (seed::price(nth), 1 + (number + line) % 3);
            writeln!(
                file,
                "{number},{},Product {nth},{pieces},{year}-{month:02}-{day:02} \
                 {hour:02}:{minute:02}:00,{price},{customer},Canada",
                seed::sku(nth)
            )?;
        }
    }
    file.flush()
}
