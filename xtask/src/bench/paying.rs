//! A connection that places orders and waits until they are paid for, and what the shop tells of
//! them afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, StatusCode, Uri};
use serde::Deserialize;
use serde_json::Value;

use super::clients::Orders;
use super::load::{Judged, Requests};
use super::measure::Sample;
use super::seed;
use super::wire::{Client, text_of};
use crate::outcome::{Because, Outcome};

/// Sales that take longer than this to end do not end.
const PATIENCE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(50);
const CONFIRMED: &str = "confirmed";

/// One connection of a load of paid orders. An order counts when it is confirmed: by the answer, or
/// by what reading it says later.
pub struct Paying {
    pub orders: Orders,
    pub pace: Option<Pace>,
    /// Orders that were answered before they were decided.
    pub undecided: Arc<AtomicU64>,
}

/// An open loop: requests are due at even distances, whether or not the last is answered.
#[derive(Clone, Copy)]
pub struct Pace {
    /// Of all connections together.
    pub per_second: f64,
    pub connection: usize,
    pub connections: usize,
}

impl Pace {
    pub fn due(self, start: Instant, sent: usize) -> Instant {
        let turn = sent * self.connections + self.connection;
        start + Duration::from_secs_f64(turn as f64 / self.per_second)
    }
}

/// What is looked at in an order.
#[derive(Deserialize)]
struct Seen {
    id: String,
    status: String,
}

impl Requests for Paying {
    fn next(&mut self) -> Option<Request<Full<Bytes>>> {
        self.orders.next()
    }

    fn due(&self, start: Instant) -> Option<Instant> {
        self.pace.map(|pace| pace.due(start, self.orders.sent))
    }

    fn judge(&mut self, status: StatusCode, body: &Bytes) -> Judged {
        if !status.is_success() {
            return Judged::Counts(status);
        }
        let Ok(seen) = serde_json::from_slice::<Seen>(body) else {
            return Judged::Counts(StatusCode::IM_A_TEAPOT);
        };
        if status == StatusCode::ACCEPTED {
            self.undecided.fetch_add(1, Ordering::Relaxed);
        }
        match seen.status.as_str() {
            CONFIRMED => Judged::Counts(StatusCode::CREATED),
            "pending" => self.ask(&seen.id),
            // It ended otherwise; nobody expects that of a 200.
            _ => Judged::Counts(StatusCode::OK),
        }
    }
}

impl Paying {
    fn ask(&self, id: &str) -> Judged {
        let Ok(uri) = format!("/v1/orders/{id}").parse::<Uri>() else {
            return Judged::Counts(StatusCode::IM_A_TEAPOT);
        };
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = uri;
        *request.headers_mut() = self.orders.headers.clone();
        Judged::Ask(Box::new(request))
    }
}

/// Waits until no sale is running; answers how long that took.
pub async fn drain(admin: &mut Client) -> Outcome<Duration> {
    let began = Instant::now();
    loop {
        let page = admin.get("/v1/sagas?state=running&limit=1").await?;
        if seed::items_of(&page)?.is_empty() {
            return Ok(began.elapsed());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("still running after {PATIENCE:?}: {page}").into());
        }
        tokio::time::sleep(POLL).await;
    }
}

/// How long the last `wanted` orders took from being placed to being paid, by what they say of
/// themselves, and how many of them are not paid.
pub async fn lag(admin: &mut Client, wanted: u64, seconds: f64) -> Outcome<(Sample, u64)> {
    let (mut took, mut read, mut unpaid) = (Histogram::<u64>::new(3)?, 0, 0);
    let mut path = Some("/v1/orders?limit=100".to_owned());
    while let Some(asked) = path.take().filter(|_| read < wanted) {
        let page = admin.get(&asked).await?;
        let left = usize::try_from(wanted - read)?;
        for order in seed::items_of(&page)?.iter().take(left) {
            read += 1;
            match order["payment_status"].as_str() {
                Some("paid") => took.record(placed_to_paid(order)?)?,
                _ => unpaid += 1,
            }
        }
        let cursor = page["next_cursor"].as_str();
        path = cursor.map(|cursor| format!("/v1/orders?limit=100&cursor={cursor}"));
    }
    let sample = Sample {
        per_second: took.len() as f64 / seconds,
        p50_us: took.value_at_quantile(0.5),
        p99_us: took.value_at_quantile(0.99),
        max_us: took.max(),
        answers: took.len(),
        ..Sample::default()
    };
    Ok((sample, unpaid))
}

/// In microseconds.
fn placed_to_paid(order: &Value) -> Outcome<u64> {
    let moment = |field| {
        let text = text_of(order, field)?;
        let moment = text.parse::<jiff::Timestamp>();
        moment.because(|| format!("reading `{field}` of {order}"))
    };
    let took = moment("updated_at")?.as_microsecond() - moment("placed_at")?.as_microsecond();
    Ok(u64::try_from(took).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::HeaderMap;
    use serde_json::json;

    fn paying(pace: Option<Pace>) -> Paying {
        let orders = Orders {
            headers: HeaderMap::new(),
            bodies: [Bytes::from_static(b"{}")].into(),
            prefix: "a".to_owned(),
            sent: 0,
            start: 0,
        };
        let undecided = Arc::default();
        Paying {
            orders,
            pace,
            undecided,
        }
    }

    fn judge(paying: &mut Paying, status: StatusCode, order: &str) -> Result<StatusCode, String> {
        let body = json!({"id": "ord_1", "status": order, "payment_status": "paid"});
        match paying.judge(status, &Bytes::from(body.to_string())) {
            Judged::Counts(status) => Ok(status),
            Judged::Ask(request) => Err(request.uri().path().to_owned()),
        }
    }

    #[test]
    fn an_order_counts_once_it_is_confirmed() {
        let mut paying = paying(None);
        let created = StatusCode::CREATED;
        assert_eq!(judge(&mut paying, created, "confirmed"), Ok(created));
        assert_eq!(paying.undecided.load(Ordering::Relaxed), 0);
        let again = Err("/v1/orders/ord_1".to_owned());
        assert_eq!(judge(&mut paying, StatusCode::ACCEPTED, "pending"), again);
        assert_eq!(judge(&mut paying, StatusCode::OK, "pending"), again);
        assert_eq!(judge(&mut paying, StatusCode::OK, "confirmed"), Ok(created));
        assert_eq!(paying.undecided.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn an_order_that_ends_otherwise_is_not_counted_as_confirmed() {
        let mut paying = paying(None);
        let ok = StatusCode::OK;
        assert_eq!(judge(&mut paying, ok, "cancelled"), Ok(ok));
        let conflict = StatusCode::CONFLICT;
        assert_eq!(judge(&mut paying, conflict, "confirmed"), Ok(conflict));
    }

    #[test]
    fn paced_requests_of_all_connections_are_due_at_even_distances() {
        let start = Instant::now();
        let due = |connection, sent| {
            let pace = Pace {
                per_second: 100.0,
                connection,
                connections: 2,
            };
            pace.due(start, sent) - start
        };
        let all = [due(0, 0), due(1, 0), due(0, 1), due(1, 1)];
        assert_eq!(all.map(|due| due.as_millis()), [0, 10, 20, 30]);
    }

    #[test]
    fn the_way_to_paid_is_what_lies_between_two_moments_of_the_order() {
        let order = json!({"placed_at": "2026-11-20T23:59:59.9Z",
            "updated_at": "2026-11-21T00:00:00.0255Z"});
        assert_eq!(placed_to_paid(&order).unwrap(), 125_500);
    }
}
