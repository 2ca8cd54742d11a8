//! What is told to whom, and how what can't be done is explained.

use crate::{
    harness::BASE,
    stage::{PEOPLE, Team, browser_of, row},
};
use guildhall_core::{mail::Template, time::Span};
use guildhall_server::mail::render::{Rendered, render};
use guildhall_testkit::both_databases;

both_databases! {
    async fn who_may_not_see_invitations_is_not_told_how_many_there_are(database) {
        let mut team = Team::new(database, "workjet").await;
        let (chloe, mut browser) = team.joined("chloe@northwind.example", &["member"]).await;
        for address in ["dora@x.example", "eve@x.example"] {
            team.server.invite(&team.owner, &team.org, address, &["member"]).await;
        }
        let count = format!("/v1/organizations/{}/members/count", team.org);
        let told = chloe.get(&count).await.is(200);
        assert_eq!((&told["joined"], &told["invited"]), (&2.into(), &0.into()), "{}", told.text);
        assert_eq!(team.owner.get(&count).await.is(200)["invited"], 2);
        browser.get(PEOPLE).await.says("role=\"status\">2 people</p>");
        team.ann.get(PEOPLE).await.says("role=\"status\">2 people and 2 invitations</p>").says("2 people, 2 invited.");
        team.ann.get(&format!("{PEOPLE}?status=invited")).await.says("role=\"status\">2 found</p>");
    }

    async fn what_was_changed_about_somebody_is_for_them_and_for_who_could_change_it(database) {
        let mut team = Team::new(database, "workjet").await;
        let (ben, mut his) = team.joined("ben@northwind.example", &["member"]).await;
        let (chloe, mut hers) = team.joined("chloe@northwind.example", &["member"]).await;
        team.owner.set_roles(&team.org, &ben.id, &["admin"]).await.is(200);
        team.owner.set_roles(&team.org, &ben.id, &["member"]).await.is(200);
        let found = format!("/v1/organizations/{}/members/{}", team.org, ben.id);
        assert_eq!(chloe.get(&found).await.is(200)["changes"], serde_json::json!([]));
        for reader in [&ben, &team.owner] {
            let told = reader.get(&found).await.is(200);
            assert_eq!(told["changes"][0]["kind"], "membership.roles_changed", "{}", told.text);
        }
        let page = format!("{PEOPLE}/{}", ben.id);
        let shown = hers.get(&page).await;
        shown.says("ben@northwind.example");
        assert!(!shown.body.contains("Recent changes") && !shown.body.contains("changed the role"), "{}", shown.body);
        for browser in [&mut his, &mut team.ann] {
            browser.get(&page).await.says("Recent changes").says("changed the role from Admin to Member.");
        }
    }

    async fn what_is_locked_says_why_to_who_presses_it(database) {
        let mut team = Team::new(database, "workjet").await;
        let (_, mut chloe) = team.joined("chloe@northwind.example", &["member"]).await;
        let shown = chloe.get(PEOPLE).await;
        shown.says("popovertarget=\"why-o-northwind-invite\" data-tip");
        shown.says("id=\"why-o-northwind-invite\">Only Owner and Admin can invite people.</div>");
        // The one owner is changed elsewhere: who can is shown where.
        let mine = row(&team.ann.get(PEOPLE).await, &format!("people/{}\"", team.owner.id));
        assert!(mine.contains("href=\"/o/northwind/transfer\">Transfer ownership</a></div>"), "{mine}");
        assert!(!row(&chloe.get(PEOPLE).await, &format!("people/{}\"", team.owner.id)).contains("/transfer"));
    }

    async fn who_is_suspended_where_they_belong_is_told_so_and_who_could_change_it(database) {
        let team = Team::new(database, "workjet").await;
        let (ben, mut browser) = team.joined("ben@northwind.example", &["member"]).await;
        team.owner.act(&format!("/v1/organizations/{}/members/{}/suspend", team.org, ben.id)).await.is(200);
        for page in ["/", PEOPLE] {
            let shown = browser.get(page).await;
            shown.says("Your access to The northwind is suspended").says("Ask Owner or Admin there, who can give it back.");
            assert!(!shown.body.contains("You belong to several"));
        }
    }

    async fn who_invited_and_how_many_sessions_are_shown_where_they_matter(database) {
        let mut team = Team::new(database, "workjet").await;
        let (ben, mut browser) = team.joined("ben@northwind.example", &["member"]).await;
        let (_, mut chloe) = team.joined("chloe@northwind.example", &["member"]).await;
        assert!(row(&chloe.get(PEOPLE).await, &format!("people/{}\"", ben.id)).contains("Invited by ann"));
        team.server.sign_in(ben.user(), "").await;
        let page = format!("{PEOPLE}/{}", ben.id);
        for browser in [&mut team.ann, &mut browser] {
            browser.get(&page).await.says("Signed in with 2 browsers.");
        }
        assert!(!chloe.get(&page).await.body.contains("Signed in with"));
        browser.get("/o/northwind/leave").await.says("Your sessions that lose access</dt><dd class=\"number\">2</dd>");
    }

    /// A custom model may keep the list of people from some: links and answers lead them to a page that they may open.
    async fn who_may_not_see_people_is_led_nowhere_they_cannot_go(database) {
        let team = Team::new(database, "workjet").await;
        let (ben, _) = team.joined("ben@northwind.example", &["admin"]).await;
        let (chloe, _) = team.joined("chloe@northwind.example", &["member"]).await;
        let Team { server, org, owner, ann } = team;
        let [owner, ben, chloe] = [owner, ben, chloe].map(|who| who.user());
        let all = r#""members.view"        = { roles = "yes   yes   yes""#;
        let before = server.app.model().text.clone();
        assert_eq!(before.matches(all).count(), 1, "the line that says who sees members");
        let text = before.replace(all, &all.replace("yes   yes   yes", "yes   no    no "));
        drop(ann);
        let server = server.restart(database, &text).await;

        let mut browser = browser_of(&server, &server.sign_in(chloe, "").await);
        let home = browser.get("/o/northwind").await;
        home.goes("/o/northwind/settings");
        browser.get("/o/northwind/settings").await.says("Leave The northwind");
        assert_eq!(browser.get(PEOPLE).await.status, 403);

        // An admin, who may invite without seeing who is here.
        let mut admin = browser_of(&server, &server.sign_in(ben, "").await);
        let form = admin.get("/o/northwind/invite").await;
        form.says("href=\"/o/northwind\" data-close");
        admin.post("/o/northwind/invite", &[("addresses", "dora@x.example"), ("role", "member")]).await.goes("/o/northwind");
        let led = admin.get("/o/northwind").await.to().to_owned();
        assert_eq!(admin.get(&led).await.status, 200);

        let ann = server.sign_in(owner, "").await;
        ann.set_roles(&org, &chloe.to_string(), &["admin"]).await.is(200);
        server.pass(Span::minutes(1));
        let mut links = Vec::new();
        for order in server.due().await {
            if let (Template::RoleChanged { .. }, Rendered::Letter(letter)) = (&order.template, render(&server.app, &order).await.unwrap()) {
                links.push(letter.link.unwrap().1);
            }
        }
        assert_eq!(links, [format!("{BASE}/o/northwind")]);
    }
}
