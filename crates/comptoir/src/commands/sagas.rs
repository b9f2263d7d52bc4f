//! `comptoir sagas list|explain|retry`.

use super::CommandError;
use crate::cli::SagasCommand;
use crate::wiring::Shop;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use kernel::{Cursor, Limit, OrderId};
use orders::{SagaDetail, SagaState, SagaView, explain_saga, list_sagas, retry_saga};
use std::process::ExitCode;

/// Does what was asked for.
pub async fn run(shop: &Shop, command: SagasCommand) -> Result<ExitCode, CommandError> {
    match command {
        SagasCommand::List { state } => list(shop, state).await,
        SagasCommand::Explain { order } => explain(shop, order).await,
        SagasCommand::Retry { order } => retry(shop, order).await,
    }
}

/// Lists sales that wait for something, newest first.
async fn list(shop: &Shop, state: Option<SagaState>) -> Result<ExitCode, CommandError> {
    let limit = Limit::new(Limit::MAX).unwrap_or_default();
    let (mut table, mut count) = (table(), 0);
    table.set_header([
        "order",
        "number",
        "step",
        "state",
        "payment",
        "deadline",
        "tries",
        "waits for",
    ]);
    let mut after: Option<OrderId> = None;
    loop {
        let page = list_sagas(shop.host(), state, after, limit).await?;
        for saga in &page.items {
            table.add_row(row(saga));
        }
        count += page.items.len();
        let cursor = page.next_cursor.as_deref().map(str::parse::<Cursor>);
        after = cursor.and_then(|cursor| cursor.ok()?.read().ok());
        if after.is_none() {
            break;
        }
    }
    match count {
        0 => println!("no sale waits for anything"),
        many => println!("{table}\n{many} sales; `comptoir sagas explain ORDER` tells more"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells what one sale waits for, and what was heard of it.
async fn explain(shop: &Shop, id: OrderId) -> Result<ExitCode, CommandError> {
    let saga = explain_saga(shop.host(), id).await;
    show(&saga.map_err(|error| CommandError::Other(error.to_string()))?);
    Ok(ExitCode::SUCCESS)
}

/// Tries one sale again.
async fn retry(shop: &Shop, id: OrderId) -> Result<ExitCode, CommandError> {
    let saga = retry_saga(shop.host(), id).await;
    show(&saga.map_err(|error| CommandError::Other(error.to_string()))?);
    println!("it was asked for again; a running server goes on with it");
    Ok(ExitCode::SUCCESS)
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table
}

fn row(saga: &SagaView) -> [String; 8] {
    [
        saga.id.to_string(),
        saga.number.clone(),
        saga.step.as_str().to_owned(),
        saga.state.as_str().to_owned(),
        saga.payment_status.as_str().to_owned(),
        saga.deadline_at
            .map(|at| at.to_string())
            .unwrap_or_default(),
        saga.tries.to_string(),
        saga.explanation.clone(),
    ]
}

fn show(detail: &SagaDetail) {
    let SagaDetail { saga, history } = detail;
    let (order, payment) = (saga.order_status.as_str(), saga.payment_status.as_str());
    println!("{} ({}): {order}, payment {payment}", saga.number, saga.id);
    println!("{} ({})", saga.explanation, saga.state.as_str());
    let mut table = table();
    table.set_header(["at", "fact", "about", "outcome", "more"]);
    for one in history {
        table.add_row([
            one.at.to_string(),
            one.fact.clone(),
            one.subject.clone(),
            one.outcome.clone(),
            one.detail.clone().unwrap_or_default(),
        ]);
    }
    match history.is_empty() {
        true => println!("nothing has been heard of it yet"),
        false => println!("{table}"),
    }
}
