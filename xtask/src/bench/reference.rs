//! The handler that answers the same bytes from memory: crates/comptoir/examples/from_memory.rs,
//! a process of its own, built and loaded like Comptoir.

use super::results::Part;
use super::stage::Stage;
use crate::outcome::Outcome;
use crate::shop::Shop;

/// What is around the handler.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// Nothing but axum.
    Nothing,
    /// Everything Comptoir has around its own.
    Everything,
}

impl Around {
    pub fn what(self) -> &'static str {
        match self {
            Self::Nothing => "from memory, bare axum",
            Self::Everything => "from memory, Comptoir's HTTP layer around",
        }
    }
}

/// Starts it with these bytes as its only answer.
pub async fn start(stage: &Stage, shop: &mut Shop, around: Around) -> Outcome<()> {
    let body = stage.folder().join("product.json");
    let body = body.display().to_string();
    let mut words = vec!["--body", &body];
    if around == Around::Nothing {
        words.push("--bare");
    }
    shop.start(&words).await.map(drop)
}

pub fn explain(part: &mut Part) {
    part.method(
        "The handler to compare with is a process of its own (crates/comptoir/examples/\
         from_memory.rs) that answers the bytes of one product: once with nothing but axum \
         around it (middleware off), once behind Comptoir's whole HTTP layer with the same \
         access token checked (middleware on).",
    );
}
