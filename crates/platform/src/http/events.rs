//! The event log for other systems: to be pulled page by page, or pushed as server-sent events.
//! It is the log of this process's database; where each context has its own, each has its feed.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::Stream;
use kernel::Limit;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Role;
use crate::config::Environment;
use crate::db::Db;
use crate::events::{CloudEvent, KindPattern, Step, Subject, Wanted, read_feed};
use crate::module::Host;
use crate::routes;

use super::allow::Allow;
use super::errors::Errors;
use super::json::Json;
use super::problem::Problem;
use super::query::Query;
use super::routes::Routes;

/// Who reads everything that happens.
const READERS: &[Role] = &[Role::Admin, Role::Service];
/// Proxies cut connections that are silent for half a minute or more.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Events a stream reads at once.
const BATCH: i64 = 100;
/// How often an idle stream looks, should the signal come from another process.
const POLL: Duration = Duration::from_millis(500);

/// The log of one database.
#[derive(Clone)]
pub(super) struct Feed {
    db: Db,
    environment: Environment,
}

/// Events in the order of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventPage {
    items: Vec<CloudEvent>,
    /// Ask for what comes after this next. It moves on past events that were not wanted, so a
    /// page can be empty before the end of the log is reached; it stands still at the end.
    #[schema(minimum = 0, example = 4711)]
    next_after: i64,
}

/// Which events, from where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FeedParams {
    /// Only events with a higher number; 0, the beginning, when left out.
    #[serde(default)]
    after: u64,
    #[serde(default)]
    limit: Limit,
    /// A type, or the beginning of some: `comptoir.orders.*`.
    #[serde(rename = "type")]
    #[param(value_type = Option<String>, example = "comptoir.orders.order-placed.v1")]
    kind: Option<KindPattern>,
    /// What they are about.
    #[param(value_type = Option<String>, example = "order/ord_01h455vb4pex5vsknk084sn02q")]
    subject: Option<Subject>,
}

/// Which events, from where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StreamParams {
    /// Only events with a higher number; new ones only when left out.
    after: Option<u64>,
    /// A type, or the beginning of some: `comptoir.orders.*`.
    #[serde(rename = "type")]
    #[param(value_type = Option<String>, example = "comptoir.orders.*")]
    kind: Option<KindPattern>,
    /// What they are about.
    #[param(value_type = Option<String>, example = "order/ord_01h455vb4pex5vsknk084sn02q")]
    subject: Option<Subject>,
}

pub(super) fn routes(host: &Host) -> Routes<Feed> {
    let feed = Feed {
        db: host.db.clone(),
        environment: host.settings.environment,
    };
    Routes::new(feed)
        .add(Allow::only(READERS), routes!(list_events))
        .add(Allow::only(READERS), routes!(stream_events))
}

/// The event log, page by page.
///
/// Ask again with `after` = `next_after`, for ever: nothing is missed and nothing comes twice.
#[utoipa::path(
    get, path = "/v1/events", tag = "events", params(FeedParams),
    responses((status = 200, description = "Events in the order of the log", body = EventPage),
        Errors)
)]
async fn list_events(
    State(feed): State<Feed>,
    Query(params): Query<FeedParams>,
) -> Result<Json<EventPage>, Problem> {
    let wanted = Wanted {
        kind: params.kind,
        subject: params.subject,
    };
    let step = feed
        .read(&wanted, number(params.after), params.limit.get())
        .await?;
    let render = |event| CloudEvent::of(event, feed.environment);
    let items: Result<_, _> = step.events.into_iter().map(render).collect();
    Ok(Json(EventPage {
        items: items.map_err(Problem::bug)?,
        next_after: step.next_after,
    }))
}

/// The event log as it grows.
///
/// Server-sent events whose data is a `CloudEvent` and whose id is its number in the log, from
/// after `Last-Event-ID` or `after` on. Ids without data tell how far the log was looked through.
#[utoipa::path(
    get, path = "/v1/events/stream", tag = "events",
    params(StreamParams,
        ("Last-Event-ID" = Option<u64>, Header, description = "The last id seen; before `after`")),
    responses(
        (status = 200, description = "Events without end", body = CloudEvent,
            content_type = "text/event-stream"),
        Errors)
)]
async fn stream_events(
    State(feed): State<Feed>,
    headers: HeaderMap,
    Query(params): Query<StreamParams>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let wanted = Wanted {
        kind: params.kind,
        subject: params.subject,
    };
    let after = last_event_id(&headers)?.or(params.after).map(number);
    // Refuses a position that cannot be while a refusal can still be told.
    let step = feed.read(&wanted, after.unwrap_or_default(), 1).await?;
    let events = feed.follow(wanted, after.unwrap_or(step.last));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

/// As numbers are kept; what is larger than any is beyond the end of every log.
fn number(after: u64) -> i64 {
    i64::try_from(after).unwrap_or(i64::MAX)
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("last-event-id") else {
        return Ok(None);
    };
    let id = value.to_str().ok().and_then(|text| text.parse().ok());
    let told = "Last-Event-ID is a number that this stream has told";
    id.map(Some)
        .ok_or_else(|| Problem::invalid(told).detail("Last-Event-ID", "INVALID_VALUE", told))
}

impl Feed {
    async fn read(&self, wanted: &Wanted, after: i64, limit: i64) -> Result<Step, Problem> {
        let mut tx = self.db.read().await?;
        let step = read_feed(&mut tx, wanted, after, limit).await?;
        if after > step.last {
            let told = format!(
                "the log ends at {}: this is a position of another log",
                step.last
            );
            let problem = Problem::invalid(told.clone());
            return Err(problem.detail("after", "BEYOND_THE_LOG", told));
        }
        Ok(step)
    }

    /// Everything wanted after a number, for ever. A database that does not answer ends it: the
    /// reader comes back with the last id it saw.
    fn follow(
        self,
        wanted: Wanted,
        mut after: i64,
    ) -> impl Stream<Item = Result<Event, Infallible>> {
        async_stream::stream! {
            let mut numbered = self.db.sequenced().subscribe();
            yield Ok(position(after));
            loop {
                let step = match self.read(&wanted, after, BATCH).await {
                    Ok(step) => step,
                    Err(problem) => {
                        tracing::warn!(code = problem.code(), "an event stream ends");
                        break;
                    }
                };
                let (began, mut told) = (after, after);
                after = step.next_after;
                for event in step.events {
                    told = event.seq;
                    match self.sse(event) {
                        Ok(event) => yield Ok(event),
                        Err(error) => tracing::error!(%error, number = told, "no CloudEvent"),
                    }
                }
                if told < after {
                    yield Ok(position(after));
                }
                if began == after {
                    let _ = tokio::time::timeout(POLL, numbered.changed()).await;
                }
            }
        }
    }

    fn sse(&self, event: crate::events::Logged) -> Result<Event, axum::Error> {
        let id = event.seq.to_string();
        let event = CloudEvent::of(event, self.environment).map_err(axum::Error::new)?;
        Event::default().id(id).json_data(event)
    }
}

/// An id without data: readers remember it, and are told of nothing.
fn position(number: i64) -> Event {
    Event::default().id(number.to_string())
}
