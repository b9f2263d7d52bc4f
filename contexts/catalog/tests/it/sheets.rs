//! Products as CSV, in and out.

use crate::{app, category, column, product, staff};
use catalog::{ImportOptions, import_products};
use platform::http::Role;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, on_both};

async fn import(app: &TestApp, query: &str, sheet: &str) -> Answer {
    let path = format!("/v1/products/import{query}");
    let request = app.post(&path).as_role(Role::Manager);
    request
        .body("text/csv; charset=utf-8", sheet.to_owned())
        .send()
        .await
}

async fn export(app: &TestApp) -> String {
    let answer = app
        .get("/v1/products/export")
        .as_role(Role::Manager)
        .send()
        .await
        .expect(200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/csv; charset=utf-8")
    );
    answer.text()
}

fn counts(report: &Value) -> [i64; 5] {
    ["lines", "created", "updated", "unchanged", "failed"]
        .map(|name| report[name].as_i64().unwrap())
}

fn codes(report: &Value) -> Vec<(i64, String)> {
    let errors = report["errors"].as_array().unwrap();
    let code = |error: &Value| error["code"].as_str().unwrap().to_owned();
    errors
        .iter()
        .map(|error| (error["line"].as_i64().unwrap(), code(error)))
        .collect()
}

on_both! {
    async fn a_sheet_makes_and_changes_products_by_sku(app: TestApp) {
        category(&app, "Lights").await;
        let sheet = "sku,name,category,price,tags,description\n\
            A,Lamp,lights,19.99,new|red,\"Two\nlines, and a \"\"quote\"\"\"\n\
            B,Bulb,LIGHTS,1,,\n";
        let report = import(&app, "", sheet).await.expect(200).json();
        assert_eq!(counts(&report), [2, 2, 0, 0, 0]);
        let lamp = staff(&app, "/v1/products?q=lamp").await.json()["items"][0].clone();
        assert_eq!(lamp["description"], "Two\nlines, and a \"quote\"");
        assert_eq!(
            (&lamp["tags"], &lamp["price"]["amount"]),
            (&json!(["new", "red"]), &json!("19.99"))
        );
        assert_eq!(lamp["status"], "active");

        // As a spreadsheet of another country writes it.
        let change = "\u{feff}price;sku;tags\r\n21.50;A;'=1\r\n";
        let report = import(&app, "", change).await.expect(200).json();
        assert_eq!(counts(&report), [1, 0, 1, 0, 0]);
        let lamp = staff(&app, "/v1/products?q=lamp").await.json()["items"][0].clone();
        assert_eq!(
            (&lamp["tags"], &lamp["price"]["amount"]),
            (&json!(["=1"]), &json!("21.50"))
        );
    }

    async fn an_empty_cell_empties_and_an_absent_column_keeps(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let more =
            json!({ "description": "x", "tags": ["a"], "gtin": "96385074", "status": "draft" });
        product(&app, &lights, "A", more).await;
        let report = import(&app, "", "sku,description,status\nA,,\n")
            .await
            .expect(200)
            .json();
        assert_eq!(counts(&report), [1, 0, 1, 0, 0]);
        let lamp = staff(&app, "/v1/products").await.json()["items"][0].clone();
        assert_eq!(
            (&lamp["description"], &lamp["tags"]),
            (&json!(null), &json!(["a"]))
        );
        assert_eq!(
            (&lamp["gtin"], &lamp["status"]),
            (&json!("96385074"), &json!("draft"))
        );
    }

    async fn every_bad_line_is_told_with_its_number_and_reason(app: TestApp) {
        category(&app, "Lights").await;
        let sheet = "sku,name,category,price,gtin,status,currency\n\
            GOOD,Lamp,Lights,1.00,,,CAD\n\
            ,Lamp,Lights,1.00,,,\n\
            A,,Lights,1.00,,,\n\
            B,Lamp,Chairs,1.00,,,\n\
            C,Lamp,Lights,0,,,\n\
            D,Lamp,Lights,-1,,,\n\
            E,Lamp,Lights,1.999,,,\n\
            F,Lamp,Lights,1.00,123,,\n\
            G,Lamp,Lights,1.00,,sold,\n\
            H,Lamp,Lights,1.00,,,EUR\n\
            I,Lamp\n\
            J,Lamp,Lights,,,,\n";
        let report = import(&app, "", sheet).await.expect(200).json();
        assert_eq!(counts(&report), [12, 1, 0, 0, 11]);
        let expected = [
            (3, "REQUIRED"),
            (4, "REQUIRED"),
            (5, "UNKNOWN_CATEGORY"),
            (6, "INVALID_PRICE"),
            (7, "INVALID_PRICE"),
            (8, "INVALID_AMOUNT"),
            (9, "INVALID_GTIN"),
            (10, "INVALID_STATUS"),
            (11, "WRONG_CURRENCY"),
            (12, "WRONG_CELL_COUNT"),
            (13, "REQUIRED"),
        ];
        let mut expected = expected.map(|(line, code)| (line, code.to_owned()));
        expected.sort();
        assert_eq!(codes(&report), expected);
        assert_eq!(report["failed_by_code"]["REQUIRED"], 3);
        assert_eq!(report["errors"][1]["column"], "name");
    }

    async fn all_or_none_writes_nothing_when_a_line_fails(app: TestApp) {
        category(&app, "Lights").await;
        let bad = "sku,name,category,price\nA,Lamp,Lights,1\nB,Lamp,Lights,0\n";
        let refused = import(&app, "?atomic=true", bad).await.expect(422);
        assert_eq!(refused.code(), "IMPORT_REFUSED");
        assert_eq!(
            refused.json()["error"]["details"][0]["field"],
            "line 3.price"
        );
        assert_eq!(staff(&app, "/v1/products").await.json()["items"], json!([]));
        let good = "sku,name,category,price\nA,Lamp,Lights,1\nB,Lamp,Lights,2\n";
        assert_eq!(
            counts(&import(&app, "?atomic=true", good).await.expect(200).json())[1],
            2
        );
    }

    async fn missing_categories_are_made_when_wanted(app: TestApp) {
        let sheet = "sku,name,category,price\nA,Lamp,Lights,1\nB,Seat,Chairs,2\nC,Bulb,LIGHTS,3\n";
        assert_eq!(
            counts(&import(&app, "", sheet).await.expect(200).json())[4],
            3
        );
        let report = import(&app, "?create_categories=true", sheet)
            .await
            .expect(200)
            .json();
        assert_eq!(counts(&report), [3, 3, 0, 0, 0]);
        assert_eq!(report["categories_created"], 2);
    }

    async fn a_sheet_that_is_none_is_refused_as_a_whole(app: TestApp) {
        for (sheet, code) in [
            ("", "MISSING_COLUMN"),
            ("name,price\nLamp,1\n", "MISSING_COLUMN"),
            ("sku,colour\nA,red\n", "UNKNOWN_COLUMN"),
            ("sku,sku\nA,A\n", "DUPLICATE_COLUMN"),
        ] {
            assert_eq!(
                import(&app, "", sheet).await.expect(422).code(),
                code,
                "{sheet}"
            );
        }
        let open_quote = format!("sku,name\nA,\"{}", "x".repeat(2 * 1024 * 1024));
        assert_eq!(
            import(&app, "", &open_quote).await.expect(422).code(),
            "LINE_TOO_LONG"
        );
        let wrong_type = app
            .post("/v1/products/import")
            .as_role(Role::Manager)
            .json(json!({}));
        wrong_type.send().await.expect(415);
        import(&app, "?colour=red", "sku\n").await.expect(422);
        let latin1 = app.post("/v1/products/import").as_role(Role::Manager);
        let latin1 = latin1
            .body("text/csv", &b"sku,name\nA,caf\xe9\n"[..])
            .send()
            .await
            .expect(200);
        assert_eq!(codes(&latin1.json()), [(2, "NOT_UTF8".to_owned())]);
        let clerk = app
            .post("/v1/products/import")
            .as_role(Role::Clerk)
            .body("text/csv", "sku\n");
        clerk.send().await.expect(403);
    }

    async fn one_sku_on_several_lines_ends_as_the_last_says(app: TestApp) {
        category(&app, "Lights").await;
        let sheet = "sku,name,category,price\nA,One,Lights,1\nB,Two,Lights,1\nA,Three,Lights,1\n";
        let report = import(&app, "", sheet).await.expect(200).json();
        assert_eq!(counts(&report), [3, 2, 1, 0, 0]);
        let list = staff(&app, "/v1/products?sort=sku").await.json();
        assert_eq!(column(&list, "name"), ["Three", "Two"]);
    }

    async fn what_is_exported_comes_back_unchanged(app: TestApp) {
        let lights = category(&app, "Li=ghts, \"best\"").await;
        let other = category(&app, "@home").await;
        product(&app, &lights, "=A1+B2", json!({
            "name": "@SUM(1,2)", "description": "-1\n\"quoted\", and more", "tags": ["+one", "two"],
            "options": { "size": "M", "colour": "+red" },
            "gtin": "4006381333931", "status": "draft",
        })).await;
        product(
            &app,
            &other,
            "'quoted",
            json!({ "name": "Ünïcødé", "price": "0.01" }),
        )
        .await;
        let sheet = export(&app).await;
        for line in sheet.lines() {
            assert!(!line.starts_with(['=', '+', '-', '@']), "{line}");
        }
        assert!(sheet.contains("\"'@SUM(1,2)\""), "{sheet}");
        let report = import(&app, "?atomic=true", &sheet)
            .await
            .expect(200)
            .json();
        assert_eq!(counts(&report), [2, 0, 0, 2, 0]);
        assert_eq!(export(&app).await, sheet);
    }

    async fn a_long_sheet_goes_in_and_out_in_portions(app: TestApp) {
        let mut sheet = String::from("sku,name,category,price\n");
        for number in 0..2300 {
            sheet.push_str(&format!(
                "SKU{number:05},Thing {number},Things,{}.25\n",
                1 + number % 90
            ));
        }
        let mut told = Vec::new();
        let reader = std::io::Cursor::new(sheet.into_bytes());
        let options = ImportOptions {
            create_categories: true,
            ..ImportOptions::default()
        };
        let report = import_products(app.host(), reader, options, |progress| {
            told.push(progress.lines)
        });
        let report = report.await.unwrap();
        assert_eq!(
            (report.lines, report.created, report.failed),
            (2300, 2300, 0)
        );
        assert_eq!(told, [500, 1000, 1500, 2000, 2300]);
        let sheet = export(&app).await;
        assert_eq!(sheet.lines().count(), 2301);
        let report = import(&app, "", &sheet).await.expect(200).json();
        assert_eq!(counts(&report), [2300, 0, 0, 2300, 0]);
    }

    async fn two_imports_of_the_same_sheet_do_not_get_in_each_others_way(app: TestApp) {
        let mut sheet = String::from("sku,name,category,price\n");
        for number in 0..600 {
            sheet.push_str(&format!(
                "SKU{number},Thing {number},Things {},1\n",
                number % 7
            ));
        }
        let (one, two) = tokio::join!(
            import(&app, "?create_categories=true", &sheet),
            import(&app, "?create_categories=true", &sheet),
        );
        let (one, two) = (one.expect(200).json(), two.expect(200).json());
        assert_eq!(
            one["created"].as_i64().unwrap() + two["created"].as_i64().unwrap(),
            600
        );
        assert_eq!(
            one["failed"].as_i64().unwrap() + two["failed"].as_i64().unwrap(),
            0
        );
    }
}
