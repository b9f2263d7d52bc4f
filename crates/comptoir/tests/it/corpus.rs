//! Every form an event was ever published in is handled by the reactions of today.

use contracts::kinds::{Kind, Visit, visit_all};
use kernel::Event;
use platform::{Host, Module};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::marker::PhantomData;
use std::pin::Pin;
use testkit::{TestApp, on_both};
use uuid::Uuid;

/// The whole shop. What stands in the corpus makes no story (a parcel leaves that nobody packed),
/// so no audit is asked.
fn app(host: &Host) -> Vec<Module> {
    let modules = crate::shop::app(host).into_iter();
    modules.map(|module| module.audits(&[])).collect()
}

/// An event whose JSON is what the corpus has, to the letter.
#[derive(Clone)]
struct AsItWas<E>(Value, PhantomData<fn() -> E>);

impl<E> Serialize for AsItWas<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, E> Deserialize<'de> for AsItWas<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self(value, PhantomData))
    }
}

impl<E: Event> Event for AsItWas<E> {
    const TYPE: &'static str = E::TYPE;
    const AGGREGATE: &'static str = E::AGGREGATE;
    fn aggregate_id(&self) -> Uuid {
        let event: E = serde_json::from_value(self.0.clone()).unwrap();
        event.aggregate_id()
    }
}

type Publishing = Pin<Box<dyn Future<Output = usize>>>;

/// Publishes every form of a kind, each as a later version of its aggregate. Kinds share
/// aggregates, so each has versions of its own.
struct Publish {
    app: TestApp,
    version: i64,
}

impl Visit for Publish {
    type Output = Publishing;

    fn visit<E: Event>(&mut self, kind: &'static Kind) -> Publishing {
        let forms = kind.forms().unwrap();
        let (app, from) = (self.app.clone(), self.version);
        self.version += forms.len() as i64;
        Box::pin(async move {
            let count = forms.len();
            for (form, version) in forms.into_iter().zip(from..) {
                app.publish(&AsItWas::<E>(form, PhantomData), version).await;
            }
            count
        })
    }
}

on_both! {
    /// When the body is over, nothing may be left unhandled or parked.
    async fn every_form_ever_published_is_handled_today(app: TestApp) {
        let mut publish = Publish { app: app.clone(), version: 1 };
        let mut published = 0;
        for publishing in visit_all(&mut publish) {
            published += publishing.await;
        }
        assert!(published > contracts::kinds::KINDS.len());
        app.settle().await;
    }
}
