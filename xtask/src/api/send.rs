//! Sends every request of the committed collection to a shop that has just been started, in order:
//! what the collection says is what is sent.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::COLLECTION;
use super::story::{Request, requests};
use crate::http::{Answer, Call, Caller};
use crate::outcome::{Because, Outcome};
use crate::shop::{Build, Shop};
use crate::steps::Remark;

/// Workers move money within milliseconds; a busy machine may need longer.
const PATIENCE: u32 = 200;
const PAUSE: Duration = Duration::from_millis(50);
/// Known to nobody else, and good enough for the shop.
const PASSWORD: &str = "saffron walrus beside nine drums";

type Variables = HashMap<String, String>;

/// Sends all of them; each must be answered as the document says.
pub fn run(root: &Path) -> Outcome<Remark> {
    let binary = Build::default().path(root)?;
    let data = tempfile::tempdir()?;
    let mut shop = Shop::new(
        &binary,
        data.path(),
        &[("COMPTOIR_ADMIN_PASSWORD", PASSWORD)],
    )?;
    let runtime = tokio::runtime::Runtime::new()?;
    let sent = runtime.block_on(async {
        shop.start(&["serve"]).await?;
        send_all(root, &shop).await
    })?;
    shop.stop()?;
    shop.run(&["verify"])
        .because(|| "audits after all those requests".into())?;
    Ok(format!("{sent} requests of {COLLECTION}"))
}

async fn send_all(root: &Path, shop: &Shop) -> Outcome<usize> {
    let text =
        fs::read_to_string(root.join(COLLECTION)).because(|| format!("reading {COLLECTION}"))?;
    let collection: Value = serde_json::from_str(&text)?;
    let mut variables = variables(&collection);
    variables.insert("base_url".to_owned(), String::new());
    variables.insert("admin_password".to_owned(), PASSWORD.to_owned());
    let mut anybody = Caller::new(shop.address(), None);
    let document = anybody.need(&Call::get("/openapi.json")).await?;
    let known = requests(&document)?;
    let items = collection["item"].as_array().cloned().unwrap_or_default();
    if items.len() != known.len() {
        return Err(format!("{COLLECTION} is not current: run `cargo xtask api`").into());
    }
    let mut wrong = Vec::new();
    for (item, request) in items.iter().zip(&known) {
        let asked = Asked {
            shop,
            item,
            request,
        };
        if let Err(sentence) = asked.tell(&mut variables).await {
            wrong.push(sentence.to_string());
        }
    }
    match wrong.is_empty() {
        true => Ok(items.len()),
        false => Err(format!("{} requests went wrong:\n{}", wrong.len(), wrong.join("\n")).into()),
    }
}

/// What a person would find in the collection's variables.
fn variables(collection: &Value) -> Variables {
    let list = collection["variable"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list.map(|one| (text(&one["key"]), text(&one["value"])))
        .collect()
}

/// One request of the collection, and what is expected of it.
struct Asked<'a> {
    shop: &'a Shop,
    item: &'a Value,
    request: &'a Request,
}

impl Asked<'_> {
    async fn tell(&self, variables: &mut Variables) -> Outcome<()> {
        let answer = self.answer(variables).await?;
        let name = &self.request.name;
        if !self.request.statuses.contains(&answer.status) {
            let (status, text) = (answer.status, answer.text());
            let wanted = &self.request.statuses;
            return Err(format!("{name}: {status} instead of {wanted:?}: {text}").into());
        }
        for (variable, place) in &self.request.keep {
            let found = answer
                .json()
                .ok()
                .and_then(|body| at(&body, place).cloned());
            let found = found.ok_or_else(|| format!("{name}: no {place} in {}", answer.text()))?;
            let text = found
                .as_str()
                .map_or_else(|| found.to_string(), str::to_owned);
            variables.insert(variable.clone(), text);
        }
        Ok(())
    }

    /// The answer, asked for again while it does not say yet what it shall: workers take a moment.
    async fn answer(&self, variables: &Variables) -> Outcome<Answer> {
        let (call, bearer) = self.call(variables)?;
        let mut caller = Caller::new(self.shop.address(), bearer);
        for _ in 0..PATIENCE {
            let answer = caller.call(&call).await.map_err(|lost| lost.0)?;
            if !self.request.statuses.contains(&answer.status) || self.says_it(&answer) {
                return Ok(answer);
            }
            tokio::time::sleep(PAUSE).await;
        }
        let Request {
            name, until, keep, ..
        } = self.request;
        Err(format!("{name}: waited in vain for {until:?} and {keep:?}").into())
    }

    /// Whether the answer has what it shall say, and what is kept of it.
    fn says_it(&self, answer: &Answer) -> bool {
        let body = answer.json().unwrap_or_default();
        let mut until = self.request.until.iter();
        let mut keep = self.request.keep.values();
        until.all(|(place, wanted)| at(&body, place) == Some(wanted))
            && keep.all(|place| at(&body, place).is_some())
    }

    fn call(&self, variables: &Variables) -> Outcome<(Call, Option<String>)> {
        let sent = &self.item["request"];
        let text = |value: &Value| filled(value.as_str().unwrap_or_default(), variables);
        let method = match sent["method"].as_str() {
            Some("GET") => "GET",
            Some("POST") => "POST",
            Some("PUT") => "PUT",
            Some("PATCH") => "PATCH",
            Some("DELETE") => "DELETE",
            other => return Err(format!("{other:?} is no method").into()),
        };
        let bearer = &sent["auth"]["bearer"][0]["value"];
        let bearer = (!bearer.is_null()).then(|| text(bearer));
        let headers = sent["header"].as_array().into_iter().flatten();
        let headers = headers
            .map(|one| (text(&one["key"]), text(&one["value"])))
            .collect();
        let body = &sent["body"]["raw"];
        let call = Call {
            method,
            path: text(&sent["url"]["raw"]),
            key: None,
            headers,
            body: (!body.is_null()).then(|| text(body)),
        };
        Ok((call, bearer))
    }
}

/// The text with the values of its variables; one that nobody has set stays as it is.
fn filled(text: &str, variables: &Variables) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else {
            break;
        };
        filled.push_str(before);
        match variables.get(name) {
            Some(value) => filled.push_str(value),
            None => filled.push_str(&format!("{{{{{name}}}}}")),
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

/// What stands at `items[0].id`.
fn at<'v>(body: &'v Value, place: &str) -> Option<&'v Value> {
    let parts = place.split(['.', '[', ']']).filter(|part| !part.is_empty());
    parts
        .into_iter()
        .try_fold(body, |value, part| match part.parse::<usize>() {
            Ok(nth) => value.get(nth),
            Err(_) => value.get(part),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_are_filled_in_and_unknown_ones_stay() {
        let variables = Variables::from([("id".to_owned(), "7".to_owned())]);
        assert_eq!(filled("/v1/{{id}}/{{x}}/{", &variables), "/v1/7/{{x}}/{");
    }

    #[test]
    fn a_place_in_an_answer_is_found() {
        let body = json!({"items": [{"movement": {"id": "m"}}]});
        assert_eq!(at(&body, "items[0].movement.id"), Some(&json!("m")));
        assert_eq!(at(&body, "items[1].id"), None);
    }
}
