//! `comptoir notifications list|replay`.

use super::CommandError;
use crate::cli::NotificationsCommand;
use crate::wiring::Shop;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use kernel::{Cursor, Fault as _, Limit, NotificationId, Page};
use notifications::{Filter, Notice, Status, list_notices, replay_notice};
use std::process::ExitCode;

/// Runs one of the commands.
pub async fn run(shop: &Shop, command: NotificationsCommand) -> Result<ExitCode, CommandError> {
    match command {
        NotificationsCommand::List { status } => list(shop, status).await,
        NotificationsCommand::Replay { id } => replay(shop, id).await,
    }
}

/// Lists notifications, newest first. People are not named.
async fn list(shop: &Shop, status: Status) -> Result<ExitCode, CommandError> {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "notification",
        "kind",
        "channel",
        "status",
        "reason",
        "order",
        "tries",
        "since",
    ]);
    let (mut after, mut count) = (None, 0);
    loop {
        let page = page(shop, status, after).await?;
        for notice in &page.items {
            table.add_row(row(notice));
        }
        count += page.items.len();
        after = next(&page);
        if after.is_none() {
            break;
        }
    }
    match count {
        0 => println!("no notification is {}", status.as_str()),
        many => println!("{table}\n{many} notifications"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Tries one again, or all that are dead. What is worth nothing any more stays dead.
async fn replay(shop: &Shop, id: Option<NotificationId>) -> Result<ExitCode, CommandError> {
    let failed = |error: notifications::ReplayError| CommandError::Other(error.to_string());
    if let Some(id) = id {
        replay_notice(shop.host(), id, |_| true)
            .await
            .map_err(failed)?;
        println!("a running server tries it at once");
        return Ok(ExitCode::SUCCESS);
    }
    let (mut after, mut count) = (None, 0);
    loop {
        let page = page(shop, Status::Dead, after).await?;
        for notice in &page.items {
            match replay_notice(shop.host(), notice.id, |_| true).await {
                Ok(_) => count += 1,
                Err(error) if error.code() == "NOTIFICATION_EXPIRED" => {}
                Err(error) => return Err(failed(error)),
            }
        }
        after = next(&page);
        if after.is_none() {
            break;
        }
    }
    println!("{count} notifications; a running server tries them at once");
    Ok(ExitCode::SUCCESS)
}

async fn page(
    shop: &Shop,
    status: Status,
    after: Option<NotificationId>,
) -> Result<Page<Notice>, CommandError> {
    let filter = Filter {
        status: Some(status),
        ..Filter::default()
    };
    let limit = Limit::new(Limit::MAX).unwrap_or_default();
    Ok(list_notices(shop.host(), &filter, after, limit).await?)
}

fn next(page: &Page<Notice>) -> Option<NotificationId> {
    let cursor: Cursor = page.next_cursor.as_deref()?.parse().ok()?;
    cursor.read().ok()
}

fn row(notice: &Notice) -> [String; 8] {
    [
        notice.id.to_string(),
        notice.kind.to_string(),
        notice.channel.to_string(),
        notice.status.as_str().to_owned(),
        notice.reason.clone().unwrap_or_default(),
        notice.order_id.map(|id| id.to_string()).unwrap_or_default(),
        notice.tries.to_string(),
        notice.created_at.to_string(),
    ]
}
