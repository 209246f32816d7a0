//! Any possible node: the baseline that a strategy should beat.

use super::{Planner, Strategy};
use crate::filter::Pipeline;
use crate::plan::{Group, Plan, Request};

/// Each task takes one of the nodes that pass the filters, each as likely as the others, by a draw of the task's own.
#[derive(Clone, Debug)]
pub struct Random {
    name: String,
}

impl Random {
    /// Under this name.
    pub fn new(name: impl Into<String>) -> Random {
        Random { name: name.into() }
    }
}

impl Strategy for Random {
    fn name(&self) -> &str {
        &self.name
    }

    fn heeds_priorities(&self) -> bool {
        true
    }

    fn plan(&self, request: &Request<'_>) -> Plan {
        let mut planner = Planner::new(request);
        for group in request.by_priority() {
            place_group(&mut planner, group);
        }
        planner.finish()
    }
}

fn place_group<'a>(planner: &mut Planner<'a>, group: &Group<'_>) {
    let pipeline = Pipeline::new(group.spec);
    let (mut possible, mut tally) = planner.possible(group, &pipeline);
    for (i, task) in group.tasks.iter().enumerate() {
        if possible.is_empty() {
            return planner.refuse(group, &group.tasks[i..], tally);
        }
        let at = planner.request().stream(group, task).below(possible.len() as u64) as usize;
        if possible.len() > 1 {
            planner.tie();
        }
        if planner.is_asked(task) {
            planner.explain(group, Some(possible[at].id), |_| ((), 0), |()| "drawn".to_owned());
        }
        planner.place(possible[at], group, task);
        if let Err(filter) = planner.check(possible[at], group, &pipeline) {
            tally.fail(filter);
            possible.remove(at); // and not swap_remove: the order is what the next draw chooses from
        }
    }
}
