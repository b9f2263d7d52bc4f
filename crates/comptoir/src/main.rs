//! `comptoir`: the whole shop in one command.

use clap::Parser as _;
use comptoir::cli::Cli;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("comptoir: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(comptoir::commands::run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("comptoir: {error}");
            ExitCode::FAILURE
        }
    }
}
