//! What the people page's address asks for: filters, order, and the place in the list.

use super::rows;
use crate::portal::inside::Inside;
use guildhall_core::{Model, RoleKey};
use guildhall_store::{MemberQuery, MemberSort, MemberStatus};
use serde::Deserialize;

/// What the address asks for. What it doesn't understand is left out.
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
}

const SORTS: &[(&str, MemberSort)] =
    &[("name", MemberSort::Name), ("role", MemberSort::Role), ("status", MemberSort::Status), ("active", MemberSort::LastActive)];

impl Asked {
    /// Without a role that isn't one, and without what no name or address holds.
    pub(crate) fn known_to(mut self, model: &Model) -> Self {
        if model.role(&RoleKey::new(&self.role)).is_none() {
            self.role.clear();
        }
        self.q.retain(|c| !c.is_control());
        self
    }
    pub(super) fn order(&self) -> &str {
        let asked = if self.sort.is_empty() { self.order.as_str() } else { self.sort.as_str() };
        if SORTS.iter().any(|(key, _)| *key == asked.trim_start_matches('-')) { asked } else { "name" }
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
