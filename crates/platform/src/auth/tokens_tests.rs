//! Every known way to forge or reuse an access token, tried.

use super::*;
use crate::auth::Role;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const ISSUER: &str = "comptoir";
const AUDIENCE: &str = "comptoir-api";

struct Bench {
    source: Source,
    key: SigningKey,
    tokens: Tokens,
    user: UserId,
}

fn bench() -> Bench {
    let source = Source::fixed(Timestamp::from_unix_micros(1_700_000_000_000_000));
    let key = SigningKey::generate(&source).unwrap();
    let tokens = Tokens::new(source.clone(), ISSUER, AUDIENCE);
    tokens.install(std::slice::from_ref(&key));
    let user = source.id();
    Bench {
        source,
        key,
        tokens,
        user,
    }
}

impl Bench {
    fn token(&self) -> String {
        self.tokens
            .issue(self.user, None, Roles::of(&[Role::Clerk]), None)
            .unwrap()
    }

    fn claims(&self) -> Value {
        let now = self.source.now().unix_seconds();
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": self.user, "iat": now, "nbf": now,
            "exp": now + 60, "jti": self.source.uuid(), "roles": ["admin"],
        })
    }

    /// A token with this header and these claims, signed with the real key.
    fn signed(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key.encoding()).unwrap()
    }

    fn header(&self) -> Header {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.key.kid());
        header
    }

    fn refused(&self, token: &str) -> TokenError {
        self.tokens
            .verify(token)
            .expect_err("the token must be refused")
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn a_token_says_who_holds_it() {
    let bench = bench();
    let stores = Some(vec![bench.source.id()]);
    let roles = Roles::of(&[Role::Clerk, Role::Supplier]);
    let token = bench
        .tokens
        .issue(bench.user, None, roles, stores.clone())
        .unwrap();
    let principal = bench.tokens.verify(&token).unwrap();
    assert_eq!(principal.subject, bench.user.uuid());
    assert_eq!((principal.roles, principal.stores), (roles, stores));
    let control = bench.signed(&bench.header(), &bench.claims());
    assert!(
        bench.tokens.verify(&control).unwrap().has(Role::Admin),
        "the forger's bench works"
    );
}

#[test]
fn a_token_says_which_client_its_holder_buys_as() {
    let (bench, roles) = (bench(), Roles::of(&[Role::Customer]));
    let own = bench.tokens.issue(bench.user, None, roles, None).unwrap();
    let own = bench.tokens.verify(&own).unwrap();
    assert_eq!(own.client_id().uuid(), bench.user.uuid());
    let client = Some(bench.source.id());
    let linked = bench.tokens.issue(bench.user, client, roles, None);
    let linked = bench.tokens.verify(&linked.unwrap()).unwrap();
    assert_eq!(Some(linked.client_id()), client);
    assert_eq!(linked.subject, bench.user.uuid());
}

#[test]
fn a_token_says_what_its_roles_amount_to() {
    let bench = bench();
    let token = bench.token();
    let payload = token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let scope = scopes_of(Roles::of(&[Role::Clerk]));
    assert_eq!(claims["scope"], json!(scope));
    assert_eq!(claims["roles"], json!(["clerk"]));
    let mut widened = bench.claims();
    widened["roles"] = json!(["customer"]);
    widened["scope"] = json!("users:admin");
    let widened = bench.signed(&bench.header(), &widened);
    let roles = bench.tokens.verify(&widened).unwrap().roles;
    assert_eq!(
        roles,
        Roles::of(&[Role::Customer]),
        "scopes open nothing here"
    );
}

#[test]
fn a_token_without_signature_is_refused() {
    let bench = bench();
    for alg in ["none", "None", "NONE", "nOnE"] {
        let header = json!({"alg": alg, "typ": TYPE, "kid": bench.key.kid()});
        let unsigned = format!("{}.{}.", part(&header), part(&bench.claims()));
        assert_eq!(bench.refused(&unsigned), TokenError::Malformed);
        let token = bench.token();
        let (_, signature) = token.rsplit_once('.').unwrap();
        let borrowed = format!("{unsigned}{signature}");
        assert_eq!(bench.refused(&borrowed), TokenError::Malformed);
    }
    let token = bench.token();
    let (unsigned, _) = token.rsplit_once('.').unwrap();
    bench.refused(&format!("{unsigned}."));
    bench.refused(unsigned);
}

#[test]
fn a_token_signed_with_hs256_and_the_public_key_is_refused() {
    let bench = bench();
    let x = bench.key.jwk().x;
    let raw = URL_SAFE_NO_PAD.decode(&x).unwrap();
    for secret in [
        raw,
        x.into_bytes(),
        serde_json::to_vec(&bench.key.jwk()).unwrap(),
    ] {
        for alg in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let header = Header {
                alg,
                ..bench.header()
            };
            let key = EncodingKey::from_secret(&secret);
            let token = jsonwebtoken::encode(&header, &bench.claims(), &key).unwrap();
            assert_eq!(bench.refused(&token), TokenError::Malformed);
        }
    }
}

#[test]
fn tricks_with_the_key_id_are_refused() {
    let bench = bench();
    let tricks = [
        "",
        "../../dev/null",
        "/dev/null",
        "' or 1=1 --",
        "0",
        "\u{0}",
        "*",
    ];
    for kid in tricks {
        let header = Header {
            kid: Some(kid.to_owned()),
            ..bench.header()
        };
        assert_eq!(
            bench.refused(&bench.signed(&header, &bench.claims())),
            TokenError::UnknownKey
        );
    }
    let header = Header {
        kid: None,
        ..bench.header()
    };
    assert_eq!(
        bench.refused(&bench.signed(&header, &bench.claims())),
        TokenError::UnknownKey
    );
}

#[test]
fn a_key_brought_along_in_the_header_is_not_used() {
    let bench = bench();
    let own = SigningKey::generate(&bench.source).unwrap();
    let jwk = serde_json::from_value(serde_json::to_value(own.jwk()).unwrap()).unwrap();
    let header = Header {
        jwk: Some(jwk),
        jku: Some("https://attacker.example/jwks.json".to_owned()),
        ..bench.header()
    };
    let token = jsonwebtoken::encode(&header, &bench.claims(), &own.encoding()).unwrap();
    assert_eq!(bench.refused(&token), TokenError::BadSignature);
}

#[test]
fn a_token_signed_with_another_key_is_refused() {
    let bench = bench();
    let other = SigningKey::generate(&bench.source).unwrap();
    let token = jsonwebtoken::encode(&bench.header(), &bench.claims(), &other.encoding()).unwrap();
    assert_eq!(bench.refused(&token), TokenError::BadSignature);
}

#[test]
fn a_token_whose_claims_were_changed_is_refused() {
    let bench = bench();
    let token = bench.token();
    let parts: Vec<_> = token.split('.').collect();
    let changed = format!("{}.{}.{}", parts[0], part(&bench.claims()), parts[2]);
    assert_eq!(bench.refused(&changed), TokenError::BadSignature);
}

#[test]
fn a_token_for_somebody_else_or_of_another_kind_is_refused() {
    let bench = bench();
    for (claim, value) in [
        ("iss", json!("https://elsewhere.example")),
        ("iss", Value::Null),
        ("aud", json!("another-api")),
        ("aud", json!([])),
        ("aud", Value::Null),
        ("sub", json!("key_01h455vb4pex5vsknk084sn02q")),
        ("sub", Value::Null),
        ("exp", Value::Null),
        ("exp", json!("never")),
        ("nbf", Value::Null),
        ("roles", json!(["root"])),
    ] {
        let mut claims = bench.claims();
        claims[claim] = value.clone();
        let error = bench.refused(&bench.signed(&bench.header(), &claims));
        let expected = [TokenError::WrongClaims, TokenError::Malformed];
        assert!(expected.contains(&error), "{claim} {value}: {error:?}");
    }
    for typ in [None, Some("JWT"), Some("id+jwt"), Some("")] {
        let header = Header {
            typ: typ.map(str::to_owned),
            ..bench.header()
        };
        assert_eq!(
            bench.refused(&bench.signed(&header, &bench.claims())),
            TokenError::WrongClaims
        );
    }
}

#[test]
fn a_token_expires_also_when_it_was_seen_before() {
    let bench = bench();
    let token = bench.token();
    assert!(bench.tokens.verify(&token).is_ok());
    bench
        .source
        .advance(ACCESS_LIFETIME - Duration::from_secs(1));
    assert!(bench.tokens.verify(&token).is_ok());
    bench.source.advance(Duration::from_secs(1));
    assert_eq!(bench.refused(&token), TokenError::Expired);
}

#[test]
fn a_token_from_the_future_is_refused_until_its_time_comes() {
    let bench = bench();
    let mut claims = bench.claims();
    claims["nbf"] = json!(bench.source.now().unix_seconds() + 45);
    let token = bench.signed(&bench.header(), &claims);
    assert_eq!(bench.refused(&token), TokenError::WrongClaims);
    bench.source.advance(Duration::from_secs(20));
    assert!(bench.tokens.verify(&token).is_ok());
}

#[test]
fn a_retired_key_verifies_its_last_tokens_and_signs_no_more() {
    let bench = bench();
    let old = bench.token();
    bench.source.advance(Duration::from_secs(5));
    let next = SigningKey::generate(&bench.source).unwrap();
    let mut retired = bench.key.clone();
    retired.retired_at = Some(bench.source.now());
    bench.tokens.install(&[retired, next.clone()]);
    let new = bench.token();
    assert_eq!(Tokens::kid_of(&new), Some(next.kid()));
    assert!(bench.tokens.verify(&old).is_ok() && bench.tokens.verify(&new).is_ok());
    assert_eq!(bench.tokens.jwks().keys.len(), 2);
    bench.source.advance(ACCESS_LIFETIME);
    assert_eq!(bench.tokens.jwks().keys, [next.jwk()]);
}

#[test]
fn a_key_that_was_taken_away_refuses_tokens_seen_before() {
    let bench = bench();
    let token = bench.token();
    assert!(bench.tokens.verify(&token).is_ok());
    bench
        .tokens
        .install(&[SigningKey::generate(&bench.source).unwrap()]);
    assert_eq!(bench.refused(&token), TokenError::UnknownKey);
}

#[test]
fn without_keys_nothing_is_signed_and_nothing_verified() {
    let bench = bench();
    let token = bench.token();
    bench.tokens.install(&[]);
    assert_eq!(bench.refused(&token), TokenError::UnknownKey);
    let signed = bench.tokens.issue(bench.user, None, Roles::default(), None);
    assert_eq!(signed, Err(TokenError::NoSigner));
}

#[test]
fn what_is_no_token_at_all_is_refused() {
    let bench = bench();
    let long = format!("{}.", "a".repeat(MAX_LENGTH));
    for text in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "é.é.é",
        "\u{0}",
        long.as_str(),
    ] {
        assert_eq!(bench.refused(text), TokenError::Malformed);
    }
}
