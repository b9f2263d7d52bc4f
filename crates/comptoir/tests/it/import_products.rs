//! `comptoir import products` as users run it: the binary, a file, what it prints, how it ends.

use crate::binary::{Ran, Till, on_both_by_binary};

const HEADER: &str = "sku,name,category,price,description\n";

/// Some products, good and bad; the sixth line of the file belongs to the fifth.
const MIXED: &str = "TEA-100,Assam tea 100 g,Tea,6.40,Loose leaf
,A tea without a code,Tea,1.00,
TEA-101,Sencha 100 g,Tea,free,
TEA-102,Oolong 100 g,Tea,9.10,\"Roasted,
from Fujian\"
TEA-103,,Tea,2.00,
CUP-1,Cup,Tableware,4.00,
";

impl Till {
    fn import(&self, lines: &str, flags: &[&str]) -> Ran {
        let file = self.folder.path().join("products.csv");
        std::fs::write(&file, format!("{HEADER}{lines}")).unwrap();
        self.run(&[&["import", "products", file.to_str().unwrap()], flags].concat())
    }

    async fn shop(&self) -> (i64, i64) {
        let products = self
            .count("select count(*) as n from catalog_product")
            .await;
        let categories = self
            .count("select count(*) as n from catalog_category")
            .await;
        (products, categories)
    }
}

/// Line, column and code of each row of the table of faults.
fn faults(ran: &Ran) -> Vec<[String; 3]> {
    let cells = |row: &str| {
        let cells = row.split(['│', '┆']).map(|cell| cell.trim().to_owned());
        cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
    };
    let rows = ran.out.lines().map(cells);
    let rows = rows.filter(|row| row.len() == 4 && row[0].parse::<u64>().is_ok());
    rows.map(|row| [row[0].clone(), row[1].clone(), row[2].clone()])
        .collect()
}

fn fault(line: &str, column: &str, code: &str) -> [String; 3] {
    [line, column, code].map(str::to_owned)
}

on_both_by_binary! {
    async fn good_lines_come_in_and_bad_ones_are_told_with_their_numbers(till: &Till) {
        let first = till.import(MIXED, &[]);
        assert_eq!(first.code, Some(1), "{first:?}");
        let expected = [
            fault("3", "sku", "REQUIRED"),
            fault("4", "price", "INVALID_AMOUNT"),
            fault("7", "name", "REQUIRED"),
        ];
        assert_eq!(faults(&first), expected, "{}", first.out);
        let sum = "6 lines: 3 created, 0 updated, 0 unchanged, 3 not imported";
        assert!(first.says(sum) && first.says("2 categories created"), "{}", first.out);
        assert_eq!(till.shop().await, (3, 2));
    }

    async fn a_second_import_updates_what_changed_and_leaves_the_rest(till: &Till) {
        till.import(MIXED, &[]);
        let dearer = "TEA-100,Assam tea 100 g,tea,6.80,Loose leaf
CUP-1,Cup,Tableware,4.00,
TEA-101,Sencha 100 g,Tea,7.20,
";
        let second = till.import(dearer, &[]);
        assert_eq!(second.code, Some(0), "{second:?}");
        let sum = "3 lines: 1 created, 1 updated, 1 unchanged, 0 not imported";
        assert!(second.says(sum) && !second.out.contains("categories"), "{}", second.out);
        let third = till.import(dearer, &[]);
        let sum = "3 lines: 0 created, 0 updated, 3 unchanged, 0 not imported";
        assert!(third.code == Some(0) && third.says(sum), "{third:?}");
        assert_eq!(till.shop().await, (4, 2));
        let changed = "select count(*) as n from catalog_product where price_minor = 680";
        assert_eq!(till.count(changed).await, 1);
        let verified = till.run(&["verify"]);
        assert_eq!(verified.code, Some(0), "{verified:?}");
    }

    async fn with_atomic_all_lines_come_in_or_none(till: &Till) {
        let refused = till.import(MIXED, &["--atomic"]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.says("Nothing was imported: --atomic wants all lines or none."));
        assert_eq!(faults(&refused).len(), 3, "{}", refused.out);
        assert_eq!(till.shop().await, (0, 0), "not even a category");
        let good = "TEA-100,Assam,Tea,6.40,\nCUP-1,Cup,Tableware,4.00,\n";
        let taken = till.import(good, &["--atomic"]);
        assert!(taken.code == Some(0) && taken.says("2 categories created"), "{taken:?}");
        assert_eq!(till.shop().await, (2, 2));
    }

    async fn what_is_no_sheet_of_products_is_refused_whole(till: &Till) {
        let absent = till.run(&["import", "products", "nowhere.csv"]);
        assert_eq!((absent.code, absent.out.as_str()), (Some(1), ""));
        assert!(absent.err.contains("comptoir: nowhere.csv: "), "{}", absent.err);
        let file = till.folder.path().join("colours.csv");
        std::fs::write(&file, "sku,colour\nTEA-100,green\n").unwrap();
        let strange = till.run(&["import", "products", file.to_str().unwrap()]);
        assert_eq!(strange.code, Some(1));
        assert!(strange.err.contains("there is no column `colour`"), "{}", strange.err);
        assert_eq!(till.shop().await, (0, 0));
    }
}
