//! The shell around pages: where the model puts the navigation, and which declared pages there are.

use super::{
    inside::{Inside, initial, place_of},
    text,
    view::{Icon, Link, NavEntry, NavGroup, Place, Placement, Shell},
    visit::Visit,
};
use crate::sign_in::page;
use guildhall_access::model::Navigation;
use guildhall_core::{Model, Operation};

/// Most organizations in the switcher; the rest are on their page.
const IN_SWITCHER: usize = 12;

/// The pages of an organization that are built, what opens each, and its icon. A page that a model declares and that isn't here is absent.
const BUILT: &[(&str, Option<Operation>, Icon)] = &[
    ("people", Some(Operation::MemberView), Icon::People),
    ("roles", Some(Operation::RoleView), Icon::Shield),
    ("settings", None, Icon::Settings),
];

/// Whether a page of this key is built: a link to another is left out.
pub(crate) fn is_built(key: &str) -> bool {
    BUILT.iter().any(|(built, _, _)| *built == key)
}

fn placement(visit: &Visit) -> Placement {
    match visit.app.model().pages.navigation {
        Navigation::Sidebar => Placement::Sidebar,
        Navigation::Settings => Placement::Settings,
        Navigation::Tabs => Placement::Tabs,
    }
}

fn yours(model: &Model, current: &str) -> NavGroup {
    let entry = |key: &str, label: &str, href: &str, icon| NavEntry {
        label: label.to_owned(),
        href: href.to_owned(),
        icon,
        current: key == current,
        locked: false,
    };
    NavGroup {
        title: "Yours".to_owned(),
        entries: vec![
            entry("profile", "Profile", "/profile", Icon::Person),
            entry("addresses", "Addresses", "/profile/addresses", Icon::Mail),
            entry("sessions", "Sessions", "/profile/sessions", Icon::Device),
            entry("organizations", &all_of(model), "/organizations", Icon::Organization),
        ],
    }
}

/// "Organizations", in the model's word.
fn all_of(model: &Model) -> String {
    format!("{}s", text::capital(model.words.get("organization")))
}

fn account_links(settings: Option<String>) -> Vec<Link> {
    let link = |label: &str, href: &str, icon| Link { icon: Some(icon), ..Link::new(label, href) };
    let settings = settings.map(|href| link("Settings", &href, Icon::Settings));
    let mut links: Vec<Link> = settings.into_iter().collect();
    links.push(link("Profile", "/profile", Icon::Person));
    links.push(link("Addresses", "/profile/addresses", Icon::Mail));
    links.push(link("Sessions", "/profile/sessions", Icon::Device));
    links
}

fn shell(visit: &Visit, place: Place, groups: Vec<NavGroup>, settings: Option<String>) -> Shell {
    let model = visit.app.model();
    let all = visit.mine.iter().map(|mine| place_of(model, mine, place.href == format!("/o/{}", mine.slug)));
    let (present, others): (Vec<Place>, Vec<Place>) = all.partition(|place| place.current);
    let organizations = present.into_iter().chain(others).take(IN_SWITCHER).collect();
    let all_of_them =
        Link { icon: Some(Icon::Organization), ..Link::new(&format!("All {}s", model.words.get("organization")), "/organizations") };
    Shell {
        placement: placement(visit),
        place,
        organizations,
        organization_links: vec![all_of_them],
        groups,
        product_links: Vec::new(),
        account: visit.person(),
        account_links: account_links(settings),
        sign_out: "/sign-out".to_owned(),
    }
}

impl Visit {
    /// The shell of a page of their own.
    pub(crate) fn shell(&self, current: &str) -> Shell {
        let product = page::product(&self.app);
        let place = Place { initial: initial(&product), name: product, href: "/".to_owned(), note: String::new(), current: false };
        shell(self, place, vec![yours(self.app.model(), current)], None)
    }
}

impl Inside {
    /// The built pages of the organization that they may see, in the model's order.
    fn entries(&self, current: &str) -> Vec<NavEntry> {
        let pages = &self.model().pages;
        let built = pages.order.iter().filter_map(|key| BUILT.iter().find(|(built, _, _)| built == key));
        let open = built.filter(|(_, needs, _)| needs.is_none_or(|operation| self.may(operation)));
        open.map(|(key, _, icon)| NavEntry {
            label: self.title_of(key, key),
            href: self.at(key),
            icon: *icon,
            current: *key == current,
            locked: false,
        })
        .collect()
    }
    /// The first page they may see: where the organization's own address leads.
    pub(crate) fn home(&self) -> String {
        self.entries("").into_iter().next().map_or_else(|| self.at("settings"), |entry| entry.href)
    }
    /// The shell of a page of the organization; `current` is the page's key.
    pub(crate) fn shell(&self, current: &str) -> Shell {
        let place =
            Place { name: self.name().to_owned(), initial: initial(self.name()), href: self.at(""), note: String::new(), current: true };
        let mut groups = vec![NavGroup { title: self.name().to_owned(), entries: self.entries(current) }];
        let in_settings = self.model().pages.navigation == Navigation::Settings;
        if in_settings {
            groups.push(yours(self.model(), current));
        }
        shell(&self.visit, place, groups, in_settings.then(|| self.home()))
    }
}
