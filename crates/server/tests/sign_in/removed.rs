//! L-36: who was removed or suspended doesn't come back by signing in, by whatever way they do.

use crate::{
    browser::Browser,
    harness::{Server, Someone},
    providers::{self, claims},
};
use guildhall_core::time::Span;
use guildhall_server::config::SignUp;
use guildhall_testkit::both_databases;

/// They are signed in as themselves, and find neither the organization nor an invitation to it.
async fn stays_out(browser: &mut Browser, who: &Someone, organization: &str) {
    assert_eq!(browser.who().await.as_ref(), Some(&who.id));
    assert_eq!(browser.get(&format!("/v1/organizations/{organization}")).await.status, 404);
    for list in ["/v1/user/organizations", "/v1/user/invitations"] {
        let shown = browser.get(list).await;
        let body: serde_json::Value = serde_json::from_str(&shown.body).unwrap();
        assert_eq!((shown.status, &body["items"]), (200, &serde_json::json!([])), "{list}");
    }
}

/// Signs in by a mailed code to each address, by a provider, and by that provider again, as the account it knows by now.
async fn every_way(server: &Server, who: &Someone, addresses: &[&str], organization: &str) {
    for address in addresses {
        server.pass(Span::seconds(1));
        let mut browser = Browser::new(server, "Firefox");
        browser.sign_in(server, address).await.goes("/profile");
        stays_out(&mut browser, who, organization).await;
    }
    for _ in 0..2 {
        let mut browser = providers::browser(server);
        providers::arrive(&mut browser, "corp", &claims("corp", &who.address, &who.address)).await.goes("/");
        stays_out(&mut browser, who, organization).await;
    }
}

both_databases! {
    async fn l_36_who_was_removed_is_not_let_in_by_signing_in(database) {
        let server = providers::server(database, SignUp::Open).await;
        let ann = server.person("ann@corp.example").await;
        let north = server.found(&ann, "north").await;
        let chloe = server.join(&ann, &north, "chloe@corp.example", &["member"]).await;
        // An invitation waits at another address of hers: it ends with the removal too.
        let second = server.invite(&ann, &north, "chloe@second.example", &["admin"]).await;
        let third = server.invite(&ann, &north, "chloe@third.example", &["admin"]).await;
        server.add_address(&chloe, "chloe@second.example").await;
        let status = async || ann.get(&format!("/v1/organizations/{north}/invitations/{second}")).await.is(200)["status"].clone();
        assert_eq!(status().await, "pending");
        ann.remove(&north, &chloe.id).await.is(200);
        assert_eq!(status().await, "revoked");
        every_way(&server, &chloe, &["chloe@corp.example", "chloe@second.example"], &north).await;
        // Nor by one from before, to an address that she proves only now; sent anew, it is good.
        server.add_address(&chloe, "chloe@third.example").await;
        let accept = format!("/v1/user/invitations/{third}/accept");
        chloe.act(&accept).await.fails(409, "invitation-revoked");
        assert_eq!(server.invite(&ann, &north, "chloe@third.example", &["member"]).await, third);
        chloe.act(&accept).await.is(200);
        assert_eq!(ann.roles_of(&north, &chloe.id).await, serde_json::json!(["member"]));
    }

    async fn l_36_who_is_suspended_is_not_let_in_by_signing_in(database) {
        let server = providers::server(database, SignUp::Open).await;
        let ann = server.person("ann@corp.example").await;
        let north = server.found(&ann, "north").await;
        let dan = server.join(&ann, &north, "dan@corp.example", &["member"]).await;
        ann.act(&format!("/v1/organizations/{north}/members/{}/suspend", dan.id)).await.is(200);
        for way in ["code", "corp", "corp again"] {
            let mut browser = if way == "code" { Browser::new(&server, "Firefox") } else { providers::browser(&server) };
            match way {
                "code" => browser.sign_in(&server, &dan.address).await.goes("/profile"),
                _ => providers::arrive(&mut browser, "corp", &claims("corp", "d", &dan.address)).await.goes("/"),
            }
            assert_eq!(browser.who().await.as_ref(), Some(&dan.id), "{way}");
            assert_eq!(browser.get(&format!("/v1/organizations/{north}")).await.status, 404, "{way}");
        }
        assert!(ann.people(&north).await.contains(&("dan@corp.example".to_owned(), "suspended".to_owned())));
    }
}
