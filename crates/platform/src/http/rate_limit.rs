//! So many requests of one caller per second on average, so many at once.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{NotUntil, Quota, RateLimiter};
use kernel::ErrorKind;
use uuid::Uuid;

use crate::auth::Principal;
use crate::config::RateLimit;

use super::address::Address;
use super::problem::Problem;

/// Callers who have not been seen for long are forgotten every so many requests.
const SWEEP_EVERY: u32 = 16_384;

/// Counts requests per principal, or per address of those who are nobody yet.
pub(super) struct RateLimiting {
    limiter: Limiter,
    limit: RateLimit,
    since_sweep: AtomicU32,
}

type Limiter =
    RateLimiter<Caller, DashMapStateStore<Caller>, DefaultClock, StateInformationMiddleware>;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Caller {
    Known(Uuid),
    Unknown(IpAddr),
}

/// What a caller has left; becomes the `RateLimit-*` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    limit: u32,
    remaining: u32,
    reset_s: u32,
}

impl RateLimiting {
    pub(super) fn new(limit: RateLimit) -> Self {
        let at_least_one = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(limit.per_second))
            .allow_burst(at_least_one(limit.burst));
        let limiter = RateLimiter::dashmap(quota).with_middleware();
        Self {
            limiter,
            limit,
            since_sweep: AtomicU32::new(0),
        }
    }

    /// Counts one request; the refusal carries `Retry-After` and `RateLimit-*` already.
    pub(super) fn count(
        &self,
        principal: Option<&Principal>,
        address: Address,
    ) -> Result<Left, Box<Response>> {
        self.sweep();
        let caller = match principal {
            Some(principal) => Caller::Known(principal.subject),
            None => Caller::Unknown(address.network()),
        };
        match self.limiter.check_key(&caller) {
            Ok(snapshot) => Ok(self.left(snapshot.remaining_burst_capacity())),
            Err(until) => Err(Box::new(self.refusal(&until))),
        }
    }

    fn left(&self, remaining: u32) -> Left {
        let missing = self.limit.burst.saturating_sub(remaining);
        let reset_s = missing.div_ceil(self.limit.per_second.max(1));
        Left {
            limit: self.limit.burst,
            remaining,
            reset_s,
        }
    }

    fn refusal<P: governor::clock::Reference>(&self, until: &NotUntil<P>) -> Response
    where
        DefaultClock: Clock<Instant = P>,
    {
        let wait = until.wait_time_from(DefaultClock::default().now());
        let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
        let text = "you send too many requests; wait as Retry-After says";
        let problem = Problem::new(ErrorKind::TooMany, "TOO_MANY_REQUESTS", text);
        let mut response = problem.retry_after(seconds.max(1)).into_response();
        self.left(0).write(response.headers_mut());
        response
    }

    fn sweep(&self) {
        if self.since_sweep.fetch_add(1, Ordering::Relaxed) == SWEEP_EVERY {
            self.since_sweep.store(0, Ordering::Relaxed);
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
    }
}

impl Left {
    pub(super) fn write(self, headers: &mut HeaderMap) {
        let pairs = [
            ("ratelimit-limit", self.limit),
            ("ratelimit-remaining", self.remaining),
            ("ratelimit-reset", self.reset_s),
        ];
        for (name, value) in pairs {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{PrincipalKind, Roles};

    fn principal(n: u128) -> Principal {
        let (kind, roles) = (PrincipalKind::User, Roles::default());
        Principal {
            subject: Uuid::from_u128(n),
            kind,
            roles,
            stores: None,
        }
    }

    #[test]
    fn a_caller_who_used_up_the_burst_waits_and_others_do_not() {
        let limiting = RateLimiting::new(RateLimit {
            per_second: 1,
            burst: 3,
        });
        let home = Address("192.0.2.1".parse().unwrap());
        let (ann, bob) = (principal(1), principal(2));
        let first = limiting.count(Some(&ann), home).unwrap();
        assert_eq!(
            first,
            Left {
                limit: 3,
                remaining: 2,
                reset_s: 1
            }
        );
        for _ in 0..2 {
            limiting.count(Some(&ann), home).unwrap();
        }
        let refused = limiting.count(Some(&ann), home).unwrap_err();
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()["retry-after"], "1");
        assert_eq!(refused.headers()["ratelimit-remaining"], "0");
        assert!(limiting.count(Some(&bob), home).is_ok());
        assert!(limiting.count(None, home).is_ok());
    }
}
