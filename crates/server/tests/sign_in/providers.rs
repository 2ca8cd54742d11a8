//! Providers: what follows when one has spoken. That it spoke, and truly, the journeys show with a real one.

use crate::{
    browser::{Browser, Shown},
    harness::Server,
};
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use guildhall_core::{UserId, text::Address, time::Span};
use guildhall_server::{
    App, Failure,
    config::{Provider, SignUp},
    http::{Form, FormToken, Json, MaybeWho, ReturnTo},
    sign_in::{
        Asked, address, mailed, portal,
        provider::{Claims, settle},
    },
};
use guildhall_testkit::both_databases;
use serde::Deserialize;

pub(crate) fn provider(id: &str, domains: &[&str]) -> Provider {
    Provider {
        id: id.to_owned(),
        title: id.to_owned(),
        issuer: format!("https://{id}.example").parse().unwrap(),
        client_id: "guildhall".to_owned(),
        client_secret: "secret".to_owned(),
        domains: domains.iter().map(ToString::to_string).collect(),
        google: false,
    }
}

/// Google, which hosts domains of others.
pub(crate) fn google() -> Provider {
    Provider { google: true, ..provider("google", &[]) }
}

/// What a provider would say, as fields of a form.
pub(crate) fn claims(provider: &str, subject: &str, email: &str) -> Vec<(String, String)> {
    let issuer = format!("https://{provider}.example");
    [("issuer", issuer.as_str()), ("subject", subject), ("email", email)].map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// The same from Google, which says that it hosts the account for this domain.
pub(crate) fn hosted(subject: &str, email: &str, domain: &str) -> Vec<(String, String)> {
    let mut said = claims("google", subject, email);
    said.push(("hd".to_owned(), domain.to_owned()));
    said
}

/// The answers of a provider whose sign-in page is elsewhere; where it is.
async fn elsewhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let metadata = serde_json::json!({
        "issuer": issuer,
        "authorization_endpoint": "https://pages.elsewhere.example/authorize",
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    let routes = Router::new()
        .route("/.well-known/openid-configuration", get(async move || axum::Json(metadata)))
        .route("/keys", get(async || axum::Json(serde_json::json!({ "keys": [] }))));
    tokio::spawn(async { axum::serve(listener, routes).await });
    issuer
}

#[derive(Deserialize)]
struct Said {
    issuer: String,
    subject: String,
    email: String,
    hd: Option<String>,
    /// How many minutes ago they signed in there.
    minutes: Option<i64>,
}

async fn said(
    State(app): State<App>,
    Path(id): Path<String>,
    asked: Asked,
    FormToken(token): FormToken,
    Form(said): Form<Said>,
) -> Result<Response, Failure> {
    back(app, id, asked, token, said, None).await
}

async fn said_to_link(
    State(app): State<App>,
    Path(id): Path<String>,
    MaybeWho(who): MaybeWho,
    asked: Asked,
    FormToken(token): FormToken,
    Form(said): Form<Said>,
) -> Result<Response, Failure> {
    back(app, id, asked, token, said, who.unwrap().user()).await
}

async fn back(app: App, id: String, asked: Asked, token: String, said: Said, linking: Option<UserId>) -> Result<Response, Failure> {
    let provider = app.providers().iter().find(|provider| provider.id == id).ok_or(Failure::NotFound)?;
    let Said { issuer, subject, email, hd, minutes } = said;
    let auth_time = minutes.map(|n| app.now() - Span::minutes(n));
    let claims = Claims { issuer, subject, email: Some(email), email_verified: Some(true), hosted_domain: hd, name: None, auth_time };
    let returned = settle(&app, &asked, provider, claims, linking, ReturnTo::default()).await?;
    portal::returned_page(&app, token, returned)
}

#[derive(Deserialize)]
struct Adding {
    address: String,
}

async fn add(State(app): State<App>, MaybeWho(who): MaybeWho, asked: Asked, Form(adding): Form<Adding>) -> Result<Json<String>, Failure> {
    let id = address::ask(&app, &asked, &who.unwrap(), &Address::parse(&adding.address)?, &ReturnTo::default()).await?;
    Ok(Json(id.to_string()))
}

async fn finish(State(app): State<App>, Path(token): Path<String>, asked: Asked) -> Result<Json<String>, Failure> {
    mailed::by_link(&app, &asked, &token).await.map(|outcome| Json(format!("{outcome:?}")))
}

/// A browser at a server that also has the steps of these tests, with everything around them.
pub(crate) fn browser(server: &Server) -> Browser {
    Browser::on(&server.app, router(server), "Firefox")
}

fn router(server: &Server) -> Router {
    let steps = Router::new()
        .route("/test/{id}", post(said))
        .route("/test-link/{id}", post(said_to_link))
        .route("/test-add", post(add))
        .route("/test-finish/{token}", get(finish));
    guildhall_server::router_with(&server.app, steps)
}

/// The browser comes back from the provider, which said this.
pub(crate) async fn arrive(browser: &mut Browser, id: &str, claims: &[(String, String)]) -> Shown {
    browser.get("/sign-in").await;
    let fields: Vec<(&str, &str)> = claims.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(&format!("/test/{id}"), &fields).await
}

/// The same for who is signed in there and sees the page of signing in again.
pub(crate) async fn back_again(browser: &mut Browser, claims: &[(String, String)]) -> Shown {
    let fields: Vec<(&str, &str)> = claims.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post("/test/corp", &fields).await
}

/// The same for who is signed in there and asked to link it to their account.
pub(crate) async fn link(browser: &mut Browser, id: &str, claims: &[(String, String)]) -> Shown {
    let fields: Vec<(&str, &str)> = claims.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(&format!("/test-link/{id}"), &fields).await
}

/// Asks for a code to add the address, as who is signed in there.
pub(crate) async fn add_address(browser: &mut Browser, address: &str) {
    browser.router =
        guildhall_server::router_with(&browser.app, Router::new().route("/test-add", post(add)).route("/test-finish/{token}", get(finish)));
    browser.get("/problems/not-found").await;
    browser.get("/sign-in/again").await;
    let asked = browser.post("/test-add", &[("address", address)]).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
}

pub(crate) async fn finish_add(browser: &mut Browser, link: &str) -> Shown {
    browser.get(&link.replace("/sign-in/link/", "/test-finish/")).await
}

pub(crate) async fn server(database: &guildhall_testkit::Database, sign_up: SignUp) -> Server {
    Server::with(database, "workjet", move |config| {
        config.sign_up = sign_up;
        config.providers = vec![provider("corp", &["corp.example"]), provider("other", &[]), google()];
    })
    .await
}

both_databases! {
    /// Before anybody clicks: a browser follows the button only to what the page that shows it names.
    async fn the_page_names_where_a_provider_s_sign_in_is(database) {
        let issuer = elsewhere().await;
        let server = Server::with(database, "standard", |config| {
            config.providers = vec![Provider { issuer: issuer.parse().unwrap(), ..provider("elsewhere", &[]) }];
        })
        .await;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let jobs = tokio::spawn(guildhall_server::jobs::run(server.app.clone(), stopped));
        let mut browser = Browser::new(&server, "Firefox");
        let mut policy = String::new();
        for _ in 0..500 {
            policy = browser.get("/sign-in").await.headers["content-security-policy"].to_str().unwrap().to_owned();
            if policy.contains("elsewhere") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert!(policy.contains("https://pages.elsewhere.example"), "{policy}");
        stop.send(true).unwrap();
        jobs.await.unwrap();
    }

    /// W-9 with a provider that speaks for the address, and L-20: the invitation is found though it was sent by mail.
    async fn w_9_l_20_a_provider_brings_the_invited_in__de(database) {
        let server = server(database, SignUp::Invited).await;
        let ann = server.person("ann@corp.example").await;
        let north = server.found(&ann, "north").await;
        server.invite(&ann, &north, "Ben@Corp.example", &["admin"]).await;
        let mut ben = browser(&server);
        arrive(&mut ben, "corp", &claims("corp", "b", "ben@corp.example")).await.welcomes("/");
        let id = ben.who().await.unwrap();
        assert_eq!(ann.roles_of(&north, &id).await, serde_json::json!(["admin"]));
        // Nobody who wasn't invited comes in by the provider alone.
        let mut cleo = browser(&server);
        arrive(&mut cleo, "corp", &claims("corp", "c", "cleo@corp.example")).await.says("Nobody invited you yet");
        assert_eq!(cleo.who().await, None);
    }

    /// W-9 with Google: it speaks for the domains it hosts and for its own. Whoever comes so has joined, with the role assigned, and
    /// their Google account is linked. An address alone, which anybody can make a Google account with, joins nothing.
    async fn w_9_google_brings_the_invited_in__de(database) {
        let server = server(database, SignUp::Invited).await;
        let ann = server.person("ann@corp.example").await;
        let north = server.found(&ann, "north").await;
        for (address, role) in [("ben@corp.example", "admin"), ("cleo@gmail.com", "member"), ("dan@corp.example", "member")] {
            server.invite(&ann, &north, address, &[role]).await;
        }
        for (said, role) in [(hosted("b", "ben@corp.example", "corp.example"), "admin"), (claims("google", "c", "cleo@gmail.com"), "member")] {
            let mut browser = browser(&server);
            arrive(&mut browser, "google", &said).await.welcomes("/");
            let id = browser.who().await.unwrap();
            assert_eq!(ann.roles_of(&north, &id).await, serde_json::json!([role]), "{said:?}");
            let linked = server.sign_in(id.parse().unwrap(), "").await.get("/v1/user/identities").await.is(200);
            assert_eq!(linked["items"].as_array().unwrap().len(), 1, "{}", linked.text);
        }
        for said in [claims("google", "d", "dan@corp.example"), hosted("d", "dan@corp.example", "other.example")] {
            let mut browser = browser(&server);
            arrive(&mut browser, "google", &said).await.says("We can&#39;t be sure");
            assert_eq!(browser.who().await, None);
        }
        assert!(ann.people(&north).await.contains(&("dan@corp.example".to_owned(), "invited".to_owned())));
    }

    /// Linked accounts stand on the profile, and one is unlinked while another way in is left.
    async fn linked_accounts_are_on_the_profile_and_can_be_unlinked(database) {
        let server = server(database, SignUp::Open).await;
        let mut eva = browser(&server);
        arrive(&mut eva, "corp", &claims("corp", "1", "eva@corp.example")).await;
        let profile = eva.get("/profile").await;
        profile.says("corp: eva@corp.example").says("Linked on").says("Link google").says("/sign-in/provider/google/link?return_to=%2Fprofile");
        let unlink = crate::browser::between(&profile.body, "href=\"/profile/identities/", "\"").unwrap();
        let page = format!("/profile/identities/{unlink}");
        eva.get(&page).await.says("Unlink corp: eva@corp.example?");
        eva.post(&page, &[]).await.goes("/profile");
        let after = eva.get("/profile").await;
        after.says("corp: eva@corp.example was unlinked.");
        assert!(!after.body.contains("Linked on"));
        assert_eq!(eva.get(&page).await.status, 404);
        server.pass(Span::minutes(16));
        let old = eva.get(&page).await;
        assert!(old.to().starts_with("/sign-in/again?return_to=%2Fprofile%2Fidentities"), "{}", old.body);
    }

    async fn an_address_the_provider_does_not_speak_for_is_proven_by_mail_once(database) {
        let server = server(database, SignUp::Open).await;
        let mut ann = browser(&server);
        arrive(&mut ann, "other", &claims("other", "a", "ann@example.org")).await.says("We can&#39;t be sure");
        server.pass(Span::seconds(1));
        ann.sign_in_here(&server, "ann@example.org").await.welcomes("/profile");
        let id = ann.who().await;
        assert!(id.is_some());
        // From now on the provider is enough: it was linked where the mailbox was proven.
        let mut again = browser(&server);
        arrive(&mut again, "other", &claims("other", "a", "ann@example.org")).await.goes("/");
        assert_eq!(again.who().await, id);
    }

    async fn what_waits_to_be_linked_belongs_to_one_browser(database) {
        let server = server(database, SignUp::Open).await;
        let mut attacker = browser(&server);
        arrive(&mut attacker, "other", &claims("other", "evil", "ann@example.org")).await;
        let stolen: Vec<(String, String)> =
            attacker.cookies.iter().filter(|(name, _)| name.ends_with("identity")).map(|(k, v)| (k.clone(), v.clone())).collect();
        assert_eq!(stolen.len(), 1);
        let mut ann = browser(&server);
        ann.get("/sign-in").await;
        ann.cookies.extend(stolen);
        ann.sign_in_here(&server, "ann@example.org").await.welcomes("/profile");
        let id = ann.who().await;
        let mut again = browser(&server);
        arrive(&mut again, "other", &claims("other", "evil", "ann@example.org")).await.says("We can&#39;t be sure");
        assert_ne!(again.who().await, id);
    }

    /// A provider's account waits for the address it stated: proving another in the same browser links nothing.
    async fn what_waits_to_be_linked_is_for_the_address_it_stated(database) {
        let server = server(database, SignUp::Open).await;
        let mut shared = browser(&server);
        arrive(&mut shared, "other", &claims("other", "evil", "eve@example.org")).await.says("We can&#39;t be sure");
        shared.sign_in_here(&server, "ann@example.org").await.welcomes("/profile");
        let ann = shared.who().await;
        assert!(ann.is_some());
        let mut eve = browser(&server);
        arrive(&mut eve, "other", &claims("other", "evil", "eve@example.org")).await.says("We can&#39;t be sure");
        assert_ne!(eve.who().await, ann);
    }

    /// What waits for an address is linked by who goes on from the page that asked to prove it, not by whoever comes to that browser next.
    async fn what_waits_to_be_linked_is_forgotten_by_who_signs_in_afresh(database) {
        let server = server(database, SignUp::Open).await;
        let mut shared = browser(&server);
        arrive(&mut shared, "other", &claims("other", "evil", "ann@example.org")).await.says("We can&#39;t be sure");
        shared.sign_in(&server, "ann@example.org").await.welcomes("/profile");
        let linked = shared.get("/v1/user/identities").await;
        assert!(linked.status == 200 && !linked.body.contains("idn_"), "{}", linked.body);
    }

    /// Signing in again before what can't be taken back: a provider that knew them from before gives no fresh sign-in. One that says
    /// nothing of when is believed, and so is a plain sign-in.
    async fn a_provider_that_knew_them_from_before_is_no_fresh_sign_in(database) {
        let server = server(database, SignUp::Open).await;
        let mut ann = browser(&server);
        let said = claims("corp", "a", "ann@corp.example");
        let ago = |minutes: &str| [said.clone(), vec![("minutes".to_owned(), minutes.to_owned())]].concat();
        arrive(&mut ann, "corp", &ago("60")).await.welcomes("/");
        let me = server.sign_in(ann.who().await.unwrap().parse().unwrap(), "ann@corp.example").await;
        let org = server.found(&me, "north").await;
        let heir = server.join(&me, &org, "ben@corp.example", &["admin"]).await;
        let transfer = [("to", heir.id.as_str()), ("typed", "The north")];
        server.pass(Span::minutes(16));
        for minutes in ["60", "15"] {
            ann.get("/sign-in/again").await;
            back_again(&mut ann, &ago(minutes)).await.goes("/sign-in/again?return_to=%2F&known=1");
            ann.get("/sign-in/again?return_to=%2F&known=1").await.says("Use a mailed code.");
            assert!(ann.post("/o/north/transfer", &transfer).await.to().starts_with("/sign-in/again?return_to="));
            assert_eq!(me.roles_of(&org, &heir.id).await, serde_json::json!(["admin"]));
        }
        for said in [ago("14"), said.clone()] {
            ann.get("/sign-in/again").await;
            back_again(&mut ann, &said).await.goes("/");
            server.pass(Span::minutes(16));
        }
        ann.get("/sign-in/again").await;
        back_again(&mut ann, &ago("1")).await.goes("/");
        ann.get("/o/north/transfer").await;
        ann.post("/o/north/transfer", &transfer).await.goes("/o/north");
        assert_eq!(me.roles_of(&org, &heir.id).await, serde_json::json!(["owner"]));
    }

    async fn a_way_back_without_a_way_there_signs_nobody_in(database) {
        let server = server(database, SignUp::Open).await;
        let mut browser = browser(&server);
        for state in ["", "x", "sgn_00000000000000000000000000.x"] {
            browser.get(&format!("/sign-in/provider/corp/callback?code=c&state={state}")).await.says("That didn&#39;t work");
        }
        browser.head("/sign-in/provider/corp/callback?code=c&state=x").await;
        assert_eq!(browser.get("/sign-in/provider/nobody/callback?code=c&state=x").await.status, 404);
        assert_eq!(browser.who().await, None);
    }
}
