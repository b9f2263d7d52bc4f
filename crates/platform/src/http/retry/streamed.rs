//! One effect per key, for bodies that are too large to be held: the body is hashed while the
//! handler reads it.
//!
//! The answer is stored after the handler has committed, not with it: an import of a hundred
//! thousand lines commits in portions. After a crash in between, the retry imports again, which
//! such handlers must bear.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};

use crate::db::DbError;

use super::super::body::unreadable;
use super::super::problem::Problem;
use super::answer::StoredAnswer;
use super::key::{Claim, RetryKey};
use super::once::{claim_of, reused, stored, turn};
use super::{Inner, Retries, store};

/// The layer for streamed bodies.
pub(super) async fn once(State(retries): State<Retries>, request: Request, next: Next) -> Response {
    let served = match claim_of(&request) {
        Ok(None) => return next.run(request).await,
        Ok(Some(claim)) => serve(&retries.0, &claim, request, next).await,
        Err(problem) => Err(problem),
    };
    served.unwrap_or_else(Problem::into_response)
}

async fn serve(
    retries: &Inner,
    claim: &Claim,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let _turn = turn(retries, claim)?;
    let print = Print::default();
    let (head, body) = request.into_parts();
    let body = Printed {
        body,
        print: print.clone(),
    };
    if store::find(&retries.db, claim.id).await?.is_some() {
        return replay(retries, claim, body, &print).await;
    }
    let response = next.run(Request::from_parts(head, Body::new(body))).await;
    let Some(fingerprint) = print.finished() else {
        return Ok(response);
    };
    if !StoredAnswer::is_outcome(response.status()) {
        return Ok(response);
    }
    let key = claim.with_fingerprint(fingerprint);
    keep(retries, key, StoredAnswer::of(response).await?).await
}

/// Reads the body to its end, only to know whether it is the same.
async fn replay(
    retries: &Inner,
    claim: &Claim,
    mut body: Printed,
    print: &Print,
) -> Result<Response, Problem> {
    while let Some(frame) = body.frame().await {
        frame.map_err(|fault| unreadable(&fault))?;
    }
    let key = claim.with_fingerprint(print.finished().unwrap_or_default());
    stored(retries, &key).await?.ok_or_else(reused)
}

async fn keep(retries: &Inner, key: RetryKey, answer: StoredAnswer) -> Result<Response, Problem> {
    let row = [(key, answer)];
    let mut tx = retries.db.begin().await?;
    match store::insert_all(&mut tx, &retries.source, &row).await {
        Ok(()) => tx.commit().await?,
        // Another process was first; what it stored answers the next retry.
        Err(DbError::Unique(_)) => tx.rollback().await?,
        Err(fault) => return Err(fault.into()),
    }
    let [(_, answer)] = row;
    Ok(answer.into_response())
}

/// The hash of a body, shared between the one who reads it and the one who wants the hash.
#[derive(Clone, Default)]
struct Print(Arc<Mutex<Progress>>);

#[derive(Default)]
struct Progress {
    hash: Sha256,
    finished: bool,
}

impl Print {
    fn add(&self, bytes: &Bytes) {
        self.progress().hash.update(bytes);
    }

    fn finish(&self) {
        self.progress().finished = true;
    }

    /// The hash, if the body was read to its end.
    fn finished(&self) -> Option<Vec<u8>> {
        let progress = self.progress();
        progress
            .finished
            .then(|| progress.hash.clone().finalize().to_vec())
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that is hashed as it passes.
struct Printed {
    body: Body,
    print: Print,
}

impl HttpBody for Printed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => frame.data_ref().into_iter().for_each(|b| self.print.add(b)),
            Some(Err(_)) => {}
            None => self.print.finish(),
        }
        Poll::Ready(frame)
    }
}
