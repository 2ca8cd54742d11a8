//! What all of the API has in common, as transcripts: revisions, conditions, idempotency, pages, decisions, keys, one's own things.

use crate::{
    harness::Server,
    operations::{Place, random},
};
use axum::http::Method;
use data_encoding::BASE64URL_NOPAD;
use guildhall_core::{
    id::SignInKind,
    link::{self, LinkKind},
    time::Span,
};
use guildhall_testkit::both_databases;
use serde_json::{Value, json};

fn ask(user: &str, org: &str, permission: &str) -> Value {
    json!({
        "subject": { "type": "user", "id": user },
        "action": { "name": permission },
        "resource": { "type": "organization", "id": org },
    })
}

both_databases! {
    /// A write says the revision it made; a condition on an older state of the thing is refused, of another thing's not.
    async fn writes_heed_if_match(database) {
        let server = Server::start(database, "workjet").await;
        let t = Place::new(&server).await;
        let path = format!("/v1/organizations/{}/members/{}", t.org, t.target.id);
        let tag = t.owner.get(&path).await.is(200).header("etag").unwrap().to_owned();
        let other = format!("/v1/organizations/{}/members/{}/roles", t.org, t.member.id);
        t.owner.put(&other, json!({ "roles": ["admin"] })).await.is(200);
        let roles = json!({ "roles": ["admin"] }).to_string();
        let put = |tag: String| {
            let (owner, path, roles) = (t.owner.clone(), format!("{path}/roles"), roles.clone());
            async move { owner.send(Method::PUT, &path, &[("if-match", &tag)], Some(roles)).await }
        };
        let done = put(tag.clone()).await.is(200);
        let now = t.owner.get(&path).await;
        assert_eq!(now.header("etag"), Some(format!("\"r{}\"", done["revision"]).as_str()));
        let late = put(tag.clone()).await.fails(412, "changed-meanwhile");
        assert_eq!(late["revision"], done["revision"]);
        t.owner.send(Method::DELETE, &path, &[("if-match", &tag)], None).await.fails(412, "changed-meanwhile");
        t.owner.send(Method::DELETE, &path, &[("if-match", now.header("etag").unwrap())], None).await.is(200);
        let organization = format!("/v1/organizations/{}", t.org);
        let tag = t.owner.get(&organization).await.header("etag").unwrap().to_owned();
        t.owner.patch(&organization, json!({ "name": "One" })).await.is(200);
        let rename = json!({ "name": "Two" }).to_string();
        t.owner.send(Method::PATCH, &organization, &[("if-match", &tag)], Some(rename)).await.fails(412, "changed-meanwhile");
        t.owner.send(Method::DELETE, &organization, &[("if-match", &tag)], None).await.fails(412, "changed-meanwhile");
        assert_eq!(t.owner.get(&organization).await["name"], "One");
    }

    /// A POST sent again with its key is answered again, not done again; for another request the key is refused.
    async fn a_post_with_a_key_is_done_once(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@once.example").await;
        let post = |key: &'static str, slug: &str| {
            let (ann, body) = (ann.clone(), json!({ "name": "Once", "slug": slug }).to_string());
            async move { ann.send(Method::POST, "/v1/organizations", &[("idempotency-key", key)], Some(body)).await }
        };
        let first = post("k-1", "once").await.is(201);
        assert_eq!(first.header("idempotency-replayed"), None);
        let again = post("k-1", "once").await.is(201);
        assert_eq!((&again.body, again.header("idempotency-replayed")), (&first.body, Some("true")));
        assert_eq!(ann.get("/v1/user/organizations").await["items"].as_array().unwrap().len(), 1);
        post("k-1", "other").await.fails(409, "idempotency-conflict");
        // A failure changed nothing, so it is tried anew.
        post("k-2", "once").await.fails(409, "slug-taken");
        post("k-2", "twice").await.is(201);
        // Another person's key of the same text is another.
        let ben = server.person("ben@once.example").await;
        let body = json!({ "name": "Ben's", "slug": "bens" }).to_string();
        ben.send(Method::POST, "/v1/organizations", &[("idempotency-key", "k-1")], Some(body)).await.is(201);
        server.pass(Span::hours(25));
        let ann = server.sign_in(ann.user(), "").await;
        let body = json!({ "name": "Late", "slug": "late" }).to_string();
        ann.send(Method::POST, "/v1/organizations", &[("idempotency-key", "k-1")], Some(body)).await.is(201);
    }

    /// So do those to one's own account, and a reminder.
    async fn writes_to_one_s_own_heed_if_match(database) {
        let server = Server::start(database, "workjet").await;
        let t = Place::new(&server).await;
        let ann = server.person("ann@own.example").await;
        let old = ann.get("/v1/user").await.is(200).header("etag").unwrap().to_owned();
        server.add_address(&ann, "ann@second.example").await;
        let now = ann.get("/v1/user").await.is(200).header("etag").unwrap().to_owned();
        assert_ne!(old, now);
        let listed = ann.get("/v1/user/addresses").await.is(200);
        let second = listed["items"].as_array().unwrap().iter().find(|it| it["address"] == "ann@second.example").unwrap()["id"].clone();
        let address = format!("/v1/user/addresses/{}", second.as_str().unwrap());
        let send = async |method: Method, path: &str, tag: &str, body: Option<Value>| {
            ann.send(method, path, &[("if-match", tag)], body.map(|body| body.to_string())).await
        };
        let (theme, name) = (json!({ "theme": "dark" }), json!({ "name": "Ann", "handle": "ann-own" }));
        for body in [&theme, &name] {
            send(Method::PATCH, "/v1/user", &old, Some(body.clone())).await.fails(412, "changed-meanwhile");
        }
        send(Method::POST, &format!("{address}/primary"), &old, None).await.fails(412, "changed-meanwhile");
        send(Method::DELETE, &address, &old, None).await.fails(412, "changed-meanwhile");
        send(Method::DELETE, "/v1/user", &old, None).await.fails(412, "changed-meanwhile");
        send(Method::PATCH, "/v1/user", &now, Some(theme)).await.is(200);
        let changed = send(Method::PATCH, "/v1/user", &now, Some(name)).await.is(200).header("etag").unwrap().to_owned();
        assert_ne!(changed, now);
        let done = send(Method::POST, &format!("{address}/primary"), &changed, None).await.is(200);
        send(Method::DELETE, &address, &format!("\"r{}\"", done["revision"]), None).await.is(200);
        send(Method::DELETE, "/v1/user", &done.header("etag").map_or("*".to_owned(), str::to_owned), None).await.is(200);
        // A reminder, of an invitation that was renewed meanwhile.
        let invitation = format!("/v1/organizations/{}/invitations/{}", t.org, t.invitation);
        let tag = t.owner.get(&invitation).await.is(200).header("etag").unwrap().to_owned();
        server.pass(Span::hours(2));
        let remind = async || t.owner.send(Method::POST, &format!("{invitation}/remind"), &[("if-match", &tag)], None).await;
        remind().await.is(200);
        server.pass(Span::hours(2));
        remind().await.fails(412, "changed-meanwhile");
    }

    /// A cursor tells nothing of the row it stands at.
    async fn no_name_can_be_read_from_a_cursor(database) {
        let server = Server::start(database, "workjet").await;
        let t = Place::new(&server).await;
        let path = format!("/v1/organizations/{}/members?limit=1&sort=name", t.org);
        let mut next = None;
        for n in 0.. {
            let after = next.map(|cursor| format!("&after={cursor}")).unwrap_or_default();
            let page = t.owner.get(&format!("{path}{after}")).await.is(200);
            let row = &page["items"][0];
            let name = row["name"].as_str().or(row["address"].as_str()).unwrap().to_lowercase();
            let Some(cursor) = page["next"].as_str() else {
                assert_eq!(n, 5);
                break;
            };
            let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).unwrap();
            for text in [cursor.to_lowercase(), String::from_utf8_lossy(&bytes).to_lowercase()] {
                let word = name.split(['@', '-']).next().unwrap();
                assert!(!text.contains(word), "{name} in {text}");
            }
            next = Some(cursor.to_owned());
        }
    }

    /// Lists go forward and back by cursors, in every order, and each person stands there once.
    async fn lists_go_forward_and_back(database) {
        let server = Server::start(database, "workjet").await;
        let t = Place::new(&server).await;
        for sort in ["name", "role", "status", "last_active", "joined_at"] {
            for order in ["ascending", "descending"] {
                let path = format!("/v1/organizations/{}/members?limit=4&sort={sort}&order={order}", t.org);
                let first = t.owner.get(&path).await.is(200);
                assert!(first["previous"].is_null());
                let next = first["next"].as_str().unwrap();
                let second = t.owner.get(&format!("{path}&after={next}")).await.is(200);
                assert!(second["next"].is_null());
                let id = |row: &Value| row["user"].as_str().or(row["invitation"].as_str()).unwrap().to_owned();
                let ids = |page: &Value| page["items"].as_array().unwrap().iter().map(id).collect::<Vec<_>>();
                let mut all = [ids(&first.body), ids(&second.body)].concat();
                all.sort();
                all.dedup();
                assert_eq!(all.len(), 6, "{sort} {order}");
                let previous = second["previous"].as_str().unwrap();
                let back = t.owner.get(&format!("{path}&before={previous}")).await.is(200);
                assert_eq!(ids(&back.body), ids(&first.body), "{sort} {order}");
            }
        }
        let admins = t.owner.get(&format!("/v1/organizations/{}/members?role=admin&status=joined", t.org)).await.is(200);
        assert_eq!(admins["items"].as_array().unwrap().len(), 1);
        let counts = t.owner.get(&format!("/v1/organizations/{}/members/count", t.org)).await.is(200);
        assert_eq!((&counts["joined"], &counts["invited"]), (&json!(4), &json!(2)));
    }

    /// Decisions: one or a batch, with the revision, and the path if asked. A person asks about themselves, a key about anyone there.
    async fn decisions_answer_with_revision_and_path(database) {
        let server = Server::start(database, "workjet").await;
        let t = Place::new(&server).await;
        let mut with_path = ask(&t.member.id, &t.org, "chat.use");
        with_path["options"] = json!({ "path": true });
        with_path["context"] = json!({ "anything": 1 });
        let answer = t.member.post("/v1/decisions", with_path).await.is(200);
        assert_eq!(answer["decision"], true);
        assert!(answer["context"]["revision"].is_u64());
        assert_eq!(answer["context"]["path"], json!([
            { "step": "holds", "role": "member", "organization": t.org },
            { "step": "permits", "role": "member", "permission": "chat.use" },
        ]));
        t.member.post("/v1/decisions", ask(&t.owner.id, &t.org, "chat.use")).await.fails(403, "not-allowed");
        let key = server.key(Some(&t.org), &["decide"]).await;
        let batch = json!({
            "action": { "name": "users.manage" },
            "resource": { "type": "organization", "id": t.org },
            "evaluations": [
                { "subject": { "type": "user", "id": t.admin.id } },
                { "subject": { "type": "user", "id": t.member.id } },
                { "subject": { "type": "user", "id": t.member.id }, "action": { "name": "chat.use" } },
                { "subject": { "type": "user", "id": t.stranger.id } },
            ],
        });
        let answers = key.post("/v1/decisions", batch).await.is(200);
        let decided: Vec<_> = answers["evaluations"].as_array().unwrap().iter().map(|it| it["decision"].as_bool().unwrap()).collect();
        assert_eq!(decided, [true, false, true, false]);
        let before = answers["evaluations"][0]["context"]["revision"].as_u64().unwrap();
        let written = t.owner.set_roles(&t.org, &t.member.id, &["admin"]).await.is(200);
        let after = key.post("/v1/decisions", ask(&t.member.id, &t.org, "users.manage")).await.is(200);
        assert_eq!(after["decision"], true);
        assert_eq!(after["context"]["revision"], written["revision"]);
        assert!(after["context"]["revision"].as_u64().unwrap() > before);
        let wrong = key.post("/v1/decisions", ask(&t.member.id, &t.org, "users.manag")).await.fails(422, "rejected");
        assert_eq!(wrong["errors"][0]["pointer"], "/action/name");
        assert!(wrong["errors"][0]["detail"].as_str().unwrap().contains("did you mean `users.manage`"));
        let long = key.post("/v1/decisions", ask(&t.member.id, &t.org, &"z".repeat(5_000))).await.fails(422, "rejected");
        assert!(long.text.len() < 1_000, "what is that long is not compared, and not repeated");
        key.post("/v1/decisions", json!({ "evaluations": [] })).await.fails(422, "rejected");
        let missing = key.post("/v1/decisions", json!({ "evaluations": [{}] })).await.fails(422, "rejected");
        assert_eq!(missing["errors"][0]["pointer"], "/evaluations/0/subject");
        // A suspended account is denied everything.
        server.bar(&t.admin.id).await;
        assert_eq!(key.post("/v1/decisions", ask(&t.admin.id, &t.org, "chat.use")).await.is(200)["decision"], false);
    }

    /// A key holds the operations of its scopes, in its place, and never the top role.
    async fn a_key_holds_its_scopes_in_its_place(database) {
        let server = Server::start(database, "pipes").await;
        let ann = server.person("ann@keys.example").await;
        let (org, other) = (server.found(&ann, "keyed").await, server.found(&ann, "unkeyed").await);
        let viewer = server.key(Some(&org), &["member.view"]).await;
        viewer.get(&format!("/v1/organizations/{org}/members")).await.is(200);
        viewer.get(&format!("/v1/organizations/{other}/members")).await.fails(404, "not-found");
        viewer.get(&format!("/v1/organizations/{org}")).await.fails(403, "not-allowed");
        let invite = |role: &str| json!({ "to": "ben@keys.example", "roles": [role] });
        viewer.post(&format!("/v1/organizations/{org}/invitations"), invite("member")).await.fails(403, "not-allowed");
        viewer.get("/v1/user").await.fails(403, "not-allowed");
        viewer.post("/v1/users", json!({ "external_id": "x" })).await.fails(403, "not-allowed");
        viewer.act(&format!("/v1/organizations/{org}/leave")).await.fails(403, "not-allowed");
        let all = server.key(Some(&org), &["*"]).await;
        all.post(&format!("/v1/organizations/{org}/invitations"), invite("owner")).await.fails(409, "role-not-yours");
        all.post(&format!("/v1/organizations/{org}/invitations"), invite("member")).await.is(201);
        all.post("/v1/users", json!({ "external_id": "x" })).await.fails(403, "not-allowed");
        assert_eq!(all.get("/v1/organizations").await.is(200)["items"][0]["id"], json!(org));
    }

    /// A host product makes users and organizations by its own ids, and finds them by these.
    async fn a_host_product_uses_its_own_ids(database) {
        let server = Server::start(database, "workjet").await;
        let host = server.key(None, &["*"]).await;
        let ann = json!({ "external_id": "u-1", "address": "ann@host.example", "name": "Ann" });
        let id = host.post("/v1/users", ann.clone()).await.is(201)["id"].as_str().unwrap().to_owned();
        host.post("/v1/users", ann).await.is(409);
        let found = host.get("/v1/users?external_id=u-1").await.is(200);
        assert_eq!((&found["items"][0]["id"], &found["items"][0]["address"]), (&json!(id), &json!("ann@host.example")));
        assert_eq!(host.get("/v1/users?external_id=u-2").await.is(200)["items"], json!([]));
        host.get(&format!("/v1/users/{id}")).await.is(200);
        let new = json!({ "name": "Host", "slug": "host-co", "external_id": "o-1", "owner": "ann@host.example" });
        let org = host.post("/v1/organizations", new).await.is(201)["id"].as_str().unwrap().to_owned();
        assert_eq!(host.get("/v1/organizations?external_id=o-1").await["items"][0]["id"], json!(org));
        assert_eq!(host.post("/v1/decisions", ask(&id, &org, "billing.manage")).await.is(200)["decision"], true);
        let path = format!("/v1/organizations/{org}");
        host.patch(&path, json!({ "external_id": "o-2" })).await.is(200);
        assert_eq!(host.get("/v1/organizations?external_id=o-1").await["items"], json!([]));
        assert_eq!(host.get("/v1/organizations?external_id=o-2").await["items"][0]["id"], json!(org));
        host.patch(&path, json!({ "external_id": null })).await.is(200);
        assert_eq!(host.get("/v1/organizations?external_id=o-2").await["items"], json!([]));
        host.post("/v1/users", json!({})).await.fails(422, "rejected");
        let ben = server.person("ben@host.example").await;
        ben.patch("/v1/user", json!({ "name": "B" })).await.is(200);
        ben.get("/v1/users?external_id=u-1").await.fails(403, "not-allowed");
    }

    /// External ids are the host product's: a tenant's key neither takes one nor learns by trying which there are.
    async fn only_a_key_of_the_deployment_sets_external_ids(database) {
        let server = Server::start(database, "workjet").await;
        let host = server.key(None, &["*"]).await;
        let ann = server.person("ann@ext.example").await;
        let (org, other) = (server.found(&ann, "ext-one").await, server.found(&ann, "ext-two").await);
        let path = format!("/v1/organizations/{org}");
        host.patch(&format!("/v1/organizations/{other}"), json!({ "external_id": "taken" })).await.is(200);
        let tenants = server.key(Some(&org), &["*"]).await;
        for who in [&tenants, &ann] {
            for id in [json!("taken"), json!("free"), json!(null)] {
                let refused = who.patch(&path, json!({ "external_id": id })).await.fails(403, "not-allowed");
                assert!(refused["who_could"][0].as_str().unwrap().contains("a key of the deployment"), "{}", refused.text);
            }
        }
        tenants.patch(&path, json!({ "name": "Renamed" })).await.is(200);
        host.patch(&path, json!({ "external_id": "free" })).await.is(200);
    }

    /// Many organizations that aren't there are looked up together; the answers stand in the order of the questions.
    async fn a_batch_keeps_its_order_among_unknown_organizations(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@batch.example").await;
        let org = server.found(&ann, "batched").await;
        let place = |n: usize| if n % 10 == 3 { org.clone() } else { random("org") };
        let rows: Vec<_> = (0..1_000).map(|n| json!({ "resource": { "type": "organization", "id": place(n) } })).collect();
        let batch = json!({ "subject": { "type": "user", "id": ann.id }, "action": { "name": "chat.use" }, "evaluations": rows });
        let answers = ann.post("/v1/decisions", batch).await.is(200);
        let decided = answers["evaluations"].as_array().unwrap().iter().map(|it| it["decision"].as_bool().unwrap());
        assert!(decided.eq((0..1_000).map(|n| n % 10 == 3)));
    }

    /// One's own things: profile, sessions, addresses, and the account itself.
    async fn one_s_own_things_are_one_s_own(database) {
        let server = Server::start(database, "workjet").await;
        let t = Place::new(&server).await;
        let me = t.member.patch("/v1/user", json!({ "name": "Chloé M", "handle": "chloe-m", "theme": "dark", "locale": "fr" })).await.is(200);
        assert_eq!((&me["name"], &me["handle"], &me["theme"], &me["locale"]), (&json!("Chloé M"), &json!("chloe-m"), &json!("dark"), &json!("fr")));
        t.admin.patch("/v1/user", json!({ "name": "Nobody", "handle": "chloe-m" })).await.fails(409, "handle-taken");
        assert_ne!(t.admin.get("/v1/user").await.is(200)["name"], "Nobody", "both or neither");
        let bad = t.member.patch("/v1/user", json!({ "handle": "Admin!" })).await.fails(422, "rejected");
        assert_eq!(bad["errors"][0]["pointer"], "/handle");
        let phone = server.sign_in(t.member.user(), "").await;
        let sessions = t.member.get("/v1/user/sessions").await.is(200);
        let other = sessions["items"].as_array().unwrap().iter().find(|it| it["current"] == false).unwrap()["id"].as_str().unwrap().to_owned();
        t.member.delete(&format!("/v1/user/sessions/{other}")).await.is(200);
        phone.get("/v1/user").await.fails(401, "not-signed-in");
        t.member.get("/v1/user").await.is(200);
        t.member.delete(&format!("/v1/user/sessions/{other}")).await.fails(404, "not-found");
        t.owner.delete("/v1/user").await.fails(409, "sole-owner-of");
        let id = t.member.id.clone();
        t.member.delete("/v1/user").await.is(200);
        t.member.get("/v1/user").await.fails(401, "not-signed-in");
        let key = server.key(Some(&t.org), &["*"]).await;
        assert_eq!(key.post("/v1/decisions", ask(&id, &t.org, "chat.use")).await["decision"], false);
    }

    /// An address is added by the code that was mailed to it, in the session that asked; wrong codes are counted.
    async fn an_address_is_added_by_its_mailed_code(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@first.example").await;
        let asked = ann.post("/v1/user/addresses", json!({ "address": "ann@second.example" })).await.is(201);
        let id: guildhall_core::SignInId = asked["sign_in"].as_str().unwrap().parse().unwrap();
        let code = link::code::<SignInKind>(server.app.key(), LinkKind::AddAddress, id, 1);
        let wrong = if code == "000000" { "111111" } else { "000000" };
        let prove = |code: &str| json!({ "sign_in": id, "code": code });
        let failed = ann.post("/v1/user/addresses/prove", prove(wrong)).await.fails(422, "rejected");
        assert_eq!(failed["errors"][0]["pointer"], "/code");
        let phone = server.sign_in(ann.user(), "").await;
        phone.post("/v1/user/addresses/prove", prove(&code)).await.fails(404, "not-found");
        let proven = ann.post("/v1/user/addresses/prove", prove(&code)).await.is(200);
        assert_eq!(proven["items"].as_array().unwrap().len(), 2);
        ann.post("/v1/user/addresses/prove", prove(&code)).await.fails(422, "rejected");
        let second = proven["items"].as_array().unwrap().iter().find(|it| it["primary"] == false).unwrap()["id"].as_str().unwrap().to_owned();
        ann.act(&format!("/v1/user/addresses/{second}/primary")).await.is(200);
        assert_eq!(ann.get("/v1/user").await["address"], "ann@second.example");
        server.pass(Span::minutes(16));
        ann.delete(&format!("/v1/user/addresses/{second}")).await.fails(403, "step-up");
        let fresh = server.sign_in(ann.user(), "").await;
        fresh.delete(&format!("/v1/user/addresses/{second}")).await.is(200);
        assert_eq!(fresh.get("/v1/user").await["address"], "ann@first.example");
    }

    /// Cross-site requests: no CORS headers, and a cookie counts for unsafe methods only from our own pages.
    async fn other_sites_get_nothing(database) {
        let server = Server::start(database, "workjet").await;
        let t = Place::new(&server).await;
        let path = format!("/v1/organizations/{}", t.org);
        let evil = [("origin", "https://evil.example"), ("access-control-request-method", "PATCH")];
        let preflight = server.nobody().send(Method::OPTIONS, &path, &evil, None).await;
        let read = server.nobody().send(Method::GET, "/v1/model", &evil[..1], None).await;
        for reply in [&preflight, &read] {
            assert!(reply.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
        }
        let session = t.owner.cookie();
        let body = Some(json!({ "name": "Evil" }).to_string());
        let forged = [("cookie", session.as_str()), ("origin", "https://evil.example")];
        server.nobody().send(Method::PATCH, &path, &forged, body.clone()).await.fails(403, "forged");
        server.nobody().send(Method::PATCH, &path, &forged[..1], body).await.fails(403, "forged");
        assert_ne!(t.owner.get(&path).await["name"], "Evil");
    }
}
