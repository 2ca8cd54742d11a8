//! An organization founded, renamed, handed over, left, deleted.

use crate::stage::{PEOPLE, Team, address, browser_of, row};
use guildhall_core::time::Span;
use guildhall_testkit::both_databases;

const SETTINGS: &str = "/o/northwind/settings";

both_databases! {
    async fn somebody_founds_one_and_owns_it(database) {
        let mut team = Team::new(database, "standard").await;
        let wrong = team.ann.send_from("/new", "/new", &[("name", ""), ("slug", "-x")]).await;
        assert_eq!(wrong.status, 422);
        wrong.says("A name is missing.").says("value=\"-x\"");
        let taken = team.ann.send_from("/new", "/new", &[("name", "Another"), ("slug", "northwind")]).await;
        assert_eq!(taken.status, 409);
        taken.says("in use");
        team.ann.send_from("/new", "/new", &[("name", "Northwind"), ("slug", "")]).await.goes("/o/northwind-2");
        team.ann.get("/o/northwind-2/people").await.says("Northwind is yours. Invite the first people.").says("1 person");
        let start = team.ann.get("/").await;
        start.says("Choose an organization").says("/o/northwind\"").says("/o/northwind-2\"");
        team.ann.get("/organizations").await.says("You belong to 2 organizations.").says("Owner");
    }

    async fn settings_are_saved_and_two_at_once_see_both(database) {
        let mut team = Team::new(database, "workjet").await;
        let (_, mut ben) = team.joined("ben@northwind.example", &["admin"]).await;
        let (_, mut chloe) = team.joined("chloe@northwind.example", &["member"]).await;
        let stale = address(&ben.get(SETTINGS).await.body, "revision=");
        let current = address(&team.ann.get(SETTINGS).await.body, "revision=");
        let wrong = team.ann.post(&current, &[("name", "North"), ("slug", "North Wind")]).await;
        assert_eq!(wrong.status, 422);
        wrong.says("Only lower-case letters").says("value=\"North Wind\"");
        team.ann.post(&current, &[("name", "North"), ("slug", "north")]).await.goes("/o/north/settings");
        let shown = team.ann.get("/o/north/settings").await;
        shown.says("value=\"North\"");
        assert_eq!(shown.body.matches("Saved").count(), 1, "{}", shown.body);
        assert!(!team.ann.get("/o/north/settings").await.body.contains("Saved"), "said once");
        assert_eq!(team.ann.get(SETTINGS).await.status, 404, "an old short name leads nowhere");
        let stale = stale.replace("/o/northwind/", "/o/north/");
        let both = ben.send_from("/o/north/settings", &stale, &[("name", "Wind"), ("slug", "north")]).await;
        assert_eq!(both.status, 409);
        both.says("ann changed this just now.").says("ann chose").says("Use mine");
        ben.post(&stale, &[("name", "Wind"), ("slug", "north"), ("keep", "mine")]).await.goes("/o/north/settings");
        let locked = chloe.get("/o/north/settings").await;
        locked.says("Only Owner and Admin can change this organization.").says("readonly").says("Leave Wind");
        assert!(!locked.body.contains("Save changes"));
        assert_eq!(chloe.post("/o/north/settings", &[("name", "Mine"), ("slug", "north")]).await.status, 403);
    }

    /// Who was chosen is gone meanwhile: nobody else is chosen for them.
    async fn nobody_becomes_the_heir_by_standing_first(database) {
        let mut team = Team::new(database, "workjet").await;
        let (gone, _) = team.joined("cleo@northwind.example", &["member"]).await;
        let (stays, _) = team.joined("ben@northwind.example", &["member"]).await;
        let asked = |who: &str| format!("/o/northwind/transfer?to={who}");
        let chosen = |who: &str| format!("<option value=\"{who}\" selected>");
        team.ann.get(&asked(&stays.id)).await.says(&chosen(&stays.id));
        team.owner.remove(&team.org, &gone.id).await.is(200);
        team.ann.get(&asked(&gone.id)).await.says(&chosen("")).says("Choose somebody");
    }

    async fn ownership_is_handed_over_by_typing_the_name_after_a_fresh_sign_in(database) {
        let mut team = Team::new(database, "workjet").await;
        let (ben, mut browser) = team.joined("ben@northwind.example", &["admin"]).await;
        let page = "/o/northwind/transfer";
        assert_eq!(browser.get(page).await.status, 403);
        let form = team.ann.get(page).await;
        form.says("Transfer ownership of The northwind?").says("ben (ben@northwind.example)").says("Type “The northwind”").says("Admin");
        let to = address(&form.body, "/transfer?");
        let nobody = team.ann.post(&to, &[("to", ""), ("typed", "The northwind")]).await;
        assert_eq!(nobody.status, 422);
        let mistyped = team.ann.post(&to, &[("to", &ben.id), ("typed", "northwind")]).await;
        assert_eq!(mistyped.status, 422);
        mistyped.says("That isn’t the name.").says("value=\"northwind\"");
        team.server.pass(Span::minutes(16));
        let old = team.ann.get(page).await;
        assert!(old.to().starts_with("/sign-in/again?return_to=%2Fo%2Fnorthwind%2Ftransfer"), "{}", old.body);
        let mut again = browser_of(&team.server, &team.server.sign_in(team.owner.user(), "").await);
        let done = again.follow(page, &to, &[("to", &ben.id), ("typed", "The northwind")]).await;
        done.goes("/o/northwind/people");
        let list = again.get(PEOPLE).await;
        list.says("ben is Owner of The northwind now.");
        assert!(row(&list, "ben@northwind.example").contains("Owner") && row(&list, "ann@northwind.example").contains("Admin"));
        assert_eq!(again.get(page).await.status, 403);
    }

    /// The first of a long list are shown; any other is found by a search, which is a page of its own without a script.
    async fn ownership_passes_to_any_member_however_many_there_are(database) {
        let mut team = Team::new(database, "workjet").await;
        for n in 0..51 {
            team.joined(&format!("p{n:02}@northwind.example"), &["member"]).await;
        }
        let (last, _) = team.joined("zora@northwind.example", &["member"]).await;
        let page = "/o/northwind/transfer";
        let form = team.ann.get(page).await;
        form.says("The first 50 are listed.").says("p00@northwind.example").says("name=\"q\"");
        assert!(!form.body.contains("zora@northwind.example"));
        let found = team.ann.get("/o/northwind/transfer?q=zora").await;
        found.says("zora@northwind.example").says("value=\"zora\"");
        assert!(!found.body.contains("p00@northwind.example"));
        let none = team.ann.get("/o/northwind/transfer?q=nobody-here").await;
        none.says("Nobody matches “nobody-here”.").says("name=\"q\"");
        team.ann.get("/o/northwind/transfer?q=zora").await;
        let to = address(&found.body, "/transfer?");
        team.ann.post(&to, &[("to", &last.id), ("typed", "The northwind")]).await.goes("/o/northwind");
    }

    async fn one_leaves_but_the_only_owner_does_not(database) {
        let mut team = Team::new(database, "workjet").await;
        let (_, mut ben) = team.joined("ben@northwind.example", &["admin"]).await;
        let page = "/o/northwind/leave";
        let locked = team.ann.get(page).await;
        locked.says("role=\"alert\"").says("There is exactly one Owner");
        assert_eq!(team.ann.post(page, &[]).await.status, 409);
        team.ann.get(SETTINGS).await.says("There is exactly one Owner");
        ben.get(page).await.says("Leave The northwind?");
        ben.follow(PEOPLE, page, &[]).await.says("You left The northwind.").says("You belong to 0 organizations.");
        let gone = ben.get(PEOPLE).await;
        assert_eq!(gone.status, 403);
        gone.says("You no longer have access to The northwind").says("You left.");
        let (_, mut eva) = team.joined("eva@northwind.example", &["admin"]).await;
        let (removed, mut dan) = team.joined("dan@northwind.example", &["member"]).await;
        eva.follow(PEOPLE, &format!("/o/northwind/people/{}/remove", removed.id), &[]).await;
        dan.get(PEOPLE).await.says("You were removed.");
        let mut nobody = browser_of(&team.server, &team.server.person("zed@x.example").await);
        assert_eq!(nobody.get(PEOPLE).await.status, 404, "who never belonged there is told nothing");
    }

    /// Nobody is kept where their access is held; and who went by themselves is not told that somebody removed them.
    async fn l_36_a_suspended_member_leaves_from_wherever_they_are_told_of_it(database) {
        let mut team = Team::new(database, "standard").await;
        let (ben, mut browser) = team.joined("ben@northwind.example", &["member"]).await;
        let (dan, mut his) = team.joined("dan@northwind.example", &["member"]).await;
        for who in [&ben, &dan] {
            team.owner.act(&format!("/v1/organizations/{}/members/{}/suspend", team.org, who.id)).await.is(200);
        }
        let page = "/o/northwind/leave";
        for told in ["/", PEOPLE, "/organizations"] {
            browser.get(told).await.says("href=\"/o/northwind/leave\"");
        }
        let form = browser.get(page).await;
        form.says("Leave The northwind?").says("Nobody can give your access back then.").says("href=\"/organizations\" data-close");
        assert!(!form.body.contains("Your sessions that lose access"), "they have none");
        browser.follow(page, page, &[]).await.says("You left The northwind.").says("You belong to 0 organizations.");
        for path in [PEOPLE, page] {
            let gone = browser.get(path).await;
            assert_eq!(gone.status, 403);
            gone.says("You left. To come back, somebody there must invite you again.");
        }
        assert_eq!(browser.post(page, &[]).await.status, 403);

        team.ann.follow(PEOPLE, &format!("{PEOPLE}/{}/remove", dan.id), &[]).await;
        let removed = his.get(page).await;
        removed.says("You were removed.");
        assert!(!removed.body.contains("You left."));
        let mut nobody = browser_of(&team.server, &team.server.person("zed@x.example").await);
        assert_eq!(nobody.get(page).await.status, 404);
    }

    async fn it_is_deleted_by_typing_its_name_and_access_ends_at_once(database) {
        let mut team = Team::new(database, "workjet").await;
        let (_, mut ben) = team.joined("ben@northwind.example", &["admin"]).await;
        let page = "/o/northwind/delete";
        let refused = ben.get(page).await;
        assert_eq!(refused.status, 403);
        let form = team.ann.get(page).await;
        form.says("Delete The northwind?").says("People who lose access").says(">2<");
        let mistyped = team.ann.post(page, &[("typed", "northwnid")]).await;
        assert_eq!(mistyped.says("value=\"northwnid\"").status, 422);
        team.ann.follow(page, page, &[("typed", " The  northwind ")]).await.says("The northwind is deleted.").says("31 Mar 2026");
        for browser in [&mut team.ann, &mut ben] {
            assert_eq!(browser.get(PEOPLE).await.status, 404);
        }
    }
}
