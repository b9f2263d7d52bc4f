//! Orders in GraphQL, for staff: as REST shows them and of the stores REST shows them of.

use crate::http::may_see;
use crate::http::read::{ListParams, page};
use crate::store;
use crate::view::OrderView;
use kernel::OrderId;
use platform::Host;
use platform::http::graphql::{Asked, Connection, Part};
use platform::http::{Allow, Problem, STAFF};

pub fn part(host: &Host) -> Part<Host> {
    Part::new(include_str!("orders.graphql"), host.clone())
        .field("Query.orders", Allow::only(STAFF), orders)
        .entity("Order", Allow::only(STAFF), each)
}

async fn orders(host: Host, asked: Asked) -> Result<Connection<OrderView>, Problem> {
    let principal = asked.principal.clone();
    let params: ListParams = asked.arguments()?;
    Ok(page(&host, &principal, &params).await?.into())
}

async fn each(
    host: Host,
    ids: Vec<OrderId>,
    asked: Asked,
) -> Result<Vec<(OrderId, OrderView)>, Problem> {
    let mut tx = host.db.read().await?;
    let mut found = store::find_all(&mut tx, ids).await?;
    found.retain(|order| may_see(&asked.principal, order).is_ok());
    Ok(found
        .iter()
        .map(|order| (order.id, OrderView::from(order)))
        .collect())
}
