//! What a context brings to the schema: its types in SDL, and functions for the fields that are
//! more than a look into their parent.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use async_graphql::{Value, to_value};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::auth::Principal;

use super::super::allow::Allow;
use super::super::problem::Problem;
use super::super::serde_fault;

/// Who asks for a field, and with which arguments.
#[derive(Clone, Debug)]
pub struct Asked {
    pub principal: Principal,
    pub(super) arguments: Map<String, Json>,
}

impl Asked {
    /// The arguments as REST's parameters of the same operation are read: `minPrice` is
    /// `min_price`, `first` is `limit`, `after` is `cursor`, and `count` says that `totalCount`
    /// is wanted.
    pub fn arguments<T: DeserializeOwned>(self) -> Result<T, Problem> {
        serde_path_to_error::deserialize(Json::Object(self.arguments)).map_err(|fault| {
            let message = fault.inner().to_string();
            serde_fault::problem("an argument", &fault.path().to_string(), &message)
        })
    }
}

pub(super) type Answering<T> = BoxFuture<'static, Result<T, Problem>>;
/// Answers one field.
pub(super) type Answer = Arc<dyn Fn(Asked) -> Answering<Value> + Send + Sync>;
/// Answers a field of many parents at once, by the text of their ids.
pub(super) type Load = Arc<dyn Fn(Vec<String>, Asked) -> Answering<Found> + Send + Sync>;
pub(super) type Found = HashMap<String, Value>;

/// One context's part of the schema, over the state its functions take.
///
/// ```
/// use platform::http::graphql::{Asked, Part};
/// use platform::http::{Allow, Problem};
///
/// async fn greeting(name: &'static str, _: Asked) -> Result<String, Problem> {
///     Ok(format!("Good day, {name}"))
/// }
///
/// let sdl = "extend type Query { greeting: String }";
/// let part = Part::new(sdl, "Ann").field("Query.greeting", Allow::signed_in(), greeting);
/// ```
#[must_use]
pub struct Part<S> {
    state: S,
    parts: Parts,
}

/// The parts of several contexts, their state filled in.
#[derive(Clone, Default)]
pub(in crate::http) struct Parts {
    pub(super) texts: Vec<&'static str>,
    pub(super) fields: HashMap<&'static str, (Allow, Answer)>,
    /// By `Type.field`, or for entities by `Type`.
    pub(super) loads: HashMap<&'static str, (Allow, Load)>,
}

impl<S: Clone + Send + Sync + 'static> Part<S> {
    /// Types in SDL; their fields look into their parent under the same name in snake_case.
    pub fn new(sdl: &'static str, state: S) -> Self {
        let parts = Parts {
            texts: vec![sdl],
            ..Parts::default()
        };
        Self { state, parts }
    }

    /// A field such as `Query.products`. It can fail, so it must be nullable.
    pub fn field<T, F>(
        mut self,
        name: &'static str,
        allow: Allow,
        answer: impl Fn(S, Asked) -> F + Send + Sync + 'static,
    ) -> Self
    where
        T: Serialize,
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let state = self.state.clone();
        let answer: Answer = Arc::new(move |asked| {
            let answer = answer(state.clone(), asked);
            async move { to_value(answer.await?).map_err(Problem::bug) }.boxed()
        });
        self.parts.fields.insert(name, (allow, answer));
        self
    }

    /// A field such as `Product.stock`, asked for many parents at once by their `id`.
    pub fn field_of_each<K, T, F>(
        mut self,
        name: &'static str,
        allow: Allow,
        load: impl Fn(S, Vec<K>, Asked) -> F + Send + Sync + 'static,
    ) -> Self
    where
        K: FromStr + Display + Send + 'static,
        T: Serialize + Send,
        F: Future<Output = Result<Vec<(K, T)>, Problem>> + Send + 'static,
    {
        let state = self.state.clone();
        let load: Load = Arc::new(move |texts, asked| {
            // As in a path, what is no id names nothing.
            let ids = texts.iter().filter_map(|text| text.parse().ok()).collect();
            let rows = load(state.clone(), ids, asked);
            async move { found(rows.await?) }.boxed()
        });
        self.parts.loads.insert(name, (allow, load));
        self
    }

    /// A type that any field of this type is looked up in by id: a field `product` by its argument
    /// `id`, or by what its parent has as `product_id`.
    pub fn entity<K, T, F>(
        self,
        name: &'static str,
        allow: Allow,
        load: impl Fn(S, Vec<K>, Asked) -> F + Send + Sync + 'static,
    ) -> Self
    where
        K: FromStr + Display + Send + 'static,
        T: Serialize + Send,
        F: Future<Output = Result<Vec<(K, T)>, Problem>> + Send + 'static,
    {
        self.field_of_each(name, allow, load)
    }

    pub(in crate::http) fn into_parts(self) -> Parts {
        self.parts
    }
}

impl Parts {
    pub(in crate::http) fn merge(&mut self, other: Self) {
        self.texts.extend(other.texts);
        self.fields.extend(other.fields);
        self.loads.extend(other.loads);
    }
}

fn found<K: Display, T: Serialize>(rows: Vec<(K, T)>) -> Result<Found, Problem> {
    let pairs = rows.into_iter().map(|(id, row)| {
        let value = to_value(row).map_err(Problem::bug)?;
        Ok((id.to_string(), value))
    });
    pairs.collect()
}
