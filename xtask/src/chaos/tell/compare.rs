//! What came to the receivers against what happened: what was lost, what came twice and why, and in
//! what order. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::load::Known;
use super::stand_in::{Arrival, Arrivals, Who};

/// An event of the log.
#[derive(Clone, Debug)]
pub struct Event {
    pub id: String,
    pub kind: String,
    pub order: Option<String>,
    pub reason: String,
}

/// A message of the shop's own log: a notice, or the delivery of an event.
#[derive(Clone, Debug)]
pub struct Message {
    /// By which it comes.
    pub id: String,
    pub who: Who,
    /// What it is about: of a notice its kind and order.
    pub about: (String, String),
    pub is_done: bool,
    pub state: String,
    /// How often it was sent, as far as the shop knows.
    pub attempts: u64,
    /// What came of each attempt that was recorded.
    pub outcomes: Vec<String>,
}

/// The shop as it was read back.
#[derive(Default)]
pub struct Found {
    pub events: Vec<Event>,
    pub messages: Vec<Message>,
}

/// All empty is the promise kept.
#[derive(Debug, Default)]
pub struct Differences {
    /// Acknowledged and not there, or there and never told.
    pub lost: Vec<String>,
    /// Came twice although its answer came and was recorded, or by another id.
    pub doubled: Vec<String>,
    /// A later event of a subject came before an earlier one.
    pub unordered: Vec<String>,
    /// What came twice for a reason.
    pub twice: BTreeMap<Who, Twice>,
}

/// Messages that came once more than once, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Twice {
    /// The shop lived, and was not told that it had been taken.
    pub answer_lost: u64,
    /// The shop was killed before it had recorded what it was told, or would have been.
    pub killed: u64,
}

impl Differences {
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|(_, list)| list.is_empty())
    }

    pub fn lists(&self) -> [(&'static str, &Vec<String>); 3] {
        [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("out of order", &self.unordered),
        ]
    }
}

pub fn compare(known: &Known, found: &Found, arrivals: &Arrivals) -> Differences {
    let mut differences = Differences::default();
    compare_events(known, found, &mut differences.lost);
    compare_notices(found, &mut differences);
    for who in Who::ALL {
        let messages = found.messages.iter().filter(|one| one.who == who);
        let messages: HashMap<_, _> = messages.map(|one| (one.id.as_str(), one)).collect();
        let arrived = arrivals.of(who);
        compare_messages(who, &messages, arrived, &mut differences);
    }
    compare_webhooks(found, &arrivals.webhook, &mut differences);
    differences
}

/// What was acknowledged has happened.
fn compare_events(known: &Known, found: &Found, lost: &mut Vec<String>) {
    let of = |kind: &str| {
        let events = found.events.iter().filter(move |one| one.kind == kind);
        events
            .filter_map(|one| one.order.as_deref())
            .collect::<HashSet<_>>()
    };
    let (confirmed, cancelled) = (of(CONFIRMED), of(CANCELLED));
    for order in known.placed.values() {
        if !confirmed.contains(order.as_str()) {
            lost.push(format!("order {order} was acknowledged and not confirmed"));
        }
    }
    for order in &known.cancelled {
        if !cancelled.contains(order.as_str()) {
            lost.push(format!("order {order} was cancelled, and nothing says so"));
        }
    }
}

const CONFIRMED: &str = "comptoir.orders.order-confirmed.v1";
const CANCELLED: &str = "comptoir.orders.order-cancelled.v1";

/// Which notices an event becomes.
fn notices_of(event: &Event) -> &'static [(&'static str, Who)] {
    match event.kind.as_str() {
        CONFIRMED => &[("order_placed", Who::Mail)],
        CANCELLED if event.reason == "requested" => &[
            ("order_cancelled", Who::Mail),
            ("order_cancelled", Who::Text),
        ],
        "comptoir.payments.payment-captured.v1" => &[("order_paid", Who::Mail)],
        "comptoir.payments.payment-refunded.v1" => &[("order_refunded", Who::Mail)],
        _ => &[],
    }
}

/// Each event became exactly its notices.
fn compare_notices(found: &Found, differences: &mut Differences) {
    let mut balance: BTreeMap<(&str, &str, Who), i64> = BTreeMap::new();
    for event in &found.events {
        for (kind, who) in notices_of(event) {
            let order = event.order.as_deref().unwrap_or_default();
            *balance.entry((kind, order, *who)).or_default() += 1;
        }
    }
    let of_order = |one: &&Message| one.who != Who::Webhook && !one.about.1.is_empty();
    for notice in found.messages.iter().filter(of_order) {
        let (kind, order) = &notice.about;
        *balance.entry((kind, order, notice.who)).or_default() -= 1;
    }
    for ((kind, order, who), left) in balance {
        let told = format!("{} {kind} of {order}", who.as_str());
        match left {
            0 => {}
            1.. => differences.lost.push(format!("{told}: there is no notice")),
            _ => differences
                .doubled
                .push(format!("{told}: {} notices too many", -left)),
        }
    }
}

/// Each message came, and came again only for a reason.
fn compare_messages(
    who: Who,
    messages: &HashMap<&str, &Message>,
    arrived: &[Arrival],
    differences: &mut Differences,
) {
    let mut by_id: BTreeMap<&str, Vec<&Arrival>> = BTreeMap::new();
    for arrival in arrived {
        by_id.entry(&arrival.id).or_default().push(arrival);
    }
    let name = who.as_str();
    for (id, message) in messages {
        let came = by_id.get(id).map_or(0, Vec::len) as u64;
        if came == 0 || !message.is_done {
            let (state, about) = (&message.state, &message.about.0);
            differences.lost.push(format!(
                "{name} {id} ({about}) is {state} and came {came} times"
            ));
        }
        let ends = message.outcomes.iter().filter(|one| is_end(one)).count();
        if ends > 1 {
            differences
                .doubled
                .push(format!("{name} {id} was taken, recorded, and sent again"));
        }
        if came > message.attempts {
            let attempts = message.attempts;
            differences.doubled.push(format!(
                "{name} {id} was sent {attempts} times and came {came} times"
            ));
        }
    }
    let twice = differences.twice.entry(who).or_default();
    for (id, came) in by_id {
        if !messages.contains_key(id) {
            differences
                .doubled
                .push(format!("{name} {id} is none of the shop's"));
        }
        for pair in came.windows(2) {
            let (first, again) = (pair[0], pair[1]);
            match (first.life < again.life, first.told) {
                (true, _) => twice.killed += 1,
                (false, false) => twice.answer_lost += 1,
                (false, true) => differences.doubled.push(format!(
                    "{name} {id} came again although the shop was told that it was taken"
                )),
            }
        }
    }
}

/// Whether an attempt was recorded as the last.
fn is_end(outcome: &str) -> bool {
    matches!(outcome, "sent" | "delivered")
}

/// Every event came, and those of a subject in their order.
fn compare_webhooks(found: &Found, arrived: &[Arrival], differences: &mut Differences) {
    let ids: HashSet<_> = arrived.iter().map(|one| one.id.as_str()).collect();
    for event in &found.events {
        if !ids.contains(event.id.as_str()) {
            let (id, kind) = (&event.id, &event.kind);
            differences
                .lost
                .push(format!("webhook: {kind} {id} never came"));
        }
    }
    let mut last: HashMap<&str, &str> = HashMap::new();
    for arrival in arrived {
        let subject = arrival.subject.as_deref().unwrap_or_default();
        let sequence = arrival.sequence.as_deref().unwrap_or_default();
        let before = last.insert(subject, sequence).unwrap_or_default();
        if sequence < before {
            differences
                .unordered
                .push(format!("{subject}: {sequence} came after {before}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, kind: &str) -> Event {
        Event {
            id: id.to_owned(),
            kind: kind.to_owned(),
            order: Some("o1".to_owned()),
            reason: String::new(),
        }
    }

    fn message(id: &str, who: Who, attempts: u64) -> Message {
        Message {
            id: id.to_owned(),
            who,
            about: ("order_placed".to_owned(), "o1".to_owned()),
            is_done: true,
            state: "sent".to_owned(),
            attempts,
            outcomes: Vec::new(),
        }
    }

    fn came(id: &str, life: usize, told: bool, sequence: &str) -> Arrival {
        Arrival {
            id: id.to_owned(),
            life,
            told,
            subject: Some("order/o1".to_owned()),
            sequence: Some(sequence.to_owned()),
        }
    }

    fn compared(mail: &[Arrival], webhook: &[Arrival]) -> Differences {
        let mut known = Known::default();
        known.placed.insert("m1".to_owned(), "o1".to_owned());
        let found = Found {
            events: vec![event("e1", CONFIRMED), event("e2", "another")],
            messages: vec![
                message("n1", Who::Mail, 2),
                message("e1", Who::Webhook, 2),
                message("e2", Who::Webhook, 2),
            ],
        };
        let arrivals = Arrivals {
            mail: mail.to_vec(),
            text: Vec::new(),
            webhook: webhook.to_vec(),
        };
        compare(&known, &found, &arrivals)
    }

    #[test]
    fn what_came_once_and_in_order_is_as_promised() {
        let webhook = [came("e1", 0, true, "1"), came("e2", 0, true, "2")];
        let differences = compared(&[came("n1", 0, true, "")], &webhook);
        assert!(differences.is_empty(), "{differences:?}");
    }

    #[test]
    fn a_duplicate_wants_a_lost_answer_or_a_kill_between() {
        let webhook = [came("e1", 0, true, "1"), came("e2", 0, true, "2")];
        let twice = |told, life| {
            let mail = [came("n1", 0, told, ""), came("n1", life, true, "")];
            let differences = compared(&mail, &webhook);
            (differences.doubled.len(), differences.twice[&Who::Mail])
        };
        let counted = |answer_lost, killed| Twice {
            answer_lost,
            killed,
        };
        assert_eq!(twice(false, 0), (0, counted(1, 0)));
        assert_eq!(twice(true, 1), (0, counted(0, 1)));
        assert_eq!(twice(true, 0), (1, counted(0, 0)));
    }

    #[test]
    fn what_never_came_is_lost_and_another_id_is_a_duplicate() {
        let differences = compared(&[came("n2", 0, true, "")], &[came("e2", 0, true, "2")]);
        let lost = differences.lost.join("\n");
        assert!(
            lost.contains("mail n1") && lost.contains("never came"),
            "{lost}"
        );
        assert_eq!(differences.doubled, ["mail n2 is none of the shop's"]);
    }

    #[test]
    fn an_earlier_event_after_a_later_one_is_seen() {
        let webhook = [came("e2", 0, true, "2"), came("e1", 0, true, "1")];
        let differences = compared(&[came("n1", 0, true, "")], &webhook);
        assert_eq!(differences.unordered.len(), 1);
    }
}
