//! The tree of scopes, flattened: every scope has its way to the root at hand.

use super::{ScopeIx, facts::ScopeFact, intern::Index, limits::Limit};
use crate::{ScopeId, ScopeKind};
use rustc_hash::FxHashMap;

/// The kinds of scope one passes from where a role is held down to where the question is asked. What a set of roles
/// amounts to depends on this alone, so it is worked out once for each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    /// Where the roles are held.
    pub(super) start: ScopeKind,
    /// Each scope below on the way, the one asked about last.
    pub(super) steps: Vec<ScopeKind>,
    /// Whether the scope asked about is the root.
    pub(super) root: bool,
}

impl Shape {
    /// The kind of the scope asked about.
    pub(super) fn end(&self) -> ScopeKind {
        self.steps.last().copied().unwrap_or(self.start)
    }
}

/// One scope on the way from the scope asked about to the root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) scope: u16,
    pub(super) shape: u16,
}

#[derive(Clone, Debug)]
pub(super) struct Scopes {
    index: Index,
    nodes: Vec<Node>,
    /// For each node, where its way stands in `links`.
    spans: Vec<(u32, u32)>,
    links: Vec<Link>,
    pub(super) shapes: Vec<Shape>,
    by_shape: FxHashMap<Shape, u16>,
}

#[derive(Clone, Debug)]
struct Node {
    id: ScopeId,
    kind: ScopeKind,
    parent: Option<u16>,
    alive: bool,
}

impl Scopes {
    pub(super) fn new(seed: u64, facts: &[ScopeFact]) -> Result<Self, Limit> {
        Limit::Scopes.check(facts.len())?;
        let mut scopes = Self {
            index: Index::new(seed, facts.len()),
            nodes: Vec::with_capacity(facts.len()),
            spans: Vec::with_capacity(facts.len()),
            links: Vec::new(),
            shapes: Vec::new(),
            by_shape: FxHashMap::default(),
        };
        for fact in facts {
            scopes.put(fact)?;
        }
        Ok(scopes)
    }

    /// Adds a scope, or moves it.
    pub(super) fn put(&mut self, fact: &ScopeFact) -> Result<(), Limit> {
        let first = self.nodes.is_empty();
        let parent = match fact.parent {
            Some(id) => self.index.get(id.0).and_then(|ix| u16::try_from(ix).ok()),
            None => None,
        };
        let is_root = self.ix(fact.id) == Some(ScopeIx(0));
        if is_root || parent.is_none() != first {
            return Ok(()); // the root stays where it is; anything else has a parent that is known
        }
        let (ix, new) = self.index.insert(fact.id.0)?;
        let node = Node { id: fact.id, kind: fact.kind, parent, alive: true };
        if new {
            Limit::Scopes.check(self.nodes.len() + 1)?;
            self.nodes.push(node);
            self.spans.push((0, 0));
            return self.link(ix as usize);
        }
        if let Some(old) = self.nodes.get_mut(ix as usize).filter(|n| n.alive) {
            *old = node;
        }
        self.link_all()
    }

    /// The scope and all below it are gone, for good.
    pub(super) fn delete(&mut self, id: ScopeId) -> Result<(), Limit> {
        let Some(ix) = self.index.get(id.0) else { return Ok(()) };
        if let Some(node) = self.nodes.get_mut(ix as usize) {
            node.alive = false;
        }
        self.link_all()?;
        for (node, span) in self.nodes.iter_mut().zip(&self.spans) {
            node.alive = span.0 < span.1;
        }
        Ok(())
    }

    fn link_all(&mut self) -> Result<(), Limit> {
        self.links.clear();
        (0..self.nodes.len()).try_for_each(|ix| self.link(ix))
    }

    /// Writes the way from a scope to the root: none where a scope on it is gone.
    fn link(&mut self, ix: usize) -> Result<(), Limit> {
        let mut way = Vec::new();
        let mut next = Some(ix);
        while let Some(at) = next {
            let Some(node) = self.nodes.get(at).filter(|n| n.alive) else {
                way.clear();
                break;
            };
            // A ring ends here too.
            Limit::ScopeDepth.check(way.len() + 1)?;
            way.push((at, node.kind));
            next = node.parent.map(usize::from);
        }
        let start = self.links.len();
        for (distance, (at, kind)) in way.iter().enumerate() {
            let steps = way.iter().take(distance).rev().map(|(_, k)| *k).collect();
            let shape = self.shape(Shape { start: *kind, steps, root: way.len() == 1 })?;
            let scope = u16::try_from(*at).map_err(|_| Limit::Scopes)?;
            self.links.push(Link { scope, shape });
        }
        let length = u32::try_from(way.len()).map_err(|_| Limit::ScopeDepth)?;
        let start = u32::try_from(start).map_err(|_| Limit::Scopes)?;
        if let Some(span) = self.spans.get_mut(ix) {
            *span = (start, start + length);
        }
        Ok(())
    }

    fn shape(&mut self, shape: Shape) -> Result<u16, Limit> {
        if let Some(ix) = self.by_shape.get(&shape) {
            return Ok(*ix);
        }
        // Workspaces have nothing below them, so there are about twice as many as there are levels.
        Limit::ScopeDepth.check(self.shapes.len() / 8)?;
        let ix = u16::try_from(self.shapes.len()).map_err(|_| Limit::ScopeDepth)?;
        self.shapes.push(shape.clone());
        self.by_shape.insert(shape, ix);
        Ok(ix)
    }

    /// The scope itself first, the root last. Empty where the scope is gone.
    #[inline]
    pub(super) fn way(&self, scope: ScopeIx) -> &[Link] {
        let (start, end) = self.spans.get(usize::from(scope.0)).copied().unwrap_or((0, 0));
        self.links.get(start as usize..end as usize).unwrap_or(&[])
    }

    /// None where it is unknown. One that is gone keeps its index, and nobody holds anything there.
    #[inline]
    pub(super) fn ix(&self, id: ScopeId) -> Option<ScopeIx> {
        self.index.get(id.0).and_then(|ix| u16::try_from(ix).ok()).map(ScopeIx)
    }

    pub(super) fn id(&self, ix: u16) -> Option<ScopeId> {
        self.nodes.get(usize::from(ix)).map(|n| n.id)
    }

    pub(super) fn kind(&self, ix: u16) -> Option<ScopeKind> {
        self.nodes.get(usize::from(ix)).map(|n| n.kind)
    }

    pub(super) fn fact(&self, ix: ScopeIx) -> Option<ScopeFact> {
        let node = self.nodes.get(usize::from(ix.0)).filter(|_| !self.way(ix).is_empty())?;
        Some(ScopeFact { id: node.id, kind: node.kind, parent: node.parent.and_then(|p| self.id(p)) })
    }

    /// Every scope there is, the root first.
    pub(super) fn all(&self) -> impl Iterator<Item = ScopeIx> {
        (0..self.nodes.len()).filter_map(|ix| u16::try_from(ix).ok()).map(ScopeIx).filter(|ix| !self.way(*ix).is_empty())
    }
}
