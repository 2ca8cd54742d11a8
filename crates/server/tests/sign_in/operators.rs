use crate::{
    browser::{Browser, newest},
    harness::Server,
};
use guildhall_core::time::Span;
use guildhall_server::{Config, config::Founders, sign_in::operator};
use guildhall_testkit::both_databases;

both_databases! {
    /// The first start's link makes the first operator once, within 24 hours, and nobody after.
    async fn the_first_operator_comes_by_a_one_time_link(database) {
        let without_mail = |config: &mut Config| (config.organizations, config.mail) = (Founders::Operators, None);
        let server = Server::with(database, "standard", without_mail).await;
        let old = operator::link(&server.app).await.unwrap().unwrap();
        let link = operator::link(&server.app).await.unwrap().unwrap();
        let mut browser = Browser::new(&server, "Firefox");
        browser.get(&old).await.goes("/operator/first");
        browser.get("/operator/first").await.says("This link doesn&#39;t work");
        browser.get(&link).await.goes("/operator/first");
        browser.get("/operator/first").await.says("Become the first operator").says("Your name");
        server.person("ann@example.org").await;
        let taken = browser.post("/operator/first", &[("name", "Ann"), ("address", "ann@example.org")]).await;
        assert_eq!(taken.says("An account has this address already.").says("value=\"ann@example.org\"").status, 409);
        // Without mail the link suffices.
        browser.post("/operator/first", &[("name", "Olga"), ("address", "olga@example.org")]).await.welcomes("/operator/first");
        browser.get("/welcome?return_to=/operator/first").await.says("value=\"Olga\"");
        browser.get("/operator/first").await.says("Become the operator");
        browser.post("/operator/first", &[]).await.says("You are the operator");
        let id = browser.who().await.unwrap();
        assert!(server.store().is_operator(id.parse().unwrap()).await.unwrap());
        assert!(operator::link(&server.app).await.unwrap().is_none());
        let olga = server.sign_in(id.parse().unwrap(), "olga@example.org").await;
        server.found(&olga, "north").await;
        let ben = server.person("ben@example.org").await;
        ben.post("/v1/organizations", serde_json::json!({ "name": "South", "slug": "south" })).await.is(403);
    }

    async fn where_mail_works_the_first_operator_proves_the_address(database) {
        let server = Server::start(database, "standard").await;
        let link = operator::link(&server.app).await.unwrap().unwrap();
        let mut browser = Browser::new(&server, "Firefox");
        browser.get(&link).await;
        assert!(!browser.get("/operator/first").await.body.contains("Your name"), "the page of welcome asks for it");
        let page = browser.post("/operator/first", &[("address", "olga@example.org")]).await.to().to_owned();
        assert!(page.starts_with("/sign-in/code"), "{page}");
        assert_eq!(browser.who().await, None);
        browser.get(&page).await;
        let (code, _) = newest(&server).await;
        browser.post(&page, &[("code", &code)]).await.welcomes("/operator/first");
        browser.get("/operator/first").await;
        browser.post("/operator/first", &[]).await.says("You are the operator");
    }

    async fn the_operators_link_ends_after_a_day(database) {
        let server = Server::start(database, "standard").await;
        let link = operator::link(&server.app).await.unwrap().unwrap();
        server.pass(Span::hours(24));
        let mut browser = Browser::new(&server, "Firefox");
        browser.get(&link).await;
        browser.get("/operator/first").await.says("This link doesn&#39;t work");
    }
}
