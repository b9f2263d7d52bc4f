//! Sends every request of the committed collection, and of the committed `.http` file, to a shop
//! that has just been started, in order: what they say is what is sent.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::story::{Request, requests};
use super::{COLLECTION, HTTP_FILE, http_file};
use crate::engine::{Engine, Housed};
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

/// One request as a document has it, with `{{variables}}`, and what is expected of its answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// What variables call it, in an `.http` file.
    pub id: String,
    pub name: String,
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub statuses: Vec<u16>,
    /// Variables, and where in the answer their values stand.
    pub keep: Vec<(String, String)>,
    /// Asked again until the answer says so.
    pub until: Vec<(String, Value)>,
}

/// A document that requests are read from, with its variables.
type Read = fn(&str, &[Request]) -> Outcome<(Variables, Vec<Told>)>;

/// Sends all of both, which say the same: so each goes to another engine, unless one is wished
/// for. Each request must be answered as its document says.
pub fn run(root: &Path, engine: Option<Engine>) -> Outcome<Remark> {
    let binary = Build::default().path(root)?;
    let documents: [(&str, Read, Engine); 2] = [
        (COLLECTION, collection, Engine::Sqlite),
        (HTTP_FILE, file, Engine::Postgres),
    ];
    let mut remarks = Vec::new();
    for (name, read, usual) in documents {
        let engine = engine.unwrap_or(usual);
        let text = fs::read_to_string(root.join(name)).because(|| format!("reading {name}"))?;
        let settings = [("COMPTOIR_ADMIN_PASSWORD", PASSWORD)];
        let mut housed = Housed::new(root, &binary, engine, &settings)?;
        let sent = send(&mut housed.shop, &text, read).because(|| name.to_owned())?;
        remarks.push(format!("{sent} requests of {name} ({})", engine.name()));
    }
    Ok(remarks.join(", "))
}

/// Sends what a document says to a shop that has not been started yet.
fn send(shop: &mut Shop, text: &str, read: Read) -> Outcome<usize> {
    let runtime = tokio::runtime::Runtime::new()?;
    let sent = runtime.block_on(async {
        shop.start(&["serve"]).await?;
        let mut anybody = Caller::new(shop.address(), None);
        let document = anybody.need(&Call::get("/openapi.json")).await?;
        let known = requests(&document)?;
        let (variables, told) = read(text, &known)?;
        if told.len() != known.len() {
            return Err("it is not current: run `cargo xtask api`".into());
        }
        send_all(shop, variables, &told).await
    })?;
    shop.stop()?;
    shop.run(&["verify"])
        .because(|| "audits after all those requests".into())?;
    Ok(sent)
}

async fn send_all(shop: &Shop, mut variables: Variables, all: &[Told]) -> Outcome<usize> {
    variables.insert("base_url".to_owned(), String::new());
    variables.insert("admin_password".to_owned(), PASSWORD.to_owned());
    let mut wrong = Vec::new();
    for told in all {
        if let Err(sentence) = told.send(shop, &mut variables).await {
            wrong.push(sentence.to_string());
        }
    }
    match wrong.is_empty() {
        true => Ok(all.len()),
        false => Err(format!("{} requests went wrong:\n{}", wrong.len(), wrong.join("\n")).into()),
    }
}

/// What the `.http` file says, all of it.
fn file(text: &str, _: &[Request]) -> Outcome<(Variables, Vec<Told>)> {
    let file = http_file::read(text)?;
    Ok((file.variables, file.requests))
}

/// What the collection sends. What is expected stands in its scripts, which need Postman to run.
fn collection(text: &str, known: &[Request]) -> Outcome<(Variables, Vec<Told>)> {
    let collection: Value = serde_json::from_str(text)?;
    let pair = |one: &Value| (text_of(&one["key"]), text_of(&one["value"]));
    let variables = each(&collection["variable"]).map(pair).collect();
    let told = each(&collection["item"]).zip(known).map(|(item, request)| {
        let sent = &item["request"];
        let mut headers: Vec<_> = each(&sent["header"]).map(pair).collect();
        if let Some(bearer) = sent["auth"]["bearer"][0]["value"].as_str() {
            headers.push(("Authorization".to_owned(), format!("Bearer {bearer}")));
        }
        Told {
            id: String::new(),
            name: text_of(&item["name"]),
            method: text_of(&sent["method"]),
            url: text_of(&sent["url"]["raw"]),
            headers,
            body: sent["body"]["raw"].as_str().map(str::to_owned),
            statuses: request.statuses.clone(),
            keep: request.keep.clone().into_iter().collect(),
            until: request.until.clone().into_iter().collect(),
        }
    });
    Ok((variables, told.collect()))
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Told {
    async fn send(&self, shop: &Shop, variables: &mut Variables) -> Outcome<()> {
        let answer = self.answer(shop, variables).await?;
        let name = &self.name;
        if !self.statuses.contains(&answer.status) {
            let (status, text) = (answer.status, answer.text());
            let wanted = &self.statuses;
            return Err(format!("{name}: {status} instead of {wanted:?}: {text}").into());
        }
        for (variable, place) in &self.keep {
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
    async fn answer(&self, shop: &Shop, variables: &Variables) -> Outcome<Answer> {
        let call = self.call(variables).because(|| self.name.clone())?;
        let mut caller = Caller::new(shop.address(), None);
        for _ in 0..PATIENCE {
            let answer = caller.call(&call).await.map_err(|lost| lost.0)?;
            if !self.statuses.contains(&answer.status) || self.says_it(&answer) {
                return Ok(answer);
            }
            tokio::time::sleep(PAUSE).await;
        }
        let Self {
            name, until, keep, ..
        } = self;
        Err(format!("{name}: waited in vain for {until:?} and {keep:?}").into())
    }

    /// Whether the answer has what it shall say, and what is kept of it.
    fn says_it(&self, answer: &Answer) -> bool {
        let body = answer.json().unwrap_or_default();
        let mut until = self.until.iter();
        let mut keep = self.keep.iter();
        until.all(|(place, wanted)| at(&body, place) == Some(wanted))
            && keep.all(|(_, place)| at(&body, place).is_some())
    }

    fn call(&self, variables: &Variables) -> Outcome<Call> {
        let method = match self.method.as_str() {
            "GET" => "GET",
            "POST" => "POST",
            "PUT" => "PUT",
            "PATCH" => "PATCH",
            "DELETE" => "DELETE",
            other => return Err(format!("{other:?} is no method").into()),
        };
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            headers.push((name.clone(), filled(value, variables)?));
        }
        Ok(Call {
            method,
            path: filled(&self.url, variables)?,
            key: None,
            headers,
            body: match &self.body {
                Some(body) => Some(filled(body, variables)?),
                None => None,
            },
        })
    }
}

/// The text with the values of its variables, each of which must have one.
fn filled(text: &str, variables: &Variables) -> Outcome<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else {
            break;
        };
        let value = variables.get(name);
        filled.push_str(before);
        filled.push_str(value.ok_or_else(|| format!("nothing above gives {name} a value"))?);
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
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
    fn variables_are_filled_in_and_unknown_ones_are_named() {
        let variables = Variables::from([("id".to_owned(), "7".to_owned())]);
        assert_eq!(filled("/v1/{{id}}/x/{", &variables).unwrap(), "/v1/7/x/{");
        let sentence = filled("/{{x}}", &variables).unwrap_err().to_string();
        assert_eq!(sentence, "nothing above gives x a value");
    }

    #[test]
    fn a_place_in_an_answer_is_found() {
        let body = json!({"items": [{"movement": {"id": "m"}}]});
        assert_eq!(at(&body, "items[0].movement.id"), Some(&json!("m")));
        assert_eq!(at(&body, "items[1].id"), None);
    }
}
