//! `failure_renewal_counts`: how often a new machine fails by a time, if it is as good as new at once each time.

use serde::Deserialize;
use swarmbed_scheduler::SimTime;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::world::faults::{Crews, Faults, Lives};

use super::history::History;
use crate::quorum::HOUR;
use crate::stats::{Estimate, Moments};
use crate::validate::laws::Drawn;
use crate::validate::{Answer, Case, Means, Row};

#[derive(Deserialize)]
struct Params {
    horizon_h: f64,
    ttf: Drawn,
}

/// The answers to a case's rows.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let params = match Params::deserialize(&case.params) {
        Ok(params) => params,
        Err(why) => return case.unsupported(&format!("its params: {why}")),
    };
    let of = |row: &Row| match row.metric.as_str() {
        _ if !means.budget.reaches(row) => means.budget.beyond(row),
        "expected_failures_by_horizon_from_new" => {
            let failures = params.histories(&case.name, means.budget.units(row));
            Answer::estimated(Estimate::of(&failures), "an estimate takes at least two histories")
        }
        _ => Answer::unsupported("failures are counted, and nothing else"),
    };
    case.rows.iter().map(of).collect()
}

impl Params {
    /// How often the machine fails in each of so many histories.
    fn histories(&self, name: &str, histories: u64) -> Moments {
        let mut machine = Lives::new(self.ttf.draws.clone(), Distribution::constant(0), Crews::unlimited());
        machine.add((1, "validate.failure_renewal_counts", name), [0]);
        let (mut faults, mut history) = (Faults::new(1, vec![machine]), History::new(1));
        // What happens at the horizon happens by it.
        let end = SimTime((self.horizon_h * HOUR) as u64 + 1);
        let failures = |_| {
            history.begin(&mut faults);
            history.play(&mut faults, end);
            history.failures as f64
        };
        (0..histories).map(failures).collect()
    }
}
