//! Why something happens: the request or event that led to it, and who is behind it.

use uuid::Uuid;

tokio::task_local! {
    static CURRENT: Cause;
}

/// Travels with every event, so that a story can be followed from its first request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The request or command that began the story.
    pub correlation: Uuid,
    /// The event that led to this one, if it was not the request itself.
    pub causation: Option<Uuid>,
    /// Who: `user/user_…`, `key/key_…`, or `system`.
    pub actor: String,
    /// W3C trace context of the request.
    pub traceparent: Option<String>,
}

impl Cause {
    /// The process itself: jobs, commands, first start.
    pub fn system() -> Self {
        let (correlation, actor) = (Uuid::nil(), "system".to_owned());
        Self {
            correlation,
            causation: None,
            actor,
            traceparent: None,
        }
    }

    /// What the current task serves; [`Cause::system`] outside any scope.
    pub fn current() -> Self {
        CURRENT
            .try_with(Self::clone)
            .unwrap_or_else(|_| Self::system())
    }

    /// Runs `work` with this cause as the current one.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }
}
