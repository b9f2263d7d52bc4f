//! Reaction: letters that somebody waits for at the door of their account. They are few, and
//! written in the transaction that asks for them, so that they wait behind no other news.

use crate::kind::Kind;
use crate::news::News;
use crate::notifications::Notifications;
use crate::store::{notices, people};
use contracts::identity::LetterRequested;
use platform::{DbError, Delivered, Reaction, Turn, Tx};

pub struct OnLetter(pub Notifications);

impl Reaction for OnLetter {
    type Event = LetterRequested;
    const NAME: &'static str = "notifications.on-letter";
    const TURN: Turn = Turn::Last;

    async fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<LetterRequested>],
    ) -> Result<(), DbError> {
        let mut news = Vec::new();
        for one in batch {
            news.extend(letter(&one.event)?);
        }
        notices::insert(tx, &self.0, news).await
    }
}

/// A letter of a kind that is not known here is not sent.
fn letter(event: &LetterRequested) -> Result<Option<News>, DbError> {
    let Ok(kind) = event.kind.parse::<Kind>() else {
        return Ok(None);
    };
    let sealed = people::unseal(&event.sealed_letter)?;
    let (person, about) = (event.user_id.uuid(), event.letter_id.uuid());
    let news = News::sealed(kind, person, about, sealed, event.expires_at);
    Ok(kind.has_token().then_some(News {
        deadline: event.expires_at,
        ..news
    }))
}
