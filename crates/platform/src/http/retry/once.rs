//! One effect per key, for handlers that know nothing of keys.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::ErrorKind;

use crate::auth::Principal;
use crate::db::DbError;
use crate::db::joined::{Scope, joined};

use super::super::body::read_whole;
use super::super::problem::{AnsweredKind, Problem};
use super::answer::StoredAnswer;
use super::key::{Claim, RetryKey};
use super::running::Turn;
use super::store::{self, Told};
use super::{Inner, Retries};

/// How often a request that lost against another transaction is tried again.
const REPEATS: u32 = 3;
/// The longest pause before the first repetition; it doubles. Long enough for the winner's commit
/// to reach the disk, short enough to go unnoticed.
const FIRST_PAUSE_MS: u64 = 10;

/// The layer for handlers that know nothing of retries.
pub(super) async fn by_layer(
    State(retries): State<Retries>,
    request: Request,
    next: Next,
) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match serve(&retries.0, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn serve(retries: &Inner, request: Request, next: Next) -> Result<Response, Problem> {
    let claim = claim_of(&request)?;
    let _turn = claim
        .as_ref()
        .map(|claim| turn(retries, claim))
        .transpose()?;
    let (head, body) = request.into_parts();
    let body = read_whole(body).await?;
    let key = claim.map(|claim| claim.with_body(&body));
    if let Some(key) = &key
        && let Some(response) = stored(retries, key).await?
    {
        return Ok(response);
    }
    let attempt = Attempt {
        retries,
        key,
        head,
        body,
        next,
    };
    attempt.until_definite().await
}

/// The layer for handlers that store their answers themselves.
pub(super) async fn by_handler(
    State(retries): State<Retries>,
    request: Request,
    next: Next,
) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match hand_over(&retries.0, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn hand_over(retries: &Inner, request: Request, next: Next) -> Result<Response, Problem> {
    let Some(claim) = claim_of(&request)? else {
        return Ok(next.run(request).await);
    };
    let _turn = turn(retries, &claim)?;
    let (head, body) = request.into_parts();
    let body = read_whole(body).await?;
    let key = claim.with_body(&body);
    let mut request = Request::from_parts(head, Body::from(body));
    request.extensions_mut().insert(key);
    Ok(next.run(request).await)
}

/// The claim of a POST; other methods are safe to repeat as they are.
pub(super) fn claim_of(request: &Request) -> Result<Option<Claim>, Problem> {
    let method = request.method();
    if method != axum::http::Method::POST {
        return Ok(None);
    }
    let principal = request.extensions().get::<Principal>();
    Claim::of(request.headers(), principal, method, request.uri().path())
}

pub(super) fn turn(retries: &Inner, claim: &Claim) -> Result<Turn, Problem> {
    retries.running.claim(claim.id).ok_or_else(|| {
        let message = "a request with this Idempotency-Key is being worked on";
        Problem::new(ErrorKind::Conflict, "REQUEST_IN_PROGRESS", message).retry_after(1)
    })
}

/// The answer to give again, if there is one.
pub(super) async fn stored(retries: &Inner, key: &RetryKey) -> Result<Option<Response>, Problem> {
    let Some(record) = store::find(&retries.db, key.id).await? else {
        return Ok(None);
    };
    match record.tell(key)? {
        Told::Same(answer) => Ok(Some(answer.replay())),
        Told::Reused => Err(reused()),
    }
}

/// The refusal of a key that came with another body before.
pub fn reused() -> Problem {
    Problem::new(
        ErrorKind::Invalid,
        "IDEMPOTENCY_KEY_REUSED",
        "this Idempotency-Key belongs to a request with another body",
    )
}

/// A request that can be handed to its handler more than once.
struct Attempt<'a> {
    retries: &'a Inner,
    key: Option<RetryKey>,
    head: request::Parts,
    body: Bytes,
    next: Next,
}

impl Attempt<'_> {
    async fn until_definite(self) -> Result<Response, Problem> {
        let mut repeats = 0;
        loop {
            let (response, scope) = joined(self.next.clone().run(self.request())).await;
            let settled = self.settle(response, scope).await;
            let busy = match &settled {
                Ok(response) => is_busy(response),
                Err(problem) => problem.kind() == ErrorKind::Busy,
            };
            if !busy || repeats == REPEATS {
                return settled;
            }
            pause(repeats).await;
            repeats += 1;
        }
    }

    fn request(&self) -> Request {
        Request::from_parts(self.head.clone(), Body::from(self.body.clone()))
    }

    /// Makes durable what the handler did, with its answer.
    async fn settle(&self, response: Response, scope: Scope) -> Result<Response, Problem> {
        let status = response.status();
        if status.is_server_error() {
            scope.roll_back().await?;
            return Ok(response);
        }
        match &self.key {
            Some(key) if StoredAnswer::is_outcome(status) => {
                self.settle_with(key, response, scope).await
            }
            // A refusal may have left something behind on purpose, as a count of failed logins.
            _ => {
                scope.commit().await?;
                Ok(response)
            }
        }
    }

    async fn settle_with(
        &self,
        key: &RetryKey,
        response: Response,
        scope: Scope,
    ) -> Result<Response, Problem> {
        let row = [(key.clone(), StoredAnswer::of(response).await?)];
        let (db, source) = (&self.retries.db, &self.retries.source);
        let committed = scope
            .commit_with(db, async |tx| store::insert_all(tx, source, &row).await)
            .await;
        let [(_, answer)] = row;
        match committed {
            Ok(()) => Ok(answer.into_response()),
            Err(DbError::Unique(_)) => self.first_answer(key).await,
            Err(fault) => Err(fault.into()),
        }
    }

    /// Another process has answered the same key meanwhile; ours was rolled back.
    async fn first_answer(&self, key: &RetryKey) -> Result<Response, Problem> {
        let replay = stored(self.retries, key).await?;
        replay.ok_or_else(|| Problem::from(DbError::Busy))
    }
}

fn is_busy(response: &Response) -> bool {
    response.status() == StatusCode::SERVICE_UNAVAILABLE
        && matches!(
            response.extensions().get(),
            Some(AnsweredKind(ErrorKind::Busy))
        )
}

/// Full jitter, so that those who lost together do not meet again.
async fn pause(repeats: u32) {
    let longest = FIRST_PAUSE_MS << repeats;
    tokio::time::sleep(Duration::from_millis(rand::random_range(1..=longest))).await;
}
