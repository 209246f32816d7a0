//! `failure_renewal_counts`: how often a new machine fails by a time, if it is as good as new at once each time.

use serde::Deserialize;
use swarmbed_scheduler::{SimTime, Span};
use swarmbed_sim::engine::agenda::Agenda;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::world::faults::{Around, Crews, FaultEvent, Faults, Lives};

use crate::quorum::HOUR;
use crate::stats::Moments;
use crate::validate::laws::Law;
use crate::validate::{Answer, Case, Means, Row};

#[derive(Deserialize)]
struct Params {
    horizon_h: f64,
    ttf: Law,
}

/// A machine's failures.
struct Count {
    agenda: Agenda<FaultEvent>,
    failures: u32,
}

impl Around for Count {
    fn now(&self) -> SimTime {
        self.agenda.now()
    }

    fn after(&mut self, delay: Span, event: FaultEvent) {
        self.agenda.schedule(self.agenda.now() + delay, event);
    }

    fn turned(&mut self, _: u8, _: u32, up: bool) {
        self.failures += u32::from(!up);
    }
}

/// The answers to a case's rows.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let params = Params::deserialize(&case.params).map_err(|e| e.to_string());
    let read =
        params.and_then(|params| Ok((params.ttf.draws().map_err(|e| e.to_string())?, params.horizon_h)));
    let of = |row: &Row| match &read {
        Err(why) => Answer::unsupported(format!("its params: {why}")),
        Ok(_) if !means.budget.reaches(row) => means.budget.beyond(row),
        Ok((ttf, horizon)) if row.metric == "expected_failures_by_horizon_from_new" => {
            let failures = histories(&case.name, ttf, *horizon, means.budget.units(row));
            match (failures.mean(), failures.standard_error()) {
                (Some(value), Some(se)) => Answer::Simulated { value, se, n: failures.n() },
                _ => Answer::unsupported("an estimate takes at least two histories"),
            }
        }
        Ok(_) => Answer::unsupported("failures are counted, and nothing else"),
    };
    case.rows.iter().map(of).collect()
}

/// How often the machine fails in so many histories of these hours.
fn histories(name: &str, ttf: &Distribution, horizon: f64, histories: u64) -> Moments {
    let mut machine = Lives::new(ttf.clone(), Distribution::constant(0), Crews::unlimited());
    machine.add((1, "validate.failure_renewal_counts", name), [0]);
    let mut faults = Faults::new(1, vec![machine]);
    let end = SimTime((horizon * HOUR) as u64);
    let mut count = Count { agenda: Agenda::new(), failures: 0 };
    let history = |_| {
        count.agenda.clear();
        count.failures = 0;
        faults.start(&mut count);
        while count.agenda.peek_time().is_some_and(|time| time <= end) {
            let Some((_, event)) = count.agenda.pop() else { break };
            faults.handle(event, &mut count);
        }
        f64::from(count.failures)
    };
    (0..histories).map(history).collect()
}
