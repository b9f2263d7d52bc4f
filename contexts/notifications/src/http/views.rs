//! Notices and texts as the API shows them. A notice names people by their ids only.

use crate::kind::{Channel, Kind};
use crate::notice::{Notice, Status};
use crate::store::lists::Attempt;
use crate::suppression::{Cause, Suppression};
use crate::template::{Name, Own, Text};
use kernel::{ClientId, Language, NotificationId, OrderId, SuppressionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One message to one person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notification)]
pub struct NoticeView {
    pub id: NotificationId,
    pub kind: Kind,
    pub channel: Channel,
    pub status: Status,
    /// Why it is dead, skipped, still queued after an attempt, or waits (`quiet_hours`).
    #[schema(required, example = "smtp_451")]
    pub reason: Option<String>,
    /// The order it is about.
    #[schema(required)]
    pub order_id: Option<OrderId>,
    /// The client it goes to; null for what goes to users.
    #[schema(required)]
    pub client_id: Option<ClientId>,
    /// The user it goes to; null for what is about orders.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Attempts so far.
    pub tries: i64,
    /// When the next attempt is due; null when there will be none.
    #[schema(required)]
    pub next_attempt_at: Option<Timestamp>,
    /// What is not delivered by then is given up.
    pub deadline_at: Timestamp,
    /// Every attempt, oldest first; only where one notification is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub attempts: Option<Vec<AttemptView>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One attempt to deliver.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationAttempt)]
pub struct AttemptView {
    pub nth: i64,
    /// `started`, `lost` (the process that made it is no more), `sent`, `deferred`, `refused`,
    /// `skipped` or `erased`.
    #[schema(example = "deferred")]
    pub outcome: String,
    #[schema(required)]
    pub reason: Option<String>,
    pub started_at: Timestamp,
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> Self {
        let of_order = notice.order_id.is_some();
        let person = |wanted: bool| notice.person_id.filter(|_| wanted);
        Self {
            id: notice.id,
            kind: notice.kind,
            channel: notice.channel,
            status: notice.status,
            reason: notice.reason,
            order_id: notice.order_id,
            client_id: person(of_order).map(ClientId::from_uuid),
            user_id: person(!of_order).map(UserId::from_uuid),
            tries: notice.tries,
            next_attempt_at: (notice.status == Status::Queued).then_some(notice.next_at),
            deadline_at: notice.deadline_at,
            attempts: None,
            created_at: notice.created_at,
            updated_at: notice.updated_at,
        }
    }
}

impl NoticeView {
    pub fn with(mut self, attempts: Vec<Attempt>) -> Self {
        self.attempts = Some(attempts.into_iter().map(AttemptView::from).collect());
        self
    }
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        let Attempt {
            nth,
            outcome,
            reason,
            started_at,
            ended_at,
        } = attempt;
        Self {
            nth,
            outcome,
            reason,
            started_at,
            ended_at,
        }
    }
}

/// What somebody is told beside what belongs to their orders and their account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationPreferences)]
pub struct PreferencesView {
    /// The kinds that one may do without.
    pub optional: Vec<Kind>,
    /// Those of them that are not sent; `price_changed` is among them until it is asked for.
    pub unsubscribed: Vec<Kind>,
}

/// What somebody does not want to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationPreferencesInput)]
pub struct PreferencesInput {
    /// All others are sent.
    #[schema(example = json!(["welcome"]))]
    pub unsubscribed: Vec<Kind>,
}

impl PreferencesView {
    pub fn of(unsubscribed: Vec<Kind>) -> Self {
        Self {
            optional: Kind::optional().collect(),
            unsubscribed,
        }
    }
}

/// A text of a kind, channel and language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationTemplate)]
pub struct TemplateView {
    pub kind: Kind,
    pub channel: Channel,
    pub language: Language,
    /// Of mail; null for text messages.
    #[schema(required)]
    pub subject: Option<String>,
    pub body: String,
    /// Whether it is the text that came with the shop.
    pub built_in: bool,
    /// What can stand between `{{` and `}}`, and after `{% if`.
    pub variables: Vec<&'static str>,
    /// When the shop wrote it; null for what is built in.
    #[schema(required)]
    pub updated_at: Option<Timestamp>,
}

impl TemplateView {
    /// The shop's own text, or the built-in one.
    pub fn of(name: Name, own: Option<Own>, built_in: Text, variables: Vec<&'static str>) -> Self {
        let updated_at = own.as_ref().map(|own| own.updated_at);
        let text = own.map_or(built_in, |own| own.text);
        Self {
            kind: name.kind,
            channel: name.channel,
            language: name.language,
            subject: text.subject,
            body: text.body,
            built_in: updated_at.is_none(),
            variables,
            updated_at,
        }
    }
}

/// All texts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationTemplates)]
pub struct TemplateList {
    pub items: Vec<TemplateView>,
}

/// A text to be had.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationTemplateInput)]
pub struct TemplateInput {
    /// Of mail; text messages have none.
    #[schema(example = "Your order {{ number }} is on its way")]
    pub subject: Option<kernel::Text<200>>,
    #[schema(
        example = "Hello {{ name }},\n\n{% if tracking_url %}see {{ tracking_url }}{% endif %}"
    )]
    pub body: kernel::Text<5000>,
}

impl From<TemplateInput> for Text {
    fn from(input: TemplateInput) -> Self {
        Self {
            subject: input.subject.map(kernel::Text::into_string),
            body: input.body.into_string(),
        }
    }
}

/// A text to be looked at; what is left out is as it is now.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationPreviewInput)]
pub struct PreviewInput {
    pub subject: Option<kernel::Text<200>>,
    pub body: Option<kernel::Text<5000>>,
}

/// A text with sample data filled in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationPreview)]
pub struct PreviewView {
    #[schema(required)]
    pub subject: Option<String>,
    pub body: String,
}

impl From<Text> for PreviewView {
    fn from(text: Text) -> Self {
        let Text { subject, body } = text;
        Self { subject, body }
    }
}

/// An address that does not take everything.
#[derive(Serialize, ToSchema)]
#[schema(as = NotificationSuppression)]
pub struct SuppressionView {
    pub id: SuppressionId,
    pub channel: Channel,
    /// After a `bounce` nothing is sent there, after a `complaint` only what belongs to a sale or
    /// to an account.
    pub reason: Cause,
    /// Null where it is not known any more: its owner was erased.
    #[schema(required, example = "anna@example.com")]
    pub address: Option<String>,
    /// What the server answered; null for what was reported.
    #[schema(required, example = "smtp_550")]
    pub code: Option<String>,
    /// Whose delivery showed it; replaying that one takes the suppression back.
    #[schema(required)]
    pub notification_id: Option<NotificationId>,
    pub created_at: Timestamp,
}

/// A report of an address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationSuppressionInput)]
pub struct SuppressionInput {
    /// An e-mail address or a telephone number, by its channel; a number with `+` and its country.
    #[schema(example = "anna@example.com")]
    pub address: kernel::Text<254>,
    pub channel: Channel,
    pub reason: Cause,
}

impl From<Suppression> for SuppressionView {
    fn from(one: Suppression) -> Self {
        Self {
            id: one.id,
            channel: one.channel,
            reason: one.cause,
            address: one.address,
            code: one.said,
            notification_id: one.notice_id,
            created_at: one.suppressed_at,
        }
    }
}
