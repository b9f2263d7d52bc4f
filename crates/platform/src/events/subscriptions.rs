//! What contexts react to: every subscription of a process, with its reaction behind it.

use super::{Cause, Envelope};
use crate::db::{DbError, Tx};
use kernel::{EventId, EventSet, Timestamp};
use std::collections::BTreeSet;
use std::pin::Pin;
use uuid::Uuid;

/// Handles a batch of events inside one transaction; a lone event is a batch of one.
///
/// Database effects only, through `tx`. A business refusal is an event, never an error. It must be
/// right when an event comes twice, late, or before its cause.
pub trait Reaction: Send + Sync + 'static {
    type Event: EventSet;
    /// `context.on-event`; stable for ever: handled versions are remembered under it.
    const NAME: &'static str;
    /// When it has its turn in the publisher's transaction.
    const TURN: Turn = Turn::Prompt;
    /// What it holds of an event, or what the rows belong to that it changes.
    const HOLDS: Holds<Self::Event> = None;
    fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<Self::Event>],
    ) -> impl Future<Output = Result<(), DbError>> + Send;

    /// The kinds it asks the runner for at the moment, of those it can take. The runner passes over
    /// the others for good.
    fn asks_for(
        &self,
        _tx: &mut Tx,
    ) -> impl Future<Output = Result<Vec<&'static str>, DbError>> + Send {
        std::future::ready(Ok(Self::Event::TYPES.to_vec()))
    }
}

/// What [`Tx::hold`] holds of an event. A runner has events of many things in one transaction, and
/// several reactions: it holds all of it at once, in one order, before the first has its turn.
pub type Holds<E> = Option<fn(&E) -> Uuid>;

/// When a reaction has its turn where it runs in the publisher's transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// As soon as the use case delivers: it may be waiting for what the reaction publishes.
    Prompt,
    /// At the commit. Nobody waits for it, and events that follow from one another reach it in one
    /// batch, which costs one statement instead of several.
    Last,
    /// Never there: the runner delivers, a moment later and in large batches. For what must not
    /// make a publisher slower, such as a projection or a notice.
    Later,
    /// As later, and of a process that has many requests to serve it gets little time: what is
    /// told is told when the rush is over.
    Leisurely,
}

impl Turn {
    /// Whether it has none in the publisher's transaction.
    pub(crate) fn is_later(self) -> bool {
        matches!(self, Self::Later | Self::Leisurely)
    }
}

/// An event as a reaction gets it.
#[derive(Clone, Debug)]
pub struct Delivered<E> {
    pub event: E,
    pub id: EventId,
    pub aggregate_id: Uuid,
    pub version: i64,
    pub occurred_at: Timestamp,
    pub cause: Cause,
}

impl<E> Delivered<E> {
    /// The cause of what follows from this event, for [`Tx::publish_as`].
    pub fn consequence(&self) -> Cause {
        Cause {
            causation: Some(self.id.uuid()),
            ..self.cause.clone()
        }
    }
}

/// The subscriptions of one context, or of several at home in one database.
#[derive(Default)]
pub struct Subscriptions {
    all: Vec<Subscription>,
}

pub(crate) struct Subscription {
    pub name: &'static str,
    pub kinds: &'static [&'static str],
    pub turn: Turn,
    reaction: Box<dyn Erased>,
}

/// Why a delivery failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The event cannot be read: trying again will not help.
    Undecodable(String),
    Db(DbError),
}

impl Subscriptions {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a reaction.
    pub fn on<R: Reaction>(mut self, reaction: R) -> Self {
        let (name, kinds) = (R::NAME, R::Event::TYPES);
        self.all.push(Subscription {
            name,
            kinds,
            turn: R::TURN,
            reaction: Box::new(Typed(reaction)),
        });
        self
    }

    /// Puts the subscriptions of several contexts together.
    pub fn merge(mut self, other: Self) -> Self {
        self.all.extend(other.all);
        self
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Names and event types, for listings.
    pub fn names(&self) -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
        self.all.iter().map(|one| (one.name, one.kinds))
    }

    /// The contexts that react to something; a context may come up more than once.
    pub fn contexts(&self) -> impl Iterator<Item = &'static str> {
        self.all.iter().map(Subscription::context)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Subscription> {
        self.all.iter()
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Subscription> {
        self.all.iter().find(|one| one.name == name)
    }

    /// What a context's subscriptions ask for, as `|kind|kind|`, to be matched in SQL.
    pub(crate) async fn asked_for(&self, tx: &mut Tx, context: &str) -> Result<String, DbError> {
        let mut kinds = BTreeSet::new();
        for one in self.all.iter().filter(|one| one.context() == context) {
            kinds.extend(one.reaction.asks_for(tx).await?);
        }
        Ok(format!("|{}|", Vec::from_iter(kinds).join("|")))
    }

    /// True when what the runner has for a context may come in batches as large as we like.
    pub(crate) fn is_patient(&self, context: &str) -> bool {
        let mut of_context = self.all.iter().filter(|one| one.context() == context);
        of_context.any(|one| one.turn.is_later())
    }

    /// True when what the runner has for a context gives way to requests.
    pub(crate) fn is_leisurely(&self, context: &str) -> bool {
        let mut of_context = self.all.iter().filter(|one| one.context() == context);
        of_context.any(|one| one.turn == Turn::Leisurely)
    }

    pub(crate) fn wants(&self, kind: &str) -> bool {
        self.all.iter().any(|one| one.wants(kind))
    }
}

impl Subscription {
    pub fn wants(&self, kind: &str) -> bool {
        self.kinds.contains(&kind)
    }

    /// The context it belongs to: what stands before the first dot of its name.
    pub fn context(&self) -> &'static str {
        self.name.split('.').next().unwrap_or(self.name)
    }

    /// The kinds as `|kind|kind|`, to be matched in SQL.
    pub fn kinds_text(&self) -> String {
        format!("|{}|", self.kinds.join("|"))
    }

    /// What is to be held of an event, if it can be read.
    pub fn holds(&self, envelope: &Envelope) -> Option<Uuid> {
        self.reaction.holds(envelope)
    }

    pub async fn handle(&self, tx: &mut Tx, batch: &[&Envelope]) -> Result<(), Failure> {
        self.reaction.handle(tx, batch).await
    }
}

type Handling<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;
type Asking<'a> = Pin<Box<dyn Future<Output = Result<Vec<&'static str>, DbError>> + Send + 'a>>;

/// `Reaction` with its event type erased, so that a list can hold many of them.
trait Erased: Send + Sync {
    fn handle<'a>(&'a self, tx: &'a mut Tx, batch: &'a [&'a Envelope]) -> Handling<'a>;
    fn asks_for<'a>(&'a self, tx: &'a mut Tx) -> Asking<'a>;
    fn holds(&self, envelope: &Envelope) -> Option<Uuid>;
}

struct Typed<R>(R);

impl<R: Reaction> Erased for Typed<R> {
    fn handle<'a>(&'a self, tx: &'a mut Tx, batch: &'a [&'a Envelope]) -> Handling<'a> {
        Box::pin(async move {
            let batch: Vec<_> = batch
                .iter()
                .map(|one| open(one))
                .collect::<Result<_, _>>()?;
            self.0.handle(tx, &batch).await.map_err(Failure::Db)
        })
    }

    fn asks_for<'a>(&'a self, tx: &'a mut Tx) -> Asking<'a> {
        Box::pin(self.0.asks_for(tx))
    }

    fn holds(&self, envelope: &Envelope) -> Option<Uuid> {
        let held = R::HOLDS?;
        let event = R::Event::decode(&envelope.kind, &envelope.data);
        event.ok().map(|event| held(&event))
    }
}

fn open<E: EventSet>(envelope: &Envelope) -> Result<Delivered<E>, Failure> {
    let event = E::decode(&envelope.kind, &envelope.data)
        .map_err(|error| Failure::Undecodable(error.to_string()))?;
    let cause = Cause {
        correlation: envelope.correlation,
        causation: envelope.causation,
        actor: envelope.actor.clone(),
        traceparent: envelope.traceparent.clone(),
    };
    Ok(Delivered {
        event,
        id: EventId::from_uuid(envelope.id),
        aggregate_id: envelope.aggregate_id,
        version: envelope.version,
        occurred_at: envelope.occurred_at,
        cause,
    })
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Undecodable(why) => write!(f, "the event cannot be read: {why}"),
            Self::Db(error) => write!(f, "{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl EventSet for Nothing {
        const TYPES: &'static [&'static str] = &[];

        fn decode(_kind: &str, _data: &str) -> Result<Self, serde_json::Error> {
            Ok(Self)
        }
    }

    struct OnNothing<const LATER: bool>;

    impl<const LATER: bool> Reaction for OnNothing<LATER> {
        type Event = Nothing;
        const NAME: &'static str = "sample.on-nothing";
        const TURN: Turn = if LATER { Turn::Leisurely } else { Turn::Last };

        async fn handle(&self, _: &mut Tx, _: &[Delivered<Nothing>]) -> Result<(), DbError> {
            Ok(())
        }
    }

    #[test]
    fn one_prompt_reaction_leaves_a_context_its_patience() {
        let subscriptions = Subscriptions::new().on(OnNothing::<false>);
        assert!(!subscriptions.is_patient("sample"));
        let subscriptions = subscriptions.on(OnNothing::<true>);
        assert!(subscriptions.is_patient("sample"));
        assert!(!subscriptions.is_patient("other"));
    }
}
