//! `comptoir serve`: opens the shop, starts the workers, serves until told to stop.

use crate::commands::CommandError;
use crate::demo;
use crate::wiring::{AllSettings, Shop};
use platform::Source;
use platform::config::Environment;
use secrecy::ExposeSecret as _;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;

/// Serves until SIGINT or SIGTERM.
pub async fn serve(
    settings: AllSettings,
    source: Source,
    with_demo: bool,
) -> Result<ExitCode, CommandError> {
    let all = settings;
    let settings = Arc::clone(&all.settings);
    if with_demo && settings.environment != Environment::Development {
        return Err(CommandError::Other(
            "--demo is for development only".to_owned(),
        ));
    }
    let listener = TcpListener::bind(settings.listen).map_err(|error| {
        let at = settings.listen;
        let hint = "choose another address with --listen or COMPTOIR_LISTEN";
        CommandError::Other(format!("cannot listen on {at}: {error}\n  hint: {hint}"))
    })?;
    let mut shop = Shop::open(all, source).await?;
    greet_admin(&shop).await?;
    // Before anybody takes a lease: whoever is stopped from here on gives it up.
    let stop = stop_signal();
    let mut workers = shop.start_workers();
    let site = shop.site();
    let address = listener
        .local_addr()
        .map_err(|error| CommandError::Other(error.to_string()))?;
    if with_demo {
        workers.spawn(shipments::sandbox_job(shop.host()).repeat());
        let card = demo::fill(&shop, site.clone(), &format!("http://{address}")).await;
        print!(
            "{}",
            card.map_err(|error| CommandError::Other(error.to_string()))?
        );
    }
    tracing::info!(%address, environment = settings.environment.as_str(), "comptoir is open");
    let served = platform::http::serve(listener, site, &settings.limits, stop);
    served
        .await
        .map_err(|error| CommandError::Other(error.to_string()))?;
    workers.shutdown().await;
    let db = &shop.host().db;
    if let Err(error) = platform::events::give_up_leases(db).await {
        tracing::warn!(%error, "whoever comes next waits for leases to end");
    }
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// At the very first start there must be somebody who can sign in.
async fn greet_admin(shop: &Shop) -> Result<(), CommandError> {
    let made = identity::ensure_admin(shop.host())
        .await
        .map_err(|error| CommandError::Other(error.to_string()))?;
    if let Some(made) = made {
        println!(
            "administrator {}: password {}",
            made.email.as_str(),
            made.password.expose_secret()
        );
        println!("It is shown this once only; change it with POST /v1/auth/password/change.");
    }
    Ok(())
}

/// Listens from the call on; done at SIGINT or SIGTERM.
fn stop_signal() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::terminate(), SignalKind::interrupt()];
    let [terminate, interrupt] = kinds.map(signal);
    async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = (terminate, interrupt) else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}
