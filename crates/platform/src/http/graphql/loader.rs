//! Fields of many parents in one question: what a level of a query needs is gathered for a moment
//! and asked for at once, so that N rows are one statement.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::Arc;

use async_graphql::Value;
use async_graphql::dataloader::{DataLoader, HashMapCache, Loader};
use serde_json::{Map, Value as Json};

use crate::auth::Principal;

use super::super::exchange;
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
    request_id: Arc<str>,
}

pub(super) type Gatherer = DataLoader<Loads, HashMapCache>;

/// The gatherer of one request.
pub(super) fn gatherer(loads: Arc<HashMap<&'static str, Load>>, principal: Principal) -> Gatherer {
    let request_id = exchange::request_id().into();
    let loads = Loads {
        loads,
        principal,
        request_id,
    };
    DataLoader::with_cache(loads, tokio::spawn, HashMapCache::default())
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
        // Spawned work has left the request; what it logs shall bear its id all the same.
        let work = async { load(ids, asked).await.map_err(Refused::from) };
        exchange::within_request(Arc::clone(&self.request_id), work).await
    }
}

fn key(question: &Question, id: String) -> Key {
    Key {
        question: question.clone(),
        id,
    }
}
