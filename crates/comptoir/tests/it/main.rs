//! The whole shop, all contexts at home, on both engines.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod api_keys;
mod arrivals;
mod binary;
mod canaries;
mod carts;
mod circles;
mod corpus;
mod demo;
mod documents;
mod export;
mod graphql;
mod import_products;
mod import_sales;
mod import_sales_command;
mod letters;
mod logins;
mod matrix;
mod paid;
mod parcels;
mod poison;
mod races;
mod reconcile;
mod reports;
mod sagas;
mod sale;
mod served;
mod settings;
mod shop;
mod starting;
mod stopping;
mod thousand_lines;
mod traps;
mod truth;
mod verify;
