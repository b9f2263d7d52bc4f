//! Trap 9: secrets, card data or personal data in logs, errors, events or metrics: none. A story is
//! told with values that occur nowhere else, and then they are searched for, in the database too.

mod blunders;

use crate::shop::{app, furnish};
use kernel::UserId;
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use serde_json::json;
use testkit::{Answer, Engine, Log, Request, Setup, TestApp, listening};

const NAME: &str = "Zephyrine Canarienne";
const EMAIL: &str = "zephyrine.canary@example.com";
const NEW_EMAIL: &str = "canary.moved@example.com";
const PHONE: &str = "+1 514 555 0187";
const ADDRESS: &str = "77 Canary Wharf Lane";
const PASSWORD: &str = "a canary's first password";
const NEW_PASSWORD: &str = "a canary's second password";
const WRONG_PASSWORD: &str = "a canary's mistyped one";
const NOTE: &str = "leave it with the canary next door";
const UNKNOWN: &str = "canary.unknown@example.com";
const REASON: &str = "the canary fell ill";
const CARD: &str = "4242 4242 4242 4242";

#[test]
fn secrets_and_personal_data_are_in_no_log_error_event_or_metric_on_sqlite() {
    canaries_stay_where_they_belong(Engine::Sqlite);
}

#[test]
fn secrets_and_personal_data_are_in_no_log_error_event_or_metric_on_postgres() {
    canaries_stay_where_they_belong(Engine::Postgres);
}

#[test]
#[should_panic(expected = "the log holds")]
fn a_canary_that_got_out_is_noticed() {
    let log = Log::default();
    tracing::dispatcher::with_default(&log.dispatch(), || {
        tracing::debug!(
            path = "/v1/clients?email=zephyrine.canary%40example.com",
            "asked"
        );
    });
    Story::default().search("the log", &log.text());
}

fn canaries_stay_where_they_belong(engine: Engine) {
    listening(async |log| {
        let setup = Setup::new(engine, app).authenticate(identity::authenticator);
        let app = TestApp::start(setup).await;
        app.get("/health").send().await.expect(200);
        log.ask_again();
        let told = Story::default().tell(&app).await;
        app.settle().await;
        app.audit().await;
        let events = app.dump_events().await;
        assert!(events.contains("user-registered"));
        told.search("an event", &events);
        told.search("the feed", &feed(&app).await);
        let metrics = app.get("/metrics").send().await.expect(200).text();
        assert!(
            metrics.contains("http_requests_total"),
            "the metrics were really read"
        );
        told.search("the metrics", &metrics);
        told.search("the database", &app.dump_database().await);
        for error in &told.errors {
            told.search("an error", error);
        }
        assert!(told.errors.len() > 20, "errors of every kind were seen");
        app.end().await;
        let log = log.text();
        assert!(
            log.contains("/v1/auth/login"),
            "the log was really listened to"
        );
        told.search("the log", &log);
    });
}

/// What was said, and what was answered with an error.
#[derive(Default)]
struct Story {
    secrets: Vec<String>,
    errors: Vec<String>,
}

impl Story {
    /// Sends a request; remembers it when it is refused.
    async fn send(&mut self, request: Request) -> Answer {
        let answer = request.send().await;
        if answer.status >= 400 {
            let headers = format!("{:?}", answer.headers);
            self.errors
                .push(format!("{} {headers} {}", answer.status, answer.text()));
        }
        answer
    }

    async fn refuse(&mut self, request: Request) {
        let answer = self.send(request).await;
        assert!((400..500).contains(&answer.status), "{}", answer.text());
    }

    async fn tell(mut self, app: &TestApp) -> Self {
        identity::ensure_signing_key(app.host()).await.unwrap();
        identity::ensure_admin(app.host()).await.unwrap();
        let user = self.come_and_go(app).await;
        self.be_served(app, user).await;
        self.use_a_key(app).await;
        self.tell_others(app).await;
        self.blunder(app, user).await;
        self.forget(app).await;
        self
    }

    /// Forgets the password, gets the letter, and uses it up.
    async fn forget(&mut self, app: &TestApp) {
        for email in [NEW_EMAIL, UNKNOWN] {
            let forgot = app.post("/v1/auth/password/forgot");
            self.send(forgot.json(json!({"email": email})))
                .await
                .expect(202);
        }
        identity::send_reset_letters(app.host()).await.unwrap();
        app.settle().await;
        let server = testkit::smtp::SmtpServer::start().await;
        by_mail(app, &server).deliver_due().await.unwrap();
        let mails = server.mails();
        let bodies: Vec<String> = mails.iter().map(testkit::smtp::Mail::body).collect();
        assert!(
            bodies.iter().any(|body| body.contains(NAME)),
            "mail names people"
        );
        for page in ["reset-password", "verify-email"] {
            let link = format!("/{page}?token=");
            let tokens = bodies.iter().filter_map(|body| body.split_once(&link));
            let tokens = tokens.filter_map(|(_, rest)| Some(rest.lines().next()?.to_owned()));
            let tokens: Vec<String> = tokens.collect();
            assert!(!tokens.is_empty(), "{page}");
            self.secrets.extend(tokens);
        }
        let token = bodies
            .iter()
            .find_map(|body| body.split_once("reset-password?token="));
        let token = token.unwrap().1.lines().next().unwrap();
        let reset = |password: &str| {
            let body = json!({"token": token, "new_password": password});
            app.post("/v1/auth/password/reset").json(body)
        };
        self.refuse(reset(NEW_EMAIL)).await;
        self.send(reset(NEW_PASSWORD)).await.expect(204);
        self.refuse(reset(NEW_PASSWORD)).await;
    }

    /// Registers, logs in and out, changes what can be changed.
    async fn come_and_go(&mut self, app: &TestApp) -> UserId {
        let person = json!({"name": NAME, "email": EMAIL, "password": PASSWORD, "phone": PHONE,
            "address": ADDRESS});
        let register = app
            .post("/v1/auth/register")
            .key("canary-key")
            .json(person.clone());
        let user = self.send(register).await.expect(201).field("id");
        self.refuse(app.post("/v1/auth/register").json(person.clone()))
            .await;
        let wrong = json!({"email": EMAIL, "password": WRONG_PASSWORD});
        self.refuse(app.post("/v1/auth/login").json(wrong)).await;
        let login = json!({"email": EMAIL, "password": PASSWORD});
        let tokens = self
            .send(app.post("/v1/auth/login").json(login))
            .await
            .expect(200);
        let old = tokens.field("refresh_token");
        let refresh = || {
            app.post("/v1/auth/refresh")
                .json(json!({"refresh_token": old}))
        };
        let tokens_again = self.send(refresh().key("refresh")).await.expect(200);
        self.refuse(refresh()).await;
        let access = tokens_again.field("access_token");
        let me = json!({"email": NEW_EMAIL, "current_password": PASSWORD, "phone": PHONE});
        let change = app.patch("/v1/users/me").bearer(&access).json(me);
        self.send(change).await.expect(200);
        for (current, status) in [(WRONG_PASSWORD, 422), (PASSWORD, 204)] {
            let words = json!({"current_password": current, "new_password": NEW_PASSWORD});
            let change = app
                .post("/v1/auth/password/change")
                .bearer(&access)
                .json(words);
            self.send(change).await.expect(status);
        }
        for tokens in [tokens, tokens_again] {
            self.secrets.push(tokens.field("access_token"));
            self.secrets.push(tokens.field("refresh_token"));
        }
        user.parse().unwrap()
    }

    /// Orders, is looked up by staff, exported.
    async fn be_served(&mut self, app: &TestApp, user: UserId) {
        let shop = furnish(app, 1, 10).await;
        let caller = customer(user);
        let order = json!({"items": [{"product_id": shop.products[0], "quantity": 1}],
            "note": NOTE});
        let order = app
            .post("/v1/orders")
            .as_principal(&caller)
            .key("order")
            .json(order);
        let order = self.send(order).await.expect(201).field("id");
        self.gather(app, &caller, &shop.products[0]).await;
        let cancel = app
            .post(&format!("/v1/orders/{order}/cancel"))
            .as_principal(&caller);
        self.send(cancel.json(json!({"reason": REASON})))
            .await
            .expect(200);
        let client = caller.client_id();
        let word = NAME.split(' ').next().unwrap();
        for path in [
            "/v1/clients?email=zephyrine.canary%40example.com".to_owned(),
            format!("/v1/clients?q={word}"),
            "/v1/users?email=canary.moved%40example.com".to_owned(),
            format!("/v1/clients/{client}"),
            format!("/v1/clients/{client}/export"),
        ] {
            let found = app.get(&path).as_role(Role::Admin);
            self.send(found).await.expect(200);
        }
        let staff = json!({"name": NAME, "position": "Cashier"});
        let staff = app.post("/v1/employees").as_role(Role::Manager).json(staff);
        self.send(staff).await.expect(201);
        let typed = json!({"name": NAME, "email": "canary.typed@example.com", "phone": PHONE,
            "address": ADDRESS});
        for status in [201, 409] {
            let typed = app
                .post("/v1/clients")
                .as_role(Role::Clerk)
                .json(typed.clone());
            self.send(typed).await.expect(status);
        }
    }

    /// Fills a cart as a guest, shares it, and has it sent home.
    async fn gather(&mut self, app: &TestApp, caller: &Principal, product: &str) {
        let put = app.post("/v1/cart/items").key("gather");
        let put = put.json(json!({"product_id": product}));
        let token = self.send(put).await.expect(200).field("token");
        let share = app.post("/v1/cart/share").header("cart-token", &token);
        let share = self.send(share.key("share")).await.expect(201);
        self.send(app.get(&share.field("path"))).await.expect(200);
        let checkout = |body| {
            let request = app.post("/v1/cart/checkout").header("cart-token", &token);
            request.key("home").json(body)
        };
        self.refuse(checkout(json!({}))).await;
        let wrong = json!({"shipping_address": [ADDRESS]});
        self.refuse(checkout(wrong).as_principal(caller)).await;
        let home = json!({"shipping_address": ADDRESS});
        let order = self.send(checkout(home).as_principal(caller)).await;
        let path = format!("/v1/orders/{}", order.expect(201).field("id"));
        let seen = self
            .send(app.get(&path).as_principal(caller))
            .await
            .expect(200);
        assert_eq!(seen.field("shipping_address"), ADDRESS);
        self.secrets.extend([token, share.field("token")]);
    }

    /// Has a system outside told of events: its secrets are shown, and kept sealed.
    async fn tell_others(&mut self, app: &TestApp) {
        let new = json!({"url": "https://erp.example/", "event_types": ["comptoir.*"]});
        let make = app.post("/v1/webhook-endpoints").as_role(Role::Admin);
        let made = self.send(make.key("tell").json(new)).await.expect(201);
        let path = format!("/v1/webhook-endpoints/{}", made.field("id"));
        let rotate = app
            .post(&format!("{path}/secret/rotate"))
            .as_role(Role::Admin);
        let rotated = self.send(rotate.key("rotate")).await.expect(200);
        let replay = app.post(&format!("{path}/replay")).as_role(Role::Admin);
        self.send(replay).await.expect(202);
        self.secrets
            .extend([made.field("secret"), rotated.field("secret")]);
    }

    async fn use_a_key(&mut self, app: &TestApp) {
        let key = json!({"name": "Scanner", "roles": ["clerk"]});
        let key = app
            .post("/v1/api-keys")
            .as_role(Role::Admin)
            .key("key")
            .json(key);
        let secret = self.send(key).await.expect(201).field("secret");
        self.send(app.get("/v1/orders").bearer(&secret))
            .await
            .expect(200);
        let forged = format!("{}x", &secret[..secret.len() - 1]);
        self.refuse(app.get("/v1/orders").bearer(&forged)).await;
        self.secrets.extend([secret, forged]);
    }

    /// Fails when a canary is in `text`, in any disguise it may have put on.
    fn search(&self, place: &str, text: &str) {
        let text = text.to_lowercase();
        let said = [
            NAME,
            EMAIL,
            NEW_EMAIL,
            UNKNOWN,
            PHONE,
            ADDRESS,
            PASSWORD,
            NEW_PASSWORD,
            WRONG_PASSWORD,
            CARD,
            "zephyrine",
            "canarienne",
            "zephyrine.canary",
            "5550187",
            "15145550187",
            "77 canary",
            "the secret that every test knows",
            "the admin of the tests",
        ];
        let kept_by_orders = [NOTE, REASON];
        let mut said: Vec<&str> = said.to_vec();
        if place != "the database" {
            said.extend(kept_by_orders);
        }
        for canary in said
            .into_iter()
            .chain(self.secrets.iter().map(String::as_str))
        {
            let canary = canary.to_lowercase();
            let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
            for disguise in [&canary, &canary.replace('@', "%40"), &hex] {
                if let Some(at) = text.find(disguise.as_str()) {
                    let around = |to: usize| text.chars().skip(to).take(300).collect::<String>();
                    let before = text[..at].chars().count().saturating_sub(200);
                    panic!("{place} holds {canary:?}: …{}…", around(before));
                }
            }
        }
    }
}

fn by_mail(app: &TestApp, server: &testkit::smtp::SmtpServer) -> notifications::Notifications {
    let mut settings = notifications::Settings::for_tests("nowhere".into());
    settings.mail = notifications::Mail::Smtp {
        url: server.url().into(),
        from: "Comptoir <shop@shop.test>".parse().unwrap(),
    };
    notifications::Notifications::new(app.host(), settings).unwrap()
}

fn customer(user: UserId) -> Principal {
    Principal {
        subject: user.uuid(),
        kind: PrincipalKind::User,
        roles: Roles::of(&[Role::Customer]),
        client: None,
        stores: None,
    }
}

/// Every event as systems outside are told of it.
async fn feed(app: &TestApp) -> String {
    let (mut after, mut text) = (0, String::new());
    loop {
        let page = app.get(&format!("/v1/events?limit=100&after={after}"));
        let page = page.as_role(Role::Service).send().await.expect(200);
        text.push_str(&page.text());
        let next = page.json()["next_after"].as_i64().unwrap();
        if next == after {
            assert!(text.contains("user-registered"));
            return text;
        }
        after = next;
    }
}
