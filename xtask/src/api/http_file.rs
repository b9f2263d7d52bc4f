//! The requests as an `.http` file for the HTTP clients of editors: written, and read as those
//! clients read it. Pure.
//!
//! A block begins with `###`; what stands behind an empty line is its body, to its very end. A
//! variable has one value in the whole file. `# Answer:` and `# Until:` are remarks to a reader,
//! and what CI expects.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use serde_json::Value;

use super::collection::{ABOUT, VARIABLES, target};
use super::send::Told;
use super::story::Request;
use crate::outcome::{Because, Outcome};

const ANSWER: &str = "# Answer: ";
const UNTIL: &str = "# Until: ";
const NAME: &str = "# @name ";
const BODY: &str = ".response.body.$.";

/// The file.
pub fn write(requests: &[Request]) -> String {
    let mut text = format!("# {ABOUT}\n\n");
    for (name, value) in VARIABLES {
        let _ = writeln!(text, "@{name} = {value}");
    }
    let mut names = Names::default();
    let mut kept = String::new();
    for (nth, request) in requests.iter().enumerate() {
        // A second line would be taken for a request.
        let name = request.name.replace('\n', " ");
        let _ = write!(text, "\n### {name}\n{kept}# @name n{nth}\n");
        text.push_str(&remarks(request));
        text.push_str(&names.current(&sent(request)));
        kept.clear();
        for (name, place) in &request.keep {
            let name = names.next(name);
            let _ = writeln!(kept, "@{name} = {{{{n{nth}{BODY}{place}}}}}");
        }
    }
    text
}

fn remarks(request: &Request) -> String {
    let statuses: Vec<_> = request.statuses.iter().map(u16::to_string).collect();
    let mut text = format!("{ANSWER}{}\n", statuses.join(", "));
    for (place, value) in &request.until {
        let _ = writeln!(text, "{UNTIL}{place} = {value}");
    }
    text
}

fn sent(request: &Request) -> String {
    let mut text = format!("{} {{{{base_url}}}}{}\n", request.method, target(request));
    if let Some(bearer) = &request.bearer {
        let _ = writeln!(text, "Authorization: Bearer {{{{{bearer}}}}}");
    }
    for (name, value) in &request.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    if let Some(body) = &request.body {
        let _ = write!(text, "\n{}\n", body.trim_end());
    }
    text
}

/// How often each variable was kept: a second value gets a name of its own.
#[derive(Default)]
struct Names(BTreeMap<String, usize>);

impl Names {
    fn next(&mut self, name: &str) -> String {
        *self.0.entry(name.to_owned()).or_default() += 1;
        self.now(name)
    }

    fn now(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(times) if *times > 1 => format!("{name}_{times}"),
            _ => name.to_owned(),
        }
    }

    /// The text with the names that its variables have here.
    fn current(&self, text: &str) -> String {
        self.0.keys().fold(text.to_owned(), |text, name| {
            text.replace(
                &format!("{{{{{name}}}}}"),
                &format!("{{{{{}}}}}", self.now(name)),
            )
        })
    }
}

/// What a file says: its variables, and its requests in order.
pub struct HttpFile {
    pub variables: HashMap<String, String>,
    pub requests: Vec<Told>,
}

/// Reads a file. Fails with the line that no editor would understand as it is meant.
pub fn read(text: &str) -> Outcome<HttpFile> {
    let mut file = HttpFile {
        variables: HashMap::new(),
        requests: Vec::new(),
    };
    let mut defined = BTreeSet::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((nth, line)) = lines.next() {
        let here = || format!("line {}: {line}", nth + 1);
        if let Some(definition) = line.strip_prefix('@') {
            let (name, value) = definition.split_once(" = ").ok_or_else(here)?;
            if !defined.insert(name.to_owned()) {
                return Err(format!("{} has a second value", here()).into());
            }
            file.define(name, value).because(here)?;
        } else if let Some(title) = line.strip_prefix("###") {
            let mut block = Vec::new();
            while let Some((_, line)) = lines.next_if(|(_, line)| !line.starts_with("###")) {
                block.push(line);
            }
            file.block(title.trim(), &block, &mut defined)
                .because(here)?;
        } else if !line.is_empty() && !line.starts_with('#') {
            return Err(format!("{} stands outside of a block", here()).into());
        }
    }
    Ok(file)
}

impl HttpFile {
    /// A value as it stands there, or one that an earlier answer holds.
    fn define(&mut self, name: &str, value: &str) -> Outcome<()> {
        let Some((request, place)) = value
            .strip_prefix("{{")
            .and_then(|value| value.strip_suffix("}}"))
            .and_then(|value| value.split_once(BODY))
        else {
            self.variables.insert(name.to_owned(), value.to_owned());
            return Ok(());
        };
        let mut asked = self.requests.iter_mut();
        let asked = asked
            .find(|told| told.id == request)
            .ok_or_else(|| format!("no request above is called {request}"))?;
        asked.keep.push((name.to_owned(), place.to_owned()));
        Ok(())
    }

    fn block(
        &mut self,
        title: &str,
        lines: &[&str],
        defined: &mut BTreeSet<String>,
    ) -> Outcome<()> {
        let mut told = Told {
            name: title.to_owned(),
            ..Told::default()
        };
        let mut lines = lines.iter();
        for line in lines.by_ref() {
            if let Some(definition) = line.strip_prefix('@') {
                let (name, value) = definition.split_once(" = ").ok_or(*line)?;
                if !defined.insert(name.to_owned()) {
                    return Err(format!("{name} has a second value").into());
                }
                self.define(name, value)?;
            } else if let Some(remark) = line.strip_prefix(NAME) {
                remark.clone_into(&mut told.id);
            } else if let Some(remark) = line.strip_prefix(ANSWER) {
                let statuses = remark.split(", ").map(str::parse);
                told.statuses = statuses.collect::<Result<_, _>>()?;
            } else if let Some(remark) = line.strip_prefix(UNTIL) {
                let (place, value) = remark.split_once(" = ").ok_or(*line)?;
                let value: Value = serde_json::from_str(value)?;
                told.until.push((place.to_owned(), value));
            } else if !line.is_empty() && !line.starts_with('#') {
                let (method, url) = line.split_once(' ').ok_or(*line)?;
                told.method = method.to_owned();
                told.url = url.to_owned();
                break;
            }
        }
        for line in lines.by_ref().take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once(": ").ok_or(*line)?;
            told.headers.push((name.to_owned(), value.to_owned()));
        }
        let body = lines.copied().collect::<Vec<_>>().join("\n");
        told.body = Some(body.trim_end().to_owned()).filter(|body| !body.is_empty());
        self.requests.push(told);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(path: &str, keep: &str) -> Request {
        Request {
            name: "Make a thing\nor another".to_owned(),
            about: "It is made.".to_owned(),
            method: "POST".to_owned(),
            path: path.to_owned(),
            query: vec![("limit".to_owned(), "5".to_owned())],
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            bearer: Some("admin".to_owned()),
            body: Some("{\n  \"name\": \"{{thing}}\"\n}".to_owned()),
            statuses: vec![201, 202],
            keep: [(keep.to_owned(), "items[0].id".to_owned())].into(),
            until: [("status".to_owned(), json!("done"))].into(),
        }
    }

    #[test]
    fn what_is_written_is_read_as_it_was_meant() {
        let text = write(&[request("/v1/things", "thing"), request("/v1/more", "other")]);
        let file = read(&text).unwrap();
        assert_eq!(file.variables["run"], "1");
        assert_eq!(file.requests[0].name, "Make a thing or another");
        let first = &file.requests[0];
        assert_eq!(
            (first.method.as_str(), first.url.as_str()),
            ("POST", "{{base_url}}/v1/things?limit=5")
        );
        assert_eq!(first.headers[0].1, "Bearer {{admin}}");
        assert_eq!(first.body, request("", "").body);
        assert_eq!(
            (&first.statuses[..], first.until.len()),
            (&[201, 202][..], 1)
        );
        let kept = ("thing".to_owned(), "items[0].id".to_owned());
        assert_eq!(
            first.keep,
            [kept],
            "told behind the next ###, kept of this answer"
        );
    }

    #[test]
    fn a_variable_that_changes_gets_another_name_from_then_on() {
        let asked = request("/v1/{{thing}}", "thing");
        let text = write(&[asked.clone(), asked.clone(), asked]);
        let file = read(&text).unwrap();
        let urls: Vec<_> = file.requests.iter().map(|told| &told.url[12..]).collect();
        assert_eq!(
            urls,
            [
                "/v1/{{thing}}?limit=5",
                "/v1/{{thing}}?limit=5",
                "/v1/{{thing_2}}?limit=5"
            ]
        );
    }

    #[test]
    fn what_an_editor_would_take_for_something_else_is_refused() {
        let refused = |text: &str| read(text).err().unwrap().to_string();
        let twice = refused("@a = 1\n@a = 2\n");
        assert!(
            twice.contains("line 2") && twice.contains("second value"),
            "{twice}"
        );
        let unknown = refused("### T\n@a = {{n7.response.body.$.id}}\nGET /\n");
        assert!(
            unknown.contains("no request above is called n7"),
            "{unknown}"
        );
        let stray = refused("{}\n### T\nGET /\n");
        assert!(stray.contains("outside of a block"), "{stray}");
    }

    /// As an editor does: behind the empty line all is body, up to the next `###`.
    #[test]
    fn what_stands_behind_a_body_is_sent_with_it() {
        let file = read("### T\nPOST /\n\n{}\n\n@a = {{n0.response.body.$.id}}\n").unwrap();
        let body = file.requests[0].body.as_deref();
        assert_eq!(body, Some("{}\n\n@a = {{n0.response.body.$.id}}"));
    }
}
