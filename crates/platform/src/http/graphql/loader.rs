//! Fields of many parents in one question: what a level of a query needs is gathered and asked for
//! at once, so that N rows are one statement.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use async_graphql::Value;
use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use serde_json::{Map, Value as Json};

use crate::auth::Principal;

use super::part::{Asked, Found, Load};
use super::refused::Refused;

/// Which field of which parent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub question: Question,
    pub id: String,
}

/// The same field with the same arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Question {
    /// Its name in [`Parts`](super::part::Parts).
    pub name: &'static str,
    /// As JSON, whose objects have one order.
    pub arguments: String,
}

/// Answers what one request asks; nothing is kept for the next.
pub(super) struct Loads {
    loads: Arc<HashMap<&'static str, Load>>,
    principal: Principal,
}

pub(super) type Gatherer = DataLoader<Loads, HashMapCache>;

/// Questions of one request that were begun and that nobody works on yet.
#[derive(Clone, Default)]
pub(super) struct Begun(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

/// The gatherer of one request, whose questions [`Begun::beside`] works on.
pub(super) fn gatherer(
    loads: Arc<HashMap<&'static str, Load>>,
    principal: Principal,
    begun: &Begun,
) -> Gatherer {
    let (loads, begun) = (Loads { loads, principal }, begun.clone());
    let begin = move |question| begun.questions().push(question);
    DataLoader::with_cache(loads, begin, HashMapCache::default()).delay(Duration::ZERO)
}

impl Begun {
    /// Does `work` to its end, and whatever questions it begins. They are looked at only when the
    /// work can go no further without them: all that a level needs is together by then, however
    /// busy the machine is. And they stay in the request's own task, with its deadline, its id and
    /// its transaction.
    pub async fn beside<F: Future>(self, work: F) -> F::Output {
        let mut work = pin!(work);
        let mut questions = FuturesUnordered::new();
        poll_fn(|context| {
            loop {
                if let Poll::Ready(done) = work.as_mut().poll(context) {
                    return Poll::Ready(done);
                }
                questions.extend(std::mem::take(&mut *self.questions()));
                match questions.poll_next_unpin(context) {
                    Poll::Ready(Some(())) => {}
                    Poll::Ready(None) | Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }

    fn questions(&self) -> MutexGuard<'_, Vec<BoxFuture<'static, ()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Loader<Key> for Loads {
    type Value = Result<Value, Refused>;
    type Error = Infallible;

    async fn load(&self, keys: &[Key]) -> Result<HashMap<Key, Self::Value>, Infallible> {
        let mut questions: BTreeMap<&Question, Vec<String>> = BTreeMap::new();
        for key in keys {
            questions
                .entry(&key.question)
                .or_default()
                .push(key.id.clone());
        }
        let mut answers = HashMap::with_capacity(keys.len());
        for (question, ids) in questions {
            match self.ask(question, ids.clone()).await {
                Ok(mut found) => answers.extend(ids.into_iter().filter_map(|id| {
                    let value = found.remove(&id)?;
                    Some((key(question, id), Ok(value)))
                })),
                Err(refused) => {
                    let refuse = |id| (key(question, id), Err(refused.clone()));
                    answers.extend(ids.into_iter().map(refuse));
                }
            }
        }
        Ok(answers)
    }
}

impl Loads {
    async fn ask(&self, question: &Question, ids: Vec<String>) -> Result<Found, Refused> {
        let Some(load) = self.loads.get(question.name) else {
            return Ok(Found::new());
        };
        let arguments: Map<String, Json> =
            serde_json::from_str(&question.arguments).unwrap_or_default();
        let asked = Asked {
            principal: self.principal.clone(),
            arguments,
        };
        load(ids, asked).await.map_err(Refused::from)
    }
}

fn key(question: &Question, id: String) -> Key {
    Key {
        question: question.clone(),
        id,
    }
}
