//! Who is new is asked once what to be called, and then goes where they wanted to.

use crate::{
    browser::{Browser, newest},
    harness::Server,
};
use guildhall_server::config::SignUp;
use guildhall_testkit::both_databases;

async fn me(browser: &mut Browser) -> serde_json::Value {
    serde_json::from_str(&browser.get("/v1/user").await.body).unwrap()
}

both_databases! {
    async fn who_is_new_chooses_name_and_handle_and_goes_on(database) {
        let server = Server::with(database, "standard", |config| config.sign_up = SignUp::Open).await;
        let mut browser = Browser::new(&server, "Firefox");
        let welcome = "/welcome?return_to=%2Fprofile";
        browser.sign_in(&server, "dora.weiss@example.org").await.goes(welcome);
        let born = me(&mut browser).await;
        assert!(born["name"].is_null() && born["handle"].is_null(), "nothing comes of the address: {born}");
        browser.get(welcome).await.says("<h1 class=\"title\">Welcome</h1>").says("href=\"/profile\"><span>Later</span>");
        let wrong = browser.post("/welcome", &[("name", "Dora Weiss"), ("handle", "D W"), ("return_to", "/profile")]).await;
        assert_eq!(wrong.status, 422);
        wrong.says("Only lower-case letters").says("value=\"Dora Weiss\"").says("name=\"return_to\" value=\"/profile\"");
        browser.post("/welcome", &[("name", "Dora Weiss"), ("handle", "dora"), ("return_to", "/profile")]).await.goes("/profile");
        let named = me(&mut browser).await;
        assert_eq!((&named["name"], &named["handle"]), (&"Dora Weiss".into(), &"dora".into()));
        server.pass(guildhall_core::time::Span::seconds(1));
        browser.sign_in(&server, "dora.weiss@example.org").await.goes("/profile");
        let mut other = Browser::new(&server, "Chrome");
        other.sign_in(&server, "eve@example.org").await.goes(welcome);
        other.get(welcome).await;
        let taken = other.post("/welcome", &[("name", ""), ("handle", "dora"), ("return_to", "/profile")]).await;
        assert_eq!(taken.says("in use").status, 409);
        other.post("/welcome", &[("name", ""), ("handle", ""), ("return_to", "https://evil.example")]).await.goes("/");
    }

    async fn who_joins_by_a_link_is_asked_too_and_lands_there_welcomed(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        let id = server.invite(&ann, &north, "eva@example.org", &["member"]).await;
        let mut eva = Browser::new(&server, "Firefox");
        let joining = format!("/join/{id}");
        eva.get(&format!("/join/{}", server.link(&id))).await.goes(&joining);
        eva.get(&joining).await;
        eva.post(&joining, &[("name", "Eva Lind")]).await.goes("/welcome?return_to=%2Fo%2Fnorth");
        eva.get("/welcome?return_to=%2Fo%2Fnorth").await.says("value=\"Eva Lind\"");
        eva.post("/welcome", &[("name", "Eva Lind"), ("handle", "eva"), ("return_to", "/o/north")]).await.goes("/o/north");
        eva.get("/o/north/people").await.says("Welcome to The north.").says("Eva Lind");
    }

    async fn what_didnt_work_leads_back_to_where_one_wanted_to_go(database) {
        let server = Server::with(database, "standard", |config| config.sign_up = SignUp::Invited).await;
        server.person("ann@example.org").await;
        let there = "href=\"/sign-in?return_to=%2Fprofile\"";
        let mut browser = Browser::new(&server, "Firefox");
        let page = browser.ask("ann@example.org").await;
        let (code, link) = newest(&server).await;
        let mut other = Browser::new(&server, "Chrome");
        other.get(&link).await;
        other.get("/sign-in/link").await.says("Open this where you asked for it").says(there);
        let wrong = if code == "111111" { "222222" } else { "111111" };
        for _ in 0..4 {
            browser.post(&page, &[("code", wrong)]).await;
        }
        browser.post(&page, &[("code", wrong)]).await.says("Too many wrong codes").says(there);
        browser.get(&page).await;
        browser.post(&page, &[("code", &code)]).await.says("Too many wrong codes").says(there);
        browser.get(&link).await;
        browser.get("/sign-in/link").await.says("Too many wrong codes").says(there);
        server.pass(guildhall_core::time::Span::seconds(1));
        browser.sign_in(&server, "stranger@example.org").await.says("Nobody invited you yet").says(there);
    }
}
