//! Payments of which anything may be heard, in any order.

use super::*;
use crate::attempt::Attempt;
use proptest::prelude::*;

/// Anything that may be heard of a payment.
#[derive(Clone, Debug)]
enum Happening {
    Told(Told),
    Lost,
    NotSent,
    Rejected,
    Truth(usize, [i64; 3]),
    Confirmed,
    Cancelled,
    Refund(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let amount = || prop_oneof![Just(TOTAL), 0..=TOTAL + 1];
    let name = || "ref".to_owned();
    let told = prop_oneof![
        Just(authorized()),
        amount().prop_map(captured),
        Just(Told::ActionRequired {
            reference: name(),
            redirect_url: "https://x".to_owned()
        }),
        Just(Told::Begun { reference: name() }),
        Just(Told::Pending { reference: None }),
        Just(Told::Voided),
        Just(Told::Refunded { reference: name() }),
        Just(Told::Declined {
            reason: "declined".to_owned()
        }),
    ];
    prop_oneof![
        6 => told.prop_map(Happening::Told),
        1 => Just(Happening::Lost),
        1 => Just(Happening::NotSent),
        1 => Just(Happening::Rejected),
        3 => (0..6_usize, [amount(), amount(), amount()])
            .prop_map(|(standing, sums)| Happening::Truth(standing, sums)),
        1 => Just(Happening::Confirmed),
        1 => Just(Happening::Cancelled),
        1 => (1..=TOTAL).prop_map(Happening::Refund),
    ]
}

fn standing(nth: usize) -> Standing {
    match nth {
        0 => Standing::Absent,
        1 => Standing::Pending,
        2 => Standing::ActionRequired {
            redirect_url: "https://x".to_owned(),
        },
        3 => Standing::Declined {
            reason: "declined".to_owned(),
        },
        4 => Standing::Voided,
        _ => Standing::Open,
    }
}

fn happen(case: &mut Case, nth: u64, happening: Happening) {
    let seconds = 10 + nth;
    let current = case.current();
    let failed = |error| {
        move |case: &mut Case, place, moment: &mut Moment<'_>| {
            case.hear_nothing(place, error, moment);
        }
    };
    let reason = "x".to_owned();
    at(seconds, |moment| {
        match (happening, current) {
            (Happening::Told(told), Some(_)) => {
                let place = send(case);
                case.hear(place, told, moment);
            }
            (Happening::Lost, Some(_)) => {
                let place = send(case);
                failed(CallError::AnswerLost { reason })(case, place, moment);
            }
            (Happening::NotSent, Some(_)) => {
                let place = send(case);
                failed(CallError::NotSent {
                    reason,
                    after: None,
                })(case, place, moment);
            }
            (Happening::Rejected, Some(_)) => {
                let place = send(case);
                failed(CallError::Rejected { code: reason })(case, place, moment);
            }
            (Happening::Truth(nth, sums), _) => {
                case.learn(&truth(standing(nth), sums), moment);
            }
            (Happening::Confirmed, _) => case.sale.confirmed = true,
            (Happening::Cancelled, _) => case.sale.cancelled = true,
            (Happening::Refund(amount), _) if amount <= case.refundable() => {
                case.give_back(amount, None, moment);
            }
            _ => {}
        }
        case.advance(moment);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever a provider says, and in whatever order: what the database would refuse is never
    /// written, money that is kept of a cancelled order is on its way back, and every version is
    /// told once.
    #[test]
    fn no_news_in_any_order_break_the_ledger(
        story in proptest::collection::vec(happening(), 1..30)
    ) {
        let mut case = begun();
        let mut last = case.payment.version;
        for (nth, happening) in (0_u64..).zip(story) {
            happen(&mut case, nth, happening);
            let sums = case.payment.sums;
            prop_assert!(sums.authorized <= TOTAL && sums.voided >= 0, "{sums:?}");
            prop_assert!(sums.captured + sums.voided <= sums.authorized, "{sums:?}");
            prop_assert!((0..=sums.captured).contains(&sums.refunded), "{sums:?}");
            prop_assert!(case.refundable() >= 0, "{sums:?} {:?}", case.attempts);
            for (version, _) in &case.changes.news {
                prop_assert!(*version > last, "{version} after {last}");
                last = *version;
            }
            let refused = |one: &Attempt| {
                one.state == State::Failed && matches!(one.kind, Kind::Void | Kind::Refund)
            };
            if case.sale.cancelled && case.current().is_none() {
                let given_up = case.attempts.iter().any(refused);
                let nothing = sums.set_aside() == 0 && sums.kept() == 0;
                prop_assert!(given_up || nothing, "{sums:?} {:?}", case.attempts);
            }
            let fits = match case.payment.status {
                Status::Pending | Status::ActionRequired => sums.authorized == 0,
                Status::Authorized => sums.set_aside() > 0,
                Status::Captured => sums.captured > 0 && sums.refunded == 0,
                Status::PartiallyRefunded => (1..sums.captured).contains(&sums.refunded),
                Status::Refunded => sums.captured > 0 && sums.refunded == sums.captured,
                Status::Voided => sums.captured == 0 && sums.voided > 0,
                Status::Failed => sums.captured == 0 && sums.set_aside() == 0,
                Status::Unknown => case.current().is_some(),
            };
            prop_assert!(fits, "{:?} {sums:?} {:?}", case.payment.status, case.attempts);
            let entries = case.changes.entries.iter();
            let mut once: Vec<_> = entries
                .filter_map(|entry| Some((entry.attempt_id?, entry.posting.as_str())))
                .collect();
            let all = once.len();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), all);
            written(&mut case);
        }
    }
}
