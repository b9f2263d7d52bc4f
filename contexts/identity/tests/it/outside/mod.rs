//! Tokens of an outside issuer: the good ones open what their roles open, every known way to forge
//! or bend one is refused, and an issuer that is out of order is nobody's trouble but its own.

mod issuer;

use super::*;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use issuer::{Issuer, Mood, Pair, unsigned};
use platform::auth::{Principal, PrincipalKind, Role, Roles, user_of};
use platform::config::OidcIssuer;
use platform::http::{Authenticate, Problem, all_routes, site};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt as _;

const CLIENT: &str = "5n2cogn1t0client";

/// The shop with an issuer beside it that has one key.
struct Stage {
    app: TestApp,
    issuer: Issuer,
    pair: Pair,
    door: Arc<dyn Authenticate>,
}

/// The shop as another process of it would be, with this issuer accepted.
fn host_with(app: &TestApp, issuer: &Issuer, adjust: impl FnOnce(&mut OidcIssuer)) -> Host {
    let mut oidc = OidcIssuer {
        issuer: issuer.url.clone(),
        audiences: vec!["another-client".to_owned(), CLIENT.to_owned()],
        roles_claim: "cognito:groups".to_owned(),
        jwks_url: None,
        admins: false,
    };
    adjust(&mut oidc);
    let mut settings = (*app.host().settings).clone();
    settings.oidc = Some(oidc);
    Host {
        settings: Arc::new(settings),
        ..app.host().clone()
    }
}

impl Stage {
    async fn new(app: TestApp, pair: Pair) -> Self {
        let issuer = Issuer::start(&[&pair]).await;
        let door = identity::authenticator(&host_with(&app, &issuer, |_| {}));
        Self {
            app,
            issuer,
            pair,
            door,
        }
    }

    /// As Cognito writes them.
    fn claims(&self) -> Value {
        let now = self.app.host().source.now().unix_seconds();
        json!({"iss": self.issuer.url, "sub": "5c0e-ann", "client_id": CLIENT,
            "token_use": "access", "iat": now, "exp": now + 3600,
            "cognito:groups": ["clerk", "readers"], "username": "ann"})
    }

    fn claims_with(&self, changes: Value) -> Value {
        let mut claims = self.claims();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    fn token(&self) -> String {
        self.pair.sign(&self.pair.header(), &self.claims())
    }

    fn token_with(&self, changes: Value) -> String {
        self.pair
            .sign(&self.pair.header(), &self.claims_with(changes))
    }

    fn headed(&self, changes: Value) -> Value {
        let mut header = self.pair.header();
        for (name, value) in changes.as_object().unwrap() {
            header[name] = value.clone();
        }
        header
    }

    async fn ask(&self, token: &str) -> Result<Principal, Problem> {
        let asked = self.door.authenticate(token);
        let answer = tokio::time::timeout(Duration::from_secs(20), asked).await;
        let answer = answer.expect("an answer comes in any case");
        answer.map(|caller| caller.principal)
    }

    async fn passes(&self, token: &str) -> Principal {
        let answer = self.ask(token).await;
        answer.unwrap_or_else(|problem| panic!("refused: {}", problem.message()))
    }

    async fn refuses(&self, token: &str, what: &str) -> String {
        let answer = self.ask(token).await;
        let problem = answer.expect_err(what);
        assert_eq!(problem.status(), 401, "{what}");
        problem.code().to_owned()
    }
}

on_both! {
    async fn people_of_the_outside_issuer_come_in_with_the_roles_it_gives(app: TestApp) {
        for pair in [Pair::rsa("r"), Pair::ec("e"), Pair::ed("d")] {
            let stage = Stage::new(app.clone(), pair).await;
            let ann = stage.passes(&stage.token()).await;
            let id = user_of(&stage.issuer.url, "5c0e-ann");
            assert_eq!((ann.subject, ann.kind), (id, PrincipalKind::User));
            assert_eq!((ann.roles, &ann.stores), (Roles::of(&[Role::Clerk]), &None));
            let again = stage.token_with(json!({"jti": "another token"}));
            assert_eq!(stage.passes(&again).await, ann);
            let bob = stage.passes(&stage.token_with(json!({"sub": "bob"}))).await;
            assert_ne!(bob.subject, ann.subject);
            assert_eq!(stage.issuer.asked(), 1, "keys are asked for once");
        }
    }

    async fn access_tokens_of_other_makes_are_understood(app: TestApp) {
        let stage = Stage::new(app, Pair::rsa("r")).await;
        let rfc9068 = stage.headed(json!({"typ": "at+jwt"}));
        let audience = json!({"aud": ["x", CLIENT], "client_id": "web", "token_use": null});
        stage.passes(&stage.pair.sign(&rfc9068, &stage.claims_with(audience))).await;
        let keycloak = stage.headed(json!({"typ": "JWT"}));
        let bearer = json!({"aud": CLIENT, "token_use": null, "typ": "Bearer"});
        stage.passes(&stage.pair.sign(&keycloak, &stage.claims_with(bearer))).await;
    }

    async fn an_outside_token_goes_through_the_front_door(app: TestApp) {
        let stage = Stage::new(app.clone(), Pair::rsa("r")).await;
        let host = host_with(&app, &stage.issuer, |oidc| oidc.admins = true);
        let table = all_routes(&host, identity::module(&host).routes);
        let shop = site(&host, identity::authenticator(&host), table);
        let get = async |token: &str| {
            let request = axum::http::Request::get("/v1/users")
                .header("authorization", format!("Bearer {token}"))
                .body(axum::body::Body::empty());
            shop.clone().oneshot(request.unwrap()).await.unwrap()
        };
        let groups = |groups: Value| stage.token_with(json!({"cognito:groups": groups}));
        assert_eq!(get(&groups(json!(["admin"]))).await.status(), 200);
        assert_eq!(get(&groups(json!(["clerk"]))).await.status(), 403);
        assert_eq!(get(&groups(json!([]))).await.status(), 403);
        let refused = get(&stage.token_with(json!({"iss": "https://x.example"}))).await;
        assert_eq!((refused.status().as_u16(), &refused.headers()["www-authenticate"]),
            (401, &"Bearer".parse().unwrap()));
    }

    async fn an_outside_issuer_makes_no_administrators_unless_it_may(app: TestApp) {
        let stage = Stage::new(app.clone(), Pair::ed("d")).await;
        let token = stage.token_with(json!({"cognito:groups": ["admin", "clerk"]}));
        assert_eq!(stage.passes(&token).await.roles, Roles::of(&[Role::Clerk]));
        let trusted = host_with(&app, &stage.issuer, |oidc| oidc.admins = true);
        let admin = identity::authenticator(&trusted).authenticate(&token).await;
        assert!(admin.is_ok_and(|ann| ann.principal.has(Role::Admin)));
    }

    async fn a_token_without_a_signature_is_refused(app: TestApp) {
        let stage = Stage::new(app, Pair::rsa("r")).await;
        let good = stage.token();
        stage.passes(&good).await;
        let (message, signature) = good.rsplit_once('.').unwrap();
        for alg in ["none", "None", "NONE", "nOnE", ""] {
            let header = stage.headed(json!({"alg": alg}));
            let bare = unsigned(&header, &stage.claims());
            stage.refuses(&format!("{bare}."), alg).await;
            stage.refuses(&format!("{bare}.{signature}"), alg).await;
        }
        stage.refuses(&format!("{message}."), "signature cut off").await;
        stage.refuses(message, "two parts").await;
        let other = unsigned(&stage.pair.header(), &stage.claims_with(json!({"sub": "eve"})));
        stage.refuses(&format!("{other}.{signature}"), "claims changed").await;
    }

    async fn a_token_signed_with_the_public_key_as_a_secret_is_refused(app: TestApp) {
        for pair in [Pair::rsa("r"), Pair::ec("e"), Pair::ed("d")] {
            let stage = Stage::new(app.clone(), pair).await;
            stage.passes(&stage.token()).await;
            let jwk = stage.pair.jwk();
            let text = |name: &str| jwk[name].as_str().unwrap_or_default().as_bytes().to_vec();
            let document = jwk.to_string().into_bytes();
            for secret in [stage.pair.public(), text("n"), text("x"), document] {
                let (alg, key) = ("HS256", hmac::Key::new(hmac::HMAC_SHA256, &secret));
                let message = unsigned(&stage.headed(json!({"alg": alg})), &stage.claims());
                let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes()));
                stage.refuses(&format!("{message}.{tag}"), alg).await;
            }
        }
    }

    async fn a_key_serves_its_own_algorithm_only(app: TestApp) {
        let (rsa, ec, ed) = (Pair::rsa("r"), Pair::ec("e"), Pair::ed("d"));
        let stage = Stage::new(app, Pair::rsa("main")).await;
        stage.issuer.publish(&[&rsa, &ec, &ed]);
        for pair in [&rsa, &ec, &ed] {
            stage.passes(&pair.sign(&pair.header(), &stage.claims())).await;
            for other in [&rsa, &ec, &ed].into_iter().filter(|other| other.kid != pair.kid) {
                let alg = json!({"alg": other.algorithm(), "kid": pair.kid});
                stage.refuses(&pair.sign(&alg, &stage.claims()), "another algorithm").await;
                let kid = json!({"alg": pair.algorithm(), "kid": other.kid});
                stage.refuses(&pair.sign(&kid, &stage.claims()), "another key").await;
            }
        }
        for alg in ["RS384", "RS512", "PS256", "ES384"] {
            let header = json!({"alg": alg, "kid": "r"});
            stage.refuses(&rsa.sign(&header, &stage.claims()), alg).await;
        }
    }

    async fn tricks_with_the_key_are_refused(app: TestApp) {
        let stage = Stage::new(app, Pair::ed("d")).await;
        stage.passes(&stage.token()).await;
        let own = Pair::ed("d");
        let brought = own.sign(&own.header(), &stage.claims());
        stage.refuses(&brought, "another key of the same name").await;
        let elsewhere = Issuer::start(&[&own]).await;
        let jku = format!("{}/keys", elsewhere.url);
        for (name, value) in [("jwk", own.jwk()), ("jku", json!(jku)), ("x5u", json!(jku))] {
            let mut header = own.header();
            header[name] = value;
            stage.refuses(&own.sign(&header, &stage.claims()), name).await;
        }
        let long = "k".repeat(300);
        let kids = ["", "../../dev/null", "' or 1=1 --", "*", "\u{0}", "D", long.as_str()];
        for kid in kids.map(|kid| json!(kid)).into_iter().chain([Value::Null, json!(["d"])]) {
            let header = stage.headed(json!({"kid": kid}));
            stage.refuses(&stage.pair.sign(&header, &stage.claims()), "kid").await;
        }
        let critical = stage.headed(json!({"crit": ["exp"]}));
        stage.refuses(&stage.pair.sign(&critical, &stage.claims()), "crit").await;
        assert_eq!(elsewhere.asked(), 0, "nobody follows a token to its keys");
        assert_eq!(stage.issuer.asked(), 1, "a made-up key name is no reason to ask again yet");
    }

    async fn tokens_for_others_and_of_another_kind_are_refused(app: TestApp) {
        let stage = Stage::new(app, Pair::rsa("r")).await;
        stage.passes(&stage.token()).await;
        for changes in [
            json!({"iss": "https://elsewhere.example"}),
            json!({"iss": format!("{}/", stage.issuer.url)}),
            json!({"iss": null}),
            json!({"client_id": "somebody-else"}),
            json!({"client_id": null}),
            json!({"aud": "somebody-else"}),
            json!({"aud": []}),
            json!({"aud": ["somebody-else"]}),
            json!({"aud": {"a": CLIENT}}),
            json!({"token_use": "id"}),
            json!({"token_use": "id", "aud": CLIENT, "typ": "Bearer"}),
            json!({"token_use": null}),
            json!({"token_use": null, "aud": CLIENT}),
            json!({"typ": "ID"}),
            json!({"typ": "Refresh"}),
            json!({"sub": null}),
            json!({"sub": ""}),
            json!({"sub": "  "}),
            json!({"sub": 7}),
            json!({"sub": "s".repeat(256)}),
            json!({"exp": null}),
            json!({"exp": "never"}),
        ] {
            stage.refuses(&stage.token_with(changes.clone()), &changes.to_string()).await;
        }
        for typ in ["id+jwt", "logout+jwt", "dpop+jwt", ""] {
            let header = stage.headed(json!({"typ": typ}));
            stage.refuses(&stage.pair.sign(&header, &stage.claims()), typ).await;
        }
    }

    async fn a_token_is_good_within_its_time_only(app: TestApp) {
        let stage = Stage::new(app.clone(), Pair::ec("e")).await;
        let now = app.host().source.now().unix_seconds();
        let token = stage.token();
        stage.passes(&token).await;
        let over = stage.token_with(json!({"exp": now}));
        assert_eq!(stage.refuses(&over, "over").await, "TOKEN_EXPIRED");
        let early = stage.token_with(json!({"nbf": now + 45}));
        stage.refuses(&early, "early").await;
        app.clock_advance(Duration::from_secs(20));
        stage.passes(&early).await;
        app.clock_advance(Duration::from_secs(3580));
        assert_eq!(stage.refuses(&token, "seen before").await, "TOKEN_EXPIRED");
    }

    async fn what_is_too_long_or_no_token_is_refused_before_anybody_is_asked(app: TestApp) {
        let stage = Stage::new(app, Pair::ed("d")).await;
        let long = stage.token_with(json!({"more": "x".repeat(40_000)}));
        stage.refuses(&long, "too long").await;
        let named = unsigned(&json!({"alg": "RS256"}), &stage.claims());
        for text in ["", "..", "a.b.c", "é.é.é", &format!("{named}.é"), &format!("{named}.")] {
            stage.refuses(text, text).await;
        }
        assert_eq!(stage.issuer.asked(), 0);
    }

    async fn a_new_key_of_the_issuer_is_found_once_a_minute(app: TestApp) {
        let stage = Stage::new(app.clone(), Pair::rsa("old")).await;
        let (old, next) = (stage.token(), Pair::ec("new"));
        stage.passes(&old).await;
        stage.issuer.publish(&[&stage.pair, &next]);
        let new = next.sign(&next.header(), &stage.claims());
        for _ in 0..20 {
            stage.refuses(&new, "too early to ask again").await;
        }
        assert_eq!(stage.issuer.asked(), 1);
        app.clock_advance(Duration::from_secs(60));
        stage.passes(&new).await;
        stage.passes(&old).await;
        assert_eq!(stage.issuer.asked(), 2);
        stage.issuer.publish(&[&next]);
        app.clock_advance(Duration::from_secs(60));
        stage.refuses(&Pair::ed("third").sign(&json!({"alg": "EdDSA", "kid": "third"}),
            &stage.claims()), "unknown").await;
        stage.refuses(&old, "its key was taken back").await;
        stage.passes(&new).await;
    }

    async fn a_key_that_was_taken_back_is_forgotten_without_a_reason_to_ask(app: TestApp) {
        let stage = Stage::new(app.clone(), Pair::rsa("r")).await;
        let token = stage.token();
        stage.passes(&token).await;
        stage.issuer.publish(&[]);
        app.clock_advance(Duration::from_secs(15 * 60));
        // Asked beside: this one, and perhaps some more, still pass.
        let mut tries = 0;
        while stage.ask(&token).await.is_ok() {
            tries += 1;
            assert!(tries < 2000, "the keys are never read again");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(stage.issuer.asked(), 2);
    }

    async fn an_issuer_that_is_out_of_order_costs_its_own_people_a_401_and_nobody_else(
        app: TestApp
    ) {
        let host = app.host();
        let (user, roles) = (host.source.id(), Roles::of(&[Role::Clerk]));
        let ours = host.tokens.issue(user, None, roles, None).unwrap();
        let stage = Stage::new(app.clone(), Pair::rsa("r")).await;
        let moods = [Mood::Broken, Mood::Endless, Mood::Redirecting, Mood::Posing, Mood::Babbling];
        for (nth, mood) in (1..).zip(moods) {
            stage.issuer.is(mood);
            stage.refuses(&stage.token(), &format!("{mood:?}")).await;
            stage.refuses(&stage.token(), "at once").await;
            assert_eq!(stage.issuer.asked(), nth, "{mood:?}: asked once a minute");
            stage.passes(&ours).await;
            app.clock_advance(Duration::from_secs(60));
        }
        stage.issuer.is(Mood::Silent);
        let token = stage.token();
        let (theirs, ours) = tokio::join!(stage.ask(&token), async {
            while stage.issuer.asked() < 6 {
                tokio::task::yield_now().await;
            }
            stage.ask(&ours).await
        });
        assert_eq!((theirs.unwrap_err().status().as_u16(), ours.is_ok()), (401, true));
        stage.refuses(&token, "at once").await;
        assert_eq!(stage.issuer.asked(), 6);
        stage.issuer.is(Mood::Well);
        app.clock_advance(Duration::from_secs(60));
        stage.passes(&token).await;
        stage.issuer.is(Mood::Broken);
        app.clock_advance(Duration::from_secs(20 * 60));
        stage.passes(&stage.token()).await;
    }
}

on_both! {
    async fn keys_may_be_published_where_the_shop_was_told(app: TestApp) {
        let stage = Stage::new(app.clone(), Pair::ed("d")).await;
        let keys = format!("{}/keys", stage.issuer.url);
        let host = host_with(&app, &stage.issuer, |oidc| oidc.jwks_url = Some(keys));
        let door = identity::authenticator(&host);
        assert!(door.authenticate(&stage.token()).await.is_ok());
        assert_eq!(stage.issuer.asked(), 0, "nothing had to be discovered");
    }
}
