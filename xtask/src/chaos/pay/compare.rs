//! The provider's book against the shop: whose money is where it should not be. Pure.

use std::collections::{BTreeMap, HashMap};

use super::stand_in::Entry;
use crate::chaos::model::{Level, Place};

/// An order, as the shop tells it.
#[derive(Clone, Debug)]
pub struct Order {
    pub id: String,
    pub mark: String,
    pub status: String,
    pub payment_status: String,
    pub total: i64,
    pub store: usize,
    pub items: Vec<(usize, i64)>,
}

/// A payment, as the shop tells it.
#[derive(Clone, Debug)]
pub struct Payment {
    pub id: String,
    pub status: String,
    pub authorized: i64,
    pub captured: i64,
    pub refunded: i64,
}

/// The shop as it was read back.
#[derive(Default)]
pub struct Found {
    pub orders: Vec<Order>,
    pub payments: Vec<Payment>,
    pub levels: BTreeMap<Place, Level>,
    /// Sales that wait for something: their order and state.
    pub sagas: Vec<(String, String)>,
}

/// What people asked for and were told.
#[derive(Clone, Default)]
pub struct Known {
    /// Orders that were acknowledged, by the mark of their request.
    pub placed: BTreeMap<String, String>,
    /// What staff were told would go back, by payment.
    pub refunds: HashMap<String, i64>,
    pub stock: BTreeMap<Place, Level>,
}

/// All empty is the promise kept.
#[derive(Debug, Default)]
pub struct Differences {
    /// A buyer paid more than once, or more than the order is worth.
    pub charged_twice: Vec<String>,
    /// Money of a cancelled order that did not go back.
    pub kept: Vec<String>,
    /// The book and the shop say different things of a payment, or one knows nothing of it.
    pub apart: Vec<String>,
    /// Stock that is held for nobody, or has gone.
    pub stock: Vec<String>,
    /// Sales that neither end nor are listed as stuck.
    pub open: Vec<String>,
    /// Acknowledged and not there, there twice, or standing without money.
    pub orders: Vec<String>,
    pub stuck: usize,
}

impl Differences {
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|(_, list)| list.is_empty())
    }

    /// Whether money went wrong.
    pub fn of_money(&self) -> bool {
        let lists = [&self.charged_twice, &self.kept, &self.apart];
        lists.iter().any(|list| !list.is_empty())
    }

    pub fn lists(&self) -> [(&'static str, &Vec<String>); 6] {
        [
            ("charged twice", &self.charged_twice),
            ("kept", &self.kept),
            ("apart", &self.apart),
            ("stock", &self.stock),
            ("open", &self.open),
            ("orders", &self.orders),
        ]
    }
}

pub fn compare(known: &Known, found: &Found, book: &[Entry]) -> Differences {
    let mut differences = Differences::default();
    compare_money(found, book, &mut differences);
    compare_payments(known, found, book, &mut differences.apart);
    compare_orders(known, found, &mut differences.orders);
    compare_stock(known, found, &mut differences.stock);
    for (order, state) in &found.sagas {
        match state.as_str() {
            "stuck" => differences.stuck += 1,
            _ => differences
                .open
                .push(format!("order {order}: its sale is {state}")),
        }
    }
    differences
}

/// What each order's buyer is out of pocket, by the book alone.
fn compare_money(found: &Found, book: &[Entry], differences: &mut Differences) {
    let mut by_order: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in book {
        let order = entry.order_id.as_deref().unwrap_or_default();
        by_order.entry(order).or_default().push(entry);
    }
    for order in &found.orders {
        let entries = by_order.remove(order.id.as_str()).unwrap_or_default();
        let sum = |part: fn(&Entry) -> i64| entries.iter().map(|one| part(one)).sum::<i64>();
        let (kept, held) = (sum(|one| one.captured - one.refunded), sum(|one| one.held));
        let captures: u64 = entries.iter().map(|one| one.captures).sum();
        let told = format!(
            "order {} ({}, {}): {captures} captures, {kept} kept and {held} held of {}",
            order.id, order.status, order.payment_status, order.total
        );
        if captures > 1 || kept + held > order.total {
            differences.charged_twice.push(told);
        } else if order.status == "cancelled" && (kept != 0 || held != 0) {
            differences.kept.push(told);
        }
    }
    for entry in by_order.into_values().flatten().filter(|one| moved(one)) {
        let stray = format!("{}: money of an order that is not there", entry.reference);
        differences.apart.push(stray);
    }
}

fn moved(entry: &Entry) -> bool {
    entry.held > 0 || entry.captured > 0
}

/// Payment by payment, what the two sides have written down.
fn compare_payments(known: &Known, found: &Found, book: &[Entry], apart: &mut Vec<String>) {
    let ours: HashMap<_, _> = found
        .payments
        .iter()
        .map(|one| (one.id.as_str(), one))
        .collect();
    let mut theirs: HashMap<&str, (i64, i64, i64)> = HashMap::new();
    for entry in book.iter().filter(|entry| moved(entry)) {
        if !ours.contains_key(entry.payment_id.as_str()) {
            apart.push(format!(
                "{}: the shop knows no such payment",
                entry.reference
            ));
        }
        let sums = theirs.entry(&entry.payment_id).or_default();
        sums.0 += entry.held;
        sums.1 += entry.captured;
        sums.2 += entry.refunded;
    }
    for payment in &found.payments {
        let id = payment.id.as_str();
        let held = match payment.status.as_str() {
            "authorized" => payment.authorized,
            _ => 0,
        };
        let (we, they) = (
            (held, payment.captured, payment.refunded),
            theirs.get(id).copied().unwrap_or_default(),
        );
        if we != they {
            let status = &payment.status;
            apart.push(format!(
                "payment {id} ({status}): held, captured and refunded are {we:?} here and {they:?} \
                 there"
            ));
        }
        let asked = known.refunds.get(id).copied().unwrap_or_default();
        let partly = payment.captured > they.2;
        if partly && they.2 != asked {
            apart.push(format!(
                "payment {id}: {asked} was to go back, and {} did",
                they.2
            ));
        }
    }
}

fn compare_orders(known: &Known, found: &Found, wrong: &mut Vec<String>) {
    let mut marks: HashMap<&str, usize> = HashMap::new();
    for order in &found.orders {
        *marks.entry(&order.mark).or_default() += 1;
        let good = ["paid", "partially_refunded", "refunded"];
        let stands = order.status != "cancelled" && order.status != "pending";
        if stands && !good.contains(&order.payment_status.as_str()) {
            let (id, status) = (&order.id, &order.payment_status);
            wrong.push(format!("order {id} stands, and its payment is {status}"));
        }
    }
    for (mark, count) in marks.into_iter().filter(|(_, count)| *count > 1) {
        wrong.push(format!("{mark} was placed {count} times"));
    }
    for (mark, id) in &known.placed {
        if !found
            .orders
            .iter()
            .any(|order| order.id == *id && order.mark == *mark)
        {
            wrong.push(format!(
                "order {id} ({mark}) was acknowledged and is not there"
            ));
        }
    }
}

/// Nothing leaves in this rig: what is held is what the orders that stand have.
fn compare_stock(known: &Known, found: &Found, wrong: &mut Vec<String>) {
    let mut wanted = known.stock.clone();
    for order in found
        .orders
        .iter()
        .filter(|order| order.status != "cancelled")
    {
        for (product, quantity) in &order.items {
            wanted.entry((*product, order.store)).or_default().reserved += quantity;
        }
    }
    for (place, wanted) in wanted {
        let there = found.levels.get(&place).copied().unwrap_or_default();
        if there != wanted {
            wrong.push(format!(
                "{place:?}: {there:?}, and {wanted:?} by the orders"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(id: &str, status: &str, payment_status: &str) -> Order {
        Order {
            id: id.to_owned(),
            mark: format!("pay-{id}"),
            status: status.to_owned(),
            payment_status: payment_status.to_owned(),
            total: 2500,
            store: 0,
            items: vec![(3, 2)],
        }
    }

    fn payment(id: &str, status: &str, sums: [i64; 3]) -> Payment {
        let [authorized, captured, refunded] = sums;
        Payment {
            id: id.to_owned(),
            status: status.to_owned(),
            authorized,
            captured,
            refunded,
        }
    }

    fn entry(number: u64, sums: [i64; 3]) -> Entry {
        let [held, captured, refunded] = sums;
        Entry {
            reference: format!("pi_{number}"),
            payment_id: format!("p{number}"),
            order_id: Some(format!("o{number}")),
            held,
            captured,
            captures: u64::from(captured > 0),
            refunded,
        }
    }

    /// One order stands with a part of its money back, one is cancelled and had its money back.
    fn shop() -> (Known, Found, Vec<Entry>) {
        let full = Level {
            on_hand: 9,
            reserved: 0,
        };
        let held = Level {
            reserved: 2,
            ..full
        };
        let known = Known {
            placed: [("pay-o1".to_owned(), "o1".to_owned())].into(),
            refunds: [("p1".to_owned(), 100)].into(),
            stock: [((3, 0), full)].into(),
        };
        let found = Found {
            orders: vec![
                order("o1", "confirmed", "partially_refunded"),
                order("o2", "cancelled", "refunded"),
            ],
            payments: vec![
                payment("p1", "partially_refunded", [2500, 2500, 100]),
                payment("p2", "refunded", [2500, 2500, 2500]),
            ],
            levels: [((3, 0), held)].into(),
            sagas: vec![("o9".to_owned(), "stuck".to_owned())],
        };
        let book = vec![entry(1, [0, 2500, 100]), entry(2, [0, 2500, 2500])];
        (known, found, book)
    }

    #[test]
    fn what_agrees_is_no_difference_and_what_is_stuck_is_counted() {
        let (known, found, book) = shop();
        let differences = compare(&known, &found, &book);
        assert!(differences.is_empty(), "{differences:?}");
        assert_eq!(differences.stuck, 1);
    }

    #[test]
    fn a_second_capture_and_a_second_payment_are_double_charges() {
        let (known, found, mut book) = shop();
        book[0].captures = 2;
        assert_eq!(compare(&known, &found, &book).charged_twice.len(), 1);
        let (known, found, mut book) = shop();
        book.push(Entry {
            reference: "pi_7".to_owned(),
            ..entry(1, [2500, 0, 0])
        });
        let differences = compare(&known, &found, &book);
        assert_eq!(differences.charged_twice.len(), 1);
        assert!(differences.of_money() && !differences.apart.is_empty());
    }

    #[test]
    fn money_of_a_cancelled_order_is_noticed_even_if_both_sides_agree() {
        let (known, mut found, mut book) = shop();
        book[1].refunded = 0;
        found.payments[1].refunded = 0;
        assert_eq!(compare(&known, &found, &book).kept.len(), 1);
        book[1] = entry(2, [2500, 0, 0]);
        found.payments[1] = payment("p2", "authorized", [2500, 0, 0]);
        assert_eq!(compare(&known, &found, &book).kept.len(), 1);
    }

    #[test]
    fn a_payment_that_one_side_knows_alone_is_noticed() {
        let (known, mut found, book) = shop();
        found.payments.remove(0);
        assert_eq!(compare(&known, &found, &book).apart.len(), 1);
        let (known, found, mut book) = shop();
        book.remove(0);
        assert!(!compare(&known, &found, &book).apart.is_empty());
        let (known, found, mut book) = shop();
        book.push(entry(5, [700, 0, 0]));
        assert_eq!(compare(&known, &found, &book).apart.len(), 2);
    }

    #[test]
    fn a_refund_made_twice_is_noticed_even_if_both_sides_agree() {
        let (known, mut found, mut book) = shop();
        book[0].refunded = 200;
        found.payments[0].refunded = 200;
        assert_eq!(compare(&known, &found, &book).apart.len(), 1);
    }

    #[test]
    fn stock_sales_and_orders_that_do_not_end_are_noticed() {
        let (known, mut found, book) = shop();
        found.orders[1].status = "confirmed".to_owned();
        found.sagas.push(("o1".to_owned(), "running".to_owned()));
        found.orders[0].payment_status = "authorized".to_owned();
        let differences = compare(&known, &found, &book);
        assert_eq!(differences.stock.len(), 1);
        assert_eq!(differences.open.len(), 1);
        assert_eq!(differences.orders.len(), 1);
        found.orders[0].mark = "pay-o2".to_owned();
        assert_eq!(compare(&known, &found, &book).orders.len(), 3);
    }
}
