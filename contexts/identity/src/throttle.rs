//! How long somebody who failed to log in must wait: pure rules.
//!
//! Failures are counted per network address, per account, and per account at an address. Each
//! count forgets one failure every five minutes.
//!
//! - An account at an address has five tries, then waits 1, 2, 4 … seconds, at most 15 minutes.
//! - An address has fifty tries over all accounts, then waits alike, at most a minute, because an
//!   office may share it.
//! - An account that was failed fifty times, from wherever, gives addresses it does not know one
//!   try instead of five.
//!
//! Nobody is ever locked out: an address at which the account logged in within 90 days is neither
//! touched by what others do to the account nor by what others do at the address, and everybody
//! else keeps one try at least, so the right password gets in at first try under any attack.

use kernel::Timestamp;
use std::time::Duration;

/// One failure is forgotten in this time.
const FORGET: Duration = Duration::from_secs(5 * 60);
/// After this time without login, an address counts as unknown again.
pub const REMEMBER: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// People mistype, also twice; nobody guesses twelve characters in five tries.
const TRIES_OF_PAIR: i64 = 5;
const TRIES_OF_PAIR_UNDER_ATTACK: i64 = 1;
const TRIES_OF_ADDRESS: i64 = 50;
const ATTACK_ON_ACCOUNT: i64 = 50;
const LONGEST_OF_PAIR: Duration = Duration::from_secs(15 * 60);
const LONGEST_OF_ADDRESS: Duration = Duration::from_secs(60);
/// No count grows over this; 15 minutes of delay need only 15.
const MOST: i64 = 100;

/// One count of failures. `Default` is somebody never seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub failures: i64,
    pub failed_at: Option<Timestamp>,
    pub succeeded_at: Option<Timestamp>,
}

/// The three counts that one attempt is judged by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub pair: Count,
    pub account: Count,
    pub address: Count,
}

impl Count {
    /// Failures not yet forgotten.
    fn level(self, now: Timestamp) -> i64 {
        let Some(failed_at) = self.failed_at else {
            return 0;
        };
        let forgotten = now.since(failed_at).as_secs() / FORGET.as_secs();
        (self.failures - i64::try_from(forgotten).unwrap_or(MOST)).max(0)
    }

    /// What is left to wait when `free` tries cost nothing.
    fn wait(self, now: Timestamp, free: i64, longest: Duration) -> Duration {
        let (level, Some(failed_at)) = (self.level(now), self.failed_at) else {
            return Duration::ZERO;
        };
        if level < free {
            return Duration::ZERO;
        }
        let doubled = u32::try_from(level - free).unwrap_or(u32::MAX).min(20);
        let delay = Duration::from_secs(1 << doubled).min(longest);
        failed_at.plus(delay).since(now)
    }

    fn failed(self, now: Timestamp) -> Self {
        let failures = (self.level(now) + 1).min(MOST);
        Self {
            failures,
            failed_at: Some(now),
            ..self
        }
    }

    fn is_known(self, now: Timestamp) -> bool {
        self.succeeded_at.is_some_and(|at| now.since(at) < REMEMBER)
    }
}

impl Counts {
    /// How long the attempt must wait; zero lets it through.
    pub fn wait(&self, now: Timestamp) -> Duration {
        if self.pair.is_known(now) {
            return self.pair.wait(now, TRIES_OF_PAIR, LONGEST_OF_PAIR);
        }
        let attacked = self.account.level(now) >= ATTACK_ON_ACCOUNT;
        let tries = if attacked {
            TRIES_OF_PAIR_UNDER_ATTACK
        } else {
            TRIES_OF_PAIR
        };
        let of_pair = self.pair.wait(now, tries, LONGEST_OF_PAIR);
        of_pair.max(self.address.wait(now, TRIES_OF_ADDRESS, LONGEST_OF_ADDRESS))
    }

    /// The counts after a failed attempt.
    pub fn failed(&self, now: Timestamp) -> Self {
        Self {
            pair: self.pair.failed(now),
            account: self.account.failed(now),
            address: self.address.failed(now),
        }
    }

    /// The counts after a login. Only the pair is cleared: whoever owns one account must not
    /// wash an address clean with it, and an attack on the account goes on.
    pub fn succeeded(&self, now: Timestamp) -> Self {
        let pair = Count {
            failures: 0,
            failed_at: Some(now),
            succeeded_at: Some(now),
        };
        Self { pair, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_micros(0).plus(Duration::from_secs(seconds))
    }

    fn failed(times: i64, mut counts: Counts) -> Counts {
        for _ in 0..times {
            counts = counts.failed(at(0));
        }
        counts
    }

    #[test]
    fn five_tries_are_free_and_then_the_wait_doubles() {
        assert_eq!(failed(4, Counts::default()).wait(at(0)), Duration::ZERO);
        for (failures, wait) in [
            (5, 1),
            (6, 2),
            (7, 4),
            (10, 32),
            (14, 512),
            (15, 900),
            (90, 900),
        ] {
            let counts = failed(failures, Counts::default());
            let pair_only = Counts {
                pair: counts.pair,
                ..Counts::default()
            };
            assert_eq!(
                pair_only.wait(at(0)),
                Duration::from_secs(wait),
                "{failures} failures"
            );
            assert_eq!(pair_only.wait(at(wait)), Duration::ZERO);
        }
    }

    #[test]
    fn failures_are_forgotten_one_every_five_minutes() {
        let counts = failed(6, Counts::default());
        assert_eq!(counts.pair.level(at(299)), 6);
        assert_eq!(counts.pair.level(at(600)), 4);
        assert_eq!(counts.pair.level(at(86_400)), 0);
    }

    #[test]
    fn an_attack_from_elsewhere_does_not_touch_a_known_address() {
        let attacked = failed(100, Counts::default());
        let home = Count::default();
        let home = Counts {
            pair: home,
            ..attacked
        }
        .succeeded(at(0))
        .pair;
        let counts = Counts {
            pair: home,
            ..attacked
        };
        assert_eq!(counts.wait(at(1)), Duration::ZERO);
        assert_eq!(
            failed(4, counts).wait(at(1)),
            Duration::ZERO,
            "mistyping is forgiven too"
        );
        assert!(
            failed(6, counts).wait(at(0)) > Duration::ZERO,
            "guessing is not"
        );
    }

    #[test]
    fn an_attacked_account_still_gives_a_new_address_its_one_try() {
        let account = failed(60, Counts::default()).account;
        let newcomer = Counts {
            account,
            ..Counts::default()
        };
        assert_eq!(newcomer.wait(at(0)), Duration::ZERO);
        assert_eq!(newcomer.failed(at(0)).wait(at(0)), Duration::from_secs(1));
    }

    #[test]
    fn an_address_that_tries_many_accounts_waits_at_most_a_minute() {
        let address = failed(100, Counts::default()).address;
        let counts = Counts {
            address,
            ..Counts::default()
        };
        assert_eq!(counts.wait(at(0)), Duration::from_secs(60));
    }

    #[test]
    fn a_login_does_not_wash_the_address_clean() {
        let counts = failed(70, Counts::default()).succeeded(at(0));
        let other_account = Counts {
            address: counts.address,
            ..Counts::default()
        };
        assert!(other_account.wait(at(0)) > Duration::ZERO);
    }

    #[test]
    fn an_address_is_unknown_again_after_ninety_days() {
        let counts = Counts::default().succeeded(at(0));
        assert!(counts.pair.is_known(at(0).plus(REMEMBER - FORGET)));
        assert!(!counts.pair.is_known(at(0).plus(REMEMBER)));
    }
}
