//! What Prometheus reads at `/metrics`. Requests are counted per route template and status, so
//! that the number of series does not grow with the shop.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::routes::RouteInfo;

const DURATION: &str = "http_request_duration_seconds";
const REQUESTS: &str = "http_requests_total";
/// From a cached read to the request timeout, in seconds.
const BUCKETS: [f64; 12] = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];
/// Requests that meet no route are one series.
const NO_ROUTE: &str = "none";

/// Starts the process's recorder; `metrics::counter!` and its like report to it from then on.
/// `None` when another one is at work already.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let buckets = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(buckets, &BUCKETS)
            .ok()?;
        builder.install_recorder().ok()
    };
    RECORDER.get_or_init(install).as_ref()
}

/// The page itself.
pub(super) async fn page() -> Response {
    let text = recorder().map(PrometheusHandle::render).unwrap_or_default();
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}

/// Removes what old samples leave behind; call it now and then.
pub fn upkeep() {
    if let Some(recorder) = recorder() {
        recorder.run_upkeep();
    }
}

/// One meter per operation, made once, so that counting a request looks nothing up in the
/// recorder.
pub(super) struct Meters {
    routes: HashMap<String, Vec<(Method, Meter)>>,
    none: Meter,
}

struct Meter {
    method: String,
    route: String,
    duration: Histogram,
    by_status: [OnceLock<Counter>; STATUSES.len()],
    other: Counter,
}

/// The statuses the API knows; others are counted as `other`.
const STATUSES: [u16; 19] = [
    200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 503, 206,
];

impl Meters {
    pub(super) fn new(routes: &[RouteInfo]) -> Self {
        // Handles made before there is a recorder would count into nothing.
        let _ = recorder();
        let mut meters = Self {
            routes: HashMap::new(),
            none: Meter::new("any", NO_ROUTE),
        };
        for route in routes {
            let meter = Meter::new(route.method.as_str(), &route.path);
            let methods = meters.routes.entry(route.path.clone()).or_default();
            methods.push((route.method.clone(), meter));
        }
        meters
    }

    pub(super) fn count(
        &self,
        method: &Method,
        route: Option<&str>,
        status: StatusCode,
        took: Duration,
    ) {
        let methods = route.and_then(|route| self.routes.get(route));
        let meter = methods.and_then(|methods| methods.iter().find(|(m, _)| m == method));
        meter
            .map_or(&self.none, |(_, meter)| meter)
            .count(status, took);
    }
}

impl Meter {
    fn new(method: &str, route: &str) -> Self {
        let (method, route) = (method.to_owned(), route.to_owned());
        let duration =
            metrics::histogram!(DURATION, "method" => method.clone(), "route" => route.clone());
        let other = counter(&method, &route, "other");
        Self {
            method,
            route,
            duration,
            by_status: Default::default(),
            other,
        }
    }

    fn count(&self, status: StatusCode, took: Duration) {
        self.duration.record(took);
        let known = STATUSES.iter().position(|known| *known == status.as_u16());
        match known.and_then(|at| self.by_status.get(at)) {
            Some(slot) => slot.get_or_init(|| counter(&self.method, &self.route, status.as_str())),
            None => &self.other,
        }
        .increment(1);
    }
}

fn counter(method: &str, route: &str, status: &str) -> Counter {
    let (method, route) = (method.to_owned(), route.to_owned());
    metrics::counter!(REQUESTS, "method" => method, "route" => route, "status" => status.to_owned())
}
