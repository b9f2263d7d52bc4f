//! What stands in an access token of an outside issuer, and what of it counts here.

use super::is_access;
use crate::auth::{Role, Roles};
use crate::config::OidcIssuer;
use jsonwebtoken::Header;
use kernel::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

/// OpenID Connect Core, 2: a subject has 255 characters at most.
const SUBJECT_MAX: usize = 255;

/// Enough to know whom to ask.
#[derive(Deserialize)]
pub struct Named {
    pub iss: String,
}

#[derive(Deserialize)]
pub struct Claims {
    iss: String,
    pub sub: String,
    exp: i64,
    nbf: Option<i64>,
    aud: Option<OneOrMany>,
    /// Cognito's access tokens name the client instead of an audience.
    client_id: Option<String>,
    /// Cognito: `access` or `id`.
    token_use: Option<String>,
    /// Keycloak: `Bearer`, `ID`, `Refresh`.
    typ: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    /// Whether this is an access token of `issuer`, for us.
    pub fn are_for(&self, issuer: &OidcIssuer, header: &Header) -> bool {
        let subject = !self.sub.trim().is_empty() && self.sub.len() <= SUBJECT_MAX;
        subject
            && self.iss == issuer.issuer
            && self.is_access_token(header)
            && self.names_one_of(&issuer.audiences)
    }

    /// Whoever asks for no proof here takes ID tokens for access tokens: one of the three ways in
    /// which issuers tell them apart must say so, and none may say otherwise.
    fn is_access_token(&self, header: &Header) -> bool {
        let by_use = self.token_use.as_deref().map(|use_| use_ == "access");
        let by_kind = self.typ.as_deref().map(|typ| typ == "Bearer");
        let by_header = is_access(header).then_some(true);
        let said = [by_use, by_kind, by_header];
        said.contains(&Some(true)) && !said.contains(&Some(false))
    }

    fn names_one_of(&self, audiences: &[String]) -> bool {
        let is_ours = |name: &String| audiences.contains(name);
        match (&self.aud, &self.client_id) {
            (Some(OneOrMany::One(name)), _) => is_ours(name),
            (Some(OneOrMany::Many(names)), _) => names.iter().any(is_ours),
            (None, Some(client)) => is_ours(client),
            (None, None) => false,
        }
    }

    pub fn expires(&self) -> Timestamp {
        seconds(self.exp)
    }

    pub fn not_before(&self) -> Option<Timestamp> {
        self.nbf.map(seconds)
    }

    /// The roles that the configured claim names: a list, or a text with spaces or commas. Groups
    /// that are no roles belong to other systems and are passed over.
    pub fn roles(&self, issuer: &OidcIssuer) -> Roles {
        let role = |name: &str| name.trim().parse::<Role>().ok();
        let named: Roles = match at(&self.others, &issuer.roles_claim) {
            Some(Value::Array(names)) => names
                .iter()
                .filter_map(Value::as_str)
                .filter_map(role)
                .collect(),
            Some(Value::String(names)) => names.split([' ', ',']).filter_map(role).collect(),
            _ => Roles::default(),
        };
        let may = |role: &Role| *role != Role::Admin || issuer.admins;
        named.iter().filter(may).collect()
    }
}

/// A claim by its name (which may hold dots, as URLs do), else by the path the dots make:
/// `realm_access.roles`.
fn at<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    at(claims.get(first)?.as_object()?, rest)
}

fn seconds(since_1970: i64) -> Timestamp {
    Timestamp::from_unix_micros(since_1970.saturating_mul(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn issuer(roles_claim: &str, admins: bool) -> OidcIssuer {
        OidcIssuer {
            issuer: "https://id.example".to_owned(),
            audiences: vec!["shop".to_owned()],
            roles_claim: roles_claim.to_owned(),
            jwks_url: None,
            admins,
        }
    }

    fn roles(claims: Value, issuer: &OidcIssuer) -> String {
        let mut all = json!({"iss": "https://id.example", "sub": "ann", "exp": 1});
        let (all_of, more) = (all.as_object_mut().unwrap(), claims.as_object().unwrap());
        all_of.extend(more.clone());
        let claims: Claims = serde_json::from_value(all).unwrap();
        claims.roles(issuer).to_text()
    }

    #[test]
    fn roles_are_read_however_issuers_write_them() {
        let cognito = issuer("cognito:groups", false);
        let groups = json!({"cognito:groups": ["clerk", "Newsletter", 7, "supplier"]});
        assert_eq!(roles(groups, &cognito), "clerk supplier");
        let keycloak = json!({"realm_access": {"roles": ["manager", "offline_access"]}});
        assert_eq!(
            roles(keycloak, &issuer("realm_access.roles", false)),
            "manager"
        );
        let url = json!({"https://shop.example/roles": "clerk,customer"});
        let named = issuer("https://shop.example/roles", false);
        assert_eq!(roles(url, &named), "customer clerk");
        assert_eq!(
            roles(json!({"cognito:groups": {"clerk": true}}), &cognito),
            ""
        );
        assert_eq!(roles(json!({}), &cognito), "");
    }

    #[test]
    fn nobody_outside_is_an_administrator_unless_the_shop_says_so() {
        let groups = || json!({"cognito:groups": ["admin", "clerk"]});
        assert_eq!(roles(groups(), &issuer("cognito:groups", false)), "clerk");
        assert_eq!(
            roles(groups(), &issuer("cognito:groups", true)),
            "clerk admin"
        );
    }
}
