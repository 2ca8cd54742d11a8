//! Roles changed by the model's way, confirmed, undone, and by two people at once.

use crate::stage::{PEOPLE, Team, address, row};
use guildhall_testkit::both_databases;
use serde_json::json;

both_databases! {
    async fn w_29_a_change_is_confirmed_where_the_model_says_so_and_undone__de(database) {
        let mut team = Team::new(database, "workjet").await;
        let (chloe, _) = team.joined("chloe@northwind.example", &["member"]).await;
        let list = team.ann.get(PEOPLE).await;
        let change = address(&row(&list, "chloe@northwind.example"), "/roles");
        let ask = team.ann.get(&format!("{change}&role=admin")).await;
        ask.says("Change the role of chloe to Admin?").says("Can then").says("Invite and remove users").says("name=\"confirmed\"");
        let unconfirmed = team.ann.post(&change, &[("role", "admin")]).await;
        assert_eq!(unconfirmed.status, 200);
        unconfirmed.says("Change the role of chloe to Admin?");
        assert!(!row(&team.ann.get(PEOPLE).await, &chloe.id).contains("Role of chloe: Admin"));
        assert_eq!(team.owner.roles_of(&team.org, &chloe.id).await, json!(["member"]), "unconfirmed, it changes nothing");
        let done = team.ann.follow(&change, &change, &[("role", "admin"), ("confirmed", "1")]).await;
        done.says("chloe: Admin, was Member.");
        assert!(row(&done, &chloe.id).contains("Role of chloe: Admin"));
        assert_eq!(team.owner.roles_of(&team.org, &chloe.id).await, json!(["admin"]));
        let undo = address(done.body.split("id=\"toasts\"").nth(1).unwrap(), "/roles/undo");
        let undone = team.ann.follow(PEOPLE, &undo, &[]).await;
        undone.says("Undone: Member again.");
        assert!(row(&undone, &chloe.id).contains("Role of chloe: Member"));
    }

    async fn w_30_what_may_not_be_given_is_locked_with_who_could__d(database) {
        let mut team = Team::new(database, "workjet").await;
        let (chloe, _) = team.joined("chloe@northwind.example", &["member"]).await;
        let (ben, mut browser) = team.joined("ben@northwind.example", &["admin"]).await;
        let list = browser.get(PEOPLE).await;
        let owner = row(&list, "ann@northwind.example");
        assert!(owner.contains("There is exactly one Owner.") && owner.contains("#lock"), "{owner}");
        assert!(row(&list, "chloe@northwind.example").contains("Only the owner can make someone an admin"));
        let change = format!("{PEOPLE}/{}/roles", chloe.id);
        let ask = browser.get(&format!("{change}?role=admin")).await;
        ask.says("role=\"alert\"").says("Only the owner can make someone an admin.");
        assert!(!ask.body.contains("data-main"), "nothing to send");
        let tried = browser.post(&change, &[("role", "admin"), ("confirmed", "1")]).await;
        assert_eq!(tried.status, 409);
        tried.says("Only the owner can make someone an admin.");
        // Giving up one's own role is asked about, and only somebody else can undo it.
        let own = format!("{PEOPLE}/{}/roles", ben.id);
        browser.get(&format!("{own}?role=member")).await.says("Change your own role to Member?").says("only somebody else can give you back");
        browser.post(&own, &[("role", "member")]).await.says("Change your own role to Member?");
        assert_eq!(team.owner.roles_of(&team.org, &ben.id).await, json!(["admin"]), "unconfirmed, it changes nothing");
        let after = browser.follow(PEOPLE, &own, &[("role", "member"), ("confirmed", "1")]).await;
        after.says("Your role: Member, was Admin.");
        assert!(!after.body.contains("/roles/undo"));
        let back = browser.send_from(PEOPLE, &own, &[("role", "admin"), ("confirmed", "1")]).await;
        assert_eq!(back.status, 403);
        back.says("Only Owner and Admin can change roles.");
        team.ann.follow(PEOPLE, &own, &[("role", "admin"), ("confirmed", "1")]).await.says("ben: Admin, was Member.");
    }

    async fn who_changes_what_somebody_just_changed_sees_both(database) {
        let mut team = Team::new(database, "standard").await;
        let (eva, _) = team.joined("eva@northwind.example", &["member"]).await;
        let (_, mut ben) = team.joined("ben@northwind.example", &["admin"]).await;
        let list = ben.get(PEOPLE).await;
        let stale = address(&row(&list, "eva@northwind.example"), "/roles");
        let current = address(&row(&team.ann.get(PEOPLE).await, "eva@northwind.example"), "/roles");
        team.ann.follow(PEOPLE, &current, &[("role", "viewer")]).await.says("eva: Viewer, was Member.");
        let both = ben.send_from(PEOPLE, &stale, &[("role", "member")]).await;
        assert_eq!(both.status, 409);
        both.says("ann changed this just now.").says("Keep Viewer").says("Use Member");
        assert_eq!(both.body.matches("role=\"alert\"").count(), 1);
        ben.follow(PEOPLE, &stale, &[("role", "member"), ("keep", "theirs")]).await;
        assert!(row(&ben.get(PEOPLE).await, &eva.id).contains("Role of eva: Viewer"));
        ben.follow(PEOPLE, &stale, &[("role", "member"), ("confirmed", "1"), ("keep", "mine")]).await.says("eva: Member, was Viewer.");
    }

    /// Not who changed the role before that.
    async fn a_conflict_names_who_suspended_meanwhile(database) {
        let mut team = Team::new(database, "standard").await;
        let (eva, _) = team.joined("eva@northwind.example", &["member"]).await;
        let (ben, mut browser) = team.joined("ben@northwind.example", &["admin"]).await;
        ben.set_roles(&team.org, &eva.id, &["viewer"]).await.is(200);
        let stale = address(&row(&browser.get(PEOPLE).await, "eva@northwind.example"), "/roles");
        let suspend = address(&row(&team.ann.get(PEOPLE).await, "eva@northwind.example"), "/suspend");
        team.ann.follow(&suspend, &suspend, &[]).await.says("eva is suspended.");
        let both = browser.send_from(PEOPLE, &stale, &[("role", "member")]).await;
        assert_eq!(both.status, 409);
        both.says("ann suspended this membership just now.").says("It is now").says("Keep Viewer").says("Use Member");
        team.owner.act(&format!("/v1/organizations/{}/members/{}/reinstate", team.org, eva.id)).await.is(200);
        let both = browser.send_from(PEOPLE, &stale, &[("role", "member")]).await;
        both.says("ann reinstated this membership just now.");
        // One's own change, in another tab, isn't set against oneself.
        ben.set_roles(&team.org, &eva.id, &["member"]).await.is(200);
        let both = browser.send_from(PEOPLE, &stale, &[("role", "admin")]).await;
        both.says("You changed this just now.").says("It is now");
        assert_eq!(both.body.matches("You chose").count(), 1);
        // A program has no name, and isn't called by the first word of what it is.
        team.server.key(Some(&team.org), &["*"]).await.set_roles(&team.org, &eva.id, &["admin"]).await.is(200);
        let both = browser.send_from(PEOPLE, &stale, &[("role", "member")]).await;
        both.says("A service key changed this just now.").says("A service key chose");
    }

    async fn who_insists_on_roles_of_several_modules_gives_them_all(database) {
        let mut team = Team::new(database, "appcircle").await;
        let (chloe, _) = team.joined("chloe@northwind.example", &[]).await;
        let manage = address(&row(&team.ann.get(PEOPLE).await, "chloe@northwind.example"), "/roles");
        let stale = address(&team.ann.get(&manage).await.body, "/roles?revision");
        let program = team.server.key(Some(&team.org), &["*"]).await;
        program.set_roles(&team.org, &chloe.id, &["build.manager", "codepush.operator"]).await.is(200);
        let mine = [("role[build]", "build.operator"), ("role[codepush]", "codepush.manager"), ("role[billing]", "billing.manager")];
        let both = team.ann.send_from(PEOPLE, &stale, &mine).await;
        assert_eq!(both.status, 409);
        both.says("Keep Roles in 2 modules").says("Use Roles in 3 modules");
        // Where both read alike, what differs is named.
        let both = team.ann.send_from(PEOPLE, &stale, mine.get(..2).unwrap()).await;
        both.says("Only A service key chose").says("Build: Manager and CodePush: Operator").says("Only you chose").says("Use mine");
        let both = team.ann.send_from(PEOPLE, &stale, &mine).await;
        let sent: Vec<&str> =
            both.body.split("name=\"role\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let pressed = [("confirmed", "1"), ("keep", "mine")].into_iter().chain(sent.iter().map(|role| ("role", *role)));
        let done = team.ann.follow(PEOPLE, &address(&both.body, "/roles?"), &pressed.collect::<Vec<_>>()).await;
        done.says("chloe: Roles in 3 modules, was Roles in 2 modules.");
        assert_eq!(team.owner.roles_of(&team.org, &chloe.id).await, json!(["billing.manager", "build.operator", "codepush.manager"]));
    }

    async fn what_may_not_be_given_in_a_module_says_why(database) {
        let team = Team::new(database, "appcircle").await;
        let (chloe, _) = team.joined("chloe@northwind.example", &[]).await;
        let (_, mut viewer) = team.joined("ben@northwind.example", &[]).await;
        let tried = viewer.send_from(PEOPLE, &format!("{PEOPLE}/{}/roles", chloe.id), &[("role[build]", "build.manager")]).await;
        assert_eq!(tried.status, 403);
        tried.says("disabled aria-label=\"Operator: You can&#39;t give or take the role");
    }

    async fn an_edit_is_saved(database) {
        let mut team = Team::new(database, "aihub").await;
        team.joined("chloe@northwind.example", &[]).await;
        let list = team.ann.get(PEOPLE).await;
        let edit = address(&row(&list, "chloe@northwind.example"), "/roles");
        team.ann.get(&edit).await.says("Edit chloe").says("Save").says("value=\"admin\"");
        let after = team.ann.follow(&edit, &edit, &[("role", "admin")]).await;
        assert!(row(&after, "chloe@northwind.example").contains("Admin"));
    }

    async fn roles_of_every_module_are_managed_together(database) {
        let mut team = Team::new(database, "appcircle").await;
        let (chloe, _) = team.joined("chloe@northwind.example", &[]).await;
        let list = team.ann.get(PEOPLE).await;
        let manage = address(&row(&list, "chloe@northwind.example"), "/roles");
        team.ann.get(&manage).await.says("Manage Roles").says("name=\"role[build]\" value=\"build.manager\"").says("Testing Distribution");
        let roles = [("role[build]", "build.manager"), ("role[build]", "build.viewer"), ("role[codepush]", "codepush.operator")];
        let after = team.ann.follow(&manage, &manage, &roles).await;
        after.says("Roles in 2 modules");
        assert_eq!(team.owner.roles_of(&team.org, &chloe.id).await, json!(["build.manager", "build.viewer", "codepush.operator"]));
        let manage = address(&row(&after, "chloe@northwind.example"), "/roles");
        let none = team.ann.follow(&manage, &manage, &[]).await;
        assert!(row(&none, "chloe@northwind.example").contains("None"));
        let manage = address(&row(&none, "chloe@northwind.example"), "/roles");
        let owner = team.ann.follow(&manage, &manage, &[("owner", "owner"), ("role[build]", "build.viewer")]).await;
        assert!(row(&owner, "chloe@northwind.example").contains("Owner"));
    }

    async fn the_reference_shows_each_role_and_table(database) {
        let mut team = Team::new(database, "workjet").await;
        let (_, mut chloe) = team.joined("chloe@northwind.example", &["member"]).await;
        for browser in [&mut team.ann, &mut chloe] {
            browser.get("/o/northwind/roles").await.says("Role Permissions").says("Use chat, assistants, engines").says("Transfer ownership");
        }
    }

    /// Two roles of one name in one table are told apart.
    async fn the_reference_says_where_a_role_is_held_if_another_is_called_alike(database) {
        let mut team = Team::new(database, "pipes").await;
        let shown = team.ann.get("/o/northwind/roles").await;
        shown.says(">Owner (workspace)<").says(">Owner (organization)<").says(">Reader<");
    }

    async fn a_person_has_a_page_with_recent_changes(database) {
        let mut team = Team::new(database, "standard").await;
        let (chloe, _) = team.joined("chloe@northwind.example", &["member"]).await;
        team.owner.set_roles(&team.org, &chloe.id, &["viewer"]).await.is(200);
        let shown = team.ann.get(&format!("{PEOPLE}/{}", chloe.id)).await;
        shown.says("chloe joined as Member.").says("You changed the role from Member to Viewer.").says("invited by ann");
        shown.says("Transfer ownership").says("Suspend");
    }

    /// Whoever removed them made it come about; the page doesn't say that it was theirs.
    async fn a_personal_organization_was_nobody_s_deed(database) {
        let team = Team::new(database, "appcircle").await;
        let (ben, mut browser) = team.joined("ben@northwind.example", &[]).await;
        team.owner.remove(&team.org, &ben.id).await.is(200);
        let mine = ben.get("/v1/user/organizations").await.is(200);
        let slug = mine["items"].as_array().unwrap().iter().find(|one| one["personal"] == true).unwrap()["slug"].as_str().unwrap().to_owned();
        let shown = browser.get(&format!("/o/{slug}/people/{}", ben.id)).await;
        shown.says("Got a personal organization as Owner.");
    }
}
