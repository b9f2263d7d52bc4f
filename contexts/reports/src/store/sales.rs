//! Sales by what they have in common.

use super::{SOMETHING, SUMS, copies, figures, lines, narrowed};
use crate::ask::{Asked, By};
use crate::calendar::Day;
use crate::effect::Figures;
use kernel::{Country, EmployeeId, Id, StoreId};
use platform::db::Row;
use platform::{DbError, Tx};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A group of sales.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The day, month, id or country; nothing where it is not known.
    pub key: Option<String>,
    pub name: Option<String>,
    pub currency: String,
    pub figures: Figures,
}

/// Groups in the order of their keys, by currency. The statement knows no months: days are few.
pub async fn grouped(tx: &mut Tx, by: By, asked: &Asked) -> Result<Vec<Group>, DbError> {
    // Lines know their product, and so its category; orders know everything else.
    if by == By::Category || asked.category.is_some() {
        return lines::grouped(tx, by, asked).await;
    }
    let rows = rows(tx, by, asked).await?;
    match by {
        By::Day => rows.iter().map(|row| day(row, Day::to_string)).collect(),
        By::Month => {
            let days = rows.iter().map(|row| day(row, |day| day.month()));
            Ok(by_key(days.collect::<Result<_, _>>()?))
        }
        By::Country => {
            let countries = rows.iter().map(country);
            Ok(by_key(countries.collect::<Result<_, _>>()?))
        }
        By::Employee => named(&rows, HashMap::new(), text_of(EmployeeId::from_uuid)),
        By::Store | By::Category => {
            let names = copies::store_names(tx, ids(&rows)?).await?;
            named(&rows, names, text_of(StoreId::from_uuid))
        }
    }
}

/// What all that was asked for adds up to, a row a currency.
pub async fn totals(tx: &mut Tx, asked: &Asked) -> Result<Vec<(String, Figures)>, DbError> {
    let build = tx
        .build("select f.currency,")
        .push(SUMS)
        .push("from reports_sale_day f");
    let rows = narrowed(build, asked)
        .push("group by f.currency")
        .push(SOMETHING)
        .push("order by f.currency")
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("currency")?, figures(row)?)))
        .collect()
}

async fn rows(tx: &mut Tx, by: By, asked: &Asked) -> Result<Vec<Row>, DbError> {
    let (start, group, order) = match by {
        By::Day | By::Month => (
            "select f.day,",
            "group by f.day, f.currency",
            "order by f.day, f.currency",
        ),
        By::Store | By::Category => (
            "select f.store_id as id,",
            "group by f.store_id, f.currency",
            "order by f.store_id, f.currency",
        ),
        By::Employee => (
            "select f.employee_id as id,",
            "group by f.employee_id, f.currency",
            "order by f.employee_id, f.currency",
        ),
        By::Country => (
            "select f.country,",
            "group by f.country, f.currency",
            "order by f.country, f.currency",
        ),
    };
    let build = tx.build(start).push("f.currency,").push(SUMS);
    narrowed(build.push("from reports_sale_day f"), asked)
        .push(group)
        .push(SOMETHING)
        .push(order)
        .fetch_all()
        .await
}

fn ids(rows: &[Row]) -> Result<Vec<Uuid>, DbError> {
    let ids = rows.iter().map(|row| row.get::<Option<Uuid>>("id"));
    let ids: Vec<Option<Uuid>> = ids.collect::<Result<_, _>>()?;
    Ok(ids.into_iter().flatten().collect())
}

fn text_of<E: kernel::Entity>(id: fn(Uuid) -> Id<E>) -> impl Fn(Uuid) -> String {
    move |uuid| id(uuid).to_string()
}

/// Rows with an id; that of zeros stands for none.
fn named(
    rows: &[Row],
    names: HashMap<Uuid, String>,
    text: impl Fn(Uuid) -> String,
) -> Result<Vec<Group>, DbError> {
    let group = |row: &Row| {
        let id = row.get::<Option<Uuid>>("id")?.filter(|id| !id.is_nil());
        group_of(
            row,
            id.map(&text),
            id.and_then(|id| names.get(&id).cloned()),
        )
    };
    rows.iter().map(group).collect()
}

/// One word for a country: history that was taken over by an older version is counted under the
/// name that its file has.
fn country(row: &Row) -> Result<Group, DbError> {
    let country: String = row.get("country")?;
    group_of(row, Country::word_for(&country), None)
}

fn day(row: &Row, key: impl Fn(&Day) -> String) -> Result<Group, DbError> {
    let day = Day::from_number(row.get("day")?);
    group_of(row, Some(key(&day)), None)
}

fn group_of(row: &Row, key: Option<String>, name: Option<String>) -> Result<Group, DbError> {
    Ok(Group {
        key,
        name,
        currency: row.get("currency")?,
        figures: figures(row)?,
    })
}

/// Puts groups of one key together.
fn by_key(groups: Vec<Group>) -> Vec<Group> {
    let mut all: BTreeMap<(Option<String>, String), Group> = BTreeMap::new();
    for group in groups {
        match all.entry((group.key.clone(), group.currency.clone())) {
            std::collections::btree_map::Entry::Vacant(free) => drop(free.insert(group)),
            std::collections::btree_map::Entry::Occupied(mut known) => {
                known.get_mut().figures.add(group.figures, 1);
            }
        }
    }
    all.into_values().collect()
}
