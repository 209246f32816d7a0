//! A check of the books, for the checkers: what was kept change by change must be what the tasks add up to.

use swarmbed_scheduler::TaskId;
use swarmbed_scheduler::view::{Books, NodeView, View};

use super::{Placement, is_active};

impl Placement {
    /// Computes every node's books anew from the tasks known to be on it, and compares. In the error: the first
    /// difference. Costs as much as there are tasks.
    ///
    /// Generic resources are compared as long as no more is held of a kind than the node offers: below that, what is left
    /// depends on what was there before (see [`Books::restock`]).
    pub fn recount(&self) -> Result<(), String> {
        let mut fresh = View::new();
        for node in self.view.nodes() {
            fresh.set_node(node.id, (*node.node).clone());
        }
        for (id, known) in (0..).map(TaskId).zip(&self.tasks) {
            let Some(known) = known.as_deref().filter(|k| k.held.is_some()) else { continue };
            let listed = known.node.and_then(|n| self.on_node[n.index()].get(known.held? as usize));
            if listed != Some(&id) {
                return Err(format!("task {} is not where its node's list should have it", id.0));
            }
            let kind = self.kinds.get(known.kind);
            let books = known.node.and_then(|n| fresh.books_mut(n));
            let books = books.ok_or_else(|| format!("task {} is in the books of no member", id.0))?;
            books.hold(&kind.spec);
            if is_active(known.desired) {
                books.count_in(kind.service);
            }
        }
        self.view.nodes().zip(fresh.nodes()).try_for_each(|(kept, fresh)| self.compare(kept, fresh))
    }

    fn compare(&self, kept: &NodeView, fresh: &NodeView) -> Result<(), String> {
        let plain = |books: &Books| {
            let mut books = books.clone();
            books.generic.clear(); // named ones come in another order; they are counted below
            books
        };
        if plain(&kept.books) != plain(&fresh.books) {
            let name = &kept.node.name;
            return Err(format!(
                "node {name}: the books say {:?}, its tasks add up to {:?}",
                kept.books, fresh.books
            ));
        }
        for offered in &kept.node.generic {
            let count = |books: &Books| {
                books.generic.iter().find(|g| g.kind == offered.kind).map_or(0, |g| g.stock.count())
            };
            let claims =
                self.on_node[kept.id.index()].iter().filter_map(|t| self.known(*t)).flat_map(|k| &k.claims);
            let held: u64 = claims.filter(|c| c.kind == offered.kind).map(|c| c.stock.count()).sum();
            if held < offered.stock.count() && count(&kept.books) != offered.stock.count() - held {
                let (name, kind, left) = (&kept.node.name, &offered.kind, count(&kept.books));
                return Err(format!("node {name}: {left} of {kind} are left, but its tasks hold {held}"));
            }
        }
        Ok(())
    }
}
