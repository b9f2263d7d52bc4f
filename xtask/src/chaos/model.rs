//! What must be true of the shop, computed from the answers it gave. No I/O: the rig tells it what
//! was acknowledged, and later what was found.

use std::collections::{BTreeMap, HashMap};

/// A product in a store, by their positions in the stage.
pub type Place = (usize, usize);

/// Something asked of the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Order {
        store: usize,
        items: Vec<(usize, i64)>,
    },
    Cancel {
        order: String,
    },
    Adjust {
        at: Place,
        by: i64,
    },
    Restock {
        at: Place,
        by: i64,
    },
    Transfer {
        product: usize,
        from: usize,
        to: usize,
        quantity: i64,
    },
}

/// A deed with the number that names it everywhere: in keys, notes and references.
#[derive(Clone, Debug)]
pub struct Intent {
    pub number: u64,
    pub deed: Deed,
}

impl Intent {
    /// How the shop's records name it.
    pub fn mark(&self) -> String {
        format!("chaos-{}", self.number)
    }
}

/// How much there is, and how much of it is promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    pub on_hand: i64,
    pub reserved: i64,
}

/// An order that was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub mark: String,
    pub store: usize,
    pub items: Vec<(usize, i64)>,
    pub cancelled: bool,
}

/// The shop as the answers describe it.
#[derive(Default)]
pub struct Model {
    pub levels: BTreeMap<Place, Level>,
    pub orders: HashMap<String, Order>,
    /// Marks of stock moves that were acknowledged, with the number of ledger rows each makes.
    pub moves: HashMap<String, usize>,
    /// Marks of deeds that were refused: they must have left no trace.
    pub refused: Vec<String>,
}

impl Model {
    /// Takes in an acknowledged deed; `id` is the order's, when one was made.
    pub fn done(&mut self, intent: &Intent, id: Option<String>) {
        match &intent.deed {
            Deed::Order { store, items } => {
                for (product, quantity) in items {
                    self.level((*product, *store)).reserved += quantity;
                }
                let (mark, items) = (intent.mark(), items.clone());
                let order = Order {
                    mark,
                    store: *store,
                    items,
                    cancelled: false,
                };
                self.orders.insert(id.unwrap_or_default(), order);
            }
            Deed::Cancel { order } => self.cancel(order),
            Deed::Adjust { at, by } | Deed::Restock { at, by } => {
                self.level(*at).on_hand += by;
                self.moves.insert(intent.mark(), 1);
            }
            Deed::Transfer {
                product,
                from,
                to,
                quantity,
            } => {
                self.level((*product, *from)).on_hand -= quantity;
                self.level((*product, *to)).on_hand += quantity;
                self.moves.insert(intent.mark(), 2);
            }
        }
    }

    pub fn refused(&mut self, intent: &Intent) {
        self.refused.push(intent.mark());
    }

    fn cancel(&mut self, id: &str) {
        let Some(order) = self.orders.get_mut(id) else {
            return;
        };
        order.cancelled = true;
        let (store, items) = (order.store, order.items.clone());
        for (product, quantity) in items {
            self.level((product, store)).reserved -= quantity;
        }
    }

    fn level(&mut self, place: Place) -> &mut Level {
        self.levels.entry(place).or_default()
    }
}

/// The shop as it was read back.
#[derive(Default)]
pub struct Found {
    pub levels: BTreeMap<Place, Level>,
    pub orders: HashMap<String, Order>,
    /// Ledger rows per mark, of stock moves.
    pub moves: HashMap<String, usize>,
}

/// How the two differ. All empty is the promise kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Acknowledged, and not there.
    pub lost: Vec<String>,
    /// There more than once.
    pub duplicates: Vec<String>,
    /// There, although it was refused or never asked for, or otherwise than acknowledged.
    pub wrong: Vec<String>,
}

impl Differences {
    pub fn is_empty(&self) -> bool {
        self.lost.is_empty() && self.duplicates.is_empty() && self.wrong.is_empty()
    }
}

/// Compares what was acknowledged with what was found.
pub fn compare(model: &Model, found: &Found) -> Differences {
    let mut differences = Differences::default();
    compare_orders(model, found, &mut differences);
    compare_moves(model, found, &mut differences);
    for place in model.levels.keys().chain(found.levels.keys()) {
        let (told, read) = (model.levels.get(place), found.levels.get(place));
        if told.copied().unwrap_or_default() != read.copied().unwrap_or_default() {
            let sentence = format!("level {place:?}: acknowledged {told:?}, found {read:?}");
            if differences.wrong.last() != Some(&sentence) {
                differences.wrong.push(sentence);
            }
        }
    }
    for list in [
        &mut differences.lost,
        &mut differences.duplicates,
        &mut differences.wrong,
    ] {
        list.sort();
        list.dedup();
    }
    differences
}

fn compare_orders(model: &Model, found: &Found, differences: &mut Differences) {
    for (id, order) in &model.orders {
        match found.orders.get(id) {
            None => differences
                .lost
                .push(format!("order {id} ({})", order.mark)),
            Some(read) if read != order => {
                differences
                    .wrong
                    .push(format!("order {id}: {order:?} was read as {read:?}"));
            }
            Some(_) => {}
        }
    }
    let known: HashMap<_, _> = model
        .orders
        .values()
        .map(|order| (&order.mark, ()))
        .collect();
    for (id, order) in found
        .orders
        .iter()
        .filter(|(id, _)| !model.orders.contains_key(*id))
    {
        if known.contains_key(&order.mark) {
            differences
                .duplicates
                .push(format!("order {id} ({})", order.mark));
        } else {
            differences
                .wrong
                .push(format!("order {id} ({}) nobody was told of", order.mark));
        }
    }
}

fn compare_moves(model: &Model, found: &Found, differences: &mut Differences) {
    for (mark, rows) in &model.moves {
        match found.moves.get(mark).copied().unwrap_or_default() {
            0 => differences.lost.push(format!("stock move {mark}")),
            read if read > *rows => {
                differences
                    .duplicates
                    .push(format!("stock move {mark}: {read} rows for {rows}"));
            }
            read if read < *rows => {
                differences
                    .wrong
                    .push(format!("stock move {mark}: {read} rows for {rows}"));
            }
            _ => {}
        }
    }
    for mark in model
        .refused
        .iter()
        .filter(|mark| found.moves.contains_key(*mark))
    {
        differences
            .wrong
            .push(format!("stock move {mark} was refused and is there"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(number: u64) -> Intent {
        Intent {
            number,
            deed: Deed::Order {
                store: 0,
                items: vec![(3, 2)],
            },
        }
    }

    fn shop() -> (Model, Found) {
        let mut model = Model::default();
        model.levels.insert(
            (3, 0),
            Level {
                on_hand: 10,
                reserved: 0,
            },
        );
        model.done(&order(1), Some("ord_1".into()));
        model.done(&order(2), Some("ord_2".into()));
        let cancel = Deed::Cancel {
            order: "ord_2".into(),
        };
        model.done(
            &Intent {
                number: 3,
                deed: cancel,
            },
            None,
        );
        model.done(
            &Intent {
                number: 4,
                deed: Deed::Restock { at: (3, 0), by: 5 },
            },
            None,
        );
        let transfer = Deed::Transfer {
            product: 3,
            from: 0,
            to: 1,
            quantity: 4,
        };
        model.done(
            &Intent {
                number: 5,
                deed: transfer,
            },
            None,
        );
        let found = Found {
            levels: model.levels.clone(),
            orders: model.orders.clone(),
            moves: model.moves.clone(),
        };
        (model, found)
    }

    #[test]
    fn answers_add_up() {
        let (model, found) = shop();
        assert_eq!(
            model.levels[&(3, 0)],
            Level {
                on_hand: 11,
                reserved: 2
            }
        );
        assert_eq!(
            model.levels[&(3, 1)],
            Level {
                on_hand: 4,
                reserved: 0
            }
        );
        assert!(compare(&model, &found).is_empty());
    }

    #[test]
    fn a_lost_order_and_a_lost_move_are_noticed() {
        let (model, mut found) = shop();
        found.orders.remove("ord_1");
        found.moves.remove("chaos-4");
        let lost = compare(&model, &found).lost;
        assert_eq!(lost, ["order ord_1 (chaos-1)", "stock move chaos-4"]);
    }

    #[test]
    fn an_order_and_a_move_done_twice_are_noticed() {
        let (model, mut found) = shop();
        let again = found.orders["ord_1"].clone();
        found.orders.insert("ord_9".into(), again);
        found.moves.insert("chaos-5".into(), 4);
        let duplicates = compare(&model, &found).duplicates;
        assert_eq!(
            duplicates,
            ["order ord_9 (chaos-1)", "stock move chaos-5: 4 rows for 2"]
        );
    }

    #[test]
    fn what_is_otherwise_than_acknowledged_is_noticed() {
        let (mut model, mut found) = shop();
        model.refused(&order(7));
        found.moves.insert("chaos-7".into(), 1);
        found.moves.insert("chaos-5".into(), 1);
        if let Some(order) = found.orders.get_mut("ord_2") {
            order.cancelled = false;
        }
        found.levels.insert((3, 0), Level::default());
        assert_eq!(compare(&model, &found).wrong.len(), 4);
    }

    #[test]
    fn an_order_nobody_was_told_of_is_noticed() {
        let (model, mut found) = shop();
        let stranger = Order {
            mark: "chaos-8".into(),
            ..found.orders["ord_1"].clone()
        };
        found.orders.insert("ord_8".into(), stranger);
        assert_eq!(compare(&model, &found).wrong.len(), 1);
    }
}
