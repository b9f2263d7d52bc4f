//! The sums do not depend on what is heard first, and what is cancelled was never there.

use super::*;
use crate::sale::{Returned, Shipped};
use kernel::{Entity, Id};
use proptest::prelude::*;
use uuid::Uuid;

fn id<E: Entity>(number: u128) -> Id<E> {
    Id::from_uuid(Uuid::from_u128(number))
}

fn day(number: i64) -> Day {
    Day::from_number(number)
}

/// Two pieces of product 1 at 5.00 and one of product 2 at 2.50, for client 7.
fn placed() -> Placed {
    Placed {
        day: day(100),
        client: id(7),
        employee: Some(id(3)),
        country: Some("France".to_owned()),
        currency: "CAD".to_owned(),
        lines: vec![
            Line(id(1), 2, 500),
            Line(id(2), 1, 250),
            Line(id(1), 1, 400),
        ],
    }
}

/// What may be heard of an order.
#[derive(Clone, Copy, Debug)]
enum News {
    Placed,
    Held,
    Shipped,
    Returned,
    Released,
    Cancelled,
}

fn hear(sale: &mut Sale, news: News) {
    match news {
        News::Placed => sale.place(placed(), None),
        News::Held => sale.hold(id(9)),
        News::Shipped => sale.shipped.push(Shipped(id(9), id(1), 2)),
        News::Returned => sale.returned.push(Returned(105, vec![Line(id(1), 1, 500)])),
        News::Released => sale.released = true,
        News::Cancelled => sale.cancelled = true,
    }
}

/// Adds up the differences, heard one by one.
fn told(news: &[News]) -> Effect {
    let (mut sum, mut sale) = (Effect::default(), Sale::default());
    for one in news {
        let before = sale.clone();
        hear(&mut sale, *one);
        let change = Effect::between([&before].into_iter(), [&sale].into_iter());
        merge(&mut sum.sales, change.sales);
        merge(&mut sum.products, change.products);
        merge(&mut sum.clients, change.clients);
        for (place, pieces) in change.held {
            *sum.held.entry(place).or_default() += pieces;
        }
    }
    sum.drop_nothings();
    sum
}

fn merge<K: Ord>(sum: &mut BTreeMap<K, Figures>, change: BTreeMap<K, Figures>) {
    for (key, figures) in change {
        sum.entry(key).or_default().add(figures, 1);
    }
}

fn at_once(news: &[News]) -> Effect {
    let mut sale = Sale::default();
    news.iter().for_each(|one| hear(&mut sale, *one));
    Effect::between(std::iter::empty(), [&sale].into_iter())
}

#[test]
fn an_order_counts_where_it_belongs() {
    let effect = at_once(&[News::Placed, News::Held]);
    let (cell, figures) = effect.sales.iter().next().unwrap();
    assert_eq!(
        (cell.day, cell.store, cell.employee),
        (day(100), Some(id(9)), Some(id(3)))
    );
    assert_eq!(
        (figures.orders, figures.units, figures.gross_minor),
        (1, 4, 1650)
    );
    let of_products: Vec<_> = effect
        .products
        .values()
        .map(|one| (one.orders, one.units))
        .collect();
    assert_eq!(
        of_products,
        [(1, 3), (1, 1)],
        "a product on two lines is in one order"
    );
    assert_eq!(
        effect.held,
        BTreeMap::from([((id(1), id(9)), 3), ((id(2), id(9)), 1)])
    );
}

#[test]
fn a_return_counts_on_its_own_day() {
    let effect = at_once(&[News::Placed, News::Returned]);
    let days = effect
        .sales
        .iter()
        .map(|(cell, one)| (cell.day, one.returned_minor));
    assert_eq!(days.collect::<Vec<_>>(), [(day(100), 0), (day(105), 500)]);
}

#[test]
fn a_cancelled_order_counts_nowhere_and_holds_until_it_is_released() {
    let effect = at_once(&[News::Placed, News::Held, News::Shipped, News::Cancelled]);
    assert!(effect.sales.is_empty() && effect.products.is_empty() && effect.clients.is_empty());
    assert_eq!(
        effect.held,
        BTreeMap::from([((id(1), id(9)), 1), ((id(2), id(9)), 1)])
    );
    let released = [News::Placed, News::Held, News::Cancelled, News::Released];
    assert_eq!(at_once(&released), Effect::default());
}

#[test]
fn nothing_counts_before_it_is_known_what_was_ordered() {
    let news = [News::Held, News::Returned, News::Cancelled, News::Shipped];
    assert_eq!(at_once(&news), Effect::default());
}

proptest! {
    /// Also when they are told one by one, and half of them is all there is.
    #[test]
    fn the_sums_do_not_depend_on_what_was_heard_first(
        news in Just(vec![News::Placed, News::Held, News::Shipped, News::Returned,
            News::Released, News::Cancelled]).prop_shuffle(),
        many in 0_usize..7,
    ) {
        let some = &news[..many];
        let mut other_way = some.to_vec();
        other_way.reverse();
        prop_assert_eq!(told(some), at_once(some));
        prop_assert_eq!(told(some), told(&other_way));
    }
}
