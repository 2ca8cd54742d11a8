//! Who holds what where: a line of packed words per subject, in pages of 64, so that one change copies one page.

use super::{SubjectIx, facts::Micros, intern::Index, limits::Limit};
use crate::SubjectId;
use std::sync::Arc;

/// Subjects of a page.
const PAGE: usize = 64;
/// Scopes of a line. A longer list stands beside the page, sorted.
const LINE: usize = 15;
/// No scope has this number (`Limit::Scopes`).
const NOWHERE: u16 = u16::MAX;
/// Marks of a line.
const TIMED: u16 = 1;
const LONG: u16 = 2;

/// What a subject holds now and for ever, its teams' assignments included: scopes, and the set of roles held at each.
/// One cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Line {
    /// `NOWHERE` after the last, and always in the last place.
    scopes: [u16; LINE + 1],
    /// The marks in the last place.
    sets: [u16; LINE + 1],
}

/// One assignment, as it is stored. Without a beginning or an end: the least, the greatest moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) scope: u16,
    /// Without the base role.
    pub(super) set: u16,
    pub(super) from: Micros,
    pub(super) until: Micros,
}

impl Row {
    /// `until` is the first moment at which it no longer holds.
    #[inline]
    pub(super) fn in_force(&self, now: Micros) -> bool {
        self.from <= now && (now < self.until || self.until == Micros::MAX)
    }
    pub(super) fn is_timed(&self) -> bool {
        self.from != Micros::MIN || self.until != Micros::MAX
    }
}

/// Rows of the subjects of one page, by place in the page; grouped, in that order.
type Rows<T> = Vec<(u8, T)>;

fn rows_of<T>(rows: &[(u8, T)], at: u8) -> &[(u8, T)] {
    let start = rows.partition_point(|r| r.0 < at);
    let end = rows.partition_point(|r| r.0 <= at);
    rows.get(start..end).unwrap_or(&[])
}

fn replace<T>(rows: &mut Rows<T>, at: u8, new: impl IntoIterator<Item = T>) {
    let start = rows.partition_point(|r| r.0 < at);
    let end = rows.partition_point(|r| r.0 <= at);
    rows.splice(start..end, new.into_iter().map(|row| (at, row)));
}

/// What decisions rarely need.
#[derive(Clone, Debug, Default)]
struct Cold {
    ids: Vec<SubjectId>,
    /// Own assignments, in the order given.
    direct: Rows<Row>,
    /// The teams the subject is in.
    teams: Rows<u32>,
    /// The members, where the subject is a team; sorted.
    members: Rows<u32>,
    /// All timed assignments, the base role and those of teams included.
    timed: Rows<Row>,
    /// Lists longer than a line, sorted: a scope and a set each.
    long: Rows<Arc<[(u16, u16)]>>,
}

#[derive(Clone, Debug)]
pub(super) struct People {
    index: Arc<Index>,
    n: usize,
    lines: Vec<Arc<[Line]>>,
    cold: Vec<Arc<Cold>>,
}

fn split(ix: u32) -> (usize, u8) {
    let page = ix as usize / PAGE;
    (page, u8::try_from(ix as usize % PAGE).unwrap_or(0))
}

impl People {
    pub(super) fn new(seed: u64, expected: usize) -> Self {
        Self { index: Arc::new(Index::new(seed, expected)), n: 0, lines: Vec::new(), cold: Vec::new() }
    }

    #[inline]
    pub(super) fn ix(&self, id: SubjectId) -> Option<SubjectIx> {
        self.index.get(id.0).map(SubjectIx)
    }

    pub(super) fn id(&self, ix: u32) -> Option<SubjectId> {
        let (page, at) = split(ix);
        self.cold.get(page)?.ids.get(usize::from(at)).copied()
    }

    pub(super) fn intern(&mut self, id: SubjectId) -> Result<u32, Limit> {
        let (ix, new) = Arc::make_mut(&mut self.index).insert(id.0)?;
        if new {
            let line = Line::new(&[], 0);
            let (page, at) = split(ix);
            if at == 0 {
                self.lines.push(Arc::new([line]));
                self.cold.push(Arc::default());
            } else if let Some(lines) = self.lines.get_mut(page).filter(|lines| lines.len() <= usize::from(at)) {
                *lines = lines.iter().copied().chain(std::iter::repeat_n(line, lines.len())).collect();
            }
            if let Some(cold) = self.cold.get_mut(page) {
                Arc::make_mut(cold).ids.push(id);
            }
            self.n += 1;
        }
        Ok(ix)
    }

    /// Every subject that has ever been named, teams included.
    pub(super) fn all(&self) -> impl Iterator<Item = SubjectIx> + use<> {
        (0..u32::try_from(self.n).unwrap_or(u32::MAX)).map(SubjectIx)
    }

    fn cold(&self, ix: u32) -> Option<(&Cold, u8)> {
        let (page, at) = split(ix);
        self.cold.get(page).map(|cold| (&**cold, at))
    }

    fn cold_mut(&mut self, ix: u32) -> Option<(&mut Cold, u8)> {
        let (page, at) = split(ix);
        self.cold.get_mut(page).map(|cold| (Arc::make_mut(cold), at))
    }

    pub(super) fn direct(&self, ix: u32) -> impl Iterator<Item = Row> {
        self.cold(ix).map_or(&[][..], |(cold, at)| rows_of(&cold.direct, at)).iter().map(|r| r.1)
    }

    pub(super) fn teams(&self, ix: u32) -> impl Iterator<Item = u32> {
        self.cold(ix).map_or(&[][..], |(cold, at)| rows_of(&cold.teams, at)).iter().map(|r| r.1)
    }

    pub(super) fn members(&self, ix: u32) -> impl Iterator<Item = u32> {
        self.cold(ix).map_or(&[][..], |(cold, at)| rows_of(&cold.members, at)).iter().map(|r| r.1)
    }

    pub(super) fn set_direct(&mut self, ix: u32, rows: Vec<Row>) {
        if let Some((cold, at)) = self.cold_mut(ix) {
            replace(&mut cold.direct, at, rows);
        }
    }

    pub(super) fn set_teams(&mut self, ix: u32, teams: Vec<u32>) {
        if let Some((cold, at)) = self.cold_mut(ix) {
            replace(&mut cold.teams, at, teams);
        }
    }

    pub(super) fn set_members(&mut self, ix: u32, members: Vec<u32>) {
        if let Some((cold, at)) = self.cold_mut(ix) {
            replace(&mut cold.members, at, members);
        }
    }

    /// Writes a subject's line: what it holds for ever (sorted by scope, once each), and the rest.
    pub(super) fn set_line(&mut self, ix: u32, held: &[(u16, u16)], timed: Vec<Row>) {
        let is_long = held.len() > LINE;
        let marks = if timed.is_empty() { 0 } else { TIMED } | if is_long { LONG } else { 0 };
        let line = Line::new(if is_long { &[] } else { held }, marks);
        let long: Option<Arc<[(u16, u16)]>> = is_long.then(|| held.into());
        let (page, at) = split(ix);
        let Some(cold) = self.cold.get_mut(page) else { return };
        let unchanged = timed.is_empty() && long.is_none() && rows_of(&cold.timed, at).is_empty() && rows_of(&cold.long, at).is_empty();
        if !unchanged {
            let cold = Arc::make_mut(cold);
            replace(&mut cold.timed, at, timed);
            replace(&mut cold.long, at, long);
        }
        if let Some(lines) = self.lines.get_mut(page)
            && let Some(old) = Arc::make_mut(lines).get_mut(usize::from(at))
        {
            *old = line;
        }
    }

    /// The line of a subject: what its sets are asked through.
    #[inline]
    pub(super) fn line(&self, ix: SubjectIx) -> Option<&Line> {
        self.lines.get(ix.0 as usize / PAGE)?.get(ix.0 as usize % PAGE)
    }

    /// Timed assignments, whether in force or not.
    pub(super) fn timed(&self, ix: SubjectIx) -> impl Iterator<Item = &Row> {
        self.cold(ix.0).map_or(&[][..], |(cold, at)| rows_of(&cold.timed, at)).iter().map(|r| &r.1)
    }

    /// The set held for ever at the scope, from the list that is longer than a line; the empty one where there is none.
    pub(super) fn long(&self, ix: SubjectIx, scope: u16) -> u16 {
        let found = || {
            let (cold, at) = self.cold(ix.0)?;
            let (_, list) = rows_of(&cold.long, at).first()?;
            let place = list.binary_search_by_key(&scope, |held| held.0).ok()?;
            list.get(place).map(|held| held.1)
        };
        found().unwrap_or(0)
    }
}

impl Line {
    fn new(held: &[(u16, u16)], marks: u16) -> Self {
        let mut line = Self { scopes: [NOWHERE; LINE + 1], sets: [0; LINE + 1] };
        for ((scope, set), held) in line.scopes.iter_mut().zip(&mut line.sets).zip(held.iter().take(LINE)) {
            (*scope, *set) = *held;
        }
        let [.., last] = &mut line.sets;
        *last = marks;
        line
    }
    #[inline]
    fn marks(&self) -> u16 {
        let [.., marks] = self.sets;
        marks
    }
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.marks() == 0
    }
    pub(super) fn is_timed(&self) -> bool {
        self.marks() & TIMED != 0
    }
    pub(super) fn is_long(&self) -> bool {
        self.marks() & LONG != 0
    }
    /// The set held for ever at the scope; the empty set, 0, where there is none. Looks at every place, so that the
    /// processor has nothing to guess and compares several at once.
    #[inline]
    pub(super) fn at(&self, scope: u16) -> u16 {
        // INVARIANT: a scope stands in at most one place, and `NOWHERE` is never asked.
        self.scopes.iter().zip(&self.sets).fold(0, |found, (here, set)| found | if *here == scope { *set } else { 0 })
    }
}
