//! The cart: what may be put in, taken out, set aside, and what becomes of two carts that meet.
//! Pure: no clock, no ids of its own, no database.

use super::error::CartError;
use crate::price::Item;
use kernel::{CartId, ClientId, Money, ProductId, Quantity, Timestamp};
use std::time::Duration;

/// How long a cart stays after it was last touched.
const LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Looking at a cart renews it, but writes no more often than this.
const RENEW_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// Lines of a cart, with those saved for later: as many as an order may have.
const MOST_LINES: usize = 1000;

/// Which of a cart's two lists a line is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum List {
    /// To be bought at the next checkout.
    Buy,
    /// Kept, but neither counted nor checked out.
    Later,
}

impl List {
    pub fn of(saved: bool) -> Self {
        if saved { Self::Later } else { Self::Buy }
    }

    pub fn is_saved(self) -> bool {
        self == Self::Later
    }
}

/// One product on one of the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartLine {
    pub list: List,
    pub product_id: ProductId,
    /// Rises: lines stand in the order they came.
    pub place: i64,
    pub quantity: Quantity,
    /// What it cost when it was put in, or when its quantity was last set.
    pub added_price: Money,
}

/// A cart with its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cart {
    pub id: CartId,
    /// Whose it is; a guest's says `None`.
    pub client_id: Option<ClientId>,
    pub lines: Vec<CartLine>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Cart {
    /// An empty cart.
    pub fn new(id: CartId, client_id: Option<ClientId>, now: Timestamp) -> Self {
        Self {
            id,
            client_id,
            lines: Vec::new(),
            version: 0,
            created_at: now,
            updated_at: now,
            expires_at: now.plus(LIFE),
        }
    }

    /// The lines of one list.
    pub fn on(&self, list: List) -> impl Iterator<Item = &CartLine> {
        self.lines.iter().filter(move |line| line.list == list)
    }

    /// One line.
    pub fn find(&self, list: List, product_id: ProductId) -> Result<&CartLine, CartError> {
        let found = self.on(list).find(|line| line.product_id == product_id);
        found.ok_or(CartError::NoSuchLine)
    }

    /// Puts `quantity` more of a product in.
    pub fn add(
        &mut self,
        product_id: ProductId,
        quantity: Quantity,
        price: Money,
    ) -> Result<(), CartError> {
        if let Some(line) = self.line(List::Buy, product_id) {
            line.quantity = sum(line.quantity, quantity).ok_or(CartError::TooMany)?;
            line.added_price = price;
            return Ok(());
        }
        if self.lines.len() >= MOST_LINES {
            return Err(CartError::Full);
        }
        let (list, place) = (List::Buy, self.next_place());
        self.lines.push(CartLine {
            list,
            product_id,
            place,
            quantity,
            added_price: price,
        });
        Ok(())
    }

    /// Sets how many of a product that is in; the price is taken note of anew.
    pub fn set(
        &mut self,
        product_id: ProductId,
        quantity: Quantity,
        price: Money,
    ) -> Result<(), CartError> {
        let line = self.line(List::Buy, product_id);
        let line = line.ok_or(CartError::NoSuchLine)?;
        line.quantity = quantity;
        line.added_price = price;
        Ok(())
    }

    /// Takes a line out.
    pub fn remove(&mut self, list: List, product_id: ProductId) -> Result<CartLine, CartError> {
        let is_it = |line: &CartLine| line.list == list && line.product_id == product_id;
        let place = self.lines.iter().position(is_it);
        Ok(self.lines.remove(place.ok_or(CartError::NoSuchLine)?))
    }

    /// Takes out everything that is to be bought.
    pub fn clear(&mut self) {
        self.lines.retain(|line| line.list == List::Later);
    }

    /// Moves a line to the other list, where it joins one of the same product.
    pub fn move_to(&mut self, list: List, product_id: ProductId) -> Result<(), CartError> {
        let from = match list {
            List::Buy => List::Later,
            List::Later => List::Buy,
        };
        let line = self.remove(from, product_id)?;
        self.take_in(vec![CartLine { list, ..line }]);
        Ok(())
    }

    /// Takes in lines of another cart: quantities of the same product add up, to the most that a
    /// line can hold; lines beyond the most that a cart can hold stay out.
    pub fn take_in(&mut self, lines: Vec<CartLine>) {
        for line in lines {
            if let Some(own) = self.line(line.list, line.product_id) {
                own.quantity = sum(own.quantity, line.quantity).unwrap_or(MOST);
            } else if self.lines.len() < MOST_LINES {
                let place = self.next_place();
                self.lines.push(CartLine { place, ..line });
            }
        }
    }

    /// What a checkout buys.
    pub fn items(&self) -> Vec<Item> {
        let item = |line: &CartLine| Item {
            product_id: line.product_id,
            quantity: line.quantity,
        };
        self.on(List::Buy).map(item).collect()
    }

    /// Notes that somebody changed something.
    pub fn changed(&mut self, now: Timestamp) {
        self.version += 1;
        self.updated_at = now;
        self.expires_at = now.plus(LIFE);
    }

    /// When the cart shall expire now that somebody has looked at it, if that must be written.
    pub fn renewed(&self, now: Timestamp) -> Option<Timestamp> {
        let expires_at = now.plus(LIFE);
        (expires_at.since(self.expires_at) >= RENEW_AFTER).then_some(expires_at)
    }

    fn line(&mut self, list: List, product_id: ProductId) -> Option<&mut CartLine> {
        let is_it = |line: &&mut CartLine| line.list == list && line.product_id == product_id;
        self.lines.iter_mut().find(is_it)
    }

    fn next_place(&self) -> i64 {
        self.lines.iter().map(|line| line.place).max().unwrap_or(0) + 1
    }
}

/// The most that one line can hold.
const MOST: Quantity = match Quantity::new(Quantity::MAX) {
    Ok(most) => most,
    Err(_) => panic!("the most is within the range"),
};

fn sum(one: Quantity, other: Quantity) -> Option<Quantity> {
    Quantity::new(one.get() + other.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Currency, Id};
    use uuid::Uuid;

    const NOON: Timestamp = Timestamp::from_unix_micros(1_772_460_000_000_000);

    fn product(nth: u128) -> ProductId {
        Id::from_uuid(Uuid::from_u128(nth))
    }

    fn pieces(count: i64) -> Quantity {
        Quantity::new(count).unwrap()
    }

    fn price(minor: i64) -> Money {
        Money::new(minor, Currency::CAD)
    }

    fn cart(lines: &[(u128, i64)]) -> Cart {
        let mut cart = Cart::new(Id::from_uuid(Uuid::nil()), None, NOON);
        for (nth, count) in lines {
            cart.add(product(*nth), pieces(*count), price(100)).unwrap();
        }
        cart
    }

    fn told(cart: &Cart, list: List) -> Vec<(u128, i64)> {
        let line = |line: &CartLine| (line.product_id.uuid().as_u128(), line.quantity.get());
        cart.on(list).map(line).collect()
    }

    #[test]
    fn adding_the_same_product_makes_one_line_at_todays_price() {
        let mut cart = cart(&[(1, 2), (2, 1)]);
        cart.add(product(1), pieces(3), price(120)).unwrap();
        assert_eq!(told(&cart, List::Buy), [(1, 5), (2, 1)]);
        assert_eq!(cart.lines[0].added_price, price(120));
    }

    #[test]
    fn a_quantity_beyond_the_range_is_refused_and_changes_nothing() {
        let mut cart = cart(&[(1, Quantity::MAX)]);
        let refused = cart.add(product(1), pieces(1), price(100));
        assert!(matches!(refused, Err(CartError::TooMany)));
        assert_eq!(told(&cart, List::Buy), [(1, Quantity::MAX)]);
    }

    #[test]
    fn a_cart_has_a_thousand_lines_and_no_more() {
        let lines: Vec<(u128, i64)> = (1..=1000).map(|nth| (nth, 1)).collect();
        let mut cart = cart(&lines);
        cart.move_to(List::Later, product(7)).unwrap();
        let refused = cart.add(product(1001), pieces(1), price(1));
        assert!(matches!(refused, Err(CartError::Full)));
        cart.add(product(1000), pieces(1), price(1)).unwrap();
    }

    #[test]
    fn a_line_that_is_not_there_can_be_neither_set_nor_removed_nor_moved() {
        let mut cart = cart(&[(1, 2)]);
        let before = cart.clone();
        assert!(cart.set(product(2), pieces(1), price(1)).is_err());
        assert!(cart.remove(List::Buy, product(2)).is_err());
        assert!(cart.remove(List::Later, product(1)).is_err());
        assert!(cart.move_to(List::Buy, product(1)).is_err());
        assert_eq!(cart, before);
    }

    #[test]
    fn what_is_saved_is_not_bought_and_joins_its_line_when_it_comes_back() {
        let mut cart = cart(&[(1, 2), (2, 1)]);
        cart.move_to(List::Later, product(1)).unwrap();
        assert_eq!(cart.items().len(), 1);
        cart.add(product(1), pieces(5), price(100)).unwrap();
        assert_eq!(told(&cart, List::Later), [(1, 2)]);
        cart.clear();
        assert_eq!(
            (told(&cart, List::Buy), told(&cart, List::Later)),
            (vec![], vec![(1, 2)])
        );
        cart.move_to(List::Buy, product(1)).unwrap();
        assert_eq!(told(&cart, List::Buy), [(1, 2)]);
    }

    #[test]
    fn carts_that_meet_add_up_to_the_most_and_keep_their_own_prices() {
        let mut own = cart(&[(1, Quantity::MAX - 1), (2, 1)]);
        let mut guests = cart(&[(1, 5), (3, 4)]);
        guests.lines[0].added_price = price(90);
        own.take_in(guests.lines);
        assert_eq!(told(&own, List::Buy), [(1, Quantity::MAX), (2, 1), (3, 4)]);
        assert_eq!(own.lines[0].added_price, price(100));
    }

    #[test]
    fn carts_that_meet_hold_a_thousand_lines_together() {
        let lines: Vec<(u128, i64)> = (1..=999).map(|nth| (nth, 1)).collect();
        let mut own = cart(&lines);
        own.take_in(cart(&[(5, 1), (2000, 1), (2001, 1)]).lines);
        assert_eq!(own.lines.len(), 1000);
        assert_eq!(told(&own, List::Buy)[4], (5, 2));
    }

    #[test]
    fn a_look_renews_a_cart_once_a_day() {
        let cart = cart(&[]);
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(cart.renewed(NOON.plus(day - Duration::from_secs(1))), None);
        assert_eq!(cart.renewed(NOON.plus(day)), Some(NOON.plus(day * 31)));
    }
}
