//! Sums as bytes: those of a span are kept as one value, because a report
//! that reads a row a product and span pays for each of them. Pure.

use crate::effect::Figures;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use uuid::Uuid;

/// What sums have in common. Where days or stores are not told apart, they are zero and nil.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// The first day of a span.
    pub day: i64,
    pub store: Uuid,
    pub currency: String,
}

/// Sums of products or clients, by their ids.
pub type Sums = BTreeMap<Group, ById>;
pub type ById = HashMap<Uuid, Figures, BuildHasherDefault<IdHasher>>;

/// Hashes ids, which the shop makes itself and which are random enough: a report of many years
/// looks up a million of them.
#[derive(Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for word in bytes.chunks(8) {
            let mut eight = [0; 8];
            eight[..word.len()].copy_from_slice(word);
            let word = u64::from_le_bytes(eight);
            self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// Bytes that [`pack`] has not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sums that cannot be read")]
pub struct Unreadable;

/// The sums of one store and currency, packed.
#[derive(Clone, Copy, Debug)]
pub struct Packed<'b> {
    pub store: Uuid,
    pub currency: &'b str,
    entries: &'b [u8],
}

const ID: usize = 16;

/// What they come to, whatever the currency: for audits.
pub fn total(sums: &Sums) -> Figures {
    let mut total = Figures::default();
    let all = sums.values().flat_map(ById::values);
    all.for_each(|figures| total.add(*figures, 1));
    total
}

/// Per store and currency: both, the number of bytes that follow, and those: an id and five
/// numbers each, in the order of ids, so that equal sums are equal bytes. Sums of nothing are left
/// out; days are not told apart.
pub fn pack(sums: &Sums) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (group, figures) in sums {
        let mut sold: Vec<_> = figures.iter().filter(|one| one.1.is_something()).collect();
        sold.sort_unstable_by_key(|one| *one.0);
        let mut entries = Vec::with_capacity(sold.len() * (ID + 8));
        for (id, figures) in sold {
            entries.extend(id.as_bytes());
            for number in figures.numbers() {
                write(&mut entries, zigzag(number));
            }
        }
        if entries.is_empty() {
            continue;
        }
        bytes.extend(group.store.as_bytes());
        write(&mut bytes, group.currency.len() as u64);
        bytes.extend(group.currency.as_bytes());
        write(&mut bytes, entries.len() as u64);
        bytes.extend(entries);
    }
    bytes
}

/// What was packed, by store and currency.
pub fn unpack(mut bytes: &[u8]) -> Result<Vec<Packed<'_>>, Unreadable> {
    let mut groups = Vec::new();
    while !bytes.is_empty() {
        let store = read_id(&mut bytes)?;
        let currency = read_some(&mut bytes)?;
        let currency = std::str::from_utf8(currency).map_err(|_| Unreadable)?;
        let entries = read_some(&mut bytes)?;
        groups.push(Packed {
            store,
            currency,
            entries,
        });
    }
    Ok(groups)
}

impl Packed<'_> {
    /// Calls `take` with every id and its sums.
    pub fn each(self, mut take: impl FnMut(Uuid, Figures)) -> Result<(), Unreadable> {
        let mut bytes = self.entries;
        while !bytes.is_empty() {
            let id = read_id(&mut bytes)?;
            let mut numbers = [0; 5];
            for number in &mut numbers {
                *number = unzigzag(read(&mut bytes)?);
            }
            take(id, Figures::of(numbers));
        }
        Ok(())
    }
}

/// So that numbers near zero are small on both sides of it.
fn zigzag(number: i64) -> u64 {
    (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned()
}

fn unzigzag(coded: u64) -> i64 {
    (coded >> 1).cast_signed() ^ -(coded & 1).cast_signed()
}

/// Seven bits a byte, the low ones first; the eighth says that more follow.
fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read(bytes: &mut &[u8]) -> Result<u64, Unreadable> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or(Unreadable)?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Unreadable)
}

fn read_id(bytes: &mut &[u8]) -> Result<Uuid, Unreadable> {
    let (id, rest) = bytes.split_first_chunk::<ID>().ok_or(Unreadable)?;
    *bytes = rest;
    Ok(Uuid::from_bytes(*id))
}

/// As many bytes as the number before them says.
fn read_some<'b>(bytes: &mut &'b [u8]) -> Result<&'b [u8], Unreadable> {
    let length = usize::try_from(read(bytes)?).map_err(|_| Unreadable)?;
    let (some, rest) = bytes.split_at_checked(length).ok_or(Unreadable)?;
    *bytes = rest;
    Ok(some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn back(bytes: &[u8]) -> Result<Sums, Unreadable> {
        let mut sums = Sums::new();
        for packed in unpack(bytes)? {
            let group = Group {
                day: 0,
                store: packed.store,
                currency: packed.currency.to_owned(),
            };
            let into = sums.entry(group).or_default();
            packed.each(|id, figures| {
                into.insert(id, figures);
            })?;
        }
        Ok(sums)
    }

    fn any_sums() -> impl Strategy<Value = Sums> {
        let figures = proptest::array::uniform5(any::<i64>()).prop_map(Figures::of);
        let figures = figures.prop_filter("something", |figures| figures.is_something());
        let ids = any::<u128>().prop_map(Uuid::from_u128);
        let by_id = proptest::collection::vec((ids, figures), 1..20);
        let by_id = by_id.prop_map(ById::from_iter);
        let group = (0..3_u128, "[A-Z]{3}").prop_map(|(store, currency)| Group {
            day: 0,
            store: Uuid::from_u128(store),
            currency,
        });
        proptest::collection::btree_map(group, by_id, 0..4)
    }

    proptest! {
        #[test]
        fn what_was_packed_is_unpacked(sums in any_sums()) {
            prop_assert_eq!(back(&pack(&sums)), Ok(sums));
        }

        #[test]
        fn what_was_cut_off_or_made_up_does_no_harm(sums in any_sums(), bytes: Vec<u8>) {
            let packed = pack(&sums);
            if let Some((_, rest)) = packed.split_last() {
                prop_assert!(back(rest) != Ok(sums));
            }
            let _ = back(&bytes);
        }
    }

    #[test]
    fn sums_of_nothing_are_left_out() {
        let nothing = ById::from_iter([(Uuid::nil(), Figures::default())]);
        let sums = Sums::from([(Group::default(), nothing)]);
        assert_eq!(pack(&sums), Vec::<u8>::new());
    }
}
