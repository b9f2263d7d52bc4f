//! An operation on its way into the route table: its handler, its document, and the headers that
//! the type of the handler's answer tells of.

use std::future::Future;

use utoipa_axum::router::UtoipaMethodRouter;

use super::answers::{Answer, Bears};

/// An operation that the table has not taken yet; made by [`routes!`](crate::routes).
#[must_use]
pub struct Operation<S> {
    pub(super) described: UtoipaMethodRouter<S>,
    pub(super) bears: Bears,
}

impl<S> Operation<S> {
    /// What utoipa made of a handler, and the handler, whose type alone is looked at.
    pub fn new<H: Handles<Arguments>, Arguments>(described: UtoipaMethodRouter<S>, _: &H) -> Self {
        let bears = H::Answer::BEARS;
        Self { described, bears }
    }
}

/// Handlers in the form of [`Routes::add`](crate::http::Routes::add):
/// `routes!(read_order, delete_order)`.
#[macro_export]
macro_rules! routes {
    ($($handler:path),+ $(,)?) => {
        vec![$($crate::http::Operation::new(utoipa_axum::routes!($handler), &$handler)),+]
    };
}

/// A handler that takes these arguments.
#[diagnostic::on_unimplemented(
    message = "the table does not know what `{Self}` answers",
    note = "its answer must be an `Answer`: say there which headers it bears"
)]
pub trait Handles<Arguments> {
    /// What it answers.
    type Answer: Answer;
}

macro_rules! handles {
    ($($argument:ident)*) => {
        impl<Handler, Made, $($argument),*> Handles<($($argument,)*)> for Handler
        where
            Handler: Fn($($argument),*) -> Made,
            Made: Future,
            Made::Output: Answer,
        {
            type Answer = Made::Output;
        }
    };
}

handles!();
handles!(A);
handles!(A B);
handles!(A B C);
handles!(A B C D);
handles!(A B C D E);
handles!(A B C D E F);
handles!(A B C D E F G);
handles!(A B C D E F G H);
