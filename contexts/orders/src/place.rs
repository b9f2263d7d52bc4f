//! Placing orders, a batch in one transaction: answers of earlier tries, prices, stock, the rows,
//! the events and the stored answers, all or nothing.

use crate::cart::checkout::{self, Asked};
use crate::desk::{Counter, Job, Reply};
use crate::error::OrderError;
use crate::order::{FulfilmentStatus, Order, Status};
use crate::price::{self, ProductCopy, Wish};
use crate::saga::Saga;
use crate::stock::{self, Held, Placing};
use crate::store;
use crate::view::OrderView;
use crate::waiting::Waiting;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use kernel::{ClientId, EmployeeId, ErrorKind, OrderId, ProductId, StoreId, Timestamp};
use platform::http::retry::{self, Told};
use platform::http::{Created, Problem, StoredAnswer, within_request};
use platform::{DbError, Host, Tx};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Answers a batch of requests, in order. An error means that nothing of the batch has happened.
pub async fn place_all(mut tx: Tx, at: &Counter, jobs: &[Job]) -> Result<Vec<Reply>, DbError> {
    let Counter { host, waiting } = at;
    let now = host.source.now();
    let mut replies = known_answers(&mut tx, jobs).await?;
    let open: Vec<usize> = (0..jobs.len())
        .filter(|place| replies[*place].is_none())
        .collect();
    let (asked, mut carts, unasked) = checkout::ask(&mut tx, jobs, &open, now).await?;
    let mut priced = price_all(&mut tx, host, &asked, now).await?;
    priced.refused.extend(unasked);
    let Decided {
        orders,
        sagas,
        places,
        refused,
    } = decide(&mut tx, priced, now).await?;
    let of_cart = |(place, order): (&usize, &Order)| Some((*place, order.id, carts.remove(place)?));
    let sold = places.iter().zip(&orders).filter_map(of_cart).collect();
    // The database writes while this task makes the answers.
    let (written, answered) = tokio::join!(
        write(&mut tx, &orders, &sagas),
        answer_all(jobs, waiting, places.iter().copied().zip(&orders), refused)
    );
    written?;
    let (stored, answers) = answered?;
    for (place, reply) in answers {
        replies[place] = Some(reply);
    }
    checkout::close(&mut tx, host, jobs, sold).await?;
    if !stored.is_empty() {
        retry::insert_all(&mut tx, &host.source, &stored).await?;
    }
    tx.commit().await?;
    let missing = || Reply::Problem(Problem::bug("a request was left without an answer"));
    Ok(replies
        .into_iter()
        .map(|reply| reply.unwrap_or_else(missing))
        .collect())
}

/// Most orders wait for nothing: then nothing is written but they.
async fn write(tx: &mut Tx, orders: &[Order], sagas: &[(OrderId, Saga)]) -> Result<(), DbError> {
    store::insert(tx, orders).await?;
    store::keep_sagas(tx, sagas).await
}

/// What came of a batch.
struct Decided {
    /// Those to be written, and whose they are: places in the batch, in the same order.
    orders: Vec<Order>,
    /// Of those that wait for something.
    sagas: Vec<(OrderId, Saga)>,
    places: Vec<usize>,
    refused: Vec<(usize, OrderError)>,
}

/// Asks for stock.
async fn decide(tx: &mut Tx, priced: Priced, now: Timestamp) -> Result<Decided, DbError> {
    let Priced {
        drafts,
        placing,
        mut refused,
    } = priced;
    let (asked, mut placing): (Vec<usize>, Vec<Placing>) = placing.into_iter().unzip();
    let held = stock::hold(tx, &mut placing, now).await?;
    let (mut places, mut orders): (Vec<usize>, Vec<Order>) = drafts.into_iter().unzip();
    let mut sagas = Vec::new();
    for ((place, one), held) in asked.into_iter().zip(placing).zip(held) {
        sagas.extend(stock::saga_of(&one.order, &held, now));
        match held {
            Held::No(short) => refused.push((place, OrderError::InsufficientStock(short))),
            Held::Yes | Held::NotYet => {
                places.push(place);
                orders.push(one.order);
            }
        }
    }
    Ok(Decided {
        orders,
        sagas,
        places,
        refused,
    })
}

/// The answers, each with its place in the batch, and those of them to store.
async fn answer_all(
    jobs: &[Job],
    waiting: &Waiting,
    orders: impl Iterator<Item = (usize, &Order)>,
    refused: Vec<(usize, OrderError)>,
) -> Result<(Stored, Vec<(usize, Reply)>), DbError> {
    let (mut stored, mut answers) = (Vec::new(), Vec::with_capacity(jobs.len()));
    for (place, order) in orders {
        answers.push((
            place,
            answer(&jobs[place], order, waiting, &mut stored).await?,
        ));
    }
    for (place, error) in refused {
        answers.push((place, refusal(&jobs[place], error, &mut stored).await?));
    }
    Ok((stored, answers))
}

/// Answers to keys that were served before.
async fn known_answers(tx: &mut Tx, jobs: &[Job]) -> Result<Vec<Option<Reply>>, DbError> {
    let ids: Vec<_> = jobs
        .iter()
        .filter_map(|job| job.key.as_ref())
        .map(|key| key.id)
        .collect();
    let mut found = match ids.is_empty() {
        true => HashMap::new(),
        false => retry::find_all(tx, &ids).await?,
    };
    let reply = |job: &Job| {
        let key = job.key.as_ref()?;
        Some(found.remove(&key.id)?.tell(key))
    };
    let told: Vec<_> = jobs.iter().map(reply).collect();
    told.into_iter()
        .map(|told| match told.transpose()? {
            None => Ok(None),
            Some(Told::Same(answer)) => Ok(Some(Reply::Again(answer))),
            Some(Told::Reused) => Ok(Some(Reply::Problem(retry::reused()))),
        })
        .collect()
}

/// What orders knows that bears on a batch.
struct Known {
    products: HashMap<ProductId, ProductCopy>,
    clients: HashSet<ClientId>,
    employees: HashSet<EmployeeId>,
    stores: HashSet<StoreId>,
}

/// A batch after its prices are known, each with its place in the batch.
#[derive(Default)]
struct Priced {
    drafts: Vec<(usize, Order)>,
    placing: Vec<(usize, Placing)>,
    refused: Vec<(usize, OrderError)>,
}

async fn price_all(
    tx: &mut Tx,
    host: &Host,
    asked: &[Asked<'_>],
    now: Timestamp,
) -> Result<Priced, DbError> {
    let mut priced = Priced::default();
    if asked.is_empty() {
        return Ok(priced);
    }
    let known = look_up(tx, asked).await?;
    let serials = store::draw_serials(tx, asked.len()).await?;
    for (
        &Asked {
            place,
            job,
            ref wish,
        },
        serial,
    ) in asked.iter().zip(serials)
    {
        match new_order(host, wish, &known, serial, now) {
            Ok(order) if wish.draft => priced.drafts.push((place, order)),
            Ok(order) => {
                priced.placing.push((
                    place,
                    Placing {
                        cause: job.cause.clone(),
                        order,
                    },
                ));
            }
            Err(error) if job.checkout.is_some() => {
                priced.refused.push((place, checkout::refusal(error)));
            }
            Err(error) => priced.refused.push((place, error)),
        }
    }
    Ok(priced)
}

async fn look_up(tx: &mut Tx, asked: &[Asked<'_>]) -> Result<Known, DbError> {
    let wishes = || asked.iter().map(|one| &*one.wish);
    let products = wishes().flat_map(|wish| wish.items.iter().map(|item| item.product_id));
    Ok(Known {
        products: store::products(tx, &products.collect()).await?,
        clients: store::live_clients(tx, &wishes().map(|wish| wish.client_id).collect()).await?,
        employees: store::live_employees(
            tx,
            &wishes().filter_map(|wish| wish.employee_id).collect(),
        )
        .await?,
        stores: store::live_stores(tx, &wishes().filter_map(|wish| wish.store_id).collect())
            .await?,
    })
}

fn new_order(
    host: &Host,
    wish: &Wish,
    known: &Known,
    serial: i64,
    now: Timestamp,
) -> Result<Order, OrderError> {
    if !known.clients.contains(&wish.client_id) {
        return Err(OrderError::UnknownClient);
    }
    if wish
        .employee_id
        .is_some_and(|id| !known.employees.contains(&id))
    {
        return Err(OrderError::UnknownEmployee);
    }
    if wish.store_id.is_some_and(|id| !known.stores.contains(&id)) {
        return Err(OrderError::UnknownStore);
    }
    let shop = host.settings.currency;
    let (lines, total) = price::price(&wish.items, &known.products, shop)?;
    price::check_expected(wish.expected_total, total)?;
    Ok(Order {
        id: host.source.id(),
        serial,
        status: Status::Draft,
        payment_method: wish.payment_method,
        payment_status: wish.payment_status(),
        fulfilment_status: FulfilmentStatus::Unfulfilled,
        client_id: wish.client_id,
        employee_id: wish.employee_id,
        store_id: wish.store_id,
        country: wish.country,
        note: wish.note.clone(),
        reference: None,
        lines,
        total,
        end_reason: None,
        end_detail: None,
        cancel_requested: None,
        placed_at: (!wish.draft).then_some(now),
        created_at: now,
        updated_at: now,
        version: 1,
    })
}

type Stored = Vec<(retry::RetryKey, StoredAnswer)>;

/// A refusal; a 409 is an outcome and is stored with its key.
async fn refusal(job: &Job, error: OrderError, stored: &mut Stored) -> Result<Reply, DbError> {
    let problem = Problem::from(error);
    if problem.kind() != ErrorKind::Conflict {
        return Ok(Reply::Problem(problem));
    }
    let request_id = Arc::clone(&job.request_id);
    let response = within_request(request_id, async { problem.into_response() }).await;
    keep(job, stored_answer(response).await?, stored)
}

async fn answer(
    job: &Job,
    order: &Order,
    waiting: &Waiting,
    stored: &mut Stored,
) -> Result<Reply, DbError> {
    let answer = placed_answer(order).await?;
    if order.status == Status::Pending {
        let _ = keep(job, answer.clone(), stored)?;
        return Ok(Reply::Pending(waiting.wait_for(order), answer));
    }
    keep(job, answer, stored)
}

fn keep(job: &Job, answer: StoredAnswer, stored: &mut Stored) -> Result<Reply, DbError> {
    if let Some(key) = &job.key {
        stored.push((key.clone(), answer.clone()));
    }
    Ok(Reply::Done(answer))
}

/// 201 for an order that stands, 202 for one whose outcome is still open.
pub async fn placed_answer(order: &Order) -> Result<StoredAnswer, DbError> {
    let (location, version) = (location(order.id), order.version);
    let mut response = Created {
        location,
        version,
        body: OrderView::from(order),
    }
    .into_response();
    if order.status == Status::Pending {
        *response.status_mut() = StatusCode::ACCEPTED;
    }
    stored_answer(response).await
}

pub fn location(id: OrderId) -> String {
    format!("/v1/orders/{id}")
}

async fn stored_answer(response: axum::response::Response) -> Result<StoredAnswer, DbError> {
    let unreadable = |_| DbError::Bug("an answer could not be written".to_owned());
    StoredAnswer::of(response).await.map_err(unreadable)
}
