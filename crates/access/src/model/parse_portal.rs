//! What is built on the tables: modules, kinds of resources, features and plans, and the portal's pages.

use super::{
    Feature, Module, Navigation, Pages, PeoplePage, Plan, RemoveWay, ResendWay, ResourceAction, ResourceKind, RoleChangeWay,
    error::{Problems, expected},
    parse::{KINDS, role_keys},
    parse_matrix::{Matrix, check_id, operations},
    read::{Table, Value},
};
use crate::RoleKey;
use std::{collections::BTreeMap, fmt::Write as _};
use toml::de::DeValue;

/// The administrative pages, by key, with the title they have unless a model gives another.
pub(super) const PAGES: &[(&str, &str)] = &[
    ("people", "People"),
    ("organizations", "Organizations"),
    ("workspaces", "Workspaces"),
    ("teams", "Teams"),
    ("roles", "Roles"),
    ("security", "Security"),
    ("reviews", "Access reviews"),
    ("domains", "Domains"),
    ("audit", "Audit log"),
    ("keys", "API keys"),
    ("oauth_clients", "OAuth clients"),
    ("usage", "Usage"),
    ("credits", "Credits"),
    ("billing", "Billing"),
    ("export", "Export"),
    ("settings", "Settings"),
];

const ACTIONS: &[(&str, ResourceAction)] = &[
    ("view", ResourceAction::View),
    ("create", ResourceAction::Create),
    ("edit", ResourceAction::Edit),
    ("delete", ResourceAction::Delete),
    ("share", ResourceAction::Share),
    ("set_default", ResourceAction::SetDefault),
];

pub(super) struct Portal {
    pub(super) modules: Vec<Module>,
    pub(super) resources: Vec<ResourceKind>,
    pub(super) features: Vec<Feature>,
    pub(super) plans: Vec<Plan>,
    pub(super) review_suggest_after: Vec<String>,
    pub(super) pages: Pages,
}

pub(super) fn parse(file: &mut Table<'_>, matrix: &Matrix, problems: &mut Problems<'_>) -> Portal {
    let mut modules = each(file, "modules", problems, module);
    let resources = each(file, "resources", problems, |id, table, problems| resource(id, table, matrix, problems));
    let features = each(file, "features", problems, |id, table, problems| feature(id, table, &modules, problems));
    for feature in &features {
        for module in modules.iter_mut().filter(|module| feature.locked_modules.contains(&module.key)) {
            module.feature = Some(feature.key.clone());
        }
    }
    let plans = each(file, "plans", problems, plan);
    let review_suggest_after = match file.table("review", problems) {
        None => Vec::new(),
        Some(mut table) => {
            let words = [("role_change", "role_change"), ("removal", "removal")];
            let after = table.choices("suggest_after", &words, problems).unwrap_or_default();
            table.finish(problems);
            after.into_iter().map(str::to_owned).collect()
        }
    };
    let pages = pages(file.table("pages", problems), &resources, problems);
    Portal { modules, resources, features, plans, review_suggest_after, pages }
}

/// Reads every table of a section whose keys are the author's ids.
fn each<T>(
    file: &mut Table<'_>,
    section: &'static str,
    problems: &mut Problems<'_>,
    read: impl Fn(&str, Table<'_>, &mut Problems<'_>) -> T,
) -> Vec<T> {
    let Some(mut table) = file.table(section, problems) else { return Vec::new() };
    let mut things = Vec::new();
    for (id, value) in table.take_rest(problems) {
        check_id(id, &value, problems);
        let Some(table) = value.table(problems) else { continue };
        things.push(read(id, table, problems));
    }
    things
}

fn module(id: &str, mut table: Table<'_>, problems: &mut Problems<'_>) -> Module {
    let module = Module {
        key: id.to_owned(),
        title: table.required("title", problems),
        roles: role_keys(table.strings("roles", problems)),
        feature: None,
    };
    table.finish(problems);
    module
}

fn resource(id: &str, mut table: Table<'_>, matrix: &Matrix, problems: &mut Problems<'_>) -> ResourceKind {
    let title = table.required("title", problems);
    let schema = table.take("schema", problems);
    let schema = schema.map_or_else(|| "{\"type\":\"object\"}".to_owned(), |value| json_of(&value, problems));
    let has_default = table.flag("default", problems).unwrap_or_default();
    let mut actions = BTreeMap::new();
    for (name, kind) in KINDS {
        let Some(mut rows) = table.table(name, problems) else { continue };
        for (name, action) in ACTIONS {
            let Some(permission) = rows.string(name, problems) else { continue };
            let Some(ix) = matrix.permission_ix(&permission) else {
                let known = matrix.permissions.iter().map(|permission| permission.key.as_str());
                problems.at(&rows.below(name), format!("undeclared permission `{permission}`"), expected(&permission, known));
                continue;
            };
            actions.insert((*kind, *action), ix);
        }
        rows.finish(problems);
    }
    table.finish(problems);
    ResourceKind { key: id.to_owned(), title, schema, has_default, actions }
}

fn json_of(value: &Value<'_>, problems: &mut Problems<'_>) -> String {
    if !value.raw.is_table() {
        value.wrong("a JSON Schema, written as a table", problems);
    }
    let mut json = String::new();
    write_json(value.raw, &mut json);
    json
}

fn write_json(value: &DeValue<'_>, json: &mut String) {
    match value {
        DeValue::String(text) => write_json_text(text, json),
        DeValue::Integer(number) => json.push_str(number.as_str()),
        DeValue::Float(number) => json.push_str(number.as_str()),
        DeValue::Boolean(flag) => json.push_str(if *flag { "true" } else { "false" }),
        DeValue::Datetime(time) => write_json_text(&time.to_string(), json),
        DeValue::Array(items) => {
            json.push('[');
            for (n, item) in items.iter().enumerate() {
                json.push_str(if n == 0 { "" } else { "," });
                write_json(item.get_ref(), json);
            }
            json.push(']');
        }
        DeValue::Table(table) => {
            json.push('{');
            for (n, (key, item)) in table.iter().enumerate() {
                json.push_str(if n == 0 { "" } else { "," });
                write_json_text(key.get_ref(), json);
                json.push(':');
                write_json(item.get_ref(), json);
            }
            json.push('}');
        }
    }
}

fn write_json_text(text: &str, json: &mut String) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            c if c.is_control() => _ = write!(json, "\\u{:04x}", u32::from(c)),
            c => json.push(c),
        }
    }
    json.push('"');
}

fn feature(id: &str, mut table: Table<'_>, modules: &[Module], problems: &mut Problems<'_>) -> Feature {
    let title = table.required("title", problems);
    let unlock = table.required("unlock", problems);
    let (mut locked_operations, mut locked_modules, mut locked_resources) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(mut locks) = table.table("locks", problems) {
        let path = locks.below("operations");
        let names = locks.strings("operations", problems).unwrap_or_default();
        locked_operations = operations(&names, &path, problems);
        if let Some(value) = locks.take("modules", problems) {
            locked_modules = match value.raw.as_str() {
                Some("all") => modules.iter().map(|module| module.key.clone()).collect(),
                _ => value.strings(problems).unwrap_or_default(),
            };
        }
        locked_resources = locks.strings("resources", problems).unwrap_or_default();
        locks.finish(problems);
    }
    table.finish(problems);
    Feature { key: id.to_owned(), title, locked_operations, locked_modules, locked_resources, unlock }
}

fn plan(id: &str, mut table: Table<'_>, problems: &mut Problems<'_>) -> Plan {
    let plan = Plan {
        key: id.to_owned(),
        title: table.required("title", problems),
        default: table.flag("default", problems).unwrap_or_default(),
        features: table.strings("features", problems).unwrap_or_default(),
        seats: table.number("seats", 1..=u32::MAX, problems),
    };
    table.finish(problems);
    plan
}

fn pages(table: Option<Table<'_>>, resources: &[ResourceKind], problems: &mut Problems<'_>) -> Pages {
    let navigation = [("sidebar", Navigation::Sidebar), ("settings", Navigation::Settings), ("tabs", Navigation::Tabs)];
    let mut pages = Pages {
        navigation: Navigation::Sidebar,
        order: Vec::new(),
        titles: BTreeMap::new(),
        people: PeoplePage::plain("People"),
        workspace_people: None,
        security: None,
    };
    let Some(mut table) = table else {
        problems.at("", "`[pages]` is missing", "write one, with at least `navigation` and `order`");
        return pages;
    };
    pages.navigation = table.choice("navigation", &navigation, problems).unwrap_or(pages.navigation);
    pages.order = table.strings("order", problems).unwrap_or_default();
    if let Some(page) = table.table("people", problems) {
        pages.people = people_page(page, problems);
    }
    pages.workspace_people = table.table("workspace_people", problems).map(|page| people_page(page, problems));
    pages.titles.insert("people".to_owned(), pages.people.title.clone());
    if let Some(mut page) = table.table("security", problems) {
        let title = page.required("title", problems);
        pages.titles.insert("security".to_owned(), title.clone());
        pages.security = Some((title, page.string("under", problems)));
        page.finish(problems);
    }
    let known = || PAGES.iter().map(|(key, _)| *key).chain(resources.iter().map(|kind| kind.key.as_str()));
    for (id, value) in table.take_rest(problems) {
        if !known().any(|key| key == id) {
            problems.at(&value.path, format!("unknown page `{id}`"), expected(id, known()));
        }
        let Some(mut page) = value.table(problems) else { continue };
        pages.titles.insert(id.to_owned(), page.required("title", problems));
        page.finish(problems);
    }
    for (n, key) in pages.order.iter().enumerate() {
        let own = resources.iter().find(|kind| kind.key == *key).map(|kind| kind.title.as_str());
        let default = own.or_else(|| PAGES.iter().find(|(page, _)| page == key).map(|(_, title)| *title));
        let Some(default) = default else {
            problems.at(&format!("pages/order/{n}"), format!("unknown page `{key}`"), expected(key, known()));
            continue;
        };
        pages.titles.entry(key.clone()).or_insert_with(|| default.to_owned());
    }
    if pages.security.is_none() && pages.order.iter().any(|key| key == "security") {
        pages.security = Some(("Security".to_owned(), None));
    }
    pages
}

impl PeoplePage {
    fn plain(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            ways: Vec::new(),
            role_change: vec![RoleChangeWay::Menu],
            role_confirm: false,
            remove: vec![RemoveWay::Menu],
            resend: ResendWay::Text,
            links: Vec::new(),
            fields: Vec::new(),
        }
    }
}

fn people_page(mut table: Table<'_>, problems: &mut Problems<'_>) -> PeoplePage {
    let change = [("menu", RoleChangeWay::Menu), ("edit", RoleChangeWay::Edit), ("dialog", RoleChangeWay::Dialog)];
    let remove =
        [("button", RemoveWay::Button), ("menu", RemoveWay::Menu), ("trash", RemoveWay::Trash), ("role_menu", RemoveWay::RoleMenu)];
    let mut page = PeoplePage::plain(&table.required("title", problems));
    let ways = table.choices("ways", &[("settings", "settings"), ("panel", "panel")], problems);
    page.ways = ways.unwrap_or_default().into_iter().map(str::to_owned).collect();
    page.role_change = table.choices("role_change", &change, problems).unwrap_or(page.role_change);
    page.role_confirm = table.flag("role_confirm", problems).unwrap_or_default();
    page.remove = table.choices("remove", &remove, problems).unwrap_or(page.remove);
    let resend = table.choice("resend", &[("bell", ResendWay::Bell), ("text", ResendWay::Text)], problems);
    page.resend = resend.unwrap_or(page.resend);
    page.links = table.strings("links", problems).unwrap_or_default();
    if let Some(mut fields) = table.table("fields", problems) {
        for (role, value) in fields.take_rest(problems) {
            page.fields.extend(value.string(problems).map(|label| (RoleKey::new(role), label)));
        }
    }
    table.finish(problems);
    page
}
