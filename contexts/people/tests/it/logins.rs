//! Which login a client belongs to: managers link one and remove the link.

use crate::registration::registered;
use crate::witness::{told_of_client, told_of_login};
use crate::{app, enter, read, uuid_of};
use kernel::{ClientId, UserId};
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use serde_json::{Value, json};
use testkit::{Answer, TestApp, on_both};

/// Somebody who registered: their user, and the client made of it.
async fn registers(app: &TestApp, name: &str) -> (UserId, ClientId) {
    let profile = json!({"name": name, "email": format!("{name}@online.example")});
    let event = registered(app, profile).await;
    app.publish(&event, 1).await;
    app.settle().await;
    (event.user_id, ClientId::from_uuid(event.user_id.uuid()))
}

/// A client whom staff entered.
async fn entered(app: &TestApp, name: &str) -> ClientId {
    let answer = enter(app, name, &format!("{name}@counter.example")).await;
    ClientId::from_uuid(uuid_of(&answer.field("id")))
}

async fn patch(app: &TestApp, role: Role, client: ClientId, user_id: Value) -> Answer {
    let request = app.patch(&format!("/v1/clients/{client}")).as_role(role);
    request.json(json!({"user_id": user_id})).send().await
}

async fn link(app: &TestApp, client: ClientId, user_id: Value) -> Answer {
    patch(app, Role::Manager, client, user_id).await
}

async fn login_of(app: &TestApp, client: ClientId) -> Value {
    read(app, &format!("/v1/clients/{client}")).await["user_id"].clone()
}

/// A customer who buys as this client by a link.
fn linked(user: UserId, client: ClientId) -> Principal {
    Principal {
        subject: user.uuid(),
        kind: PrincipalKind::User,
        roles: Roles::of(&[Role::Customer]),
        client: Some(client),
        stores: None,
    }
}

#[track_caller]
fn refused(answer: Answer, status: u16, code: &str) {
    let error = answer.expect(status).json()["error"].clone();
    assert_eq!(
        (&error["code"], &error["details"][0]["field"]),
        (&json!(code), &json!("user_id"))
    );
}

on_both! {
    async fn a_login_is_linked_to_a_client_and_is_its_own_again_without(app: TestApp) {
        let (user, own) = registers(&app, "anna").await;
        let client = entered(&app, "anna").await;
        let changed = link(&app, client, json!(user)).await.expect(200);
        assert_eq!((&changed.json()["user_id"], changed.header("etag")),
            (&json!(user), Some("\"2\"")));
        assert_eq!(login_of(&app, own).await, Value::Null);
        let found = read(&app, &format!("/v1/clients?user_id={user}&count=true")).await;
        assert_eq!((&found["total"], &found["items"][0]["id"]), (&json!(1), &json!(client)));

        let me = linked(user, client);
        let read_as = |id: ClientId| app.get(&format!("/v1/clients/{id}")).as_principal(&me).send();
        assert_eq!(read_as(client).await.expect(200).json(), changed.json());
        read_as(own).await.expect(404);
        let renamed = app.patch(&format!("/v1/clients/{client}")).as_principal(&me);
        renamed.json(json!({"name": "Anna S."})).send().await.expect(200);
        assert_eq!(login_of(&app, client).await, json!(user));

        link(&app, client, Value::Null).await.expect(200);
        link(&app, client, Value::Null).await.expect(200);
        assert_eq!(login_of(&app, client).await, Value::Null);
        assert_eq!(login_of(&app, own).await, json!(user));
        app.settle().await;
        assert_eq!(told_of_login(user.uuid()), [client, own]);
        let told = |id: ClientId| told_of_client(id.uuid()).into_iter().map(|told| told.0);
        assert_eq!(told(client).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(told(own).collect::<Vec<_>>(), [1, 2, 3]);
    }

    async fn only_managers_say_which_login_a_client_belongs_to(app: TestApp) {
        let (user, own) = registers(&app, "anna").await;
        let client = entered(&app, "anna").await;
        refused(patch(&app, Role::Clerk, client, json!(user)).await, 403, "LINK_NOT_ALLOWED");
        let mut whole = json!({"name": "Ben", "email": "ben@counter.example", "user_id": user});
        let enter = app.post("/v1/clients").as_role(Role::Clerk).json(whole.clone());
        refused(enter.send().await, 403, "LINK_NOT_ALLOWED");
        let replace = |body: &Value| {
            let put = app.put(&format!("/v1/clients/{client}")).as_role(Role::Clerk);
            put.json(body.clone()).send()
        };
        refused(replace(&whole).await, 403, "LINK_NOT_ALLOWED");
        let (mine, path) = (own.uuid(), format!("/v1/clients/{own}"));
        for wish in [Value::Null, json!(app.host().source.id::<kernel::User>())] {
            let patch = app.patch(&path).as_customer(mine).json(json!({"user_id": wish}));
            refused(patch.send().await, 403, "LINK_NOT_ALLOWED");
        }
        let same = app.patch(&path).as_customer(mine).json(json!({"user_id": user}));
        same.send().await.expect(200);

        link(&app, client, json!(user)).await.expect(200);
        assert_eq!(replace(&whole).await.expect(200).json()["user_id"], json!(user));
        whole["user_id"] = Value::Null;
        refused(replace(&whole).await, 403, "LINK_NOT_ALLOWED");
        whole.as_object_mut().expect("an object").remove("user_id");
        assert_eq!(replace(&whole).await.expect(200).json()["user_id"], json!(user));
        app.settle().await;
        assert_eq!(told_of_login(user.uuid()), [client]);
    }

    async fn a_login_is_a_known_customers_and_belongs_to_one_client(app: TestApp) {
        let (anna, hers) = registers(&app, "anna").await;
        let (ben, his) = registers(&app, "ben").await;
        let (first, second) = (entered(&app, "first").await, entered(&app, "second").await);
        let nobody: UserId = app.host().source.id();
        for unknown in [nobody, UserId::from_uuid(second.uuid())] {
            refused(link(&app, first, json!(unknown)).await, 422, "UNKNOWN_USER");
        }
        link(&app, first, json!("anna")).await.expect(422);
        link(&app, first, json!(anna)).await.expect(200);
        refused(link(&app, second, json!(anna)).await, 409, "DUPLICATE_USER");
        refused(link(&app, hers, json!(anna)).await, 409, "OWN_LOGIN");
        refused(link(&app, hers, json!(ben)).await, 409, "OWN_LOGIN");
        refused(link(&app, his, Value::Null).await, 409, "OWN_LOGIN");
        let body = json!({"name": "New", "email": "new@counter.example", "user_id": anna});
        let post = app.post("/v1/clients").as_role(Role::Admin).json(body);
        refused(post.send().await, 409, "DUPLICATE_USER");

        // The client changes hands: Anna is her own client again.
        link(&app, first, json!(ben)).await.expect(200);
        for (client, login) in [(first, json!(ben)), (hers, json!(anna)), (his, Value::Null)] {
            assert_eq!(login_of(&app, client).await, login);
        }
        app.settle().await;
        assert_eq!(told_of_login(anna.uuid()), [first, hers]);
        assert_eq!(told_of_login(ben.uuid()), [first]);
    }

    async fn a_client_can_be_entered_with_a_login(app: TestApp) {
        let (user, own) = registers(&app, "anna").await;
        let body = json!({"name": "Anna", "email": "anna@counter.example", "user_id": user});
        let made = app.post("/v1/clients").as_role(Role::Manager).json(body).send().await;
        let made = made.expect(201);
        assert_eq!(made.json()["user_id"], json!(user));
        assert_eq!(login_of(&app, own).await, Value::Null);
        app.settle().await;
        assert_eq!(told_of_login(user.uuid()).len(), 1);
    }

    async fn of_two_who_link_a_login_at_once_one_does(app: TestApp) {
        let (user, _) = registers(&app, "anna").await;
        let (first, second) = (entered(&app, "first").await, entered(&app, "second").await);
        let (one, other) =
            tokio::join!(link(&app, first, json!(user)), link(&app, second, json!(user)));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let found = read(&app, &format!("/v1/clients?user_id={user}&count=true")).await;
        assert_eq!(found["total"], 1);
    }

    async fn an_archived_client_frees_the_login(app: TestApp) {
        let (user, own) = registers(&app, "anna").await;
        let client = entered(&app, "anna").await;
        link(&app, client, json!(user)).await.expect(200);
        let path = format!("/v1/clients/{client}");
        app.delete(&path).as_role(Role::Clerk).send().await.expect(204);
        assert_eq!(login_of(&app, client).await, Value::Null);
        assert_eq!(login_of(&app, own).await, json!(user));
        assert_eq!(link(&app, client, json!(user)).await.expect(409).code(), "CLIENT_ARCHIVED");
        app.delete(&format!("/v1/clients/{own}")).as_role(Role::Clerk).send().await.expect(204);
        assert_eq!(login_of(&app, own).await, json!(user), "it is theirs still");
    }

    async fn a_person_is_erased_whole_by_the_client_that_they_are(app: TestApp) {
        let (user, own) = registers(&app, "anna").await;
        let client = entered(&app, "anna").await;
        link(&app, client, json!(user)).await.expect(200);
        let erase = app.post(&format!("/v1/clients/{client}/erase"));
        let erased = erase.as_principal(&linked(user, client)).send().await.expect(200).json();
        assert_eq!(erased["user_id"], Value::Null);
        let registered = read(&app, &format!("/v1/clients/{own}")).await;
        let gone = (&registered["erased"], &registered["name"], &registered["user_id"]);
        assert_eq!(gone, (&json!(true), &Value::Null, &Value::Null));
        let other = entered(&app, "other").await;
        refused(link(&app, other, json!(user)).await, 422, "UNKNOWN_USER");
        app.settle().await;
        assert_eq!(told_of_client(own.uuid()).last(), Some(&(3, true, true)));
        assert_eq!(told_of_client(client.uuid()).last(), Some(&(3, true, true)));
    }

    async fn erasing_what_a_login_registered_with_removes_its_link_alone(app: TestApp) {
        let (user, own) = registers(&app, "anna").await;
        let client = entered(&app, "anna").await;
        link(&app, client, json!(user)).await.expect(200);
        let erase = app.post(&format!("/v1/clients/{own}/erase")).as_role(Role::Clerk);
        erase.send().await.expect(200);
        let left = read(&app, &format!("/v1/clients/{client}")).await;
        assert_eq!((&left["name"], &left["erased"]), (&json!("anna"), &json!(false)));
        assert_eq!(left["user_id"], Value::Null);
        refused(link(&app, client, json!(user)).await, 422, "UNKNOWN_USER");
    }

    /// As after an upgrade: clients that were there before logins were kept with them.
    async fn logins_from_before_they_were_kept_are_found(app: TestApp) {
        let (user, own) = registers(&app, "anna").await;
        let client = entered(&app, "ben").await;
        let mut tx = app.host().db.begin().await.expect("the database answers");
        for sql in [
            "update people_client set user_id = null",
            "insert into people_unasked (client_id) select id from people_client",
        ] {
            tx.query(sql).execute().await.expect("it is forgotten");
        }
        tx.commit().await.expect("it is written");
        refused(link(&app, client, json!(user)).await, 422, "UNKNOWN_USER");
        for _ in 0..2 {
            people::find_logins(app.host()).await.expect("they are found");
        }
        assert_eq!(login_of(&app, own).await, json!(user));
        assert_eq!(login_of(&app, client).await, Value::Null);
        link(&app, client, json!(user)).await.expect(200);
    }
}
