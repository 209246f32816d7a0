//! Level what is really used, not what is reserved.

use super::{Candidate, Rank};
use crate::plan::Group;
use crate::units::Share;

/// Smallest dominant share of use first, CPU and memory together, as the nodes were last measured. Of equal shares the
/// node with fewer tasks comes first.
///
/// A measurement is older than the plan, so a task that was placed since has not been seen in it. Such a task counts
/// with its reservation, unless it is to be ignored; a task without one counts nothing until it is seen. Between two
/// measurements such tasks all go to the node that was the least used: herding.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeastUsed {
    unseen: Unseen,
}

/// How tasks count that no measurement has seen yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unseen {
    /// By what they reserve.
    #[default]
    Reserved,
    /// Not at all.
    Ignored,
}

impl LeastUsed {
    /// With this rule for tasks that no measurement has seen.
    pub fn new(unseen: Unseen) -> LeastUsed {
        LeastUsed { unseen }
    }
}

impl Rank for LeastUsed {
    /// Recent failures if they are many, then the share, then all tasks.
    type Key = (u32, Share, u32);

    fn key(&self, group: &Group<'_>, node: &Candidate<'_>) -> Self::Key {
        let all = node.node.size;
        let observed = node.node.observed.unwrap_or_default();
        let expected = match self.unseen {
            Unseen::Ignored => observed.used,
            Unseen::Reserved => observed.used + observed.unseen(all, node.books) + group.spec.reservations,
        };
        (node.failures(group), expected.dominant_share(all), node.active())
    }

    fn reads_use(&self) -> bool {
        true
    }

    fn show(&self, (failures, share, tasks): &Self::Key) -> String {
        let expected = match self.unseen {
            Unseen::Ignored => format!("{share} used when last measured, {tasks} tasks"),
            Unseen::Reserved => format!("{share} used with this task, {tasks} tasks"),
        };
        match failures {
            0 => expected,
            n => format!("{n} recent failures, {expected}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{NodeId, ServiceId, TaskId};
    use crate::node::Node;
    use crate::observed::Observed;
    use crate::plan::{PendingTask, Request};
    use crate::spec::TaskSpec;
    use crate::strategy::{Ranked, Strategy, Ties};
    use crate::units::{Resources, SimTime};
    use crate::view::View;

    const CPU: i64 = 1_000_000_000;

    fn cpus(n: i64) -> Resources {
        Resources::new(n * CPU, 0)
    }

    /// Three nodes of 8 CPUs, of which 6, 2 and 3 were in use, all by tasks that reserve one of them.
    fn view() -> View {
        let mut view = View::new();
        for (id, used) in [(0, 6), (1, 2), (2, 3)] {
            let node = Node { name: format!("n{id}"), resources: cpus(8), ..Node::default() };
            view.set_node(NodeId(id), node);
            let there = view.node_mut(NodeId(id)).unwrap();
            there.books.available = cpus(7);
            there.observed = Some(Observed { used: cpus(used), reserved: cpus(1) });
        }
        view
    }

    fn placed(reserves: i64, unseen: Unseen) -> Vec<u32> {
        let view = view();
        let tasks: Vec<_> = (0..4).map(|n| PendingTask { id: TaskId(n), slot: n + 1, attempt: 1 }).collect();
        let spec = TaskSpec { reservations: cpus(reserves), ..TaskSpec::default() };
        let groups =
            [Group { service: ServiceId(0), service_name: "web", version: None, spec: &spec, tasks: &tasks }];
        let request = Request { now: SimTime::ZERO, view: &view, groups: &groups, seed: 1, explain: None };
        let plan = Ranked::new("least-used", LeastUsed::new(unseen), Ties::Id).plan(&request);
        plan.decisions.iter().map(|d| d.node().unwrap().0).collect()
    }

    #[test]
    fn what_no_measurement_has_seen_counts_by_its_reservation() {
        // Expected use with the task: n1 3, n2 4; n1 4, n2 4: a tie, and n1 has a task more; n1 4, n2 5; n1 5, n2 5.
        assert_eq!(placed(1, Unseen::Reserved), [1, 2, 1, 2]);
    }

    #[test]
    fn what_counts_nothing_herds() {
        assert_eq!(placed(0, Unseen::Reserved), [1, 1, 1, 1]);
        assert_eq!(placed(1, Unseen::Ignored), [1, 1, 1, 1]);
    }
}
