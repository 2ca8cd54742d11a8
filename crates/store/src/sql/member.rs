//! Lists of people: members and invitations of a scope on one page, sorted, filtered, searched.
//!
//! Without filters the page is read along the index of its order, and the last one costs what the first does. Where a filter matches few,
//! those few are gathered and sorted. Where it matches many, the order is followed in strides until the page is full: by name, the order
//! of what the words find. Which of these, a count that stops early says.

use super::{
    directory::{DECLINED, INVITATION, JOINED, MEMBER, PENDING, SUSPENDED},
    outbox::Delivery,
    page::{Cursor, Page, Window},
};
use crate::{
    Fault, Store,
    db::{Row, Statement, Value},
    sql::state::values,
};
use guildhall_core::{InvitationId, Permit, RoleKey, Timestamp, UserId, invitation, op};

mod filter;
mod pending;
pub(crate) mod statement;

use filter::{Asked, Filter, Stride, Way};
use statement as sql;

/// What matches fewer than so many is gathered.
pub(crate) const FEW: i64 = 4_000;
/// By name, what words find is sorted where they are fewer than so many: that reads no rows.
pub(crate) const SORTED: i64 = 10_000;
/// How many rows a stride reads after the first.
const NEXT_STRIDES: i64 = 4_000;

/// What a list of people is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemberSort {
    #[default]
    Name,
    /// In the order of the model's roles.
    Role,
    /// Joined, invited, expired, suspended, declined.
    Status,
    LastActive,
    JoinedAt,
}

/// Where a member or an invitation stands, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberStatus {
    Joined,
    Suspended,
    Invited,
    Expired,
    Declined,
}

/// Members, invitations, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    #[default]
    All,
    /// For who may not see invitations.
    Members,
    Invitations,
}

/// Which rows, in which order, from where.
#[derive(Clone, Debug, Default)]
pub struct MemberQuery {
    pub rows: Rows,
    /// The beginnings of words of name, handle and address; all of them must match.
    pub search: Option<String>,
    pub role: Option<RoleKey>,
    pub status: Option<MemberStatus>,
    pub sort: MemberSort,
    pub descending: bool,
    pub after: Option<Cursor>,
    pub before: Option<Cursor>,
    /// At most [`super::page::MOST`]; 0 is taken as 1.
    pub limit: u32,
}

/// A person or an invitation, as a row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// `None`: an invitation.
    pub member: Option<UserId>,
    pub invitation: Option<InvitationId>,
    pub name: Option<String>,
    pub handle: Option<String>,
    /// The primary address, or the one invited, as typed. Who was invited by handle shows the handle only, until they accept.
    pub address: Option<String>,
    pub roles: Vec<RoleKey>,
    pub status: MemberStatus,
    /// To the hour.
    pub last_active_at: Option<Timestamp>,
    pub joined_at: Option<Timestamp>,
    pub invited_by: Option<InvitedBy>,
    pub expires_at: Option<Timestamp>,
    /// When the invitation or its last reminder was sent.
    pub sent_at: Option<Timestamp>,
    pub reminders: u32,
    /// From when on a reminder may be sent; `None`: none may any more.
    pub next_reminder_at: Option<Timestamp>,
    /// What became of the newest mail of a pending invitation, while that is kept.
    pub delivery: Option<Delivery>,
    /// It is pending, and can't be accepted until somebody who may invites again.
    pub needs_renewal: bool,
    /// The revision that last changed it: its `ETag`.
    pub revision: u64,
}

/// The person who invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitedBy {
    pub id: UserId,
    pub name: Option<String>,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberCounts {
    pub joined: u64,
    pub suspended: u64,
    pub invited: u64,
    pub expired: u64,
    pub declined: u64,
}

impl Store {
    /// A page of the people of the permit's scope: members and listed invitations, one order, no person twice or missed while others join.
    pub async fn list_members(&self, permit: &Permit<op::MemberView>, query: &MemberQuery) -> Result<Page<MemberRow>, Fault> {
        let order = order_of(query.sort);
        let window = Window::new(order, query.descending, query.after.as_ref(), query.before.as_ref(), query.limit);
        let Some((tenant, scope)) = permit.scope() else { return Ok(window.page(Vec::new())) };
        let now = self.now();
        let mut filter = Filter::of(query, now);
        // Words were typed, and none of them can be found by.
        if query.search.as_deref().is_some_and(|search| !search.trim().is_empty()) && filter.words.is_empty() {
            return Ok(window.page(Vec::new()));
        }
        let base = |from: &Cursor| values![tenant, scope, i64::from(order), from.key, &from.text, from.id, now];
        let rows = if filter.asks() {
            match self.way(query.sort, window.ascending, &mut filter, [tenant.into(), scope.into()]).await? {
                Way::Gather(few) => self.db().query(few, &[base(&window.from), filter.values(), values![window.fetch()]].concat()).await?,
                Way::Strides(strides) => self.stride(strides, query.sort, &window, &filter, base).await?,
            }
        } else {
            let walk = sql::walk(query.sort, window.ascending);
            self.db().query(walk, &[base(&window.from), values![window.fetch()]].concat()).await?
        };
        let rows = rows.iter().map(|row| Ok((cursor(row, query.sort)?, self.member(row, now)?))).collect::<Result<_, Fault>>()?;
        let mut page = window.page(rows);
        self.note_pending(tenant, &mut page.rows).await?;
        Ok(page)
    }
    /// Follows the order, stride by stride, until the page is full.
    async fn stride(
        &self,
        [mut stride, further]: [Stride; 2],
        sort: MemberSort,
        window: &Window,
        filter: &Filter,
        base: impl Fn(&Cursor) -> Vec<Value>,
    ) -> Result<Vec<Row>, Fault> {
        let (mut from, mut wanted) = (window.from.clone(), window.fetch());
        let mut length = stride.first(wanted, filter);
        let mut rows = Vec::new();
        loop {
            let Asked { rows: walk, filters, more, end, end_filters } = stride.asked(sort, window.ascending, filter);
            let found = self.db().query(walk, &[base(&from), filters, values![length, wanted], more].concat()).await?;
            wanted -= i64::try_from(found.len()).unwrap_or(wanted);
            rows.extend(found);
            if wanted <= 0 {
                return Ok(rows);
            }
            let last = self.db().query_one(end, &[base(&from), end_filters, values![length - 1]].concat()).await?;
            let Some(last) = last else { return Ok(rows) };
            from = cursor(&last, sort)?;
            (stride, length) = (further, NEXT_STRIDES);
        }
    }
    /// How to come by the page: what is rare enough is gathered. Puts the rarest word first.
    async fn way(&self, sort: MemberSort, ascending: bool, filter: &mut Filter, place: [Value; 2]) -> Result<Way, Fault> {
        let [tenant, scope] = place;
        let count = |values: &[Value], most: i64| [&[tenant.clone(), scope.clone()], values, &[most.into()]].concat();
        let by_name = sort == MemberSort::Name && !filter.words.is_empty();
        let most = if by_name { SORTED } else { FEW };
        let mut counted = Vec::new();
        for (from, to) in filter.words.drain(..) {
            let n = self.count(&sql::COUNT_WORD, &count(&values![&from, &to], most)).await?;
            counted.push((n, (from, to)));
        }
        counted.sort();
        let rarest = counted.first().map_or(most, |(n, _)| *n);
        filter.n_rare = counted.iter().filter(|(n, _)| *n < most).count();
        filter.words.extend(counted.into_iter().map(|(_, word)| word));
        if rarest < most {
            let found = Way::Strides([Stride::OfFound; 2]);
            return Ok(if by_name { found } else { Way::Gather(sql::gather_words(ascending)) });
        }
        if !filter.role.is_empty() && self.count(&sql::COUNT_ROLE, &count(&values![&filter.role], FEW)).await? < FEW {
            return Ok(Way::Gather(sql::gather_role(ascending)));
        }
        let (from, to) = filter.status;
        if from == to && self.count(&sql::COUNT_STATUS, &count(&values![from], FEW)).await? < FEW {
            return Ok(Way::Gather(sql::gather_status(ascending)));
        }
        // Words that find so many mostly fill a page soon. If not, what they find may all lie at the end.
        let further = if by_name { Stride::OfFound } else { Stride::OfAll };
        Ok(Way::Strides([Stride::OfAll, further]))
    }
    async fn count(&self, statement: &'static Statement, values: &[Value]) -> Result<i64, Fault> {
        self.db().query_one(statement, values).await?.map_or(Ok(0), |row| row.int("n"))
    }
    /// One member of the permit's scope.
    pub async fn find_member(&self, permit: &Permit<op::MemberView>, member: UserId) -> Result<Option<MemberRow>, Fault> {
        self.one(permit, member.uuid(), MEMBER).await
    }
    /// One listed invitation of the permit's scope, as its row.
    pub async fn find_invited(&self, permit: &Permit<op::MemberView>, invitation: InvitationId) -> Result<Option<MemberRow>, Fault> {
        self.one(permit, invitation.uuid(), INVITATION).await
    }
    async fn one(&self, permit: &Permit<op::MemberView>, id: uuid::Uuid, kind: i64) -> Result<Option<MemberRow>, Fault> {
        let Some((tenant, scope)) = permit.scope() else { return Ok(None) };
        let now = self.now();
        let found = self.db().query_one(&sql::FIND_ROW, &values![tenant, scope, id, kind, now]).await?;
        let mut rows: Vec<MemberRow> = found.iter().map(|row| self.member(row, now)).collect::<Result<_, _>>()?;
        self.note_pending(tenant, &mut rows).await?;
        Ok(rows.pop())
    }
    /// How many members and invitations the permit's scope has.
    pub async fn count_members(&self, permit: &Permit<op::MemberView>) -> Result<MemberCounts, Fault> {
        let Some((tenant, scope)) = permit.scope() else { return Ok(MemberCounts::default()) };
        let now = self.now();
        let unlisted = now - guildhall_core::invitation::LISTED;
        let rows = self.db().query(&sql::COUNT_ALL, &values![tenant, scope, now, unlisted]).await?;
        let mut counts = MemberCounts::default();
        let mut lapsed = 0;
        for row in rows {
            let n = row.u64("n")?;
            match row.int("status")? {
                JOINED => counts.joined = n,
                SUSPENDED => counts.suspended = n,
                PENDING => counts.invited = n,
                DECLINED => counts.declined = n,
                sql::LAPSED => lapsed = n,
                sql::EXPIRED => counts.expired = n,
                _ => return Err(row.broken("status", "is none that is known")),
            }
        }
        counts.invited = counts.invited.saturating_sub(lapsed);
        Ok(counts)
    }

    fn member(&self, row: &Row, now: Timestamp) -> Result<MemberRow, Fault> {
        let is_member = row.int("kind")? == MEMBER;
        let expires_at = row.time("expires_at")?;
        let status = match row.int("status")? {
            JOINED => MemberStatus::Joined,
            SUSPENDED => MemberStatus::Suspended,
            PENDING if now < expires_at => MemberStatus::Invited,
            PENDING => MemberStatus::Expired,
            DECLINED => MemberStatus::Declined,
            _ => return Err(row.broken("status", "is none that is known")),
        };
        let (reminders, sent_at) = (row.u32("reminders")?, row.time("sent_at")?);
        let next_reminder_at = || invitation::next_reminder_at(self.model(), reminders, sent_at);
        let since_never = |at: Timestamp| (at.0 != 0).then_some(at);
        let by: Option<UserId> = row.opt("invited_by", Row::id)?;
        let by_name = row.opt("invited_by_name", Row::text)?;
        Ok(MemberRow {
            member: if is_member { Some(row.id("id")?) } else { None },
            invitation: if is_member { None } else { Some(row.id("id")?) },
            name: row.opt("name", Row::text)?,
            handle: row.opt("handle", Row::text)?,
            address: row.opt("address", Row::text)?,
            roles: row.json("roles")?,
            status,
            last_active_at: since_never(row.time("last_active_at")?),
            joined_at: since_never(row.time("joined_at")?),
            invited_by: by.map(|id| InvitedBy { id, name: by_name }),
            expires_at: since_never(expires_at),
            sent_at: since_never(sent_at),
            reminders,
            next_reminder_at: (status == MemberStatus::Invited).then(next_reminder_at).flatten(),
            delivery: None,
            needs_renewal: false,
            revision: row.u64("revision")?,
        })
    }
}

fn order_of(sort: MemberSort) -> u8 {
    match sort {
        MemberSort::Name => 0,
        MemberSort::Role => 1,
        MemberSort::Status => 2,
        MemberSort::LastActive => 3,
        MemberSort::JoinedAt => 4,
    }
}

fn cursor(row: &Row, sort: MemberSort) -> Result<Cursor, Fault> {
    let key = match sort {
        MemberSort::Name => 0,
        MemberSort::Role => row.int("role_rank")?,
        MemberSort::Status => row.int("status_key")?,
        MemberSort::LastActive => row.int("last_active_at")?,
        MemberSort::JoinedAt => row.int("joined_at")?,
    };
    Ok(Cursor { order: order_of(sort), key, text: row.text("name_key")?, id: row.uuid("id")? })
}
