//! L-32: one set of rules. What somebody does by the API and by a page's form is allowed and refused alike, with the same words
//! and the same effect.

mod several;

use crate::{
    harness::{Reply, Server, Someone},
    stage::browser_of,
};
use axum::http::Method;
use guildhall_access::model::InvitationRole;
use guildhall_core::time::Span;
use guildhall_testkit::{Database, both_databases};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A system, and who tries there.
struct System {
    preset: &'static str,
    /// With the roles they hold; the first one founded the organization, and holds its top role.
    actors: &'static [(&'static str, &'static [&'static str])],
    /// A role that not everybody may give.
    higher: &'static str,
}

const WORKJET: System =
    System { preset: "workjet", actors: &[("owner", &[]), ("admin", &["admin"]), ("member", &["member"])], higher: "admin" };
const PIPES: System = System { preset: "pipes", actors: &[("owner", &[]), ("member", &["member"])], higher: "owner" };
const APPCIRCLE: System = System {
    preset: "appcircle",
    actors: &[("owner", &[]), ("manager", &["organization_management.manager"]), ("viewer", &["build.viewer"])],
    higher: "build.manager",
};

type Request = (Method, String, Option<Value>);
type Form = (String, Vec<(String, String)>);

/// One thing that can be done to a scene: by a request, and by a form.
struct Step {
    what: &'static str,
    request: fn(&Scene) -> Request,
    form: fn(&Scene) -> Form,
    /// What a page calls it, after "Only the owner can".
    called: &'static str,
}

const fn step(what: &'static str, request: fn(&Scene) -> Request, form: fn(&Scene) -> Form, called: &'static str) -> Step {
    Step { what, request, form, called }
}

const INVITE: &str = "invite people";
const CHANGE: &str = "change roles";
const SUSPEND: &str = "suspend people";
const REMOVE: &str = "remove people";
const REVOKE: &str = "take invitations back";
const UPDATE: &str = "change this organization";
const TRANSFER: &str = "transfer ownership";
const DELETE: &str = "delete this organization";

const STEPS: &[Step] = &[
    step("invite", |s| s.inviting(&s.invited_as), |s| s.invite_form(&s.invited_as), INVITE),
    step("invite as more", |s| s.inviting(s.higher), |s| s.invite_form(s.higher), INVITE),
    step("invite as owner", |s| s.inviting("owner"), |s| s.invite_form("owner"), INVITE),
    step("change to more", |s| s.changing("target", &[s.higher]), |s| s.roles_form("target", &[s.higher]), CHANGE),
    step("change to owner", |s| s.changing("target", &["owner"]), |s| s.roles_form("target", &["owner"]), CHANGE),
    step("change to the same", |s| s.changing("target", &s.same()), |s| s.roles_form("target", &s.same()), CHANGE),
    step("demote the owner", |s| s.changing("owner", &s.same()), |s| s.roles_form("owner", &s.same()), CHANGE),
    step("remove", |s| s.delete(&s.member("target", "")), |s| s.press(&s.row("target", "remove")), REMOVE),
    step("remove the owner", |s| s.delete(&s.member("owner", "")), |s| s.press(&s.row("owner", "remove")), REMOVE),
    step("suspend", |s| s.post(&s.member("target", "/suspend")), |s| s.press(&s.row("target", "suspend")), SUSPEND),
    step("suspend the owner", |s| s.post(&s.member("owner", "/suspend")), |s| s.press(&s.row("owner", "suspend")), SUSPEND),
    step("reinstate", |s| s.post(&s.member("held", "/reinstate")), |s| s.press(&s.row("held", "reinstate")), SUSPEND),
    step("revoke", |s| s.delete(&s.waits("")), |s| s.press(&s.waits("/revoke")), REVOKE),
    step("remind", |s| s.post(&s.waits("/remind")), |s| s.press(&s.waits("/resend")), INVITE),
    step("remind too soon", |s| s.post(&s.is_fresh("/remind")), |s| s.press(&s.is_fresh("/resend")), INVITE),
    step("rename", |s| s.updating("Renamed", &s.slug), |s| s.settings_form("Renamed", &s.slug), UPDATE),
    step("take a slug in use", |s| s.updating("Renamed", "taken"), |s| s.settings_form("Renamed", "taken"), UPDATE),
    step("transfer", |s| s.handing("target"), |s| s.transfer_form("target"), TRANSFER),
    step("transfer to who is suspended", |s| s.handing("held"), |s| s.transfer_form("held"), TRANSFER),
    step("leave", |s| s.post("/leave"), |s| s.press("/leave"), "leave"),
    step("delete", |s| s.delete(""), |s| s.filled("/delete", &[("typed", &s.name())]), DELETE),
];

/// An organization with somebody in every role, somebody to whom things are done, somebody suspended, and two invitations.
struct Scene {
    slug: String,
    org: String,
    higher: &'static str,
    /// Empty: the model fixes it.
    invited_as: String,
    /// What the one to whom things are done holds.
    held: Vec<String>,
    people: BTreeMap<&'static str, Someone>,
    /// Sent over an hour ago, and just now.
    waiting: String,
    fresh: String,
    program: Someone,
}

impl Scene {
    async fn new(server: &Server, system: &'static System, slug: String) -> Self {
        let address = |name: &str| format!("{name}@{slug}.example");
        let rules = &server.app.model().invitation;
        let default: Vec<String> = rules.default.iter().map(ToString::to_string).collect();
        let (invited_as, held) = match rules.role {
            InvitationRole::Fixed => (String::new(), default),
            InvitationRole::Required | InvitationRole::Optional => ("member".to_owned(), vec!["member".to_owned()]),
        };
        let roles: Vec<&str> = held.iter().map(String::as_str).collect();
        let invited: &[&str] = if invited_as.is_empty() { &[] } else { &roles };
        let owner = server.person(&address("owner")).await;
        let org = server.found(&owner, &slug).await;
        let mut people = BTreeMap::from([("stranger", server.person(&address("stranger")).await)]);
        for (name, roles) in system.actors.iter().skip(1) {
            people.insert(*name, server.join(&owner, &org, &address(name), roles).await);
        }
        for name in ["target", "held"] {
            people.insert(name, server.join(&owner, &org, &address(name), &roles).await);
        }
        owner.act(&format!("/v1/organizations/{org}/members/{}/suspend", people["held"].id)).await.is(200);
        let waiting = server.invite(&owner, &org, &address("waiting"), invited).await;
        let program = server.key(Some(&org), &["*"]).await;
        people.insert("owner", owner);
        Self { slug, org, higher: system.higher, invited_as, held, people, waiting, fresh: String::new(), program }
    }
    /// An hour later: another invitation, and everybody signs in anew.
    async fn begin(&mut self, server: &Server) {
        let invited: &[&str] = if self.invited_as.is_empty() { &[] } else { &[self.invited_as.as_str()] };
        self.fresh = server.invite(&self.people["owner"], &self.org, &self.address("fresh"), invited).await;
        for who in self.people.values_mut() {
            *who = server.sign_in(who.user(), &who.address).await;
        }
    }
    fn address(&self, name: &str) -> String {
        format!("{name}@{}.example", self.slug)
    }
    fn same(&self) -> Vec<&str> {
        self.held.iter().map(String::as_str).collect()
    }

    fn name(&self) -> String {
        format!("The {}", self.slug)
    }

    // Requests, below the organization's path.
    fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Request {
        (method, format!("/v1/organizations/{}{path}", self.org), body)
    }
    fn post(&self, path: &str) -> Request {
        self.ask(Method::POST, path, None)
    }
    fn delete(&self, path: &str) -> Request {
        self.ask(Method::DELETE, path, None)
    }
    fn member(&self, name: &str, path: &str) -> String {
        format!("/members/{}{path}", self.people[name].id)
    }
    fn waits(&self, path: &str) -> String {
        format!("/invitations/{}{path}", self.waiting)
    }
    fn is_fresh(&self, path: &str) -> String {
        format!("/invitations/{}{path}", self.fresh)
    }
    fn inviting(&self, role: &str) -> Request {
        let to = self.address("new");
        let body = if role.is_empty() { json!({ "to": to }) } else { json!({ "to": to, "roles": [role] }) };
        self.ask(Method::POST, "/invitations", Some(body))
    }
    fn changing(&self, name: &str, roles: &[&str]) -> Request {
        self.ask(Method::PUT, &self.member(name, "/roles"), Some(json!({ "roles": roles })))
    }
    fn updating(&self, name: &str, slug: &str) -> Request {
        self.ask(Method::PATCH, "", Some(json!({ "name": name, "slug": slug })))
    }
    fn handing(&self, name: &str) -> Request {
        self.ask(Method::POST, "/transfer", Some(json!({ "to": self.people[name].id })))
    }

    // Forms, below the organization's address.
    fn filled(&self, form: &str, fields: &[(&str, &str)]) -> Form {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        (format!("/o/{}{form}", self.slug), fields.collect())
    }
    fn press(&self, form: &str) -> Form {
        self.filled(form, &[])
    }
    fn row(&self, name: &str, form: &str) -> String {
        format!("/people/{}/{form}", self.people[name].id)
    }
    fn invite_form(&self, role: &str) -> Form {
        self.filled("/invite", &[("addresses", &self.address("new")), ("role", role)])
    }
    /// Where roles belong to modules, each module has a field, and so has the top role.
    fn roles_form(&self, name: &str, roles: &[&str]) -> Form {
        let (form, mut fields) = self.filled(&self.row(name, "roles"), &[("confirmed", "1")]);
        for role in roles {
            let field = match role.split_once('.') {
                Some((module, _)) => format!("role[{module}]"),
                None if self.invited_as.is_empty() => "owner".to_owned(),
                None => "role".to_owned(),
            };
            fields.push((field, (*role).to_owned()));
        }
        (form, fields)
    }
    fn settings_form(&self, name: &str, slug: &str) -> Form {
        self.filled("/settings", &[("name", name), ("slug", slug)])
    }
    fn transfer_form(&self, name: &str) -> Form {
        self.filled("/transfer", &[("to", &self.people[name].id), ("typed", &self.name())])
    }

    /// What stands there now: without ids and without what two scenes are called.
    async fn state(&self) -> Value {
        let path = format!("/v1/organizations/{}", self.org);
        let organization = self.program.get(&path).await;
        if organization.status != 200 {
            return json!(organization.status);
        }
        let people = self.program.get(&format!("{path}/members?limit=200")).await.is(200);
        let row = |row: &Value| json!([row["address"], row["status"], row["roles"], row["reminders"]]);
        let rows: Vec<Value> = people["items"].as_array().unwrap().iter().map(row).collect();
        let text = json!([organization["name"], organization["slug"], rows]).to_string();
        serde_json::from_str(&text.replace(&self.slug, "…")).unwrap()
    }
}

/// What a form came to: the page that was shown in the end.
#[derive(Debug)]
struct Came {
    done: bool,
    status: u16,
    page: String,
}

async fn by_api(scene: &Scene, who: &Someone, step: &Step) -> Reply {
    let (method, path, body) = (step.request)(scene);
    who.send(method, &path, &[], body.map(|body| body.to_string())).await
}

async fn by_form(server: &Server, scene: &Scene, who: &Someone, step: &Step) -> Came {
    let mut browser = browser_of(server, who);
    let (form, fields) = (step.form)(scene);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut shown = browser.send_from("/profile", &form, &fields).await;
    let mut led_on = false;
    while shown.status == 303 {
        led_on = true;
        let to = shown.to().to_owned();
        shown = browser.get(&to).await;
    }
    // What was done leads on; what was refused is said above the form, or above the page that it led on to.
    let done = led_on && shown.status == 200 && !shown.body.contains("role=\"alert\"");
    Came { done, status: shown.status, page: shown.body }
}

/// As pages write it.
fn escaped(text: &str) -> String {
    text.replace('&', "&#38;").replace('\'', "&#39;").replace('"', "&#34;").replace('<', "&#60;").replace('>', "&#62;")
}

/// "Only Owner and Admin can invite people."
fn says_who_could(page: &str, reply: &Reply, called: &str) -> bool {
    let who: Vec<&str> = reply["who_could"].as_array().unwrap().iter().map(|who| who.as_str().unwrap()).collect();
    let who = match who.as_slice() {
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
        [] => panic!("nobody could: {}", reply.text),
    };
    page.contains(&format!("Only {who} can {called}."))
}

#[track_caller]
fn assert_alike(cell: &str, api: &Reply, form: &Came, called: &str) {
    assert_eq!(api.status < 300, form.done, "{cell}: the API says {} {}, the page {form:#?}", api.status, api.text);
    if form.done {
        return;
    }
    let said = match (api.status, api["code"].as_str()) {
        (404, _) => form.status == 404,
        (_, Some("not-allowed")) => says_who_could(&form.page, api, called),
        // A page has quotation marks where the API has backticks.
        _ => form.page.replace(['“', '”'], "`").contains(&escaped(api["detail"].as_str().unwrap())),
    };
    assert!(said, "{cell}: the API says {} {}, the page {form:#?}", api.status, api.text);
}

/// Two scenes alike, made anew whenever something was done to them.
async fn scenes(server: &Server, system: &'static System, n: usize) -> [Scene; 2] {
    let mut scenes = [Scene::new(server, system, format!("api-{n}")).await, Scene::new(server, system, format!("web-{n}")).await];
    server.pass(Span::minutes(61));
    for scene in &mut scenes {
        scene.begin(server).await;
    }
    scenes
}

async fn alike(database: &Database, system: &'static System) {
    let server = Server::start(database, system.preset).await;
    server.found(&server.person("taken@example.org").await, "taken").await;
    let (mut n, mut refused) = (0, 0);
    let mut pair = scenes(&server, system, n).await;
    for step in STEPS {
        for actor in system.actors.iter().map(|(name, _)| *name).chain(["stranger"]) {
            let cell = format!("{}: {} as {actor}", system.preset, step.what);
            let [one, other] = &pair;
            let api = by_api(one, &one.people[actor], step).await;
            let form = by_form(&server, other, &other.people[actor], step).await;
            assert_alike(&cell, &api, &form, step.called);
            assert_eq!(one.state().await, other.state().await, "{cell}: done otherwise");
            if form.done {
                n += 1;
                pair = scenes(&server, system, n).await;
            } else {
                refused += 1;
            }
        }
    }
    // Neither all was done nor all refused.
    assert!(n > 12 && refused > 30, "{n} done, {refused} refused");
}

both_databases! {
    async fn l_32_portal_and_api_answer_alike_in_workjet(database) {
        alike(database, &WORKJET).await;
    }
    async fn l_32_portal_and_api_answer_alike_in_pipes(database) {
        alike(database, &PIPES).await;
    }
    async fn l_32_portal_and_api_answer_alike_in_appcircle(database) {
        alike(database, &APPCIRCLE).await;
    }

    /// Both ask for a fresh sign-in before ownership moves or the organization is deleted.
    async fn l_32_portal_and_api_ask_for_a_fresh_sign_in_alike(database) {
        let server = Server::start(database, "pipes").await;
        let [one, other] = scenes(&server, &PIPES, 0).await;
        server.pass(Span::minutes(16));
        for what in ["invite as owner", "change to owner", "transfer", "delete"] {
            let step = STEPS.iter().find(|step| step.what == what).unwrap();
            by_api(&one, &one.people["owner"], step).await.fails(403, "step-up");
            let mut browser = browser_of(&server, &other.people["owner"]);
            let (form, fields) = (step.form)(&other);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let sent = browser.send_from("/profile", &form, &fields).await;
            assert!(sent.status == 303 && sent.to().starts_with("/sign-in/again?"), "{what}: {} {}", sent.status, sent.body);
            assert_eq!(one.state().await, other.state().await, "{what}");
        }
    }
}
