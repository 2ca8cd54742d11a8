//! A team whose people each have a browser.

use crate::{
    browser::{Browser, Shown},
    harness::{Server, Someone},
};
use guildhall_testkit::Database;

/// A browser in which this person is signed in.
pub(crate) fn browser_of(server: &Server, who: &Someone) -> Browser {
    let mut browser = Browser::new(server, "Firefox");
    let cookie = who.cookie();
    let (name, value) = cookie.split_once('=').unwrap();
    browser.cookies.insert(name.to_owned(), value.to_owned());
    browser
}

/// An owner, an admin and a member of Northwind; in models without these roles, whatever the model has.
pub(crate) struct Team {
    pub server: Server,
    pub org: String,
    pub owner: Someone,
    pub ann: Browser,
}

pub(crate) const PEOPLE: &str = "/o/northwind/people";

impl Team {
    pub(crate) async fn new(database: &Database, preset: &str) -> Self {
        let server = Server::start(database, preset).await;
        let owner = server.person("ann@northwind.example").await;
        let org = server.found(&owner, "northwind").await;
        let mut ann = browser_of(&server, &owner);
        assert_eq!(ann.get(PEOPLE).await.status, 200);
        Self { server, org, owner, ann }
    }
    /// Somebody who joined, and their browser.
    pub(crate) async fn joined(&self, address: &str, roles: &[&str]) -> (Someone, Browser) {
        let who = self.server.join(&self.owner, &self.org, address, roles).await;
        let browser = browser_of(&self.server, &who);
        (who, browser)
    }
}

impl Browser {
    /// Sends a form of the page at `page`, which is looked at first.
    pub(crate) async fn send_from(&mut self, page: &str, to: &str, fields: &[(&str, &str)]) -> Shown {
        self.get(page).await;
        self.post(to, fields).await
    }
    /// Follows a mailed link, whose token leaves the address at once, to the page behind it.
    pub(crate) async fn follow_link(&mut self, link: &str) -> Shown {
        let sent = self.get(link).await;
        assert_eq!(sent.status, 303, "{link} answered {}", sent.body);
        let page = sent.to().to_owned();
        assert!(link.starts_with(&format!("{page}.")), "{page} has no token, and {link} has one");
        self.get(&page).await
    }
    /// The same, and the page it leads to.
    pub(crate) async fn follow(&mut self, page: &str, to: &str, fields: &[(&str, &str)]) -> Shown {
        let sent = self.send_from(page, to, fields).await;
        assert_eq!(sent.status, 303, "{to} answered {}", sent.body);
        let next = sent.to().to_owned();
        self.get(&next).await
    }
}

/// The row that speaks of this text.
#[track_caller]
pub(crate) fn row(shown: &Shown, text: &str) -> String {
    let found = shown.body.split("<tr role=\"row\"").find(|row| row.contains(text));
    found.unwrap_or_else(|| panic!("no row with {text:?} in {}", shown.body)).split("</tr>").next().unwrap().to_owned()
}

/// Where the first form, else the first link, of this text that contains `part` leads.
#[track_caller]
pub(crate) fn address(text: &str, part: &str) -> String {
    let marks = [" action=\"", " href=\""];
    let all = marks.iter().flat_map(|mark| text.split(mark).skip(1)).map(|rest| rest.split('"').next().unwrap());
    let found = all.into_iter().find(|address| address.contains(part));
    found.unwrap_or_else(|| panic!("nothing leads to {part:?} in {text}")).replace("&amp;", "&").replace("&#38;", "&")
}
