//! Random choices by index. What a node draws at a tick depends on the tick's number and on nothing that came before, so
//! that ticks that are not played shift nothing.

use swarmbed_scheduler::NodeId;
use swarmbed_scheduler::stream::{IndexedStream, scale};

/// Draws of one choice: an endless list of random numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draws {
    stream: IndexedStream,
    from: u64,
    next: u64,
}

impl Draws {
    /// The draws of this choice, of which each has a number of its own.
    pub(super) fn of(stream: IndexedStream, choice: u64) -> Draws {
        Draws { stream, from: stream.draw(choice), next: 0 }
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.next += 1;
        self.stream.draw(self.from.wrapping_add(self.next))
    }

    fn below(&mut self, n: usize) -> usize {
        scale(self.bits(), n as u64) as usize
    }

    /// Distinct ones of `0..of` that will do, each equally likely, in random order: as many as are wanted, or all.
    pub(super) fn choose(
        &mut self,
        wanted: usize,
        of: usize,
        will_do: impl Fn(usize) -> bool,
        chosen: &mut Vec<usize>,
    ) {
        chosen.clear();
        // Drawing again where one will not do is fast among many, and as fair. Among few a list is as short.
        let tries = if of <= 12 { 0 } else { 10 * wanted };
        for _ in 0..tries {
            if chosen.len() == wanted {
                return;
            }
            let one = self.below(of);
            if will_do(one) && !chosen.contains(&one) {
                chosen.push(one);
            }
        }
        let begun = chosen.len();
        for one in 0..of {
            if will_do(one) && !chosen[..begun].contains(&one) {
                chosen.push(one);
            }
        }
        let all = chosen.len();
        for place in begun..all.min(wanted) {
            let other = place + self.below(all - place);
            chosen.swap(place, other);
        }
        chosen.truncate(wanted);
    }

    /// One of `0..of` that will do.
    pub(super) fn one(&mut self, of: usize, will_do: impl Fn(usize) -> bool) -> Option<usize> {
        let mut chosen = Vec::new();
        self.choose(1, of, will_do, &mut chosen);
        chosen.pop()
    }
}

/// The order in which a node probes the others: a new one for each pass. Only the place asked for is worked out.
#[derive(Clone, Debug)]
pub(super) struct Order {
    stream: IndexedStream,
    pass: u64,
    place: usize,
    nodes: usize,
    /// Who is not in it, ascending: the node itself, and whom it does not know or holds for dead.
    without: Vec<NodeId>,
}

impl Order {
    /// The first pass of a node that knows all others, at a random place.
    pub(super) fn new(stream: IndexedStream, node: NodeId, nodes: usize) -> Order {
        let mut order = Order { stream, pass: 1, place: 0, nodes, without: vec![node] };
        order.place = stream.below(0, order.len() as u64) as usize;
        order
    }

    /// How many are in it.
    pub(super) fn len(&self) -> usize {
        self.nodes - self.without.len()
    }

    /// Whether a node is in this pass.
    pub(super) fn has(&self, node: NodeId) -> bool {
        self.without.binary_search(&node).is_err()
    }

    /// The first pass is without these too, ascending.
    pub(super) fn leave_out(&mut self, nodes: &[NodeId]) {
        self.without.extend(nodes);
        self.without.sort_unstable();
        self.place = self.stream.below(0, self.len() as u64) as usize;
    }

    /// The first pass of a node's new life, with nobody.
    pub(super) fn begin_life(&mut self, life: u32) {
        let nodes = self.nodes as u32;
        self.begin((0..nodes).map(NodeId));
        self.pass = u64::from(life) << 32;
    }

    /// A new pass without these, ascending.
    pub(super) fn begin(&mut self, without: impl Iterator<Item = NodeId>) {
        self.without.clear();
        self.without.extend(without);
        (self.pass, self.place) = (self.pass + 1, 0);
    }

    /// As many, at least one, over as many passes as it takes; a pass that is through stays until the next one is asked for.
    pub(super) fn skip(&mut self, probes: u64) {
        let before = self.place as u64 + probes - 1;
        let len = self.len() as u64;
        (self.pass, self.place) = (self.pass + before / len, (before % len) as usize + 1);
    }

    /// The next one in this pass.
    pub(super) fn next(&mut self) -> Option<NodeId> {
        let place = self.place;
        (place < self.len()).then(|| {
            self.place += 1;
            self.nth(self.shuffled(place))
        })
    }

    /// The node of that number among those in it.
    fn nth(&self, number: usize) -> NodeId {
        let mut id = number as u32;
        for without in &self.without {
            if without.0 > id {
                break;
            }
            id += 1;
        }
        NodeId(id)
    }

    /// Where a place goes in this pass's order: a swap-or-not shuffle (Hoang, Morris and Rogaway 2012), which gives one
    /// place without the others.
    fn shuffled(&self, place: usize) -> usize {
        const ROUNDS: u64 = 28;
        let len = self.len() as u64;
        let key = self.stream.draw(self.pass);
        let mut place = place as u64;
        for round in 1..=ROUNDS {
            let bits = self.stream.draw(key.wrapping_add(round));
            let sum = scale(bits, len);
            let partner = if sum >= place { sum - place } else { sum + len - place };
            let pair = place.max(partner);
            if self.stream.draw(bits ^ (pair + 1)) >> 63 == 1 {
                place = partner;
            }
        }
        place as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_of_a_pass_is_as_likely_as_the_others() {
        let stream = IndexedStream::new(1, "test", "order");
        let mut order = Order::new(stream, NodeId(1), 5);
        let mut seen = std::collections::BTreeMap::<Vec<u32>, i64>::new();
        for _ in 0..24_000 {
            order.begin([NodeId(1)].into_iter());
            let pass: Vec<u32> = std::iter::from_fn(|| order.next()).map(|n| n.0).collect();
            *seen.entry(pass).or_default() += 1;
        }
        assert_eq!(seen.len(), 24, "each of 4! orders of 0, 2, 3, 4");
        let chi: i64 = seen.values().map(|count| (count - 1000) * (count - 1000)).sum();
        assert!(chi < 49_700, "the 0.1 % point of chi-square with 23 degrees of freedom is 49.7: {seen:?}");
    }

    #[test]
    fn a_choice_is_fair_whether_few_or_many_will_do() {
        for of in [8, 40] {
            let stream = IndexedStream::new(2, "test", "choose");
            let (mut counts, mut chosen) = ([0i64; 40], Vec::new());
            for choice in 0..10_000 {
                Draws::of(stream, choice).choose(3, of, |one| one < 6, &mut chosen);
                assert_eq!(chosen.len(), 3);
                chosen.iter().for_each(|one| counts[*one] += 1);
            }
            // 5,000 each, standard deviation 50.
            assert!(counts[..6].iter().all(|c| (c - 5000).abs() < 220), "{counts:?}");
        }
    }
}
