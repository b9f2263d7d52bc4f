//! Makes the executable schema: of each field of the model, how it is answered.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_graphql::dynamic::{
    Enum, EnumItem, Field, FieldFuture, FieldValue, InputObject, InputValue, Object,
    ResolverContext, Scalar, Schema, TypeRef,
};
use async_graphql::parser::Positioned;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, ObjectType, Type, TypeKind,
};
use async_graphql::{Context, Name, Value};
use serde_json::{Map, Value as Json};

use crate::auth::Principal;

use super::super::allow::Allow;
use super::super::problem::Problem;
use super::loader::{Gatherer, Key, Question};
use super::model::{BadSchema, MUTATION, Model, QUERY, base, is_list};
use super::part::{Answer, Asked, Parts};
use super::refused::Refused;
use super::words;

/// How a field is answered.
#[derive(Clone)]
enum How {
    /// By what its parent has under this key.
    Look { key: String, is_enum: bool },
    /// By a function.
    Ask(Arguments, Allow, Answer),
    /// Together with the same field of other parents.
    Gather(Arguments, Allow, &'static str, KeyFrom),
}

/// The types of a field's arguments.
#[derive(Clone)]
struct Arguments {
    model: Arc<Model>,
    types: Arc<BTreeMap<String, String>>,
}

impl Arguments {
    fn of(model: &Arc<Model>, field: &FieldDefinition) -> Self {
        let types = field.arguments.iter().map(|argument| {
            let argument = &argument.node;
            let of = base(&argument.ty.node).to_owned();
            (argument.name.node.to_string(), of)
        });
        Self {
            model: Arc::clone(model),
            types: Arc::new(types.collect()),
        }
    }

    /// What was given, as REST's parameters.
    fn given(&self, context: &ResolverContext<'_>) -> Map<String, Json> {
        words::parameters(&self.model, &self.types, context.args.as_index_map())
    }
}

/// Where the id of what is gathered stands.
#[derive(Clone)]
enum KeyFrom {
    Parent(String),
    Argument,
}

/// What a resolver finds beside its field.
pub(super) struct Asking {
    pub principal: Principal,
    pub gatherer: Gatherer,
}

/// Adds the description, if there is one, to any of the library's builders.
macro_rules! described {
    ($builder:expr, $description:expr) => {
        match &$description {
            Some(description) => $builder.description(description.node.as_str()),
            None => $builder,
        }
    };
}

/// The argument that names one entity.
const ID: &str = "id";

pub(super) fn build(model: &Arc<Model>, parts: &Parts) -> Result<Schema, BadSchema> {
    for name in parts.fields.keys().chain(parts.loads.keys()) {
        check(model, name)?;
    }
    let mutation = model.object(MUTATION).map(|_| MUTATION);
    let mut schema = Schema::build(QUERY, mutation, None);
    for (name, found) in &model.types {
        let about = &found.description;
        schema = match &found.kind {
            TypeKind::Object(kind) => schema.register(object(model, parts, (name, kind), about)),
            TypeKind::Enum(kind) => {
                let item = |value: &Positioned<_>| {
                    let value: &async_graphql::parser::types::EnumValueDefinition = &value.node;
                    let item = EnumItem::new(value.value.node.as_str());
                    described!(item, value.description)
                };
                let items = kind.values.iter().map(item);
                schema.register(described!(Enum::new(name).items(items), about))
            }
            TypeKind::InputObject(kind) => {
                let fields = kind.fields.iter().map(input);
                let object = described!(InputObject::new(name), about);
                schema.register(fields.fold(object, InputObject::field))
            }
            TypeKind::Scalar => schema.register(described!(Scalar::new(name), about)),
            TypeKind::Interface(_) | TypeKind::Union(_) => return Err(BadSchema::NotAType),
        };
    }
    Ok(schema.finish()?)
}

/// A function for a field that is not there would never be called. What belongs to a type that is
/// not at home is left out like the type.
fn check(model: &Model, name: &'static str) -> Result<(), BadSchema> {
    let Some((object, field)) = name.split_once('.') else {
        return Ok(());
    };
    if model.object(object).is_none() {
        return Ok(());
    }
    match model.field(object, field) {
        None => Err(BadSchema::NoSuchField(name)),
        Some(field) if field.ty.node.nullable => Ok(()),
        Some(_) => Err(BadSchema::NotNullable(name.to_owned())),
    }
}

fn object(
    model: &Arc<Model>,
    parts: &Parts,
    (name, kind): (&str, &ObjectType),
    about: &Option<Positioned<String>>,
) -> Object {
    let object = described!(Object::new(name), about);
    let field = |object: Object, definition: &Positioned<FieldDefinition>| {
        let definition = &definition.node;
        let how = how(model, parts, name, definition);
        let field = Field::new(
            definition.name.node.as_str(),
            type_ref(&definition.ty.node),
            move |context| resolve(&how, context),
        );
        let field = definition
            .arguments
            .iter()
            .map(input)
            .fold(field, Field::argument);
        object.field(described!(field, definition.description))
    };
    kind.fields.iter().fold(object, field)
}

fn how(model: &Arc<Model>, parts: &Parts, owner: &str, field: &FieldDefinition) -> How {
    let arguments = || Arguments::of(model, field);
    let (name, ty) = (field.name.node.as_str(), &field.ty.node);
    let path = format!("{owner}.{name}");
    if let Some((allow, answer)) = parts.fields.get(path.as_str()) {
        return How::Ask(arguments(), *allow, Arc::clone(answer));
    }
    if let Some((load, (allow, _))) = parts.loads.get_key_value(path.as_str()) {
        return How::Gather(arguments(), *allow, load, KeyFrom::Parent(ID.to_owned()));
    }
    if let Some((load, (allow, _))) = parts.loads.get_key_value(base(ty))
        && !is_list(ty)
    {
        let named = field
            .arguments
            .iter()
            .any(|argument| argument.node.name.node == ID);
        let parent = || KeyFrom::Parent(format!("{}_id", words::snake(name)));
        let from = if named { KeyFrom::Argument } else { parent() };
        return How::Gather(arguments(), *allow, load, from);
    }
    How::Look {
        key: words::snake(name),
        is_enum: model.is_enum(base(ty)),
    }
}

fn resolve<'a>(how: &How, context: ResolverContext<'a>) -> FieldFuture<'a> {
    match how.clone() {
        How::Look { key, is_enum } => FieldFuture::Value(look(context.parent_value, &key, is_enum)),
        How::Ask(arguments, allow, answer) => FieldFuture::new(async move {
            let given = arguments.given(&context);
            let answer = ask(&context, given, allow, answer).await;
            Ok(told(context.ctx, answer))
        }),
        How::Gather(arguments, allow, name, from) => FieldFuture::new(async move {
            let given = arguments.given(&context);
            let answer = gather(&context, given, (allow, name), &from).await;
            Ok(told(context.ctx, answer))
        }),
    }
}

fn look(parent: &FieldValue<'_>, key: &str, is_enum: bool) -> Option<FieldValue<'static>> {
    let Some(Value::Object(fields)) = parent.as_value() else {
        return None;
    };
    match fields.get(key)?.clone() {
        Value::Null => None,
        Value::String(word) if is_enum => Some(FieldValue::value(Value::Enum(Name::new(
            words::value_of(&word),
        )))),
        value => Some(FieldValue::value(value)),
    }
}

async fn ask(
    context: &ResolverContext<'_>,
    mut arguments: Map<String, Json>,
    allow: Allow,
    answer: Answer,
) -> Result<Value, Refused> {
    let Asking { principal, .. } = asking(context)?;
    allow.check(Some(principal))?;
    if context.look_ahead().field("totalCount").exists() {
        arguments.insert("count".to_owned(), true.into());
    }
    let asked = Asked {
        principal: principal.clone(),
        arguments,
    };
    Ok(answer(asked).await?)
}

/// What is named by an argument and not there is an error; what a parent refers to may be hidden
/// from this caller, and is null.
async fn gather(
    context: &ResolverContext<'_>,
    mut arguments: Map<String, Json>,
    (allow, name): (Allow, &'static str),
    from: &KeyFrom,
) -> Result<Value, Refused> {
    let Asking {
        principal,
        gatherer,
    } = asking(context)?;
    allow.check(Some(principal))?;
    let id = id(context.parent_value, from, &mut arguments);
    let named = matches!(from, KeyFrom::Argument);
    let found = match id {
        Some(id) => {
            let question = Question {
                name,
                arguments: to_text(&arguments),
            };
            let key = Key { question, id };
            let Ok(found) = gatherer.load_one(key).await;
            found.transpose()?
        }
        None => None,
    };
    match found {
        Some(value) => Ok(value),
        None if named => Err(Problem::not_found().into()),
        None => Ok(Value::Null),
    }
}

/// The id that names what is gathered.
fn id(
    parent: &FieldValue<'_>,
    from: &KeyFrom,
    arguments: &mut Map<String, Json>,
) -> Option<String> {
    match from {
        KeyFrom::Argument => arguments.remove(ID)?.as_str().map(str::to_owned),
        KeyFrom::Parent(key) => match look(parent, key, false)?.as_value()? {
            Value::String(id) => Some(id.clone()),
            _ => None,
        },
    }
}

fn to_text(arguments: &Map<String, Json>) -> String {
    serde_json::to_string(arguments).unwrap_or_default()
}

fn asking<'a>(context: &ResolverContext<'a>) -> Result<&'a Asking, Refused> {
    let found = context.ctx.data_opt::<Asking>();
    found.ok_or_else(|| Problem::bug("a query without its caller").into())
}

/// A refusal makes the field null and is told beside the data, with the path of the field.
fn told(context: &Context<'_>, answer: Result<Value, Refused>) -> Option<FieldValue<'static>> {
    match answer {
        Ok(Value::Null) => None,
        Ok(value) => Some(FieldValue::value(value)),
        Err(refused) => {
            let error = refused.error().into_server_error(context.item.pos);
            context.add_error(context.set_error_path(error));
            None
        }
    }
}

fn input(definition: &Positioned<InputValueDefinition>) -> InputValue {
    let definition = &definition.node;
    let input = InputValue::new(definition.name.node.as_str(), type_ref(&definition.ty.node));
    let input = described!(input, definition.description);
    match &definition.default_value {
        Some(value) => input.default_value(value.node.clone()),
        None => input,
    }
}

fn type_ref(ty: &Type) -> TypeRef {
    let inner = match &ty.base {
        BaseType::Named(name) => TypeRef::named(name.as_str()),
        BaseType::List(inner) => TypeRef::List(Box::new(type_ref(inner))),
    };
    match ty.nullable {
        true => inner,
        false => TypeRef::NonNull(Box::new(inner)),
    }
}

/// The functions that answer many parents at once, by name.
pub(super) fn loads(parts: &Parts) -> HashMap<&'static str, super::part::Load> {
    let loads = parts.loads.iter();
    loads
        .map(|(name, (_, load))| (*name, Arc::clone(load)))
        .collect()
}
