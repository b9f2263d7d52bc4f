//! An outside issuer whose access tokens are accepted beside our own: an OpenID Connect provider.

use super::Environment;
use super::read::Reader;

/// Where Amazon Cognito writes the groups of a user.
const ROLES_CLAIM: &str = "cognito:groups";

/// An OpenID Connect provider, as `COMPTOIR_OIDC_…` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcIssuer {
    /// Exactly as it stands in `iss` of its tokens.
    pub issuer: String,
    /// `aud` or `client_id` of its tokens is one of these.
    pub audiences: Vec<String>,
    /// The claim that names roles; a path where dots separate names.
    pub roles_claim: String,
    /// `None`: as its discovery document says.
    pub jwks_url: Option<String>,
    /// Whether the role `admin` may come from outside.
    pub admins: bool,
}

/// The outside issuer, if one was named; nothing half.
pub(super) fn issuer(
    reader: &mut Reader<'_>,
    environment: Environment,
    own: &str,
) -> Option<OidcIssuer> {
    let options = reader.options;
    let mut text = |setting: &str, key, flag| {
        let text = reader.text(setting, key, flag);
        text.map(|text| text.trim().to_owned())
    };
    let issuer = text("COMPTOIR_OIDC_ISSUER", "oidc_issuer", &options.oidc_issuer);
    let audience = text(
        "COMPTOIR_OIDC_AUDIENCE",
        "oidc_audience",
        &options.oidc_audience,
    );
    let flag = &options.oidc_roles_claim;
    let roles_claim = text("COMPTOIR_OIDC_ROLES_CLAIM", "oidc_roles_claim", flag);
    let jwks_url = text(
        "COMPTOIR_OIDC_JWKS_URL",
        "oidc_jwks_url",
        &options.oidc_jwks_url,
    );
    let admins = text("COMPTOIR_OIDC_ADMINS", "oidc_admins", &options.oidc_admins);
    let admins = reader.parse("COMPTOIR_OIDC_ADMINS", admins, false);
    let Some(issuer) = issuer else {
        let given = [
            ("COMPTOIR_OIDC_AUDIENCE", audience.is_some()),
            ("COMPTOIR_OIDC_ROLES_CLAIM", roles_claim.is_some()),
            ("COMPTOIR_OIDC_JWKS_URL", jwks_url.is_some()),
            ("COMPTOIR_OIDC_ADMINS", admins),
        ];
        for (setting, _) in given.iter().filter(|(_, given)| *given) {
            reader.faults.add(setting, "needs COMPTOIR_OIDC_ISSUER");
        }
        return None;
    };
    if issuer == own {
        let message = "is the name of this shop's own tokens, COMPTOIR_TOKEN_ISSUER";
        reader.faults.add("COMPTOIR_OIDC_ISSUER", message);
    }
    must_be_secure(reader, "COMPTOIR_OIDC_ISSUER", &issuer, environment);
    if let Some(url) = &jwks_url {
        must_be_secure(reader, "COMPTOIR_OIDC_JWKS_URL", url, environment);
    }
    let audiences: Vec<_> = audience
        .iter()
        .flat_map(|text| text.split(','))
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    if audiences.is_empty() {
        let message = "is missing: without it, tokens for every other application would open this";
        reader.faults.add("COMPTOIR_OIDC_AUDIENCE", message);
    }
    let roles_claim = roles_claim.unwrap_or_else(|| ROLES_CLAIM.to_owned());
    Some(OidcIssuer {
        issuer,
        audiences,
        roles_claim,
        jwks_url,
        admins,
    })
}

/// Whoever can change what is read there can make tokens.
fn must_be_secure(reader: &mut Reader<'_>, setting: &str, url: &str, environment: Environment) {
    let host = |scheme| {
        url.strip_prefix(scheme)
            .is_some_and(|host: &str| !host.is_empty())
    };
    let plain = environment == Environment::Development && host("http://");
    if !host("https://") && !plain {
        let message = format!("{url:?} is no https address");
        reader.faults.add(setting, message);
    }
}
