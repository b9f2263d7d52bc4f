//! tidy
use std::path::Path;
use crate::outcome::Outcome;
#[derive(clap::Args)]
pub struct TidyArgs {}
pub fn run(_: &Path, _: &TidyArgs) -> Outcome<()> { Ok(()) }
