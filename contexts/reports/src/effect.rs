//! What orders add to the reports: a function of what is known of them, and of nothing else. A
//! batch of news writes the difference between after and before, so that a cancellation takes out
//! exactly what was counted, and counting everything anew gives the same sums. Pure.

use crate::calendar::Day;
use crate::sale::{Line, Placed, Sale};
use kernel::{ClientId, EmployeeId, ProductId, StoreId};
use std::collections::{BTreeMap, BTreeSet};

/// Sums, or changes of sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub orders: i64,
    pub units: i64,
    pub gross_minor: i64,
    pub returned_units: i64,
    pub returned_minor: i64,
}

/// Where an order is counted as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SaleCell {
    pub day: Day,
    pub store: Option<StoreId>,
    pub employee: Option<EmployeeId>,
    pub country: Option<String>,
    pub currency: String,
}

/// Where its lines are counted, or its buyer: `of` is a product or a client.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell<T> {
    pub day: Day,
    pub of: T,
    pub store: Option<StoreId>,
    pub currency: String,
}

/// What some orders add. Rows come out in the order of their keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Effect {
    pub sales: BTreeMap<SaleCell, Figures>,
    pub products: BTreeMap<Cell<ProductId>, Figures>,
    pub clients: BTreeMap<Cell<ClientId>, Figures>,
    /// Pieces that orders hold.
    pub held: BTreeMap<(ProductId, StoreId), i64>,
}

impl Figures {
    fn sold(line: &Line) -> Self {
        Self {
            units: line.1,
            gross_minor: line.worth(),
            ..Self::default()
        }
    }

    fn returned(line: &Line) -> Self {
        Self {
            returned_units: line.1,
            returned_minor: line.worth(),
            ..Self::default()
        }
    }

    const ORDER: Self = Self {
        orders: 1,
        units: 0,
        gross_minor: 0,
        returned_units: 0,
        returned_minor: 0,
    };

    pub fn of(numbers: [i64; 5]) -> Self {
        let [orders, units, gross_minor, returned_units, returned_minor] = numbers;
        Self {
            orders,
            units,
            gross_minor,
            returned_units,
            returned_minor,
        }
    }

    pub fn numbers(self) -> [i64; 5] {
        [
            self.orders,
            self.units,
            self.gross_minor,
            self.returned_units,
            self.returned_minor,
        ]
    }

    /// Not so where what was counted has been taken out again.
    pub fn is_something(self) -> bool {
        self.orders != 0 || self.units != 0 || self.returned_units != 0
    }

    /// Pieces that did not come back.
    pub fn kept_units(&self) -> i64 {
        self.units.saturating_sub(self.returned_units)
    }

    /// What they cost.
    pub fn kept_minor(&self) -> i64 {
        self.gross_minor.saturating_sub(self.returned_minor)
    }

    pub fn add(&mut self, other: Self, sign: i64) {
        let add = |sum: &mut i64, more: i64| *sum = sum.saturating_add(more.saturating_mul(sign));
        add(&mut self.orders, other.orders);
        add(&mut self.units, other.units);
        add(&mut self.gross_minor, other.gross_minor);
        add(&mut self.returned_units, other.returned_units);
        add(&mut self.returned_minor, other.returned_minor);
    }
}

impl Effect {
    /// The difference that news make: `before` and `after` of the same orders.
    pub fn between<'a>(
        before: impl Iterator<Item = &'a Sale>,
        after: impl Iterator<Item = &'a Sale>,
    ) -> Self {
        let mut effect = Self::default();
        before.for_each(|sale| effect.count(sale, -1));
        after.for_each(|sale| effect.count(sale, 1));
        effect.drop_nothings();
        effect
    }

    fn count(&mut self, sale: &Sale, sign: i64) {
        let Some(placed) = &sale.placed else { return };
        if !sale.cancelled {
            let mut tally = Tally {
                effect: self,
                sale,
                placed,
                sign,
            };
            tally.sold();
            tally.came_back();
        }
        self.count_held(sale, placed, sign);
    }

    /// An order holds what it asked for less what has left its store, until that is released.
    fn count_held(&mut self, sale: &Sale, placed: &Placed, sign: i64) {
        let Some(store) = sale.store.filter(|_| sale.held && !sale.released) else {
            return;
        };
        let mut left: BTreeMap<ProductId, i64> = BTreeMap::new();
        for line in &placed.lines {
            *left.entry(line.0).or_default() += line.1;
        }
        for shipped in sale.shipped.iter().filter(|one| one.0 == store) {
            *left.entry(shipped.1).or_default() -= shipped.2;
        }
        for (product, pieces) in left.into_iter().filter(|(_, pieces)| *pieces > 0) {
            *self.held.entry((product, store)).or_default() += sign * pieces;
        }
    }

    fn drop_nothings(&mut self) {
        let nothing = Figures::default();
        self.sales.retain(|_, figures| *figures != nothing);
        self.products.retain(|_, figures| *figures != nothing);
        self.clients.retain(|_, figures| *figures != nothing);
        self.held.retain(|_, pieces| *pieces != 0);
    }
}

/// One order on its way into the sums.
struct Tally<'a> {
    effect: &'a mut Effect,
    sale: &'a Sale,
    placed: &'a Placed,
    sign: i64,
}

impl Tally<'_> {
    /// On the day the order was placed.
    fn sold(&mut self) {
        let (day, placed) = (self.placed.day, self.placed);
        self.whole(day, Figures::ORDER);
        let products: BTreeSet<ProductId> = placed.lines.iter().map(|line| line.0).collect();
        for product in products {
            self.product(day, product, Figures::ORDER);
        }
        for line in &placed.lines {
            self.whole(day, Figures::sold(line));
            self.product(day, line.0, Figures::sold(line));
        }
    }

    /// Each return on its own day, at the prices it was booked with.
    fn came_back(&mut self) {
        for returned in &self.sale.returned {
            let day = Day::from_number(returned.0);
            for line in &returned.1 {
                self.whole(day, Figures::returned(line));
                self.product(day, line.0, Figures::returned(line));
            }
        }
    }

    fn whole(&mut self, day: Day, figures: Figures) {
        let (placed, store) = (self.placed, self.sale.store);
        let sale = SaleCell {
            day,
            store,
            employee: placed.employee,
            country: placed.country.clone(),
            currency: placed.currency.clone(),
        };
        let client = self.cell(day, placed.client);
        self.effect
            .sales
            .entry(sale)
            .or_default()
            .add(figures, self.sign);
        self.effect
            .clients
            .entry(client)
            .or_default()
            .add(figures, self.sign);
    }

    fn product(&mut self, day: Day, product: ProductId, figures: Figures) {
        let cell = self.cell(day, product);
        self.effect
            .products
            .entry(cell)
            .or_default()
            .add(figures, self.sign);
    }

    fn cell<T>(&self, day: Day, of: T) -> Cell<T> {
        Cell {
            day,
            of,
            store: self.sale.store,
            currency: self.placed.currency.clone(),
        }
    }
}

#[cfg(test)]
#[path = "effect_tests.rs"]
mod tests;
