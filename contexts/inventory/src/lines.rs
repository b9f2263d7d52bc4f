//! What a request asks for: one line, or a list of them that holds all or nothing. Pure.

use crate::stock::Place;
use kernel::{Detail, ProductId, StoreId};

/// One or more lines, and how the caller knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines<T> {
    items: Vec<T>,
    list: bool,
}

/// A line that moves a product in one store, or between two.
pub trait Line {
    fn product(&self) -> ProductId;
    /// The stores it touches, each with the field that names it.
    fn stores(&self) -> Vec<(&'static str, StoreId)>;
}

impl<T> Lines<T> {
    pub fn one(line: T) -> Self {
        let (items, list) = (vec![line], false);
        Self { items, list }
    }

    pub fn list(items: Vec<T>) -> Self {
        Self { items, list: true }
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter()
    }

    pub fn is_list(&self) -> bool {
        self.list
    }

    /// The same lines as something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Lines<U> {
        let items = self.items.into_iter().map(turn).collect();
        Lines {
            items,
            list: self.list,
        }
    }

    /// The same lines as something else, if every one can be; `turn` learns which it is.
    pub fn try_map<U, E>(
        self,
        mut turn: impl FnMut(usize, T) -> Result<U, E>,
    ) -> Result<Lines<U>, E> {
        let turned = self
            .items
            .into_iter()
            .enumerate()
            .map(|(nth, line)| turn(nth, line));
        let items = turned.collect::<Result<_, _>>()?;
        Ok(Lines {
            items,
            list: self.list,
        })
    }

    /// A fault in one field of one line, at the path the caller knows it by.
    pub fn fault(&self, nth: usize, field: &str, code: &str, message: String) -> Detail {
        Detail::new(path(self.list, nth, field), code, message)
    }
}

/// `[2].quantity`, or `quantity` where there is no list.
pub fn path(list: bool, nth: usize, field: &str) -> String {
    if list {
        format!("[{nth}].{field}")
    } else {
        field.to_owned()
    }
}

impl<T: Line> Lines<T> {
    /// Every place the lines touch.
    pub fn places(&self) -> Vec<Place> {
        let of_line = |line: &T| {
            let product = line.product();
            let at = move |(_, store)| Place { product, store };
            line.stores().into_iter().map(at)
        };
        self.items.iter().flat_map(of_line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_named_by_the_path_the_caller_knows() {
        assert_eq!(path(false, 0, "quantity"), "quantity");
        assert_eq!(path(true, 1, "quantity"), "[1].quantity");
    }
}
