//! `comptoir events parked|replay`.

use super::CommandError;
use crate::wiring::Shop;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use platform::events::{list_parked, replay_parked};
use std::process::ExitCode;

/// Lists deliveries that failed, and those that wait behind them.
pub async fn parked(shop: &Shop) -> Result<ExitCode, CommandError> {
    let parked = list_parked(&shop.host().db).await?;
    if parked.is_empty() {
        println!("nothing is parked");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "subscription",
        "event",
        "aggregate",
        "version",
        "state",
        "attempts",
        "next",
        "error",
    ]);
    for one in &parked {
        table.add_row([
            one.subscription.clone(),
            one.kind.clone(),
            format!("{}/{}", one.aggregate, one.aggregate_id),
            one.version.to_string(),
            one.state.clone(),
            one.attempts.to_string(),
            one.next_at.to_string(),
            one.error.clone(),
        ]);
    }
    println!(
        "{table}\n{} parked; `comptoir events replay` tries them again",
        parked.len()
    );
    Ok(ExitCode::SUCCESS)
}

/// Makes everything parked due; a running server picks it up within a second.
pub async fn replay(shop: &Shop) -> Result<ExitCode, CommandError> {
    let replayed = replay_parked(&shop.host().db).await?;
    println!("{replayed} deliveries are due now; a running server tries them within a second");
    Ok(ExitCode::SUCCESS)
}
