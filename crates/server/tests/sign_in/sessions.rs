use crate::{
    browser::{Browser, newest},
    harness::Server,
};
use guildhall_core::{
    mail::Template,
    session::{IDLE, STEP_UP},
    time::Span,
};
use guildhall_testkit::both_databases;

both_databases! {
    async fn a_sign_in_rotates_the_session_and_signing_out_ends_it(database) {
        let server = Server::start(database, "standard").await;
        server.person("ann@example.org").await;
        let mut browser = Browser::new(&server, "Firefox");
        browser.sign_in(&server, "ann@example.org").await.goes("/profile");
        let first = browser.cookies.clone();
        server.pass(Span::seconds(1));
        browser.get("/sign-in/again?return_to=/profile").await.says("ann@example.org");
        let page = browser.post("/sign-in", &[("address", "ann@example.org"), ("return_to", "/profile")]).await.to().to_owned();
        browser.get(&page).await;
        let (code, _) = newest(&server).await;
        browser.post(&page, &[("code", &code)]).await.goes("/profile");
        let second = browser.cookies.clone();
        assert_ne!(first, second);
        browser.cookies = first;
        assert_eq!(browser.who().await, None, "the one from before ended");
        browser.cookies = second.clone();
        assert!(browser.who().await.is_some());
        browser.get("/problems/not-found").await;
        browser.get("/sign-in/again").await;
        let out = browser.post("/sign-out", &[]).await;
        out.goes("/sign-in");
        assert_eq!(out.headers["clear-site-data"], "\"cache\", \"storage\"");
        browser.cookies = second;
        assert_eq!(browser.who().await, None, "ended in the database, not only in the browser");
    }

    async fn a_session_ends_when_unused_and_when_the_account_is_barred(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        let mut browser = Browser::new(&server, "Firefox");
        browser.sign_in(&server, "ann@example.org").await.goes("/profile");
        for _ in 0..3 {
            server.pass(Span::days(6));
            assert_eq!(browser.who().await, Some(ann.id.clone()), "used, so it lives on");
        }
        server.pass(IDLE);
        assert_eq!(browser.who().await, None);
        browser.sign_in(&server, "ann@example.org").await.goes("/profile");
        server.bar(&ann.id).await;
        assert_eq!(browser.who().await, None);
        server.pass(Span::days(2));
        let refused = browser.sign_in(&server, "ann@example.org").await;
        assert_eq!(refused.says("This account was suspended").status, 409);
    }

    async fn a_new_device_is_told_by_mail_and_a_known_one_is_not(database) {
        let server = Server::start(database, "standard").await;
        server.person("ann@example.org").await;
        let told = async || server.due().await.iter().filter(|order| matches!(order.template, Template::NewDevice { .. })).count();
        let mut laptop = Browser::new(&server, "Firefox on a laptop");
        laptop.sign_in(&server, "ann@example.org").await.goes("/profile");
        assert_eq!(told().await, 1);
        server.pass(Span::minutes(20));
        let mut again = Browser::new(&server, "Firefox on a laptop");
        again.sign_in(&server, "ann@example.org").await.goes("/profile");
        assert_eq!(told().await, 1, "the same browser and network");
        server.pass(Span::minutes(20));
        let mut phone = Browser::new(&server, "Safari on a phone");
        phone.sign_in(&server, "ann@example.org").await.goes("/profile");
        assert_eq!(told().await, 2);
    }

    async fn what_asks_to_step_up_refuses_an_old_sign_in(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        server.pass(STEP_UP);
        ann.delete(&format!("/v1/organizations/{north}")).await.fails(403, "step-up");
    }
}
