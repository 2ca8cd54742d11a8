//! Outside ids become small integers: a hash table in shards, so that one more id copies one shard.

use super::limits::Limit;
use std::sync::Arc;

/// Cells of the first shard at first, and of every shard once there are several (4 KiB).
const FEW: usize = 8;
const MANY: usize = 128;
const NOBODY: u32 = u32::MAX;

/// 128-bit ids → indices, given out from 0 on. The hash is keyed with a seed.
#[derive(Clone, Debug)]
pub(super) struct Index {
    keys: [u64; 2],
    len: u32,
    /// Cells of each shard, and how many shards: powers of two.
    n_cells: usize,
    shards: Vec<Shard>,
}

#[derive(Clone, Debug)]
struct Shard {
    used: usize,
    cells: Arc<[Cell]>,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    id: u128,
    ix: u32,
}

impl Shard {
    fn empty(n_cells: usize) -> Self {
        Self { used: 0, cells: std::iter::repeat_n(Cell { id: 0, ix: NOBODY }, n_cells).collect() }
    }

    /// False where it is full.
    fn put(&mut self, hash: u64, cell: Cell) -> bool {
        let n_cells = self.cells.len();
        if self.used >= n_cells / 4 * 3 {
            return false;
        }
        let start = low_bits(hash);
        let cells = Arc::make_mut(&mut self.cells);
        for step in 0..n_cells {
            let at = start.wrapping_add(step) & (n_cells - 1);
            if let Some(free) = cells.get_mut(at).filter(|c| c.ix == NOBODY) {
                *free = cell;
                self.used += 1;
                return true;
            }
        }
        false
    }
}

impl Index {
    /// An empty one, with room for about `expected` ids.
    pub(super) fn new(seed: u64, expected: usize) -> Self {
        let n_cells = (expected * 2).next_power_of_two().clamp(FEW, MANY);
        let n_shards = (expected * 2).div_ceil(n_cells).next_power_of_two();
        let first = splitmix(seed);
        Self { keys: [first, splitmix(first)], len: 0, n_cells, shards: vec![Shard::empty(n_cells); n_shards] }
    }

    #[inline]
    pub(super) fn get(&self, id: u128) -> Option<u32> {
        let hash = self.hash(id);
        let shard = self.shards.get(self.shard_of(hash))?;
        let start = low_bits(hash);
        for step in 0..self.n_cells {
            let cell = shard.cells.get(start.wrapping_add(step) & (shard.cells.len() - 1))?;
            if cell.ix == NOBODY {
                return None;
            }
            if cell.id == id {
                return Some(cell.ix);
            }
        }
        None
    }

    /// Its index, and whether it is new.
    pub(super) fn insert(&mut self, id: u128) -> Result<(u32, bool), Limit> {
        if let Some(ix) = self.get(id) {
            return Ok((ix, false));
        }
        Limit::Subjects.check(self.len as usize + 1)?;
        let ix = self.len;
        while !self.put(Cell { id, ix }) {
            self.grow()?;
        }
        self.len += 1;
        Ok((ix, true))
    }

    fn put(&mut self, cell: Cell) -> bool {
        let hash = self.hash(cell.id);
        let at = self.shard_of(hash);
        self.shards.get_mut(at).is_some_and(|shard| shard.put(hash, cell))
    }

    fn grow(&mut self) -> Result<(), Limit> {
        let old = self.shards.clone();
        let mut n_shards = old.len();
        loop {
            if self.n_cells < MANY {
                self.n_cells *= 2;
            } else {
                n_shards *= 2;
            }
            // Only ids that collide in all their bits could come here: the seed is not theirs to know.
            Limit::Subjects.check(n_shards)?;
            self.shards = vec![Shard::empty(self.n_cells); n_shards];
            let mut cells = old.iter().flat_map(|s| s.cells.iter()).filter(|c| c.ix != NOBODY);
            if cells.all(|cell| self.put(*cell)) {
                return Ok(());
            }
        }
    }

    /// One folded multiplication of the two halves, each under its key.
    #[inline]
    fn hash(&self, id: u128) -> u64 {
        let [low_key, high_key] = self.keys;
        let (low, high) = halves(id);
        let (a, b) = halves(u128::from(low ^ low_key) * u128::from(high ^ high_key));
        a ^ b
    }

    #[inline]
    fn shard_of(&self, hash: u64) -> usize {
        ((hash >> 32) as u32 as usize) & (self.shards.len() - 1)
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a few low bits are wanted")]
fn low_bits(hash: u64) -> usize {
    hash as usize
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the two halves are what is wanted")]
fn halves(x: u128) -> (u64, u64) {
    (x as u64, (x >> 64) as u64)
}

/// One step of the splitmix64 generator: spreads the seed.
fn splitmix(seed: u64) -> u64 {
    let x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_found_again_after_growing() {
        let mut index = Index::new(7, 0);
        for i in 0..20_000u128 {
            assert_eq!(index.insert(i * 3).unwrap(), (u32::try_from(i).unwrap(), true));
        }
        let before = index.clone();
        assert_eq!(index.insert(1).unwrap(), (20_000, true));
        for i in 0..20_000u128 {
            assert_eq!(index.get(i * 3).map(u128::from), Some(i));
            assert_eq!(before.get(i * 3 + 2), None);
        }
        assert_eq!(before.get(1), None);
        assert_eq!(index.insert(3).unwrap(), (1, false));
    }
}
