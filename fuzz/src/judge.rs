//! A strategy under another's eyes: each plan is held against the laws before the simulator gets it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use swarmbed_scheduler::SimTime;
use swarmbed_scheduler::filter::Tally;
use swarmbed_scheduler::laws::{self, Broken};
use swarmbed_scheduler::plan::{Plan, Request};
use swarmbed_scheduler::strategy::{Planner, Strategy};

use crate::ENDS;

/// The strategy that the simulator is given.
pub(crate) struct Judge {
    strategy: Arc<dyn Strategy>,
    record: Mutex<Record>,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// Plans that were judged.
    pub(crate) plans: u64,
    /// The first law that did not hold, and when.
    pub(crate) broken: Option<(SimTime, Broken)>,
}

thread_local! {
    static PLANNING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is in a strategy that is on trial. A panic there is a finding and needs no report of its own.
pub fn is_planning() -> bool {
    PLANNING.get()
}

impl Judge {
    pub(crate) fn new(strategy: Arc<dyn Strategy>) -> Judge {
        Judge { strategy, record: Mutex::default() }
    }

    pub(crate) fn record(&self) -> Record {
        self.record.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn plan_judged(&self, request: &Request<'_>) -> Result<Plan, Broken> {
        PLANNING.set(true);
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let plan = self.strategy.plan(request);
            laws::plan(request, &plan)?;
            laws::again(&*self.strategy, request, &plan)?;
            Ok(plan)
        }));
        PLANNING.set(false);
        judged.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text");
            Err(Broken { law: ENDS, reason: format!("the strategy panicked: {text}") })
        })
    }
}

impl Strategy for Judge {
    fn name(&self) -> &str {
        self.strategy.name()
    }

    /// Once a law is broken the run is as good as over: from then on everything is refused.
    fn plan(&self, request: &Request<'_>) -> Plan {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        if record.broken.is_some() {
            return nothing(request);
        }
        record.plans += 1;
        self.plan_judged(request).unwrap_or_else(|broken| {
            record.broken = Some((request.now, broken));
            nothing(request)
        })
    }

    fn heeds_priorities(&self) -> bool {
        self.strategy.heeds_priorities()
    }

    fn reads_use(&self) -> bool {
        self.strategy.reads_use()
    }
}

/// Refuses every task.
fn nothing(request: &Request<'_>) -> Plan {
    let mut planner = Planner::new(request);
    request.groups.iter().for_each(|group| planner.refuse(group, group.tasks, Tally::default()));
    planner.finish()
}

#[cfg(test)]
mod tests {
    use swarmbed_scheduler::strategy::Catalogue;

    use super::*;

    /// What a strategy says of itself decides what the simulator gives it and what the reader of a scenario says.
    #[test]
    fn the_judge_says_of_itself_what_the_strategy_says() {
        let says = |strategy: &dyn Strategy| {
            (strategy.name().to_owned(), strategy.heeds_priorities(), strategy.reads_use())
        };
        let catalogue = Catalogue::standard();
        let mut told = std::collections::BTreeSet::new();
        for name in catalogue.variants() {
            let strategy: Arc<dyn Strategy> = catalogue.build(&name).expect("it is in the catalogue").into();
            let judge = Judge::new(Arc::clone(&strategy));
            assert_eq!(says(&judge), says(&*strategy));
            told.insert((judge.heeds_priorities(), judge.reads_use()));
        }
        assert!(told.len() > 2, "the strategies differ in both: {told:?}");
    }
}
