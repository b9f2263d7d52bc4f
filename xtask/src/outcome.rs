//! How a task ends: with a value, or with a sentence for the person at the terminal.
//! Not an error hierarchy: nothing in here is matched on, everything is read.

/// A task fails with a sentence that says what to do next.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Puts a sentence in front of an error: `read(path).because(|| format!("reading {path}"))`.
pub trait Because<T> {
    fn because(self, sentence: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: std::fmt::Display> Because<T> for Result<T, E> {
    fn because(self, sentence: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| format!("{}: {error}", sentence()).into())
    }
}
