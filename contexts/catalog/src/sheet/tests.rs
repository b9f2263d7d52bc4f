//! Properties of sheets: nothing in a file brings the reader down, and what is written is read.

use super::{Chunk, Line, SheetError, header, lines, read_in_chunks};
use crate::attributes::{Options, Tags};
use crate::product::{Content, Product, Status};
use kernel::{CategoryId, Currency, GroupId, Money, ProductId, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

fn shop() -> Currency {
    "CAD".parse().unwrap()
}

fn read(bytes: &[u8]) -> Result<Vec<Chunk>, SheetError> {
    let mut chunks = Vec::new();
    read_in_chunks(bytes, shop(), |chunk| {
        chunks.push(chunk);
        true
    })?;
    Ok(chunks)
}

fn text(pattern: &str) -> impl Strategy<Value = String> {
    proptest::string::string_regex(pattern).unwrap()
}

prop_compose! {
    /// Any content whose texts begin with something other than a space.
    fn content()(
        sku in text("[!-~é]{1,20}"),
        name in text("[!-~][ -~\n\té]{0,40}[!-~]"),
        description in proptest::option::of(text("[!-~][ -~\né\"',]{0,60}[!-~]")),
        minor in 1..1_000_000_i64,
        tags in proptest::collection::vec(text("[!-{}~][ -{}~]{0,10}[!-{}~]"), 0..4),
        options in proptest::collection::btree_map(
            text("[a-z+@'-]{1,9}"), text("[0-9A-Z'-]{1,9}"), 0..3,
        ),
        group in proptest::option::of(any::<u128>()),
        status in prop_oneof![Just(Status::Draft), Just(Status::Active), Just(Status::Archived)],
    ) -> Content {
        Content {
            sku: sku.parse().unwrap(),
            name: name.parse().unwrap(),
            description: description.map(|text| text.parse().unwrap()),
            category_id: CategoryId::from_uuid(Uuid::nil()),
            group_id: group.map(|bits| GroupId::from_uuid(Uuid::from_u128(bits))),
            price: Money::new(minor, shop()),
            tags: Tags::try_from(tags).unwrap(),
            options: Options::try_from(options).unwrap(),
            gtin: None,
            status,
        }
    }
}

fn sheet_of(product: &Product, category: &str) -> Vec<u8> {
    let mut sheet = header().unwrap();
    sheet.extend(lines([(product, category)].into_iter()).unwrap());
    sheet
}

proptest! {
    #[test]
    fn no_bytes_bring_the_reader_down(
        bytes in any::<Vec<u8>>(),
        cells in text("[a-z,;\t\"'=\n\r|é]{0,200}"),
    ) {
        let _ = read(&bytes);
        let sheet = [b"sku,name,price,tags,options\n", cells.as_bytes(), &bytes].concat();
        let chunks = read(&sheet).unwrap();
        let numbers: Vec<u64> =
            chunks.iter().flat_map(|chunk| &chunk.lines).map(|line| line.number).collect();
        prop_assert!(numbers.is_sorted(), "{numbers:?}");
    }

    #[test]
    fn what_is_written_is_read_again(content in content(), category in text("[!-~é]{1,20}")) {
        let id = ProductId::from_uuid(Uuid::nil());
        let product = Product::new(id, content, Timestamp::from_unix_micros(0));
        let chunks = read(&sheet_of(&product, &category)).unwrap();
        let line: Line = chunks[0].lines[0].line.clone().unwrap();
        prop_assert_eq!(line.category.as_ref().map(ToString::to_string), Some(category));
        let again = line.onto(None, Some(product.content.category_id)).unwrap();
        prop_assert_eq!(again, product.content);
    }
}

#[test]
fn a_sku_never_occurs_twice_in_a_portion() {
    let sheet = b"sku\nA\nB\nA\nA\nC\n";
    let chunks = read(sheet).unwrap();
    let sizes: Vec<usize> = chunks.iter().map(|chunk| chunk.lines.len()).collect();
    assert_eq!(sizes, [2, 1, 2]);
}

#[test]
fn an_option_map_has_one_order() {
    let options = BTreeMap::from([
        ("b".to_owned(), "1".to_owned()),
        ("a".to_owned(), "2".to_owned()),
    ]);
    let options = Options::try_from(options).unwrap();
    assert_eq!(super::cells::of_options(&options), "a=2|b=1");
}
