use crate::{browser::Browser, harness::Server};
use guildhall_core::{mail::Template, time::Span};
use guildhall_server::mail::render::{self, Rendered};
use guildhall_testkit::both_databases;

both_databases! {
    /// W-8, I-7: a mail with a link to join; the link works.
    async fn w_8_i_7_the_mail_of_an_invitation_has_its_link__e(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        let invitation = server.invite(&ann, &north, "ben@example.org", &["admin"]).await;
        assert!(server.due().await.is_empty(), "it can be undone for ten seconds");
        server.pass(Span::seconds(11));
        let due = server.due().await;
        let Rendered::Letter(letter) = render::render(&server.app, &due[0]).await.unwrap() else { panic!() };
        assert_eq!((letter.to.as_str(), letter.subject.as_str()), ("ben@example.org", "ann invited you to The north"));
        let link = format!("http://127.0.0.1:8080/join/{}", server.link(&invitation));
        assert!(letter.text.contains(&link) && letter.html.contains(&link), "{}", letter.text);
        assert!(letter.text.contains("as Admin") && letter.text.contains("I don't know these people"), "{}", letter.text);
        assert!(letter.unsubscribe.is_some());
    }

    /// Security, mail as bait: a name that mail programs would make a link of is not shown.
    async fn a_name_that_looks_like_a_domain_is_replaced_by_the_slug(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        ann.patch(&format!("/v1/organizations/{north}"), serde_json::json!({ "name": "bank.example" })).await.is(200);
        server.invite(&ann, &north, "ben@example.org", &[]).await;
        server.pass(Span::seconds(11));
        let due = server.due().await;
        let order = due.iter().find(|order| matches!(order.template, Template::Invitation { .. })).unwrap();
        let Rendered::Letter(letter) = render::render(&server.app, order).await.unwrap() else { panic!() };
        assert!(!letter.text.contains("bank.example") && !letter.html.contains("bank.example"), "{}", letter.text);
        assert!(letter.subject.ends_with("to north"), "{}", letter.subject);
    }

    async fn what_ended_before_it_left_is_not_sent_and_nor_is_what_they_do_not_want(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        let revoked = server.invite(&ann, &north, "ben@example.org", &[]).await;
        ann.delete(&format!("/v1/organizations/{north}/invitations/{revoked}")).await;
        let unwanted = server.invite(&ann, &north, "cleo@example.org", &[]).await;
        let mut cleo = crate::browser::Browser::new(&server, "Firefox");
        let link = format!("/unwanted/{}", server.unwanted_link(&unwanted));
        cleo.get(&link).await.says("No more mail from them");
        // As a mail program sends it: RFC 8058, with neither cookie nor token.
        let mut program = crate::browser::Browser::new(&server, "a mail program");
        let told = program.send(axum::http::Method::POST, &link, Some("List-Unsubscribe=One-Click".to_owned()), false).await;
        assert_eq!(told.status, 200, "{}", told.body);
        server.invite(&ann, &north, "cleo@example.org", &[]).await;
        server.pass(Span::seconds(11));
        for order in server.due().await {
            assert!(matches!(render::render(&server.app, &order).await.unwrap(), Rendered::Gone(_)), "{order:?}");
        }
    }

    /// The page's form goes to a link of ours and nowhere else: what a link holds is not put into an address unread.
    async fn the_page_of_an_unwanted_mail_takes_only_links_of_ours(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@example.org").await;
        let north = server.found(&ann, "north").await;
        let sent = server.invite(&ann, &north, "ben@example.org", &["member"]).await;
        let mut browser = Browser::new(&server, "Firefox");
        for token in ["x", "..%2Fo%2Fnorth%2Fpeople%2Fusr_x%2Fremove", "..%2Fprofile%2Fdelete"] {
            let shown = browser.get(&format!("/unwanted/{token}")).await;
            assert_eq!(shown.status, 404, "{token}");
            assert!(!shown.body.contains("No more mail"), "{token}");
        }
        let ours = format!("/unwanted/{}", server.unwanted_link(&sent));
        browser.get(&ours).await.says("No more mail from them");
        assert_eq!(browser.post(&ours, &[]).await.status, 200);
        assert!(!ann.people(&north).await.iter().any(|(who, _)| who == "ben@example.org"));
    }
}
