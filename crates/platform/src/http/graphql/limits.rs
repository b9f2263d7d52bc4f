//! What a query may ask for at most, found out before anything is done for it. Pure.
//!
//! The cost of a field is one, and what is below it as often as it may come back: as `first` says,
//! or a list's usual length where nothing says it. So a page of pages is dear however short its
//! text is.

use std::collections::BTreeSet;

use async_graphql::parser::Positioned;
use async_graphql::parser::types::{
    ExecutableDocument, Field, FieldDefinition, FragmentDefinition, OperationDefinition,
    OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Value, Variables};

use super::super::problem::Problem;
use super::model::{MUTATION, Model, QUERY, base, is_list};

/// Bytes of the text; people and tools write less than a tenth of it.
pub(super) const LONGEST: usize = 10_000;
/// Levels of fields: an order's lines' products' stock's store is six.
const DEEPEST: usize = 10;
/// A page of 100 products with their stock in 20 stores and all fields of both.
const DEAREST: usize = 25_000;
/// Fields side by side at the top.
const MOST_ROOTS: usize = 10;
/// Second names, by which one field is asked for again and again.
const MOST_ALIASES: usize = 30;
/// Fields once all fragments stand in their places.
const MOST_FIELDS: usize = 1_000;
/// What a list without `first` holds as a rule.
const USUAL_LENGTH: usize = 10;
/// The question that tools ask about the schema has 15 levels.
const DEEPEST_ABOUT_ITSELF: usize = 16;
/// Lists of the schema about itself that may stand in each other: the same tools need two.
const MOST_LISTS_ABOUT_ITSELF: usize = 3;
const LISTS_ABOUT_ITSELF: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// Refuses a document that asks for too much.
pub(super) fn check(
    model: &Model,
    document: &ExecutableDocument,
    variables: &Variables,
    about_itself: bool,
) -> Result<(), Problem> {
    for (_, operation) in document.operations.iter() {
        let mut walk = Walk {
            model,
            document,
            variables,
            operation: &operation.node,
            within: Vec::new(),
            fields: 0,
            aliases: 0,
        };
        walk.roots(about_itself)?;
        let root = match operation.node.ty {
            OperationType::Mutation => MUTATION,
            _ => QUERY,
        };
        let cost = walk.set(&operation.node.selection_set.node, root, 1)?;
        if cost > DEAREST {
            return Err(refuse(
                "QUERY_TOO_COSTLY",
                format!(
                    "this query may cost {cost}, more than {DEAREST}: ask for smaller pages, \
                     fewer fields, or in several requests"
                ),
            ));
        }
    }
    Ok(())
}

/// The text itself is too long.
pub(super) fn check_length(text: &str) -> Result<(), Problem> {
    match text.len() > LONGEST {
        true => Err(refuse(
            "QUERY_TOO_LONG",
            format!("a query has at most {LONGEST} bytes; values belong into variables"),
        )),
        false => Ok(()),
    }
}

fn refuse(code: &'static str, message: String) -> Problem {
    Problem::new(kernel::ErrorKind::Invalid, code, message)
}

struct Walk<'a> {
    model: &'a Model,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    operation: &'a OperationDefinition,
    /// The fragments around this place.
    within: Vec<&'a Name>,
    fields: usize,
    aliases: usize,
}

impl<'a> Walk<'a> {
    fn roots(&self, about_itself: bool) -> Result<(), Problem> {
        let mut names = Vec::new();
        let mut seen = BTreeSet::new();
        self.gather(&self.operation.selection_set.node, &mut names, &mut seen);
        if names.len() > MOST_ROOTS {
            let message = format!("at most {MOST_ROOTS} fields may stand at the top of a query");
            return Err(refuse("TOO_MANY_ROOT_FIELDS", message));
        }
        if self.operation.ty == OperationType::Mutation && names.len() > 1 {
            let message = "one change a request: an Idempotency-Key stands for one effect";
            return Err(refuse("ONE_MUTATION_A_REQUEST", message.to_owned()));
        }
        let asks = |name: &&str| name.starts_with("__") && **name != *"__typename";
        match names.iter().any(asks) && !about_itself {
            true => Err(Problem::new(
                kernel::ErrorKind::Forbidden,
                "INTROSPECTION_OFF",
                "the schema does not tell of itself in production; it is in the documentation",
            )),
            false => Ok(()),
        }
    }

    /// The fields at the top, through fragments.
    fn gather(
        &self,
        set: &'a SelectionSet,
        names: &mut Vec<&'a str>,
        seen: &mut BTreeSet<&'a str>,
    ) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => names.push(&field.node.name.node),
                Selection::InlineFragment(inner) => {
                    self.gather(&inner.node.selection_set.node, names, seen);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.fragment(name).filter(|_| seen.insert(name)) {
                        self.gather(&fragment.node.selection_set.node, names, seen);
                    }
                }
            }
        }
    }

    fn fragment(&self, name: &Name) -> Option<&'a Positioned<FragmentDefinition>> {
        self.document.fragments.get(name)
    }

    /// The cost of what is selected on an object of type `on`.
    fn set(&mut self, set: &'a SelectionSet, on: &str, depth: usize) -> Result<usize, Problem> {
        let mut cost = 0_usize;
        for item in &set.items {
            let more = match &item.node {
                Selection::Field(field) => self.field(&field.node, on, depth)?,
                Selection::InlineFragment(inner) => {
                    let inner = &inner.node;
                    let on = inner
                        .type_condition
                        .as_ref()
                        .map_or(on, |at| &at.node.on.node);
                    self.set(&inner.selection_set.node, on, depth)?
                }
                Selection::FragmentSpread(spread) => {
                    self.spread(&spread.node.fragment_name.node, depth)?
                }
            };
            cost = cost.saturating_add(more);
        }
        Ok(cost)
    }

    fn spread(&mut self, name: &'a Name, depth: usize) -> Result<usize, Problem> {
        if self.within.contains(&name) {
            let message = format!("the fragment {name} stands in itself");
            return Err(refuse("FRAGMENT_IN_ITSELF", message));
        }
        let Some(fragment) = self.fragment(name) else {
            return Ok(0);
        };
        self.within.push(name);
        let (on, set) = (&fragment.node.type_condition, &fragment.node.selection_set);
        let cost = self.set(&set.node, &on.node.on.node, depth);
        self.within.pop();
        cost
    }

    fn field(&mut self, field: &'a Field, on: &str, depth: usize) -> Result<usize, Problem> {
        self.count(field)?;
        let name = field.name.node.as_str();
        if name.starts_with("__") {
            about_itself(self, &field.selection_set.node, (depth, 0))?;
            return Ok(1);
        }
        if depth > DEEPEST {
            let message = format!("a query has at most {DEEPEST} levels of fields");
            return Err(refuse("QUERY_TOO_DEEP", message));
        }
        let known = self.model.field(on, name);
        let below = known.map_or("", |known| base(&known.ty.node));
        let cost = self.set(&field.selection_set.node, below, depth + 1)?;
        let rows = known.map_or(1, |known| self.rows(field, known, on));
        Ok(cost.saturating_mul(rows).saturating_add(1))
    }

    fn count(&mut self, field: &Field) -> Result<(), Problem> {
        self.fields += 1;
        self.aliases += usize::from(field.alias.is_some());
        if self.aliases > MOST_ALIASES {
            let message = format!("a query has at most {MOST_ALIASES} aliases");
            return Err(refuse("TOO_MANY_ALIASES", message));
        }
        if self.fields > MOST_FIELDS {
            let message = format!("a query has at most {MOST_FIELDS} fields, fragments included");
            return Err(refuse("TOO_MANY_FIELDS", message));
        }
        Ok(())
    }

    /// How often what is below a field may come back.
    fn rows(&self, field: &Field, known: &FieldDefinition, on: &str) -> usize {
        let first = known
            .arguments
            .iter()
            .find(|argument| argument.node.name.node == "first");
        if let Some(first) = first {
            let usual = first
                .node
                .default_value
                .as_ref()
                .map(|value| value.node.clone());
            let given = field.get_argument("first").and_then(|value| {
                let variable = |name| self.variable(&name).ok_or(());
                value.node.clone().into_const_with(variable).ok()
            });
            return size(given.or(usual));
        }
        // The rows of a page were counted with the page.
        match is_list(&known.ty.node) && !on.ends_with("Connection") {
            true => USUAL_LENGTH,
            false => 1,
        }
    }

    fn variable(&self, name: &Name) -> Option<Value> {
        let given = self.variables.get(name).cloned();
        given.or_else(|| self.usual(name))
    }

    /// What the operation says a variable is when nobody gives it.
    fn usual(&self, name: &Name) -> Option<Value> {
        let mut known = self.operation.variable_definitions.iter();
        let known = known.find(|known| known.node.name.node == *name)?;
        known.node.default_value().cloned()
    }
}

/// What a page asks for; more than a page can have is refused later, and counts as a page here.
fn size(first: Option<Value>) -> usize {
    let most = usize::try_from(kernel::Limit::MAX).unwrap_or(usize::MAX);
    let asked = match first {
        Some(Value::Number(number)) => number.as_u64(),
        _ => None,
    };
    asked
        .and_then(|asked| usize::try_from(asked).ok())
        .map_or(most, |asked| asked.min(most))
}

/// Questions about the schema itself: lists of types that refer to each other without an end.
fn about_itself<'a>(
    walk: &mut Walk<'a>,
    set: &'a SelectionSet,
    (depth, lists): (usize, usize),
) -> Result<(), Problem> {
    if depth > DEEPEST_ABOUT_ITSELF || lists > MOST_LISTS_ABOUT_ITSELF {
        let message = "this asks too much about the schema at once".to_owned();
        return Err(refuse("QUERY_TOO_DEEP", message));
    }
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                walk.count(&field.node)?;
                let list = LISTS_ABOUT_ITSELF.contains(&field.node.name.node.as_str());
                let inner = (depth + 1, lists + usize::from(list));
                about_itself(walk, &field.node.selection_set.node, inner)?;
            }
            Selection::InlineFragment(inner) => {
                about_itself(walk, &inner.node.selection_set.node, (depth, lists))?;
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if walk.within.contains(&name) {
                    let message = format!("the fragment {name} stands in itself");
                    return Err(refuse("FRAGMENT_IN_ITSELF", message));
                }
                let Some(fragment) = walk.fragment(name) else {
                    continue;
                };
                walk.within.push(name);
                about_itself(walk, &fragment.node.selection_set.node, (depth, lists))?;
                walk.within.pop();
            }
        }
    }
    Ok(())
}
