//! How many people the list's filters match, as far as it is known cheaply.

use super::asked::Asked;
use crate::{
    Failure, members,
    portal::{inside::Inside, text, view::people::AllMatching},
};
use guildhall_store::{MOST_ROWS, MemberCounts, MemberQuery, MemberRow, MemberStatus, Page};
use std::iter;

/// Where more belong here than this, nobody looks further than the page.
const MANY: u64 = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matching {
    Exactly(u64),
    MoreThan(u64),
}

impl Matching {
    /// Counted already, all on this page, or few enough to look.
    pub(super) async fn of(inside: &Inside, asked: &Asked, counts: &MemberCounts, page: &Page<MemberRow>) -> Result<Self, Failure> {
        if asked.q.trim().is_empty() && asked.role.is_empty() {
            return Ok(Self::Exactly(with_status(counts, asked.status())));
        }
        let n = |rows: &[MemberRow]| u64::try_from(rows.len()).unwrap_or(u64::MAX);
        if page.previous.is_none() && page.next.is_none() {
            return Ok(Self::Exactly(n(&page.rows)));
        }
        if with_status(counts, None) > MANY {
            return Ok(Self::MoreThan(u64::from(super::PER_PAGE)));
        }
        let query = asked.query(MOST_ROWS);
        let found = members::list(inside.app(), &inside.visit.who, inside.id(), &query).await?.page;
        Ok(if found.next.is_none() { Self::Exactly(n(&found.rows)) } else { Self::MoreThan(u64::from(MOST_ROWS)) })
    }
    /// Everybody else who matches, for what acts on all of them: counted, or looked through page by page.
    pub(super) async fn others(inside: &Inside, asked: &Asked) -> Result<Self, Failure> {
        let (app, who) = (inside.app(), &inside.visit.who);
        let counts = members::count(app, who, inside.id()).await?;
        if asked.q.trim().is_empty() && asked.role.is_empty() {
            let me = u64::from(asked.status().is_none_or(|status| status == MemberStatus::Joined));
            return Ok(Self::Exactly(with_status(&counts, asked.status()).saturating_sub(me)));
        }
        let (mut n, mut after) = (0_u64, None);
        while n < MANY {
            let query = MemberQuery { after, ..asked.query(MOST_ROWS) };
            let page = members::list(app, who, inside.id(), &query).await?.page;
            let others = page.rows.iter().filter(|row| row.member != Some(inside.visit.id()));
            n += u64::try_from(others.count()).unwrap_or(u64::MAX);
            after = page.next;
            if after.is_none() {
                return Ok(Self::Exactly(n));
            }
        }
        Ok(Self::MoreThan(MANY))
    }
    /// Under the list, of which invitations are rows too: "41 people and 3 invitations", "44 found".
    pub(super) fn counted(self, asked: &Asked, counts: &MemberCounts) -> String {
        match self {
            Self::Exactly(n) if asked.is_filtered() => format!("{} found", text::grouped(n)),
            Self::Exactly(_) => {
                let invitations = counts.invited + counts.expired + counts.declined;
                let people = text::count(counts.joined + counts.suspended, "person", "people");
                let invitations = (invitations > 0).then(|| text::count(invitations, "invitation", "invitations"));
                text::and(&iter::once(people).chain(invitations).collect::<Vec<_>>())
            }
            Self::MoreThan(n) => format!("More than {} found", text::grouped(n)),
        }
    }
    /// In the bulk bar: "All 44 that match", "All 44".
    pub(super) fn all(self, asked: &Asked) -> AllMatching {
        let (all, n) = match self {
            Self::Exactly(n) => (format!("All {}", text::grouped(n)), text::grouped(n)),
            Self::MoreThan(_) => ("All".to_owned(), "All".to_owned()),
        };
        let which = if asked.is_filtered() { " that match" } else { "" };
        AllMatching { label: format!("{all}{which}"), n }
    }
}

fn with_status(counts: &MemberCounts, status: Option<MemberStatus>) -> u64 {
    match status {
        None => counts.joined + counts.suspended + counts.invited + counts.expired + counts.declined,
        Some(MemberStatus::Joined) => counts.joined,
        Some(MemberStatus::Suspended) => counts.suspended,
        Some(MemberStatus::Invited) => counts.invited,
        Some(MemberStatus::Expired) => counts.expired,
        Some(MemberStatus::Declined) => counts.declined,
    }
}
