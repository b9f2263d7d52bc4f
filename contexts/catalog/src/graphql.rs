//! The catalogue in GraphQL: products, as REST shows them and to whom it shows them.

use crate::catalog::Catalog;
use crate::http::product_shapes::ProductParams;
use crate::list_products::list_products;
use crate::read_products::read_products;
use crate::view::ProductView;
use kernel::ProductId;
use platform::http::graphql::{Asked, Connection, Part};
use platform::http::{Allow, Problem};

pub fn part(catalog: &Catalog) -> Part<Catalog> {
    Part::new(include_str!("catalog.graphql"), catalog.clone())
        .field("Query.products", Allow::signed_in(), products)
        .entity("Product", Allow::signed_in(), each)
}

async fn products(catalog: Catalog, asked: Asked) -> Result<Connection<ProductView>, Problem> {
    let staff = asked.principal.is_staff();
    let params: ProductParams = asked.arguments()?;
    let wanted = params.wanted(catalog.host.settings.currency)?;
    let page = list_products(&catalog, wanted, staff).await?;
    Ok(page.into())
}

async fn each(
    catalog: Catalog,
    ids: Vec<ProductId>,
    asked: Asked,
) -> Result<Vec<(ProductId, ProductView)>, Problem> {
    let found = read_products(&catalog, &ids, asked.principal.is_staff()).await?;
    Ok(found
        .into_iter()
        .map(|product| (product.id, product))
        .collect())
}
