//! Drafts: changed and deleted freely, until they are placed. They are made at the desk.

use crate::error::OrderError;
use crate::order::{Happening, Order, Outcome, PaymentMethod, transition};
use crate::price::{self, Wish};
use crate::stock::{self, Held, Placing};
use crate::store;
use kernel::{Money, OrderId};
use platform::http::Problem;
use platform::{Cause, Host, Tx};
use std::collections::HashSet;

/// Puts what a draft says now in place of what it said.
pub async fn rewrite(
    host: &Host,
    id: OrderId,
    change: impl FnOnce(&Order) -> Result<Wish, Problem>,
) -> Result<Order, Problem> {
    let mut tx = host.db.begin().await?;
    let mut order = to_change(&mut tx, id, Happening::Edit).await?;
    let wish = change(&order)?;
    fill(&mut tx, &mut order, &wish).await?;
    order.payment_method = wish.payment_method;
    order.updated_at = host.source.now();
    order.version += 1;
    store::update(&mut tx, &order).await?;
    store::replace_lines(&mut tx, &order).await?;
    tx.commit().await?;
    Ok(order)
}

/// Deletes a draft for good.
pub async fn delete(
    host: &Host,
    id: OrderId,
    check: impl FnOnce(&Order) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut tx = host.db.begin().await?;
    let order = to_change(&mut tx, id, Happening::Delete).await?;
    check(&order)?;
    store::delete(&mut tx, id).await?;
    tx.commit().await?;
    Ok(())
}

/// Places a draft: today's prices, stock, and from then on it is as if placed at once.
pub async fn place(
    host: &Host,
    id: OrderId,
    (expected_total, by_staff): (Option<Money>, bool),
    check: impl FnOnce(&Order) -> Result<(), Problem>,
) -> Result<Order, Problem> {
    let mut tx = host.db.begin().await?;
    let mut order = to_change(&mut tx, id, Happening::Place).await?;
    check(&order)?;
    let paid = by_staff && order.payment_method == PaymentMethod::Cash;
    let wish = Wish {
        expected_total,
        paid,
        draft: false,
        ..wish_of(&order)
    };
    fill(&mut tx, &mut order, &wish).await?;
    order.payment_status = wish.payment_status();
    price::check_expected(expected_total, order.total).map_err(Problem::from)?;
    let now = host.source.now();
    order.placed_at = Some(now);
    order.updated_at = now;
    order.version += 1;
    let mut placing = [Placing {
        cause: Cause::current(),
        order,
    }];
    let held = stock::hold(&mut tx, &mut placing, now).await?;
    let [Placing { order, .. }] = placing;
    let sagas: Vec<_> = held
        .iter()
        .filter_map(|held| stock::saga_of(&order, held, now))
        .collect();
    if let Some(Held::No(short)) = held.into_iter().next() {
        return Err(OrderError::InsufficientStock(short).into());
    }
    store::update(&mut tx, &order).await?;
    store::replace_lines(&mut tx, &order).await?;
    store::keep_sagas(&mut tx, &sagas).await?;
    tx.commit().await?;
    Ok(order)
}

/// What a stored order asks for.
pub fn wish_of(order: &Order) -> Wish {
    let item = |line: &crate::order::Line| price::Item {
        product_id: line.product_id,
        quantity: line.quantity,
    };
    Wish {
        client_id: order.client_id,
        employee_id: order.employee_id,
        store_id: order.store_id,
        items: order.lines.iter().map(item).collect(),
        payment_method: order.payment_method,
        paid: false,
        expected_total: None,
        country: order.country,
        note: order.note.clone(),
        draft: true,
    }
}

async fn to_change(tx: &mut Tx, id: OrderId, happening: Happening) -> Result<Order, OrderError> {
    let order = store::find_to_change(tx, id)
        .await?
        .ok_or(OrderError::NotFound)?;
    match transition(order.status, happening) {
        Outcome::To(_) => Ok(order),
        _ => Err(OrderError::illegal(order.status, happening)),
    }
}

/// Checks a wish against what orders knows and takes it over at today's prices.
async fn fill(tx: &mut Tx, order: &mut Order, wish: &Wish) -> Result<(), OrderError> {
    if store::live_clients(tx, &HashSet::from([wish.client_id]))
        .await?
        .is_empty()
    {
        return Err(OrderError::UnknownClient);
    }
    let employees: HashSet<_> = wish.employee_id.into_iter().collect();
    if store::live_employees(tx, &employees).await?.len() < employees.len() {
        return Err(OrderError::UnknownEmployee);
    }
    let stores: HashSet<_> = wish.store_id.into_iter().collect();
    if store::live_stores(tx, &stores).await?.len() < stores.len() {
        return Err(OrderError::UnknownStore);
    }
    let ids = wish.items.iter().map(|item| item.product_id).collect();
    let products = store::products(tx, &ids).await?;
    let (lines, total) = price::price(&wish.items, &products, order.total.currency())?;
    order.client_id = wish.client_id;
    order.employee_id = wish.employee_id;
    order.store_id = wish.store_id;
    order.country = wish.country;
    order.note = wish.note.clone();
    order.lines = lines;
    order.total = total;
    Ok(())
}
