//! The types of the schema, merged from what every context wrote. Pure.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::dynamic::SchemaError;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, ObjectType, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};

pub(super) const QUERY: &str = "Query";
pub(super) const MUTATION: &str = "Mutation";

/// What every shop has: the roots, pages, money, moments.
const OWN: &str = include_str!("own.graphql");

const BUILT_IN: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

/// Why there is no schema: a slip in a context's part, seen by the first test that starts it.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadSchema {
    #[error("the SDL of a part: {0}")]
    Syntax(#[from] async_graphql::parser::Error),
    #[error("a part has types and nothing else")]
    NotAType,
    #[error("{0} is written twice")]
    Twice(String),
    #[error("there is no field {0}")]
    NoSuchField(&'static str),
    #[error("{0} can fail, so it must be nullable")]
    NotNullable(String),
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

/// All types by name.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub types: BTreeMap<String, TypeDefinition>,
}

impl Model {
    pub fn of(texts: &[&str]) -> Result<Self, BadSchema> {
        let (mut types, mut extensions) = (BTreeMap::new(), Vec::new());
        for text in std::iter::once(&OWN).chain(texts) {
            for definition in parse_schema(text)?.definitions {
                let TypeSystemDefinition::Type(definition) = definition else {
                    return Err(BadSchema::NotAType);
                };
                let name = definition.node.name.node.to_string();
                if definition.node.extend {
                    extensions.push((name, definition.node));
                } else if types.insert(name.clone(), definition.node).is_some() {
                    return Err(BadSchema::Twice(name));
                }
            }
        }
        for (name, extension) in extensions {
            extend(&mut types, &name, extension)?;
        }
        leave_out_unknown(&mut types);
        Ok(Self { types })
    }

    /// The fields of an object.
    pub fn object(&self, name: &str) -> Option<&ObjectType> {
        match &self.types.get(name)?.kind {
            TypeKind::Object(object) => Some(object),
            _ => None,
        }
    }

    pub fn field(&self, object: &str, name: &str) -> Option<&FieldDefinition> {
        let mut fields = self.object(object)?.fields.iter();
        let found = fields.find(|field| field.node.name.node == name);
        found.map(|field| &field.node)
    }

    /// The name of the type of a field of an input object.
    pub fn input(&self, object: &str, name: &str) -> Option<&str> {
        let TypeKind::InputObject(object) = &self.types.get(object)?.kind else {
            return None;
        };
        let mut fields = object.fields.iter();
        let found = fields.find(|field| field.node.name.node == name);
        found.map(|field| base(&field.node.ty.node))
    }

    pub fn is_enum(&self, name: &str) -> bool {
        let found = self.types.get(name);
        found.is_some_and(|found| matches!(found.kind, TypeKind::Enum(_)))
    }
}

/// Adds fields to a type; to one that nobody here has, nothing.
fn extend(
    types: &mut BTreeMap<String, TypeDefinition>,
    name: &str,
    extension: TypeDefinition,
) -> Result<(), BadSchema> {
    let Some(TypeKind::Object(object)) = types.get_mut(name).map(|found| &mut found.kind) else {
        return Ok(());
    };
    let TypeKind::Object(more) = extension.kind else {
        return Err(BadSchema::NotAType);
    };
    for field in more.fields {
        let field_name = &field.node.name.node;
        if object
            .fields
            .iter()
            .any(|known| known.node.name.node == *field_name)
        {
            return Err(BadSchema::Twice(format!("{name}.{field_name}")));
        }
        object.fields.push(field);
    }
    Ok(())
}

/// Fields whose type lives in a context that is not at home here.
fn leave_out_unknown(types: &mut BTreeMap<String, TypeDefinition>) {
    let known: BTreeSet<String> = types.keys().cloned().collect();
    let is_known = |name: &str| BUILT_IN.contains(&name) || known.contains(name);
    for found in types.values_mut() {
        if let TypeKind::Object(object) = &mut found.kind {
            object
                .fields
                .retain(|field| is_known(base(&field.node.ty.node)));
        }
    }
    types.retain(|_, found| match &found.kind {
        TypeKind::Object(object) => !object.fields.is_empty(),
        _ => true,
    });
}

/// The name inside of lists and `!`.
pub(super) fn base(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => base(inner),
    }
}

pub(super) fn is_list(ty: &Type) -> bool {
    matches!(ty.base, BaseType::List(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(model: &Model, object: &str) -> Vec<String> {
        let fields = model
            .object(object)
            .into_iter()
            .flat_map(|object| &object.fields);
        fields
            .map(|field| field.node.name.node.to_string())
            .collect()
    }

    const GOODS: &str = "type Product { id: ID! } extend type Query { products: [Product] }";
    const STOCK: &str = "type Level { onHand: Int! product: Product }
        extend type Product { stock: [Level!] } extend type Query { levels: [Level] }";

    #[test]
    fn a_context_adds_to_the_type_of_another() {
        let model = Model::of(&[STOCK, GOODS]).expect("a schema");
        assert_eq!(fields(&model, "Product"), ["id", "stock"]);
        assert_eq!(fields(&model, "Query"), ["levels", "products"]);
    }

    #[test]
    fn what_names_a_type_that_is_not_at_home_is_left_out() {
        let model = Model::of(&[STOCK]).expect("a schema");
        assert_eq!(fields(&model, "Level"), ["onHand"]);
        assert!(model.object("Product").is_none() && model.object(MUTATION).is_none());
    }

    #[test]
    fn a_field_or_type_that_is_written_twice_is_refused() {
        let again = "extend type Product { id: ID! }";
        for (text, what) in [
            (again, "Product.id"),
            ("type Product { id: ID! }", "Product"),
        ] {
            let fault = Model::of(&[GOODS, text]).expect_err("twice");
            assert_eq!(fault.to_string(), format!("{what} is written twice"));
        }
    }
}
