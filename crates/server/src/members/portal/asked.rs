//! What the people page's address asks for: filters, order, and the place in the list.

use super::rows;
use crate::{App, Failure, api::cursor, portal::inside::Inside};
use guildhall_core::{Model, RoleKey};
use guildhall_store::{MemberQuery, MemberSort, MemberStatus};
use serde::Deserialize;

/// What the address asks for. What can't be read is left out and remembered, so that it can be said.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub q: String,
    pub role: String,
    pub status: String,
    /// What a head sends; wins over `order`, which the filters carry along.
    sort: String,
    order: String,
    pub after: String,
    pub before: String,
    #[serde(skip)]
    unread: Vec<Unread>,
}

/// A part of the address that names nothing.
#[derive(Clone, Debug)]
struct Unread {
    field: &'static str,
    why: String,
}

const SORTS: &[(&str, MemberSort)] =
    &[("name", MemberSort::Name), ("role", MemberSort::Role), ("status", MemberSort::Status), ("active", MemberSort::LastActive)];

/// Whether a list can be sorted by it; with a minus, from its end.
fn is_order(text: &str) -> bool {
    let key = text.strip_prefix('-').unwrap_or(text);
    SORTS.iter().any(|(sort, _)| *sort == key)
}

impl Asked {
    /// Without what isn't there, and without what no name or address holds.
    pub(crate) fn known_to(mut self, model: &Model) -> Self {
        self.q.retain(|c| !c.is_control());
        if model.role(&RoleKey::new(&self.role)).is_none() {
            self.leave_out("role", |asked| &mut asked.role);
        }
        if self.status().is_none() {
            self.leave_out("status", |asked| &mut asked.status);
        }
        if !is_order(&self.sort) {
            self.leave_out("sort", |asked| &mut asked.sort);
        }
        if !is_order(&self.order) {
            self.leave_out("order", |asked| &mut asked.order);
        }
        self
    }
    fn leave_out(&mut self, field: &'static str, of: fn(&mut Self) -> &mut String) {
        let value = std::mem::take(of(self));
        if !value.is_empty() {
            let start: String = value.chars().take(40).collect();
            self.unread.push(Unread { field, why: format!("there is no {field} “{start}”") });
        }
    }
    /// The question to the store, from the place it names; from the beginning where that can't be found.
    pub(super) fn query_here(&mut self, app: &App, list: &str, limit: u32) -> MemberQuery {
        let mut open = |field, text: &str| {
            let opened = (!text.is_empty()).then(|| cursor::open(app, list, field, text))?;
            if opened.is_err() {
                self.unread.push(Unread { field, why: "it names no place in this list, which is shown from its start".to_owned() });
            }
            opened.ok()
        };
        let (after, before) = (open("after", &self.after), open("before", &self.before));
        MemberQuery { after, before, ..self.query(limit) }
    }
    /// What to say above the list about what was left out.
    pub(super) fn left_out(&self) -> Option<String> {
        let mut why: Vec<&str> = self.unread.iter().map(|unread| unread.why.as_str()).collect();
        why.dedup();
        (!why.is_empty()).then(|| format!("Not all of this page's address could be read: {}.", why.join("; ")))
    }
    /// For what acts on everybody who matches: less asked for would be more people.
    pub(super) fn must_be_read(&self) -> Result<(), Failure> {
        match self.unread.first() {
            Some(unread) => Err(Failure::rejected(format!("?{}", unread.field), unread.why.clone())),
            None => Ok(()),
        }
    }
    pub(super) fn order(&self) -> &str {
        let asked = if self.sort.is_empty() { self.order.as_str() } else { self.sort.as_str() };
        if is_order(asked) { asked } else { "name" }
    }
    pub(super) fn is_filtered(&self) -> bool {
        !self.q.trim().is_empty() || !self.role.is_empty() || self.status().is_some()
    }
    pub(super) fn status(&self) -> Option<MemberStatus> {
        rows::STATUSES.iter().find(|(key, _)| *key == self.status).map(|(_, status)| *status)
    }
    /// The filters, without the place in the list.
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        let mut pairs = Vec::new();
        for (name, value) in [("q", self.q.trim()), ("role", &self.role), ("status", &self.status)] {
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        if self.order() != "name" {
            pairs.push(("sort", self.order()));
        }
        pairs
    }
    /// The question to the store, from the beginning.
    pub(crate) fn query(&self, limit: u32) -> MemberQuery {
        let order = self.order();
        let sort = SORTS.iter().find(|(key, _)| *key == order.trim_start_matches('-')).map_or(MemberSort::Name, |(_, sort)| *sort);
        MemberQuery {
            search: Some(self.q.trim().to_owned()).filter(|q| !q.is_empty()),
            role: Some(RoleKey::new(&self.role)).filter(|_| !self.role.is_empty()),
            status: self.status(),
            sort,
            descending: order.starts_with('-'),
            limit,
            ..MemberQuery::default()
        }
    }
    /// The name of this list, for its cursors: another order is another list.
    pub(super) fn list(&self, inside: &Inside) -> String {
        format!("portal people {} {}", inside.id(), self.order())
    }
}
