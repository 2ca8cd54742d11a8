//! One's own pages, and what the script's requests are answered.

use crate::{
    browser::Browser,
    stage::{PEOPLE, Team, address, browser_of},
};
use axum::{
    body::Body,
    http::{Request, header},
};
use guildhall_core::time::Span;
use guildhall_server::jobs;
use guildhall_testkit::both_databases;
use tower::ServiceExt as _;

both_databases! {
    async fn a_profile_is_saved_and_its_theme_shows_everywhere(database) {
        let mut team = Team::new(database, "standard").await;
        team.ann.get("/profile").await.says("value=\"ann\"");
        let wrong = team.ann.post("/profile", &[("name", "Ann Okafor"), ("handle", "A B"), ("theme", "dark")]).await;
        assert_eq!(wrong.status, 422);
        wrong.says("value=\"A B\"").says("Only lower-case letters");
        let emptied = team.ann.post("/profile", &[("name", " "), ("handle", ""), ("theme", "dark")]).await;
        assert_eq!(emptied.says("A name can be changed, but not taken away").status, 422);
        team.ann.post("/profile", &[("name", "Ann Okafor"), ("handle", "ann-o"), ("theme", "dark")]).await.goes("/profile");
        team.ann.get("/profile").await.says("Saved").says("data-theme=\"dark\"").says("value=\"ann-o\"");
        team.ann.get(PEOPLE).await.says("data-theme=\"dark\"").says("Ann Okafor");
        let mut ben = browser_of(&team.server, &team.server.person("ben@x.example").await);
        let taken = ben.send_from("/profile", "/profile", &[("name", "Ben"), ("handle", "ann-o"), ("theme", "system")]).await;
        assert_eq!(taken.status, 409);
        taken.says("in use");
        assert!(ben.get("/profile").await.body.contains("value=\"ben\""), "nothing else was done");
    }

    async fn another_address_is_added_by_its_code_after_a_fresh_sign_in(database) {
        let mut team = Team::new(database, "standard").await;
        let page = "/profile/addresses";
        team.ann.get(page).await.says("1 proven address").says("Primary");
        let wrong = team.ann.post(page, &[("address", "ann")]).await;
        assert_eq!(wrong.status, 422);
        let sent = team.ann.send_from(page, page, &[("address", "ann@second.example")]).await;
        assert!(sent.to().starts_with("/sign-in/code?sign_in="), "{}", sent.body);
        let to = sent.to().to_owned();
        team.ann.get(&to).await;
        let (code, _) = crate::browser::newest(&team.server).await;
        team.ann.post(&to, &[("code", &code)]).await.goes(page);
        let both = team.ann.get(page).await;
        both.says("ann@second.example").says("2 proven addresses");
        let second = both.body.split("More about ann@second.example").nth(1).unwrap().to_owned();
        let remove = address(&second, "/remove");
        team.ann.follow(page, &address(&second, "/primary"), &[]).await.says("Mail goes there now.");
        team.ann.get(&remove).await.says("Remove ann@second.example?");
        team.server.pass(Span::minutes(16));
        let old = team.ann.get(&remove).await;
        assert!(old.to().starts_with("/sign-in/again"), "{}", old.body);
        let mut again = browser_of(&team.server, &team.server.sign_in(team.owner.user(), "").await);
        again.follow(page, &remove, &[]).await.says("ann@second.example was removed.").says("1 proven address");
    }

    async fn sessions_are_listed_and_ended(database) {
        let mut team = Team::new(database, "standard").await;
        let mut other = browser_of(&team.server, &team.server.sign_in(team.owner.user(), "").await);
        let mut third = browser_of(&team.server, &team.server.sign_in(team.owner.user(), "").await);
        let page = "/profile/sessions";
        let shown = team.ann.get(page).await;
        shown.says("You are signed in with 3 browsers.").says("This one").says("End all others");
        let end = address(shown.body.split("<ul class=\"rows\">").nth(1).unwrap(), "/end");
        team.ann.follow(page, &end, &[]).await.says("That session has ended.").says("2 browsers");
        team.ann.follow(page, &format!("{page}/end-others"), &[]).await.says("1 session ended.");
        for browser in [&mut other, &mut third] {
            assert_eq!(browser.who().await, None);
        }
        assert!(team.ann.who().await.is_some());
    }

    async fn an_account_is_deleted_and_signed_out_but_not_the_only_owner_of_others(database) {
        let mut team = Team::new(database, "standard").await;
        let (_, mut ben) = team.joined("ben@x.example", &["member"]).await;
        let page = "/profile/delete";
        team.ann.get(page).await.says("Delete your account?");
        let refused = team.ann.post(page, &[]).await;
        assert_eq!(refused.status, 409);
        refused.says("You are the only Owner of one organization with other members.");
        assert_eq!(team.ann.who().await, Some(team.owner.id.clone()));
        ben.get(page).await.says("Delete your account?");
        ben.post(page, &[]).await.goes("/sign-in?deleted=1");
        assert!(!ben.cookies.keys().any(|name| name.ends_with("-session")), "{:?}", ben.cookies);
        ben.get("/sign-in?deleted=1").await.says("The account is deleted, and you are signed out everywhere.");
        assert_eq!(ben.who().await, None);
        // He is gone when the job has made him leave; then she is alone, and her organization goes with her.
        jobs::step(&team.server.app).await.unwrap();
        team.ann.send_from(page, page, &[]).await.goes("/sign-in?deleted=1");
        assert_eq!(team.ann.who().await, None);
    }

    async fn the_script_is_sent_elsewhere_by_a_header(database) {
        let mut team = Team::new(database, "workjet").await;
        let shown = team.ann.get("/o/northwind/invite").await;
        let token = crate::browser::between(&shown.body, "name=\"form_token\" value=\"", "\"").unwrap();
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("addresses", "dora@x.example"), ("role", "member"), ("form_token", token.as_str())])
            .finish();
        let cookies: Vec<String> = team.ann.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::post("/o/northwind/invite")
            .header(header::COOKIE, cookies.join("; "))
            .header(header::ORIGIN, crate::harness::BASE)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("hx-request", "true")
            .body(Body::from(body))
            .unwrap();
        let response = team.ann.router.clone().oneshot(request).await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers()["hx-redirect"].to_str().unwrap()), (204, "/o/northwind/people"));
        let mut nobody = Browser::new(&team.server, "Firefox");
        nobody.cookies.clear();
        let request = Request::get("/o/northwind/invite").header("hx-request", "true").header("hx-current-url", "http://127.0.0.1:8080/o/northwind/people?q=a");
        let response = nobody.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), 401);
        assert_eq!(response.headers()["hx-redirect"], "/sign-in?return_to=%2Fo%2Fnorthwind%2Fpeople%3Fq%3Da");
    }
}
