//! When each kill strikes, and what the receivers are up to meanwhile. Pure.

use rand::rngs::SmallRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};

use super::Protection;
use super::stand_in::Who;

/// The moment a kill waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A receiver has taken something, and holds its answer back.
    Held(Who),
    /// A receiver is being told, and has taken nothing.
    Untaken(Who),
    /// A receiver has taken something and cut the connection.
    Cut(Who),
    /// Everybody is slow, and claims are forgotten meanwhile (a protection that is turned off).
    Unclaimed,
    /// Whatever happens to be.
    Any,
}

impl Moment {
    /// Who has what fault, for this to come.
    pub fn fault(self) -> Option<(Who, &'static str)> {
        match self {
            Self::Held(who) => Some((who, "held")),
            Self::Untaken(who) => Some((who, "hanging")),
            Self::Cut(who) => Some((who, "lost_after")),
            Self::Unclaimed | Self::Any => None,
        }
    }

    /// Whether something is taken in it.
    pub fn takes(self) -> bool {
        matches!(self, Self::Held(_) | Self::Cut(_))
    }
}

/// Each receiver is struck in each of the moments; every other kill comes at any. The first six
/// strike while an answer is held back.
pub fn plan(kills: u32, broken: Option<Protection>, random: &mut SmallRng) -> Vec<Moment> {
    let each: fn(Who) -> Moment = match broken {
        Some(Protection::RecordedAfter | Protection::Retries) => Moment::Untaken,
        Some(Protection::Claims) => |_| Moment::Unclaimed,
        None => Moment::Held,
    };
    let mut strikes: Vec<_> = Who::ALL.into_iter().map(each).collect();
    strikes.shuffle(random);
    if broken.is_none() {
        let rest = [Moment::Untaken, Moment::Cut];
        let mut rest: Vec<_> = rest
            .into_iter()
            .flat_map(|of: fn(Who) -> Moment| Who::ALL.map(of))
            .collect();
        rest.shuffle(random);
        strikes.extend(rest);
    }
    let round = strikes.iter().flat_map(|strike| match broken {
        None => vec![*strike, Moment::Any],
        Some(_) => vec![*strike],
    });
    let round: Vec<_> = round.collect();
    round.iter().copied().cycle().take(kills as usize).collect()
}

/// What a receiver is up to for a while.
pub fn any_mode(random: &mut SmallRng) -> &'static str {
    const MODES: [&str; 9] = [
        "well",
        "down",
        "slow",
        "error",
        "error_after",
        "busy",
        "hanging",
        "lost_before",
        "lost_after",
    ];
    MODES.choose(random).copied().unwrap_or("well")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn six_kills_meet_every_receiver_with_its_answer_held_back() {
        let plan = plan(6, None, &mut SmallRng::seed_from_u64(7));
        assert_eq!(plan.len(), 6);
        assert!(
            Who::ALL
                .iter()
                .all(|who| plan.contains(&Moment::Held(*who)))
        );
    }

    #[test]
    fn eighteen_kills_meet_every_moment() {
        let plan = plan(18, None, &mut SmallRng::seed_from_u64(7));
        for of in [Moment::Held, Moment::Untaken, Moment::Cut] {
            assert!(Who::ALL.iter().all(|who| plan.contains(&of(*who))));
        }
    }
}
