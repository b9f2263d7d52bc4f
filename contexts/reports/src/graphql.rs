//! Reports in GraphQL, for managers: as REST shows them.

use crate::http::answer::Report;
use crate::http::params::{PeriodParams, SalesParams, StockParams};
use crate::http::stock::StockOverview;
use crate::read;
use crate::views::{AverageBasket, BestSeller, HighestSpender, SalesGroup};
use platform::Host;
use platform::http::graphql::{Asked, Part};
use platform::http::{Allow, MANAGERS, Problem};

pub fn part(host: &Host) -> Part<Host> {
    let managers = Allow::only(MANAGERS);
    Part::new(include_str!("reports.graphql"), host.clone())
        .field("Query.bestSellers", managers, best_sellers)
        .field("Query.highestSpenders", managers, highest_spenders)
        .field("Query.sales", managers, sales)
        .field("Query.averageBasket", managers, average_basket)
        .field("Query.stockOverview", managers, stock_overview)
}

async fn best_sellers(host: Host, asked: Asked) -> Result<Report<BestSeller>, Problem> {
    let principal = asked.principal.clone();
    let asked = asked
        .arguments::<PeriodParams>()?
        .asked(&host, &principal)?;
    let table = read::best_sellers(&host, &asked).await?;
    Ok(Report::of(table, Some((asked.from, asked.to))))
}

async fn highest_spenders(host: Host, asked: Asked) -> Result<Report<HighestSpender>, Problem> {
    let principal = asked.principal.clone();
    let params: PeriodParams = asked.arguments()?;
    let asked = params.asked_of_orders(&host, &principal)?;
    let table = read::highest_spenders(&host, &asked).await?;
    Ok(Report::of(table, Some((asked.from, asked.to))))
}

async fn sales(host: Host, asked: Asked) -> Result<Report<SalesGroup>, Problem> {
    let principal = asked.principal.clone();
    let (by, asked) = asked.arguments::<SalesParams>()?.asked(&host, &principal)?;
    let table = read::sales_by(&host, by, &asked).await?;
    Ok(Report::of(table, Some((asked.from, asked.to))))
}

async fn average_basket(host: Host, asked: Asked) -> Result<Report<AverageBasket>, Problem> {
    let principal = asked.principal.clone();
    let params: PeriodParams = asked.arguments()?;
    let asked = params.asked_of_orders(&host, &principal)?;
    let table = read::average_basket(&host, &asked).await?;
    Ok(Report::of(table, Some((asked.from, asked.to))))
}

async fn stock_overview(host: Host, asked: Asked) -> Result<StockOverview, Problem> {
    let principal = asked.principal.clone();
    let asked = asked.arguments::<StockParams>()?.asked(&host, &principal)?;
    let (table, stores) = read::stock_overview(&host, &asked).await?;
    let report = Report::of(table, None);
    Ok(StockOverview { report, stores })
}
