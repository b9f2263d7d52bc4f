//! Texts: all of them, one, the shop's own in place of the built-in one, and what one looks like.

use super::views::{PreviewInput, PreviewView, TemplateInput, TemplateList, TemplateView};
use crate::change_template::{self as change, version};
use crate::facts::{self, Facts};
use crate::kind::{Channel, Kind};
use crate::notifications::Notifications;
use crate::store::templates;
use crate::template::{Name, Own, TemplateFault, Text};
use axum::extract::State;
use kernel::{Language, Money};
use platform::http::{Errors, IfMatch, Json, NoContent, Path, Problem, Tagged};

/// The number of an order that nobody placed.
const SAMPLE_NUMBER: &str = "ORD-2026-000042";
const SAMPLE_TOTAL: i64 = 123_450;

type Parts = (Kind, Channel, Language);

fn name((kind, channel, language): Parts) -> Name {
    Name {
        kind,
        channel,
        language,
    }
}

fn view(name: Name, own: Option<Own>) -> Result<Tagged<TemplateView>, TemplateFault> {
    let built_in = name.built_in().ok_or(TemplateFault::NotFound)?;
    Ok(Tagged {
        version: version(own.as_ref()),
        body: TemplateView::of(name, own, built_in, facts::names(name.kind)),
    })
}

/// List the texts of notifications: one a kind, channel and language.
#[utoipa::path(
    get, path = "/v1/notification-templates", tag = "notifications",
    responses((status = 200, description = "All texts", body = TemplateList), Errors)
)]
pub async fn list_templates(
    State(notifications): State<Notifications>,
) -> Result<Json<TemplateList>, Problem> {
    let mut tx = notifications.host.db.read().await?;
    let own = templates::all(&mut tx).await?;
    let one = |name: Name| {
        let own = own.iter().find(|own| own.name == name).cloned();
        view(name, own).map(|tagged| tagged.body)
    };
    let items = Name::all().map(one).collect::<Result<_, _>>()?;
    Ok(Json(TemplateList { items }))
}

/// Read a text.
#[utoipa::path(
    get, path = "/v1/notification-templates/{kind}/{channel}/{language}", tag = "notifications",
    params(("kind" = Kind, Path), ("channel" = Channel, Path), ("language" = Language, Path)),
    responses((status = 200, description = "The text", body = TemplateView), Errors)
)]
pub async fn read_template(
    State(notifications): State<Notifications>,
    Path(parts): Path<Parts>,
) -> Result<Tagged<TemplateView>, Problem> {
    let mut tx = notifications.host.db.read().await?;
    let own = templates::find(&mut tx, name(parts)).await?;
    Ok(view(name(parts), own)?)
}

/// Write a text in place of the built-in one.
///
/// `{{ name }}` stands for a variable, `{% if name %}…{% else %}…{% endif %}` asks whether it is
/// there. A variable that notices of this kind do not have is refused (422 `UNKNOWN_VARIABLE`), and
/// so is anything else between braces (422 `INVALID_TEMPLATE`).
#[utoipa::path(
    put, path = "/v1/notification-templates/{kind}/{channel}/{language}", tag = "notifications",
    params(("kind" = Kind, Path), ("channel" = Channel, Path), ("language" = Language, Path),
        IfMatch),
    request_body = TemplateInput,
    responses((status = 200, description = "The text as it is now", body = TemplateView), Errors)
)]
pub async fn put_template(
    State(notifications): State<Notifications>,
    Path(parts): Path<Parts>,
    if_match: IfMatch,
    Json(input): Json<TemplateInput>,
) -> Result<Tagged<TemplateView>, Problem> {
    let (host, name) = (&notifications.host, name(parts));
    let own = change::put_template(host, name, input.into(), &if_match).await?;
    Ok(view(name, Some(own))?)
}

/// Go back to the built-in text.
#[utoipa::path(
    delete, path = "/v1/notification-templates/{kind}/{channel}/{language}",
    tag = "notifications",
    params(("kind" = Kind, Path), ("channel" = Channel, Path), ("language" = Language, Path),
        IfMatch),
    responses((status = 204, description = "The built-in text is used"), Errors)
)]
pub async fn delete_template(
    State(notifications): State<Notifications>,
    Path(parts): Path<Parts>,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    change::delete_template(&notifications.host, name(parts), &if_match).await?;
    Ok(NoContent)
}

/// See what a text looks like, with sample data: one to be tried, or the one in use.
#[utoipa::path(
    post, path = "/v1/notification-templates/{kind}/{channel}/{language}/preview",
    tag = "notifications",
    params(("kind" = Kind, Path), ("channel" = Channel, Path), ("language" = Language, Path)),
    request_body = PreviewInput,
    responses((status = 200, description = "The text, filled in", body = PreviewView), Errors)
)]
pub async fn preview_template(
    State(notifications): State<Notifications>,
    Path(parts): Path<Parts>,
    Json(input): Json<PreviewInput>,
) -> Result<Json<PreviewView>, Problem> {
    let name = name(parts);
    let mut tx = notifications.host.db.read().await?;
    let own = templates::find(&mut tx, name).await?;
    let now = view(name, own)?.body;
    let text = Text {
        subject: input.subject.map(kernel::Text::into_string).or(now.subject),
        body: input.body.map_or(now.body, kernel::Text::into_string),
    };
    text.check(name, &facts::names(name.kind))?;
    let (contact, details) = facts::sample(name.kind);
    let settings = &notifications.settings;
    let unsubscribe = format!(
        "{}/v1/notifications/unsubscribe?token=…",
        settings.public_url
    );
    let total = Money::new(SAMPLE_TOTAL, notifications.host.settings.currency);
    let facts = Facts {
        kind: name.kind,
        language: name.language,
        settings,
        contact: &contact,
        order: Some((SAMPLE_NUMBER, total)),
        details: &details,
        unsubscribe_url: Some(&unsubscribe),
    };
    Ok(Json(text.fill(&facts.variables())?.into()))
}
