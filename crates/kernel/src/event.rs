//! What a published event is, and what a reaction can ask for: one kind of event or a set of
//! kinds. Not how events travel: that is the platform's.

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use uuid::Uuid;

/// A fact that a context publishes. It only ever grows; a breaking change is a new type.
pub trait Event: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The CloudEvents type, with its version, e.g. `comptoir.orders.order-placed.v1`.
    const TYPE: &'static str;
    /// What kind of thing it is about, e.g. `order`.
    const AGGREGATE: &'static str;
    /// Which one it is about; events of one aggregate keep their order.
    fn aggregate_id(&self) -> Uuid;
}

/// The kinds of event that one reaction wants, decoded to one Rust type.
///
/// Every [`Event`] is a set of one; [`event_set!`](crate::event_set) makes an enum of several.
pub trait EventSet: Send + Sync + 'static + Sized {
    /// The CloudEvents types in this set.
    const TYPES: &'static [&'static str];
    /// Reads the JSON `data` of an event of type `kind`; a type outside the set is an error.
    fn decode(kind: &str, data: &str) -> Result<Self, serde_json::Error>;
}

impl<E: Event> EventSet for E {
    const TYPES: &'static [&'static str] = &[E::TYPE];

    fn decode(kind: &str, data: &str) -> Result<Self, serde_json::Error> {
        if kind == E::TYPE {
            serde_json::from_str(data)
        } else {
            Err(unknown_type(kind))
        }
    }
}

/// The error of decoding a type that is not in the set.
#[doc(hidden)]
#[must_use]
pub fn unknown_type(kind: &str) -> serde_json::Error {
    serde_json::Error::custom(format_args!("event type {kind:?} is not one of this set"))
}

/// Makes an enum of several event kinds for one reaction, which then sees them in the order of
/// their aggregate.
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Clone, Debug, Serialize, Deserialize)]
/// # pub struct Opened { id: uuid::Uuid }
/// # impl kernel::Event for Opened {
/// #     const TYPE: &'static str = "comptoir.test.opened.v1";
/// #     const AGGREGATE: &'static str = "test";
/// #     fn aggregate_id(&self) -> uuid::Uuid { self.id }
/// # }
/// kernel::event_set!(
///     #[derive(Clone, Debug)]
///     pub enum Fact {
///         Opened(Opened),
///     }
/// );
/// assert_eq!(<Fact as kernel::EventSet>::TYPES, ["comptoir.test.opened.v1"]);
/// ```
#[macro_export]
macro_rules! event_set {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident($event:ty)),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis enum $name {
            $($(#[$variant_meta])* $variant($event)),+
        }

        impl $crate::EventSet for $name {
            const TYPES: &'static [&'static str] = &[$(<$event as $crate::Event>::TYPE),+];

            fn decode(
                kind: &str,
                data: &str,
            ) -> ::core::result::Result<Self, $crate::__private::serde_json::Error> {
                $(
                    if kind == <$event as $crate::Event>::TYPE {
                        return $crate::__private::serde_json::from_str::<$event>(data)
                            .map(Self::$variant);
                    }
                )+
                ::core::result::Result::Err($crate::__private::unknown_type(kind))
            }
        }
    };
}
