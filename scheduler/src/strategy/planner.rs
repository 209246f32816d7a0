//! A plan in the making.

use super::rank::Candidate;
use crate::filter::{Filter, Pipeline, Tally};
use crate::id::NodeId;
use crate::plan::{Decision, Explanation, Group, PendingTask, Plan, Refusal, Request, Verdict};
use crate::view::{Draft, NodeView};

/// Keeps a plan's accounts, so that a strategy need only choose: the draft, the decisions and what they cost.
#[derive(Debug)]
pub struct Planner<'a> {
    request: &'a Request<'a>,
    draft: Draft<'a>,
    plan: Plan,
    most_visits: u64,
}

/// How the panic over a plan begins that does not end: the strategy's fault, whoever wrote it.
pub const ENDLESS: &str = "the strategy's plan does not end";

/// A plan that looks at every node so many times for each task does not end: no rule of placement has that many passes.
const PASSES: u64 = 1000;

impl<'a> Planner<'a> {
    /// An empty plan for the request.
    pub fn new(request: &'a Request<'a>) -> Planner<'a> {
        let tasks: usize = request.groups.iter().map(|g| g.tasks.len()).sum();
        let plan = Plan { decisions: Vec::with_capacity(tasks), ..Plan::default() };
        let most_visits =
            PASSES * (1 + tasks + request.groups.len()) as u64 * (1 + request.view.span() as u64);
        Planner { request, draft: Draft::new(request.view), plan, most_visits }
    }

    /// The request.
    pub fn request(&self) -> &'a Request<'a> {
        self.request
    }

    /// The node as the plan would leave it so far.
    pub fn candidate<'b>(&'b self, node: &'b NodeView) -> Candidate<'b> {
        Candidate { node, books: self.draft.books(node), now: self.request.now }
    }

    /// Whether the node can take one more task of the group, as the plan would leave it; if not, the first filter that it
    /// fails. Counted as a visit.
    ///
    /// # Panics
    /// As [`Planner::visit`] does.
    pub fn check(
        &mut self,
        node: &NodeView,
        group: &Group<'_>,
        pipeline: &Pipeline<'_>,
    ) -> Result<(), Filter> {
        self.visit();
        let books = self.draft.books(node);
        pipeline.check_counted(node, books, group.service, &mut self.plan.work)
    }

    /// The nodes that can take a task of the group, ascending, and why the others cannot.
    pub fn possible(&mut self, group: &Group<'_>, pipeline: &Pipeline<'_>) -> (Vec<&'a NodeView>, Tally) {
        let mut tally = Tally::default();
        let mut possible = Vec::new();
        for node in self.request.view.nodes() {
            match self.check(node, group, pipeline) {
                Ok(()) => possible.push(node),
                Err(filter) => tally.fail(filter),
            }
        }
        (possible, tally)
    }

    /// Counts a node that was looked at without running a filter.
    ///
    /// # Panics
    /// If nodes have been looked at so often that the plan will not come to an end.
    pub fn visit(&mut self) {
        self.visit_some(1);
    }

    /// Counts so many nodes that were looked at without running a filter.
    ///
    /// # Panics
    /// As [`Planner::visit`] does.
    pub fn visit_some(&mut self, nodes: usize) {
        self.plan.work.nodes_visited += nodes as u64;
        assert!(
            self.plan.work.nodes_visited <= self.most_visits,
            "{ENDLESS}: for {} nodes it has looked at nodes {} times",
            self.request.view.span(),
            self.plan.work.nodes_visited
        );
    }

    /// Counts a decision in which the tie rule alone told equals apart.
    pub fn tie(&mut self) {
        self.plan.work.ties += 1;
    }

    /// Puts the task there. It must have passed [`Planner::check`] as things stand.
    pub fn place(&mut self, node: &NodeView, group: &Group<'_>, task: &PendingTask) {
        let claims = self.draft.place(node, group.service, group.spec);
        self.plan
            .decisions
            .push(Decision { task: task.id, verdict: Verdict::Place { node: node.id, claims } });
    }

    /// Refuses tasks of a group, all for one reason. If the task that is to be explained is among them, it is.
    pub fn refuse(&mut self, group: &Group<'_>, tasks: &[PendingTask], tally: Tally) {
        if tasks.is_empty() {
            return;
        }
        if tasks.iter().any(|t| self.is_asked(t)) {
            self.explain(group, None, |_| ((), 0), |()| String::new());
        }
        let refusal = self.plan.refusals.len();
        self.plan.refusals.push(Refusal { tally });
        let refuse = |t: &PendingTask| Decision { task: t.id, verdict: Verdict::Refuse(refusal) };
        self.plan.decisions.extend(tasks.iter().map(refuse));
    }

    /// What has been decided so far.
    pub fn decisions(&self) -> &[Decision] {
        &self.plan.decisions
    }

    /// Whether this is the task that [`Request::explain`] asks about.
    pub fn is_asked(&self, task: &PendingTask) -> bool {
        self.request.explain == Some(task.id)
    }

    /// Explains a choice that is about to be made (`None`: there is no possible node): every node is looked at
    /// once more, so this is for the one task that was asked about. It adds nothing to what the planning cost.
    ///
    /// `key` orders the nodes, smallest first, with the number that tells equals apart; `print` shows a key to people.
    pub fn explain<K: Ord>(
        &mut self,
        group: &Group<'_>,
        chosen: Option<NodeId>,
        key: impl Fn(&Candidate<'_>) -> (K, u64),
        print: impl Fn(&K) -> String,
    ) {
        let pipeline = Pipeline::new(group.spec);
        let mut explanation = Explanation::default();
        let mut possible = Vec::new();
        for node in self.request.view.nodes() {
            match pipeline.check(node, self.draft.books(node), group.service) {
                Ok(()) => possible.push((key(&self.candidate(node)), node.id)),
                Err(filter) => explanation.removed.push((node.id, filter)),
            }
        }
        possible.sort_unstable();
        let winner = possible.iter().find(|(_, id)| Some(*id) == chosen);
        let runner_up = possible.iter().find(|(_, id)| Some(*id) != chosen);
        explanation.tie = winner.zip(runner_up).is_some_and(|(a, b)| a.0.0 == b.0.0);
        explanation.winner = winner.map(|((key, _), id)| (*id, print(key)));
        explanation.runner_up = runner_up.map(|((key, _), id)| (*id, print(key)));
        explanation.possible = possible.iter().map(|((key, _), id)| (*id, print(key))).collect();
        self.plan.explanation = Some(explanation);
    }

    /// The plan.
    pub fn finish(self) -> Plan {
        self.plan
    }
}
