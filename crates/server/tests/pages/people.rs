//! The people page under each model's own words and ways.

use crate::{
    browser::between,
    stage::{PEOPLE, Team, address, row},
};
use guildhall_testkit::{Database, both_databases};

/// The page says these words, and nobody's rows go without their ways.
async fn speaks(database: &Database, preset: &str, words: &[&str]) {
    let mut team = Team::new(database, preset).await;
    team.joined("chloe@northwind.example", if matches!(preset, "workjet" | "pipes") { &["member"] } else { &[] }).await;
    team.owner.post(&format!("/v1/organizations/{}/invitations", team.org), invitation(preset)).await.is(201);
    let shown = team.ann.get(PEOPLE).await;
    for word in words {
        shown.says(word);
    }
    let title = words.first().unwrap();
    shown.says(&format!("<title>{title} · The northwind</title>")).says(&format!("<h1 class=\"title\">{title}</h1>"));
    assert!(row(&shown, "chloe@northwind.example").contains("More about chloe"));
    assert!(!shown.body.contains("audit") && !shown.body.contains("/workspaces"), "pages that aren't built are absent");
}

fn invitation(preset: &str) -> serde_json::Value {
    match preset {
        "workjet" | "pipes" => serde_json::json!({ "to": "dora@elsewhere.example", "roles": ["member"] }),
        _ => serde_json::json!({ "to": "dora@elsewhere.example" }),
    }
}

both_databases! {
    async fn standard_speaks_its_words(database) {
        speaks(database, "standard", &["People", "Invite people", "Invited", "Role of chloe", "Invite again"]).await;
    }
    async fn workjet_speaks_its_words(database) {
        speaks(database, "workjet", &["Team", "Invite User", "Remove", "Role of chloe", "Resend", "shell-sidebar"]).await;
    }
    async fn aihub_speaks_its_words(database) {
        speaks(database, "aihub", &["Members", "Add members", "Joined", "Send reminder", "Edit chloe", "Delete chloe", "shell-settings"]).await;
    }
    async fn appcircle_speaks_its_words(database) {
        let words = ["Team Management", "Add a New User", "Pending", "Manage Roles", "Viewer in 12 modules", "Search by email address", "visually-hidden\"> chloe</span>"];
        speaks(database, "appcircle", &words).await;
    }
    async fn modelmatch_speaks_its_words(database) {
        speaks(database, "modelmatch", &["Members", "Invite members", "Cancel invitation", "All workspaces"]).await;
    }
    async fn pipes_speaks_its_words(database) {
        speaks(database, "pipes", &["People", "Invite User", "shell-tabs", "Role of chloe"]).await;
    }

    async fn the_list_is_searched_filtered_sorted_and_paged_by_its_address(database) {
        let mut team = Team::new(database, "workjet").await;
        for at in 0..55 {
            team.joined(&format!("person{at:02}@northwind.example"), &["member"]).await;
        }
        let first = team.ann.get(PEOPLE).await;
        first.says("56 people").says("rel=\"next\"").says("aria-sort=\"ascending\"");
        assert!(first.body.contains("ann@northwind.example") && !first.body.contains("person54@"));
        first.says(">All 56</label>").says("data-check-matching=\"56\"").says("number needs-script\"><span data-bulk-count>");
        team.ann.get(&format!("{PEOPLE}?status=joined")).await.says(">56 found<").says(">All 56 that match</label>");
        team.ann.get(&format!("{PEOPLE}?role=member")).await.says(">55 found<").says(">All 55 that match</label>");
        let second = team.ann.get(&address(&first.body, "after=")).await;
        second.says("person54@").says("rel=\"prev\"");
        assert!(!second.body.contains("person00@"));
        let back = team.ann.get(&address(&second.body, "before=")).await;
        back.says("person00@");
        let last = team.ann.get(&format!("{PEOPLE}?sort=-name")).await;
        last.says("person54@").says("aria-sort=\"descending\"");
        let found = team.ann.get(&format!("{PEOPLE}?q=person07&role=member&status=joined")).await;
        found.says("role=\"status\">1 found<").says("Clear filters");
        assert!(!found.body.contains("person08@"));
        let nobody = team.ann.get(&format!("{PEOPLE}?q=zzz&role=admin")).await;
        nobody.says("Nobody matches “zzz” with role Admin.").says("role=\"status\">Nobody found<");
        for odd in ["?q=a@%00b", "?q=%F0%9F%92%A9"] {
            assert_eq!(team.ann.get(&format!("{PEOPLE}{odd}")).await.status, 200, "{odd}");
        }
    }

    async fn what_an_address_asks_for_in_vain_is_said(database) {
        let mut team = Team::new(database, "workjet").await;
        team.joined("ben@northwind.example", &["member"]).await;
        let said = [
            ("?status=none", "there is no status “none”."),
            ("?role=captain&sort=up", "there is no role “captain”; there is no sort “up”."),
            ("?sort=--name", "there is no sort “--name”."),
            ("?after=x&before=y", "it names no place in this list, which is shown from its start."),
        ];
        for (odd, why) in said {
            let shown = team.ann.get(&format!("{PEOPLE}{odd}")).await;
            assert_eq!(shown.status, 200, "{odd}");
            shown.says(&format!("address could be read: {why}")).says("2 people").says("ben@northwind.example");
        }
        assert!(!team.ann.get(&format!("{PEOPLE}?status=joined&sort=-name")).await.body.contains("could be read"));
        // Where it acts, less asked for would be more people: nothing is done.
        let act = [("act", "remove"), ("all_matching", "1"), ("confirmed", "1"), ("who", "")];
        let refused = team.ann.send_from(PEOPLE, &format!("{PEOPLE}/bulk?status=none"), &act).await;
        assert_eq!(refused.status, 422);
        refused.says("there is no status “none”");
        team.ann.get(PEOPLE).await.says("2 people");
    }

    async fn who_may_not_manage_sees_who_could(database) {
        let team = Team::new(database, "workjet").await;
        let (chloe, mut browser) = team.joined("chloe@northwind.example", &["member"]).await;
        team.owner.post(&format!("/v1/organizations/{}/invitations", team.org), invitation("workjet")).await.is(201);
        let shown = browser.get(PEOPLE).await;
        shown.says("Only Owner and Admin can invite people.").says("Only Owner and Admin can change roles.");
        assert!(!shown.body.contains("dora@elsewhere.example"), "invitations are for who may see them");
        assert!(!shown.body.contains("/remove?") && !shown.body.contains("row-check\" form"), "nothing to press");
        let tried = browser.post("/o/northwind/invite", &[("addresses", "x@y.example"), ("role", "member")]).await;
        assert_eq!(tried.status, 403);
        tried.says("Only Owner and Admin can invite people.");
        let page = format!("{PEOPLE}/{}/remove", team.owner.id);
        assert_eq!(browser.get(&page).await.status, 403);
        let promoted = browser.send_from(PEOPLE, &format!("{PEOPLE}/{}/roles", chloe.id), &[("role", "admin"), ("confirmed", "1")]).await;
        assert_eq!(promoted.status, 403);
    }

    async fn l_18_another_organization_answers_like_none(database) {
        let mut team = Team::new(database, "workjet").await;
        let other = team.server.person("mallory@elsewhere.example").await;
        let theirs = team.server.found(&other, "elsewhere").await;
        let mut shown = Vec::new();
        for slug in ["elsewhere", "nowhere"] {
            for page in ["", "/people", "/settings", "/roles", "/invite", "/transfer", "/leave", "/delete"] {
                let answer = team.ann.get(&format!("/o/{slug}{page}")).await;
                assert_eq!(answer.status, 404, "/o/{slug}{page}");
                shown.push(answer.body.replace(slug, ""));
            }
        }
        let without_tokens = |body: &String| body.split("form_token").next().unwrap().to_owned();
        assert!(shown.iter().all(|body| without_tokens(body) == without_tokens(&shown[0])));
        let foreign = format!("{PEOPLE}/{}", other.id);
        assert_eq!(team.ann.get(&foreign).await.status, 404);
        for odd in [format!("{PEOPLE}/usr_x"), "/o/%00/people".to_owned(), "/o/%FF".to_owned()] {
            assert_eq!(team.ann.get(&odd).await.status, 404, "{odd}");
        }
        // Forms sent with their ids, below their organization's address and below one's own.
        let member = team.server.join(&other, &theirs, "zoe@elsewhere.example", &["member"]).await.id;
        let invitation = team.server.invite(&other, &theirs, "yan@elsewhere.example", &["member"]).await;
        let before = other.people(&theirs).await;
        for slug in ["elsewhere", "northwind"] {
            let forms = ["roles", "roles/undo", "remove", "suspend", "reinstate"].map(|form| format!("people/{member}/{form}"));
            let forms = forms.into_iter().chain(["resend", "revoke"].map(|form| format!("invitations/{invitation}/{form}")));
            for form in forms {
                let sent = team.ann.send_from(PEOPLE, &format!("/o/{slug}/{form}?roles=admin"), &[("role", "admin"), ("confirmed", "1")]).await;
                assert_eq!(sent.status, 404, "/o/{slug}/{form}: {}", sent.body);
            }
        }
        for form in ["people/bulk", "invite", "settings", "transfer", "leave", "delete"] {
            let ours = [("act", "remove"), ("who", member.as_str()), ("confirmed", "1")];
            let fields = [ours.as_slice(), &[("name", "Mine"), ("slug", "mine"), ("typed", "The elsewhere")]].concat();
            assert_eq!(team.ann.send_from(PEOPLE, &format!("/o/elsewhere/{form}"), &fields).await.status, 404, "{form}");
        }
        let bulk = [("act", "remove"), ("who", member.as_str()), ("who", invitation.as_str()), ("confirmed", "1")];
        team.ann.send_from(PEOPLE, &format!("{PEOPLE}/bulk"), &bulk).await.goes(PEOPLE);
        assert_eq!(other.people(&theirs).await, before, "nothing of theirs was touched");
        other.get(&format!("/v1/organizations/{theirs}")).await.is(200);
    }

    async fn nobody_signed_in_is_sent_to_sign_in_and_comes_back(database) {
        let team = Team::new(database, "workjet").await;
        let mut nobody = crate::browser::Browser::new(&team.server, "Firefox");
        nobody.get("/o/northwind/people?q=ann").await.goes("/sign-in?return_to=%2Fo%2Fnorthwind%2Fpeople%3Fq%3Dann");
        nobody.get("/").await.goes("/sign-in?return_to=%2F");
    }

    async fn a_form_without_its_token_changes_nothing(database) {
        let mut team = Team::new(database, "workjet").await;
        let (chloe, _) = team.joined("chloe@northwind.example", &["member"]).await;
        let id = &chloe.id;
        let forms = [
            format!("{PEOPLE}/{id}/remove"),
            format!("{PEOPLE}/{id}/suspend"),
            format!("{PEOPLE}/{id}/roles"),
            format!("{PEOPLE}/bulk"),
            "/o/northwind/invite".to_owned(),
            "/o/northwind/settings".to_owned(),
            "/o/northwind/transfer".to_owned(),
            "/o/northwind/delete".to_owned(),
            "/o/northwind/leave".to_owned(),
            "/profile".to_owned(),
            "/new".to_owned(),
        ];
        for form in forms {
            assert_eq!(team.ann.post_with(&form, &[("act", "remove"), ("who", id)], "x").await.status, 403, "{form}");
            assert_eq!(team.ann.post_from_elsewhere(&form, &[]).await.status, 403, "{form}");
        }
        row(&team.ann.get(PEOPLE).await, "chloe@northwind.example");
    }

    async fn l_30_several_at_once_each_have_a_result(database) {
        let mut team = Team::new(database, "workjet").await;
        let (chloe, _) = team.joined("chloe@northwind.example", &["member"]).await;
        let (dan, _) = team.joined("dan@northwind.example", &["member"]).await;
        let waiting = team.server.invite(&team.owner, &team.org, "eve@northwind.example", &["member"]).await;
        let bulk = format!("{PEOPLE}/bulk");
        let both = [("act", "role"), ("who", chloe.id.as_str()), ("who", waiting.as_str())];
        team.ann.send_from(PEOPLE, &bulk, &both).await.says("Change the role of 2 people").says("name=\"who\"");
        let done = [both.as_slice(), &[("role", "admin")]].concat();
        let result = team.ann.post(&bulk, &done).await;
        result.says("1 of 2 people done").says("Admin now.").says("Nothing to do.");
        let remove = [("act", "remove"), ("who", dan.id.as_str()), ("who", waiting.as_str()), ("who", team.owner.id.as_str())];
        team.ann.send_from(PEOPLE, &bulk, &remove).await.says("Remove 2 people from The northwind?");
        let confirmed = [remove.as_slice(), &[("confirmed", "1")]].concat();
        let result = team.ann.post(&bulk, &confirmed).await;
        result.says("2 of 3 people done").says("No longer has access.").says("The invitation was taken back.").says("Refused");
        let shown = team.ann.get(PEOPLE).await;
        assert!(!shown.body.contains("dan@northwind.example") && !shown.body.contains("eve@northwind.example"));
        assert!(row(&shown, "chloe@northwind.example").contains("Admin"));
        assert_eq!(team.ann.send_from(PEOPLE, &bulk, &[("act", "fly"), ("who", &chloe.id)]).await.status, 422);
    }

    /// Everybody who matches, however many: step by step, and each step says how many.
    async fn l_30_everybody_who_matches_goes_step_by_step(database) {
        let mut team = Team::new(database, "standard").await;
        let program = team.server.key(Some(&team.org), &["invitation.create"]).await;
        let rows: Vec<_> = (0..520).map(|n| serde_json::json!({ "to": format!("p-{n}@crowd.example") })).collect();
        program.post(&format!("/v1/organizations/{}/invitations/batch", team.org), serde_json::json!({ "invitations": rows })).await.is(200);
        let (bulk, all) = (format!("{PEOPLE}/bulk?q=crowd"), [("act", "remove"), ("all_matching", "1")]);
        let asked = team.ann.send_from(PEOPLE, &bulk, &all).await;
        asked.says("Remove 520 people from The northwind?").says("It goes step by step, 500 at a time").says("name=\"all_matching\"");
        assert!(!asked.body.contains("name=\"who\""));
        let confirmed = [all.as_slice(), &[("confirmed", "1")]].concat();
        let first = team.ann.post(&bulk, &confirmed).await;
        first.says("500 of 500 people done").says("More people match.").says("Go on");
        let after = between(&first.body, "name=\"after\" value=\"", "\"").unwrap();
        let rest = [confirmed.as_slice(), &[("after", after.as_str())]].concat();
        let second = team.ann.post(&bulk, &rest).await;
        second.says("20 of 20 people done");
        assert!(!second.body.contains("Go on"));
        assert_eq!(team.owner.people(&team.org).await.len(), 1);
    }

    async fn l_4_a_removal_of_several_says_what_ends_and_asks_what_passes(database) {
        let mut team = Team::new(database, "workjet").await;
        let (ben, _) = team.joined("ben@northwind.example", &["admin"]).await;
        let (chloe, _) = team.joined("chloe@northwind.example", &["member"]).await;
        let (dan, _) = team.joined("dan@northwind.example", &["admin"]).await;
        let again = team.server.sign_in(chloe.user(), "chloe@northwind.example").await;
        for guest in ["gus@x.example", "hal@x.example"] {
            team.server.invite(&ben, &team.org, guest, &["member"]).await;
        }
        let eve = team.server.invite(&ben, &team.org, "eve@x.example", &["member"]).await;
        team.server.invite(&dan, &team.org, "ivy@x.example", &["member"]).await;
        let bulk = format!("{PEOPLE}/bulk");
        let people = [("who", ben.id.as_str()), ("who", again.id.as_str()), ("who", eve.as_str()), ("who", team.owner.id.as_str())];
        let remove = [[("act", "remove")].as_slice(), &people].concat();
        let asked = team.ann.send_from(PEOPLE, &bulk, &remove).await;
        asked.says("Remove 3 people from The northwind?").says("disabled aria-label").says("There is exactly one Owner");
        let numbers = [
            ("People who lose access", 2),
            ("Invitations that are taken back", 1),
            ("Invitations they sent that still wait", 2),
            ("Sessions that lose access", 3),
        ];
        for (what, n) in numbers {
            asked.says(&format!("<dt>{what}</dt><dd class=\"number\">{n}</dd>"));
        }
        asked.says("They invited ").says("gus@x.example").says("hal@x.example").says("Take over 2 invitations as my own");
        assert!(asked.body.contains(&format!("name=\"who\" value=\"{}\"", ben.id)));
        assert!(!asked.body.contains(&format!("name=\"who\" value=\"{}\"", team.owner.id)), "who can't be removed isn't sent");
        let kept = [remove.as_slice(), &[("confirmed", "1"), ("offers", "take_over")]].concat();
        team.ann.post(&bulk, &kept).await.says("3 of 4 people done");
        let list = team.ann.get(PEOPLE).await;
        assert!(row(&list, "gus@x.example").contains("Invited by ann") && row(&list, "hal@x.example").contains("Invited by ann"));
        assert!(!list.body.contains("eve@x.example") && !list.body.contains("ben@northwind.example"));
        let withdrawn = [("act", "remove"), ("who", dan.id.as_str()), ("confirmed", "1")];
        team.ann.send_from(PEOPLE, &bulk, &withdrawn).await.says("1 of 1 person done");
        assert!(!team.ann.get(PEOPLE).await.body.contains("ivy@x.example"), "withdrawn where nobody takes it over");
        let nobody = team.ann.send_from(PEOPLE, &bulk, &[("act", "remove"), ("who", &team.owner.id)]).await;
        assert!(!nobody.body.contains("data-main"), "nothing to send");
    }

    async fn removal_says_what_ends_and_cuts_off_at_the_next_click(database) {
        let mut team = Team::new(database, "workjet").await;
        let (ben, mut browser) = team.joined("ben@northwind.example", &["admin"]).await;
        team.server.invite(&ben, &team.org, "guest@elsewhere.example", &["member"]).await;
        let list = team.ann.get(PEOPLE).await;
        let remove = address(&row(&list, "ben@northwind.example"), "/remove");
        let panel = team.ann.get(&remove).await;
        assert!(!panel.body.contains("API keys"), "nobody has any yet");
        panel.says("Remove ben from The northwind?").says("Sessions that lose access").says("They invited guest@elsewhere.example.");
        panel.says("Take over 1 invitation as my own").says("Suspend instead").says("Remove ben");
        assert_eq!(browser.get(PEOPLE).await.status, 200);
        let after = team.ann.follow(&remove, &remove, &[("offers", "take_over")]).await;
        after.says("ben no longer has access to The northwind.").says("guest@elsewhere.example").says("Invited by ann");
        let gone = browser.get(PEOPLE).await;
        assert_eq!(gone.status, 403);
        gone.says("You no longer have access to The northwind");
        browser.get("/profile").await.says("ben@northwind.example");
        assert_eq!(team.ann.send_from(PEOPLE, &remove, &[]).await.status, 404, "twice is nobody");
    }

    async fn suspension_holds_access_and_gives_it_back(database) {
        let mut team = Team::new(database, "standard").await;
        let (_, mut browser) = team.joined("ben@northwind.example", &["member"]).await;
        let list = team.ann.get(PEOPLE).await;
        let suspend = address(&row(&list, "ben@northwind.example"), "/suspend");
        let after = team.ann.follow(&suspend, &suspend, &[]).await;
        after.says("ben is suspended.");
        assert!(row(&after, "ben@northwind.example").contains("Suspended"));
        let held = browser.get(PEOPLE).await;
        assert_eq!(held.status, 403);
        held.says("Your access to The northwind is suspended");
        let undo = address(after.body.split("id=\"toasts\"").nth(1).unwrap(), "/reinstate");
        team.ann.follow(PEOPLE, &undo, &[]).await.says("ben has access again.");
        assert_eq!(browser.get(PEOPLE).await.status, 200);
    }
}
