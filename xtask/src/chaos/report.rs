//! What the reports of all rigs say in the same words.

use std::time::Duration;

/// A cell of a table.
pub fn audits(found: &Result<String, String>) -> String {
    match found {
        Ok(_) => "clean".to_owned(),
        Err(_) => "NOT CLEAN".to_owned(),
    }
}

/// How long the shop took at most to be ready after a kill.
pub fn worst(ready: &[Duration]) -> Duration {
    ready.iter().max().copied().unwrap_or_default()
}

/// The first few sentences of each list, under its name.
pub fn explain<'l>(
    engine: &str,
    lists: impl IntoIterator<Item = (&'l str, &'l Vec<String>)>,
    most: usize,
) {
    for (name, list) in lists {
        for sentence in list.iter().take(most) {
            println!("{engine}: {name}: {sentence}");
        }
    }
}
