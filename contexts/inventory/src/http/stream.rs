//! Levels as they change, as server-sent events.

use super::views::LevelEvent;
use crate::feed::Changes;
use crate::moving::Inventory;
use crate::stock::Level;
use crate::watch;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::stream::{self, Stream, StreamExt as _};
use kernel::StoreId;
use platform::http::{Errors, Problem, Query};
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use utoipa::IntoParams;

/// Proxies cut connections that are silent for half a minute or more.
const HEARTBEAT: Duration = Duration::from_secs(15);

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StreamParams {
    /// Of this store only.
    store_id: Option<StoreId>,
}

/// Levels as they change, live.
///
/// An event `level` carries a `LevelEvent`: the level after the change. An event `resync` says that
/// some were skipped: read the levels again.
#[utoipa::path(get, path = "/v1/inventory/stream", tag = "Inventory", params(StreamParams),
    responses(
        (status = 200, description = "Events `level` and `resync`, without end",
            body = LevelEvent, content_type = "text/event-stream"),
        Errors))]
pub async fn stream_levels(
    State(inventory): State<Inventory>,
    Query(params): Query<StreamParams>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let changes = BroadcastStream::new(inventory.feed.subscribe());
    watch::begin(&inventory);
    let events = changes.flat_map(move |changes| stream::iter(events(changes, params.store_id)));
    Ok(Sse::new(events.map(Ok)).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

fn events(
    changes: Result<Changes, BroadcastStreamRecvError>,
    store: Option<StoreId>,
) -> Vec<Event> {
    match changes {
        Err(BroadcastStreamRecvError::Lagged(_)) => vec![resync()],
        Ok(changes) if changes.is_empty() => vec![resync()],
        Ok(changes) => {
            let wanted = |level: &&Level| store.is_none_or(|store| level.place.store == store);
            changes.iter().filter(wanted).map(event).collect()
        }
    }
}

fn event(level: &Level) -> Event {
    let event = Event::default().event("level");
    event
        .json_data(LevelEvent::from(level))
        .unwrap_or_else(|_| resync())
}

fn resync() -> Event {
    Event::default().event("resync").data("{}")
}
