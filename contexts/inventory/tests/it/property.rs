//! Whatever is done, in whatever order: levels are what a plain model says, and the ledger adds up.

use crate::shop::{
    app, cancel, counts, give_back, order, placed, post, products, ship, stock, store,
};
use kernel::{OrderId, ProductId, StoreId};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::json;
use testkit::{TestApp, on_both};

#[derive(Clone, Debug)]
enum Step {
    Set {
        product: usize,
        store: usize,
        pieces: i64,
    },
    Adjust {
        product: usize,
        store: usize,
        pieces: i64,
    },
    Restock {
        product: usize,
        store: usize,
        pieces: i64,
    },
    Transfer {
        product: usize,
        pieces: i64,
    },
    Order {
        store: Option<usize>,
        pieces: [i64; 2],
    },
    Cancel {
        nth: usize,
    },
    Ship {
        nth: usize,
        product: usize,
        pieces: i64,
    },
    Return {
        product: usize,
        store: usize,
        pieces: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let place = || (0..2_usize, 0..2_usize);
    prop_oneof![
        (place(), 0..12_i64).prop_map(|((product, store), pieces)| Step::Set {
            product,
            store,
            pieces
        }),
        (place(), prop_oneof![-6..0_i64, 1..6_i64]).prop_map(|((product, store), pieces)| {
            Step::Adjust {
                product,
                store,
                pieces,
            }
        }),
        (place(), 1..6_i64).prop_map(|((product, store), pieces)| Step::Restock {
            product,
            store,
            pieces
        }),
        (0..2_usize, 1..6_i64).prop_map(|(product, pieces)| Step::Transfer { product, pieces }),
        (prop::option::of(0..2_usize), [0..5_i64, 1..5_i64])
            .prop_map(|(store, pieces)| Step::Order { store, pieces }),
        (0..20_usize).prop_map(|nth| Step::Cancel { nth }),
        (0..6_usize, 0..2_usize, 1..4_i64).prop_map(|(nth, product, pieces)| Step::Ship {
            nth,
            product,
            pieces
        }),
        (place(), 1..4_i64).prop_map(|((product, store), pieces)| Step::Return {
            product,
            store,
            pieces
        }),
    ]
}

/// The store an order is held in, and how much of each product.
type Holding = (usize, [i64; 2]);

/// What should be there: (on hand, reserved) by product and store, and what orders hold.
#[derive(Default)]
struct Model {
    levels: [[(i64, i64); 2]; 2],
    orders: Vec<(OrderId, Option<Holding>)>,
}

impl Model {
    fn free(&self, product: usize, store: usize) -> i64 {
        let (on_hand, reserved) = self.levels[product][store];
        on_hand - reserved
    }

    /// Adds pieces if that leaves what is reserved; answers whether it did.
    fn add(&mut self, product: usize, store: usize, pieces: i64) -> bool {
        let fits = self.free(product, store) + pieces >= 0;
        if fits {
            self.levels[product][store].0 += pieces;
        }
        fits
    }

    fn hold(&mut self, order: OrderId, store: Option<usize>, pieces: [i64; 2]) {
        let fits = |store: &usize| (0..2).all(|p| pieces[p] <= self.free(p, *store));
        let chosen = store.map_or_else(|| (0..2).find(fits), |named| Some(named).filter(fits));
        if let Some(store) = chosen {
            (0..2).for_each(|p| self.levels[p][store].1 += pieces[p]);
        }
        self.orders
            .push((order, chosen.map(|store| (store, pieces))));
    }

    /// Takes pieces of what an order holds; answers the order, its store and how many left.
    fn leave(&mut self, nth: usize, product: usize, pieces: i64) -> Option<(OrderId, usize, i64)> {
        let (order, held) = self.orders.get_mut(nth)?;
        let (store, left) = held.as_mut()?;
        let pieces = pieces.min(left[product]);
        left[product] -= pieces;
        let level = &mut self.levels[product][*store];
        *level = (level.0 - pieces, level.1 - pieces);
        (pieces > 0).then_some((*order, *store, pieces))
    }

    fn let_go(&mut self, nth: usize) -> Option<OrderId> {
        let (order, held) = (nth < self.orders.len()).then(|| self.orders.remove(nth))?;
        if let Some((store, pieces)) = held {
            (0..2).for_each(|p| self.levels[p][store].1 -= pieces[p]);
        }
        Some(order)
    }
}

struct World {
    products: Vec<ProductId>,
    stores: Vec<StoreId>,
    model: Model,
}

impl World {
    async fn take(&mut self, app: &TestApp, step: &Step) {
        let line = |product: usize, store: usize, pieces: i64| {
            json!({"product_id": self.products[product], "store_id": self.stores[store],
                "quantity": pieces})
        };
        match *step {
            Step::Set {
                product,
                store,
                pieces,
            } => {
                let on_hand = self.model.levels[product][store].0;
                let answer = post(app, "/v1/inventory", line(product, store, pieces)).await;
                let fits = self.model.add(product, store, pieces - on_hand);
                assert_eq!(answer.status, if fits { 200 } else { 409 });
            }
            Step::Adjust {
                product,
                store,
                pieces,
            } => {
                let mut body = line(product, store, pieces);
                body["reason"] = json!("counted");
                let answer = post(app, "/v1/inventory/adjustments", body).await;
                let fits = self.model.add(product, store, pieces);
                assert_eq!(answer.status, if fits { 201 } else { 409 });
            }
            Step::Restock {
                product,
                store,
                pieces,
            } => {
                let body = line(product, store, pieces);
                post(app, "/v1/inventory/restocks", body).await.expect(201);
                self.model.add(product, store, pieces);
            }
            Step::Transfer { product, pieces } => self.transfer(app, product, pieces).await,
            Step::Order { store, pieces } => self.order(app, store, pieces).await,
            Step::Cancel { nth } => {
                if let Some(order) = self.model.let_go(nth) {
                    cancel(app, order).await;
                }
            }
            Step::Ship {
                nth,
                product,
                pieces,
            } => {
                if let Some((order, store, pieces)) = self.model.leave(nth, product, pieces) {
                    let lines = [(self.products[product], pieces)];
                    ship(app, order, self.stores[store], &lines).await;
                }
            }
            Step::Return {
                product,
                store,
                pieces,
            } => {
                let lines = [(self.products[product], pieces)];
                give_back(app, order(app), Some(self.stores[store]), &lines, 1).await;
                self.model.add(product, store, pieces);
            }
        }
    }

    async fn transfer(&mut self, app: &TestApp, product: usize, pieces: i64) {
        let body = json!({"product_id": self.products[product], "quantity": pieces,
            "source_store_id": self.stores[0], "target_store_id": self.stores[1]});
        let answer = post(app, "/v1/inventory/transfers", body).await;
        let fits = self.model.add(product, 0, -pieces);
        if fits {
            self.model.add(product, 1, pieces);
        }
        assert_eq!(answer.status, if fits { 201 } else { 409 });
    }

    async fn order(&mut self, app: &TestApp, store: Option<usize>, pieces: [i64; 2]) {
        let id = order(app);
        let lines: Vec<_> = self
            .products
            .iter()
            .copied()
            .zip(pieces)
            .filter(|line| line.1 > 0)
            .collect();
        let named = store.map(|store| self.stores[store]);
        app.publish(&placed(app, id, named, &lines), 1).await;
        self.model.hold(id, store, pieces);
    }

    async fn check(&self, app: &TestApp, after: &Step) {
        for (p, product) in self.products.iter().enumerate() {
            for (s, store) in self.stores.iter().enumerate() {
                let found = counts(app, *product, *store).await;
                assert_eq!(
                    found, self.model.levels[p][s],
                    "product {p}, store {s}: {after:?}"
                );
            }
        }
    }
}

on_both! {
    async fn any_sequence_of_operations_keeps_the_ledger_and_the_levels_in_step(app: TestApp) {
        let products = products(&app, 2).await;
        let stores = vec![store(&app, "A").await, store(&app, "B").await];
        for product in &products {
            for store in &stores {
                stock(&app, *product, *store, 0).await;
            }
        }
        let mut world = World { products, stores, model: Model::default() };
        let mut runner = TestRunner::deterministic();
        for _ in 0..4 {
            let steps = prop::collection::vec(step(), 40).new_tree(&mut runner);
            for step in steps.expect("steps can be made").current() {
                world.take(&app, &step).await;
                world.check(&app, &step).await;
            }
            app.audit().await;
        }
    }
}
