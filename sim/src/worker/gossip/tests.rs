//! Laws: whatever happens, passing over quiet times changes nothing, tables agree in the end, and the dead stay dead.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use swarmbed_scheduler::stream::unit;
use swarmbed_scheduler::{NodeId, SimTime, Span};

use super::rules::{FailedEntries, Rules};
use super::*;

const NET: NetworkId = NetworkId(0);

/// What lies between nodes in a test.
#[derive(Clone, Debug)]
struct Links {
    loss: f64,
    /// Between the one part of the nodes and the other.
    cut: BTreeSet<NodeId>,
    packets_cut: bool,
    streams_cut: bool,
}

impl Links {
    fn parted(&self, from: NodeId, to: NodeId) -> bool {
        self.cut.contains(&from) != self.cut.contains(&to)
    }

    /// No two ways are equally long, so that nothing happens at one instant.
    fn takes(from: NodeId, to: NodeId) -> Span {
        Span::micros(900 + 31 * u64::from(from.0) + 7 * u64::from(to.0))
    }
}

impl Around for Links {
    fn packet(&self, from: NodeId, to: NodeId, bits: u64) -> Option<Span> {
        let lost = unit(bits) < self.loss || (self.packets_cut && self.parted(from, to));
        (!lost).then(|| Links::takes(from, to))
    }

    fn stream(&self, from: NodeId, to: NodeId) -> Option<Span> {
        (!self.streams_cut || !self.parted(from, to)).then(|| Links::takes(from, to))
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Crash(u32),
    Boot(u32),
    Freeze(u32),
    Thaw(u32),
    Leave(u32),
    Publish(u32, u64, State),
    /// These nodes (a bit each) from the others: packets, streams.
    Cut(u32, bool, bool),
    Heal,
}

struct Lab {
    gossip: Gossip,
    links: Links,
    nodes: u32,
    news: Vec<(SimTime, News)>,
    /// What each owner of each key has published last, while it lives.
    published: BTreeMap<(NodeId, Key), State>,
    up: BTreeSet<NodeId>,
}

impl Lab {
    fn new(nodes: u32, rules: Rules, seed: u64, loss: f64, played: bool) -> Lab {
        let names: Vec<String> = (0..nodes).map(|i| format!("node-{i}")).collect();
        let ids: Vec<NodeId> = (0..nodes).map(NodeId).collect();
        let mut gossip = Gossip::new(rules, seed, names.iter().map(String::as_str));
        if played {
            gossip.play_every_tick();
        }
        gossip.found(&ids, &ids, &[(NET, &ids)]);
        let links = Links { loss, cut: BTreeSet::new(), packets_cut: false, streams_cut: false };
        let up = ids.into_iter().collect();
        Lab { gossip, links, nodes, news: Vec::new(), published: BTreeMap::new(), up }
    }

    fn run_to(&mut self, end: SimTime) {
        while let Some(now) = self.gossip.next_turn().filter(|now| *now <= end) {
            self.gossip.turn(now, &self.links);
            self.drain(now);
        }
    }

    fn drain(&mut self, now: SimTime) {
        while let Some(news) = self.gossip.next_news() {
            self.news.push((now, news));
        }
    }

    fn step(&mut self, now: SimTime, step: Step) {
        self.run_to(now);
        let (links, id) = (&self.links, |n: u32| NodeId(n % self.nodes));
        let all: Vec<NodeId> = (0..self.nodes).map(NodeId).collect();
        match step {
            Step::Crash(n) => {
                self.gossip.crash(now, id(n), links);
                self.up.remove(&id(n));
                self.published.retain(|(owner, _), _| *owner != id(n));
            }
            Step::Leave(n) if self.gossip.rows[id(n).index()].power != Power::On => {}
            Step::Leave(n) => {
                self.gossip.leave(now, id(n));
                self.up.remove(&id(n));
                self.published.retain(|(owner, _), _| *owner != id(n));
            }
            Step::Boot(n) if !self.up.contains(&id(n)) => {
                self.gossip.boot(now, id(n), &all, links);
                self.gossip.join_network(now, id(n), NET, links);
                self.up.insert(id(n));
            }
            Step::Boot(_) => {}
            Step::Freeze(n) => self.gossip.freeze(now, id(n), links),
            Step::Thaw(n) => self.gossip.thaw(now, id(n), links),
            Step::Publish(n, key, state) => {
                let runs = self.gossip.rows[id(n).index()].power == Power::On;
                self.gossip.publish(now, id(n), NET, Key(key), state);
                if runs {
                    self.published.insert((id(n), Key(key)), state);
                }
            }
            Step::Cut(nodes, packets, streams) => {
                self.links.cut = all.into_iter().filter(|node| nodes >> node.0 & 1 == 1).collect();
                (self.links.packets_cut, self.links.streams_cut) = (packets, streams);
                self.gossip.disturbed(now, &self.links);
            }
            Step::Heal => self.heal(now),
        }
        self.drain(now);
    }

    fn heal(&mut self, now: SimTime) {
        self.links.cut.clear();
        self.gossip.disturbed(now, &self.links);
    }

    /// Everything goes on, and there is time for all to be repaired.
    fn settle(&mut self, now: SimTime, wait: Span) {
        self.run_to(now);
        self.heal(now);
        (0..self.nodes).for_each(|n| self.gossip.thaw(now, NodeId(n), &self.links));
        self.drain(now);
        self.run_to(now + wait);
    }

    fn play(&mut self, steps: &[(u64, Step)]) -> SimTime {
        let mut now = SimTime::ZERO;
        for (after, step) in steps {
            now += Span::micros(*after);
            self.step(now, *step);
        }
        now
    }
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![3 => Just(State::Enabled), 1 => Just(State::Disabled), 1 => Just(State::Deleted)]
}

/// Steps, each so many microseconds after the one before.
fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let step = prop_oneof![
        2 => (0u32..6).prop_map(Step::Crash),
        2 => (0u32..6).prop_map(Step::Boot),
        1 => (0u32..6).prop_map(Step::Freeze),
        1 => (0u32..6).prop_map(Step::Thaw),
        1 => (0u32..6).prop_map(Step::Leave),
        5 => (0u32..6, 0u64..3, state()).prop_map(|(n, key, state)| Step::Publish(n, key, state)),
        2 => (1u32..32, any::<bool>(), any::<bool>()).prop_map(|(n, p, s)| Step::Cut(n, p, s)),
        1 => Just(Step::Heal),
    ];
    let after = prop_oneof![1u64..1_500_000, 1u64..60_000_000];
    prop::collection::vec((after, step), 1..14)
}

fn rules(hidden: bool) -> Rules {
    let failed_entries = if hidden { FailedEntries::Hidden } else { FailedEntries::Deleted };
    Rules { failed_entries, records_per_packet: 100, ..Rules::default() }
}

proptest! {
    #[test]
    fn what_is_not_played_changes_nothing(
        nodes in 2u32..6, steps in steps(), seed in 0u64..1000, hidden: bool, loss in prop_oneof![Just(0.0), Just(0.2)],
    ) {
        let run = |played| {
            let mut lab = Lab::new(nodes, rules(hidden), seed, loss, played);
            let end = lab.play(&steps);
            lab.settle(end + Span::secs(20), Span::secs(120));
            lab.news
        };
        let (elided, played) = (run(false), run(true));
        let first = elided.iter().zip(&played).position(|(a, b)| a != b);
        prop_assert!(
            elided == played, "first at {first:?} of {}, {}:\n{:?}\n{:?}", elided.len(), played.len(),
            first.map(|at| &elided[at.saturating_sub(2)..]), first.map(|at| &played[at.saturating_sub(2)..]),
        );
    }

    #[test]
    fn tables_agree_in_the_end_and_then_nothing_is_due(
        nodes in 2u32..6, steps in steps(), seed in 0u64..1000, hidden: bool, loss in prop_oneof![Just(0.0), Just(0.2)],
    ) {
        let mut lab = Lab::new(nodes, rules(hidden), seed, loss, false);
        let end = lab.play(&steps);
        lab.settle(end + Span::secs(1), Span::secs(600));
        for node in lab.up.iter().copied() {
            for other in (0..nodes).map(NodeId).filter(|other| *other != node) {
                let holds = lab.gossip.holds(node, other);
                prop_assert!((holds == Some(Holds::Alive)) == lab.up.contains(&other), "{node:?} {other:?}: {holds:?}");
            }
            for owner in (0..nodes).map(NodeId) {
                for key in (0..3).map(Key) {
                    let said = lab.gossip.says(node, NET, key, owner);
                    let meant = lab.published.get(&(owner, key)).copied().filter(|s| *s != State::Deleted);
                    prop_assert_eq!(said, meant, "{:?} on {:?} of {:?}", node, key, owner);
                }
            }
        }
        let alone = lab.up.len() < 2;
        let ends = end + Span::secs(3600);
        while let Some((_, due)) = lab.gossip.agenda.pop() {
            let waits = matches!(due, Due::Forget { .. } | Due::Bootstrap { .. } | Due::Leave { .. });
            prop_assert!(waits || alone, "{due:?}");
            prop_assert!(lab.gossip.agenda.now() < ends);
        }
    }

    #[test]
    fn a_deleted_record_never_comes_back(nodes in 3u32..6, steps in steps(), seed in 0u64..1000, hidden: bool) {
        let mut lab = Lab::new(nodes, rules(hidden), seed, 0.2, false);
        lab.step(SimTime(1), Step::Publish(0, 99, State::Enabled));
        lab.run_to(SimTime::ZERO + Span::secs(5));
        lab.step(SimTime::ZERO + Span::secs(5), Step::Publish(0, 99, State::Deleted));
        lab.run_to(SimTime::ZERO + Span::secs(200));
        let gone = lab.news.len();
        let later: Vec<(u64, Step)> = [(200_000_000, Step::Heal)].into_iter().chain(steps).collect();
        let end = lab.play(&later);
        lab.settle(end, Span::secs(300));
        let of_it = |news: &News| matches!(news, News::Heard(h) if h.key == Key(99));
        let back: Vec<_> = lab.news[gone..].iter().filter(|(_, news)| of_it(news)).collect();
        prop_assert!(back.is_empty(), "{back:?}");
    }
}

#[test]
fn a_healthy_cluster_has_nothing_to_do() {
    let mut lab = Lab::new(100, Rules::default(), 1, 0.0, false);
    assert_eq!(lab.gossip.next_turn(), None);
    lab.step(SimTime(1), Step::Publish(3, 7, State::Enabled));
    lab.run_to(SimTime::ZERO + Span::secs(40));
    assert_eq!(lab.news.len(), 100, "everybody has heard of it once");
    assert_eq!(lab.gossip.next_turn(), None);
}

#[test]
fn a_node_that_stands_still_for_a_second_is_not_lost() {
    let mut lab = Lab::new(10, Rules::default(), 1, 0.0, false);
    lab.step(SimTime::ZERO + Span::secs(10), Step::Freeze(4));
    lab.step(SimTime::ZERO + Span::secs(13), Step::Thaw(4));
    lab.run_to(SimTime::ZERO + Span::secs(60));
    let held = |holds| lab.news.iter().any(|(_, n)| matches!(n, News::Held(h) if h.held == holds));
    assert!(held(Holds::Suspect) && !held(Holds::Failed), "{:?}", lab.news);
}

#[test]
fn packets_cut_alone_kill_nobody_and_streams_cut_alone_neither() {
    for (packets, streams) in [(true, false), (false, true)] {
        let mut lab = Lab::new(10, Rules::default(), 1, 0.0, false);
        lab.step(SimTime::ZERO + Span::secs(10), Step::Cut(1, packets, streams));
        lab.step(SimTime::ZERO + Span::secs(11), Step::Publish(0, 7, State::Enabled));
        lab.run_to(SimTime::ZERO + Span::secs(300));
        let failed = lab.news.iter().any(|(_, n)| matches!(n, News::Held(h) if h.held == Holds::Failed));
        assert!(!failed);
        let at = |node| {
            let heard = |n: &News| matches!(n, News::Heard(h) if h.node == NodeId(node));
            lab.news.iter().find(|(_, n)| heard(n)).map(|(at, _)| at.since(SimTime::ZERO + Span::secs(11)))
        };
        let first = (1..10).filter_map(at).min().expect("somebody has heard of it");
        assert_eq!(first > Span::secs(1), packets, "by exchanges of records only: {first:?}");
    }
}
