//! Whether the steps of a timeline fit each other: nothing is created twice or used before it is there.

use std::ops::Range;

use swarmbed_scheduler::{NodeId, ServiceId};
use swarmbed_sim::setup::{Action, Step};

use super::timeline::Stage;
use crate::mistakes::Mistakes;
use crate::value::Misread;

/// A step on its way into the timeline.
pub(super) struct Planned {
    pub(super) step: Step,
    /// Where it is said what the step is about.
    pub(super) span: Range<usize>,
    /// Whether its nodes are described rather than named: then it means those that are there.
    pub(super) described: bool,
}

/// What is there while the timeline is gone through.
struct Presence<'a> {
    stage: &'a Stage<'a>,
    members: Vec<bool>,
    services: Vec<bool>,
}

/// The steps, given by ascending time, with described nodes narrowed to those that are members then.
pub(super) fn check(planned: Vec<Planned>, stage: &Stage<'_>, mistakes: &mut Mistakes) -> Vec<Step> {
    let mut presence = Presence {
        stage,
        members: stage.fleet.machines.iter().map(|machine| machine.from_start).collect(),
        services: stage.services.iter().map(|service| service.from_start).collect(),
    };
    planned.into_iter().map(|planned| presence.follow(planned, mistakes)).collect()
}

impl Presence<'_> {
    fn follow(&mut self, mut planned: Planned, mistakes: &mut Mistakes) -> Step {
        let (span, described) = (planned.span, planned.described);
        match &mut planned.step.action {
            Action::Join { nodes } => self.join(nodes, &span, described, mistakes),
            Action::SetAvailability { nodes, .. } => self.needs_members(nodes, &span, described, mistakes),
            Action::RemoveNode { nodes, .. } | Action::Leave { nodes } => {
                self.needs_members(nodes, &span, described, mistakes);
                nodes.iter().for_each(|node| self.members[node.index()] = false);
            }
            Action::Create { service } => self.create(*service, &span, mistakes),
            Action::RemoveService { service } => {
                self.needs_service(*service, &span, mistakes);
                self.services[service.index()] = false;
            }
            Action::Scale { service, .. }
            | Action::Update { service, .. }
            | Action::Rollback { service }
            | Action::ExitContainers { service, .. } => {
                self.needs_service(*service, &span, mistakes);
            }
            // What happens to machines happens to them whether they are members or not.
            Action::Crash { .. }
            | Action::Restart { .. }
            | Action::Silence { .. }
            | Action::Unsilence { .. }
            | Action::Freeze { .. }
            | Action::Thaw { .. }
            | Action::Promote { .. }
            | Action::Demote { .. }
            | Action::ForceNewCluster { .. }
            | Action::Harm { .. }
            | Action::Mend { .. } => {}
        }
        planned.step
    }

    fn join(
        &mut self,
        nodes: &mut Vec<NodeId>,
        span: &Range<usize>,
        described: bool,
        mistakes: &mut Mistakes,
    ) {
        if described {
            nodes.retain(|node| !self.members[node.index()]);
        }
        for node in nodes.iter().filter(|node| self.members[node.index()]) {
            let misread = Misread::new(format!("'{}' is a member already", self.node(*node)));
            mistakes.add(
                span,
                misread.help("write joins = \"later\" in its class, if it is not one from the start"),
            );
        }
        if nodes.is_empty() {
            mistakes.say(span, "all of these are members already");
        }
        nodes.iter().for_each(|node| self.members[node.index()] = true);
    }

    fn needs_members(
        &self,
        nodes: &mut Vec<NodeId>,
        span: &Range<usize>,
        described: bool,
        mistakes: &mut Mistakes,
    ) {
        if described {
            nodes.retain(|node| self.members[node.index()]);
        }
        for node in nodes.iter().filter(|node| !self.members[node.index()]) {
            mistakes.say(span, format!("'{}' is not a member at that time", self.node(*node)));
        }
        if nodes.is_empty() {
            mistakes.say(span, "none of these is a member at that time");
        }
    }

    fn create(&mut self, service: ServiceId, span: &Range<usize>, mistakes: &mut Mistakes) {
        if self.services[service.index()] {
            let misread = Misread::new(format!("'{}' exists already", self.service(service)));
            let help = "write created = \"later\" where it is described, if it is not there from the start";
            mistakes.add(span, misread.help(help));
        }
        self.services[service.index()] = true;
    }

    fn needs_service(&self, service: ServiceId, span: &Range<usize>, mistakes: &mut Mistakes) {
        if !self.services[service.index()] {
            mistakes.say(span, format!("'{}' does not exist at that time", self.service(service)));
        }
    }

    fn node(&self, node: NodeId) -> &str {
        &self.stage.fleet.machines[node.index()].node.name
    }

    fn service(&self, service: ServiceId) -> &str {
        &self.stage.services[service.index()].name
    }
}
