//! Payments on the table, case by case.
