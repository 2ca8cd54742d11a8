//! Every set of roles somebody holds, interned, and what it permits at the end of every way: the table decisions read.

use super::{
    limits::Limit,
    roles::{RoleSet, Roles},
    scopes::Shape,
};
use crate::model::PermissionIx;
use rustc_hash::FxHashMap;

#[derive(Clone, Debug)]
pub(super) struct Rows {
    /// The empty one first.
    sets: Vec<RoleSet>,
    by_set: FxHashMap<RoleSet, u16>,
    /// Words of one row, and rows of one set.
    n_words: usize,
    n_shapes: usize,
    /// `n_words` for each shape, for each set.
    permits: Vec<u64>,
    /// The same, with what is held for own things only laid over it.
    own: Vec<u64>,
}

impl Rows {
    pub(super) fn new() -> Self {
        let none = RoleSet::default();
        let by_set = FxHashMap::from_iter([(none, 0)]);
        Self { sets: vec![none], by_set, n_words: 0, n_shapes: 0, permits: Vec::new(), own: Vec::new() }
    }

    /// The set's number. Its row is written by the next [`Rows::fill`].
    pub(super) fn intern(&mut self, set: RoleSet) -> Result<u16, Limit> {
        if let Some(ix) = self.by_set.get(&set) {
            return Ok(*ix);
        }
        Limit::RoleSets.check(self.sets.len() + 1)?;
        let ix = u16::try_from(self.sets.len()).map_err(|_| Limit::RoleSets)?;
        self.sets.push(set);
        self.by_set.insert(set, ix);
        Ok(ix)
    }

    pub(super) fn ix(&self, set: &RoleSet) -> Option<u16> {
        self.by_set.get(set).copied()
    }

    pub(super) fn set(&self, ix: u16) -> RoleSet {
        self.sets.get(usize::from(ix)).copied().unwrap_or_default()
    }

    /// Whether [`Rows::fill`] has something to do.
    pub(super) fn is_behind(&self, shapes: &[Shape]) -> bool {
        self.n_shapes != shapes.len() || self.permits.len() != self.sets.len() * self.n_shapes * self.n_words
    }

    /// Everything again: what roles amount to has changed.
    pub(super) fn refill(&mut self, roles: &Roles, shapes: &[Shape]) {
        self.permits.clear();
        self.own.clear();
        self.n_shapes = shapes.len();
        self.n_words = roles.n_words;
        self.fill(roles, shapes);
    }

    /// Writes the rows of the sets that are new, or of all where a way of a new shape has appeared.
    pub(super) fn fill(&mut self, roles: &Roles, shapes: &[Shape]) {
        if self.n_shapes != shapes.len() {
            return self.refill(roles, shapes);
        }
        let n_done = self.permits.len() / (self.n_shapes * self.n_words).max(1);
        for set in self.sets.iter().skip(n_done) {
            for shape in shapes {
                let held = roles.follow(set, shape);
                let asked = roles.asked(shape.end(), shape.root);
                for (at, mask) in asked.iter().enumerate() {
                    let word = |of: &[u64]| of.get(at).copied().unwrap_or(0) & mask;
                    let permits = held.iter().fold(0, |all, r| all | word(roles.permits(r)));
                    let own = held.iter().fold(permits, |all, r| all | word(roles.own(r)));
                    self.permits.push(permits);
                    self.own.push(own);
                }
            }
        }
    }

    /// Whether the set permits it at the end of the way.
    #[inline]
    pub(super) fn permits(&self, set: u16, shape: u16, permission: PermissionIx) -> bool {
        self.bit(&self.permits, set, shape, permission)
    }

    /// Whether it does for own things.
    #[inline]
    pub(super) fn permits_own(&self, set: u16, shape: u16, permission: PermissionIx) -> bool {
        self.bit(&self.own, set, shape, permission)
    }

    /// All that the set permits at the end of the way.
    pub(super) fn row(&self, set: u16, shape: u16) -> &[u64] {
        let start = self.start(set, shape);
        self.permits.get(start..start + self.n_words).unwrap_or(&[])
    }

    #[inline]
    fn start(&self, set: u16, shape: u16) -> usize {
        (usize::from(set) * self.n_shapes + usize::from(shape)) * self.n_words
    }

    #[inline]
    fn bit(&self, rows: &[u64], set: u16, shape: u16, permission: PermissionIx) -> bool {
        let word = usize::from(permission.0) / 64;
        // A number that is no permission's must not read the next row.
        word < self.n_words && rows.get(self.start(set, shape) + word).is_some_and(|w| w >> (permission.0 % 64) & 1 == 1)
    }
}
