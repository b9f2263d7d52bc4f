//! So many requests of one caller per second on average, so many at once; and for callers with a
//! usage plan of their own, so many a day.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{NotUntil, Quota, RateLimiter};
use kernel::{ErrorKind, Timestamp};
use uuid::Uuid;

use crate::auth::{Caller, Day, DayAllowance};
use crate::config::RateLimit;

use super::address::Address;
use super::problem::Problem;

/// Callers who have not been seen for long are forgotten every so many requests.
const SWEEP_EVERY: u32 = 16_384;

/// Counts requests per principal, or per address of those who are nobody yet.
pub(super) struct RateLimiting {
    /// The shop's limit, unless it is off.
    usual: Option<Bucket>,
    /// Those of usage plans: as many as administrators thought of.
    agreed: RwLock<HashMap<RateLimit, Arc<Bucket>>>,
}

/// Everybody under one limit.
struct Bucket {
    limiter: Limiter,
    limit: RateLimit,
    since_sweep: AtomicU32,
}

type Limiter =
    RateLimiter<Counted, DashMapStateStore<Counted>, DefaultClock, StateInformationMiddleware>;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Counted {
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
    pub(super) fn new(limit: Option<RateLimit>) -> Self {
        Self {
            usual: limit.map(Bucket::new),
            agreed: RwLock::default(),
        }
    }

    /// Counts one request; `None` where nothing limits the caller. The refusal carries
    /// `Retry-After` and `RateLimit-*` already.
    pub(super) fn count(
        &self,
        caller: Option<&Caller>,
        address: Address,
        now: Timestamp,
    ) -> Result<Option<Left>, Box<Response>> {
        let counted = match caller {
            Some(caller) => Counted::Known(caller.principal.subject),
            None => Counted::Unknown(address.network()),
        };
        let allowance = caller.and_then(|caller| caller.allowance.as_ref());
        let rate = allowance.and_then(|allowance| allowance.rate);
        let left = match (rate, &self.usual) {
            (Some(rate), _) => Some(self.agreed(rate).count(&counted)?),
            (None, Some(usual)) => Some(usual.count(&counted)?),
            (None, None) => None,
        };
        match allowance.and_then(|allowance| allowance.day.as_ref()) {
            Some(day) => today(day, left, now).map(Some),
            None => Ok(left),
        }
    }

    fn agreed(&self, rate: RateLimit) -> Arc<Bucket> {
        let known = self.agreed.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = known.get(&rate) {
            return Arc::clone(bucket);
        }
        drop(known);
        let mut agreed = self.agreed.write().unwrap_or_else(PoisonError::into_inner);
        let bucket = agreed.entry(rate);
        Arc::clone(bucket.or_insert_with(|| Arc::new(Bucket::new(rate))))
    }
}

/// Counts one request of today; tells what runs out first.
fn today(day: &DayAllowance, left: Option<Left>, now: Timestamp) -> Result<Left, Box<Response>> {
    let (counted, reset_s) = (day.count(now), Day::seconds_left(now));
    let of_day = Left {
        limit: day.limit.get(),
        remaining: counted.unwrap_or(0),
        reset_s,
    };
    if counted.is_none() {
        let text = "today's requests of this API key are used up; wait as Retry-After says";
        return Err(refusal(("QUOTA_EXHAUSTED", text), reset_s, of_day));
    }
    Ok(left
        .filter(|left| left.remaining < of_day.remaining)
        .unwrap_or(of_day))
}

fn refusal((code, text): (&'static str, &'static str), wait_s: u32, left: Left) -> Box<Response> {
    let problem = Problem::new(ErrorKind::TooMany, code, text);
    let mut response = problem.retry_after(wait_s).into_response();
    left.write(response.headers_mut());
    Box::new(response)
}

impl Bucket {
    fn new(limit: RateLimit) -> Self {
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

    fn count(&self, counted: &Counted) -> Result<Left, Box<Response>> {
        self.sweep();
        match self.limiter.check_key(counted) {
            Ok(snapshot) => Ok(self.left(snapshot.remaining_burst_capacity())),
            Err(until) => Err(self.refusal(&until)),
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

    fn refusal<P: governor::clock::Reference>(&self, until: &NotUntil<P>) -> Box<Response>
    where
        DefaultClock: Clock<Instant = P>,
    {
        let wait = until.wait_time_from(DefaultClock::default().now());
        let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
        let text = "you send too many requests; wait as Retry-After says";
        refusal(("TOO_MANY_REQUESTS", text), seconds.max(1), self.left(0))
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
    use crate::auth::{Allowance, Meter, Principal, PrincipalKind, Roles};

    const HOME: Address = Address(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    const NOON: Timestamp = Timestamp::from_unix_micros(43_200_000_000);

    fn caller(n: u128) -> Caller {
        let (kind, roles) = (PrincipalKind::User, Roles::default());
        let principal = Principal {
            subject: Uuid::from_u128(n),
            kind,
            roles,
            client: None,
            stores: None,
        };
        principal.into()
    }

    fn rate(per_second: u32, burst: u32) -> RateLimit {
        RateLimit { per_second, burst }
    }

    fn left(limiting: &RateLimiting, caller: &Caller) -> Option<(u32, u32)> {
        let left = limiting.count(Some(caller), HOME, NOON).unwrap();
        left.map(|left| (left.limit, left.remaining))
    }

    #[test]
    fn a_caller_who_used_up_the_burst_waits_and_others_do_not() {
        let limiting = RateLimiting::new(Some(rate(1, 3)));
        let (ann, bob) = (caller(1), caller(2));
        let first = limiting.count(Some(&ann), HOME, NOON).unwrap();
        let (limit, remaining, reset_s) = (3, 2, 1);
        let expected = Left {
            limit,
            remaining,
            reset_s,
        };
        assert_eq!(first, Some(expected));
        for _ in 0..2 {
            limiting.count(Some(&ann), HOME, NOON).unwrap();
        }
        let refused = limiting.count(Some(&ann), HOME, NOON).unwrap_err();
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()["retry-after"], "1");
        assert_eq!(refused.headers()["ratelimit-remaining"], "0");
        assert!(limiting.count(Some(&bob), HOME, NOON).is_ok());
        assert!(limiting.count(None, HOME, NOON).is_ok());
    }

    #[test]
    fn a_plan_stands_in_for_the_shops_limit_also_where_that_is_off() {
        for usual in [Some(rate(1, 2)), None] {
            let limiting = RateLimiting::new(usual);
            let (mut ann, mut bob) = (caller(1), caller(2));
            let (rate, day) = (Some(rate(5, 9)), None);
            ann.allowance = Some(Allowance { rate, day });
            bob.allowance = ann.allowance.clone();
            assert_eq!(left(&limiting, &ann), Some((9, 8)));
            assert_eq!(left(&limiting, &ann), Some((9, 7)));
            assert_eq!(left(&limiting, &bob), Some((9, 8)), "each has their own");
            assert_eq!(left(&limiting, &caller(3)), usual.map(|_| (2, 1)));
        }
    }

    #[test]
    fn a_day_that_is_used_up_says_when_the_next_begins() {
        let limiting = RateLimiting::new(None);
        let mut ann = caller(1);
        let (limit, meter) = (NonZeroU32::new(2).unwrap(), Arc::new(Meter::default()));
        let (recorded, rate) = (0, None);
        let day = Some(DayAllowance {
            limit,
            recorded,
            meter,
        });
        ann.allowance = Some(Allowance { rate, day });
        assert_eq!(left(&limiting, &ann), Some((2, 1)));
        assert_eq!(left(&limiting, &ann), Some((2, 0)));
        let refused = limiting.count(Some(&ann), HOME, NOON).unwrap_err();
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()["retry-after"], "43200");
        assert_eq!(refused.headers()["ratelimit-limit"], "2");
        assert_eq!(refused.headers()["ratelimit-reset"], "43200");
    }
}
