//! `quorum_transient` and `quorum_rolling_reboot`: many short trials.

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Params, TOO_SHORT};
use crate::markov::Chain;
use crate::quorum::{Managers, Markov, Story, Trials, trials};
use crate::stats::Estimate;
use crate::validate::{Answer, Budget, Case, Means, Row};

/// What decides what a trial is.
#[derive(Debug, Deserialize)]
struct Terms {
    experiment: String,
    start_up: Option<u32>,
    to_up: Option<u32>,
    horizon_h: Option<f64>,
    reboot_h: Option<f64>,
    gap_h: Option<f64>,
}

/// The answers to a case's rows.
pub(in crate::validate) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let (managers, story) = match read(&case.params) {
        Ok(read) => read,
        Err(why) => return case.unsupported(&why),
    };
    let due: Vec<&Row> = case.due(means.budget).collect();
    let played = match due.as_slice() {
        [] => Trials::default(),
        due => play(case, (&managers, story), due, means.budget),
    };
    let of = |row: &Row| match row.method.as_str() {
        "simulate" if means.budget.reaches(row) => from_trials(row, &played),
        "analytic" => match managers.markov().and_then(|markov| chance(&markov, &managers, story)) {
            Some(value) => Answer::Certain(value),
            None => Answer::unsupported("what happens at set times is no chain"),
        },
        "rare-event" => Answer::too_costly("it is so rare that trials would not see it"),
        _ => means.budget.beyond(row),
    };
    case.rows.iter().map(of).collect()
}

fn read(params: &Json) -> Result<(Managers, Story), String> {
    let terms = Terms::deserialize(params).map_err(|e| format!("its params: {e}"))?;
    let mut params = params.clone();
    // A pass names its laws by their means alone.
    for (law, mean) in [("ttf", "mttf_h"), ("ttr", "mttr_h")] {
        if params[law].is_null() {
            params[law] = serde_json::json!({"dist": "exp", "mean": params[mean]});
        }
    }
    let managers = Params::deserialize(&params).map_err(|e| format!("its params: {e}"))?.managers()?;
    let start = terms.start_up.unwrap_or(managers.count());
    let story = match terms {
        Terms { experiment, reboot_h: Some(reboot), gap_h: Some(gap), .. }
            if experiment == "quorum_rolling_reboot" =>
        {
            Story::Pass { reboot, gap }
        }
        Terms { experiment, horizon_h: Some(horizon), .. } if experiment == "quorum_transient" => {
            Story::Until { start, horizon }
        }
        Terms { experiment, to_up, .. } if experiment == "quorum_transient" => {
            Story::Race { start, below: to_up.map_or(managers.quorum(), |to| to + 1) }
        }
        Terms { experiment, .. } => return Err(format!("'{experiment}' is no experiment of short trials")),
    };
    Ok((managers, story))
}

/// Plays as many trials as the rows take.
fn play(case: &Case, (managers, story): (&Managers, Story), due: &[&Row], budget: Budget) -> Trials {
    let name = format!("{}/{}", case.rows[0].table, case.name);
    let known = due.iter().filter(|row| row.n_need.is_some()).map(|row| budget.trials(row));
    let mut enough = known.max().unwrap_or(0);
    if due.iter().any(|row| row.n_need.is_none()) {
        // Nobody says how many it takes: a few say how much they vary.
        let pilot = trials(managers, &format!("{name}/pilot"), story, PILOT);
        let spread = pilot.hours().map_or(0.0, |of| of.se * libm::sqrt(of.n as f64) / of.value);
        let aim = SURE * libm::sqrt(2.0 / budget.times() as f64);
        enough = enough.max((spread * spread / (aim * aim)) as u64).max(PILOT);
    }
    trials(managers, &name, story, enough)
}

/// Trials that say how many are needed.
const PILOT: u64 = 20_000;

/// The standard error to aim at, as a part of the value; a judgement asks for 2 %.
const SURE: f64 = 0.012;

fn from_trials(row: &Row, trials: &Trials) -> Answer {
    let of = |estimate: Option<Estimate>| match estimate {
        Some(of) if row.kind == "deterministic" => Answer::Certain(of.value),
        estimate => Answer::estimated(estimate, TOO_SHORT).certain_if_alike(),
    };
    match row.metric.as_str() {
        "expected_quorum_loss_hours_in_pass" => of(trials.hours()),
        "p_quorum_lost_by_t"
        | "p_quorum_lost_during_pass"
        | "p_quorum_lost_before_all_up_again_from_one_down"
        | "p_next_level_before_all_up" => of(trials.lost()),
        _ => Answer::unsupported("nothing of that name is counted"),
    }
}

/// The exact probability, where a chain has one.
fn chance(markov: &Markov, managers: &Managers, story: Story) -> Option<f64> {
    let Markov { chain, up, .. } = markov;
    let from = |start: u32| up.iter().position(|up| *up == start);
    let all = managers.count();
    match story {
        Story::Until { start, horizon } => {
            Some(Chain::reached_by(chain, from(start)?, |i| up[i] < managers.quorum(), horizon))
        }
        Story::Race { start, below } => Some(chain.sooner(from(start)?, |i| up[i] < below, |i| up[i] == all)),
        Story::Pass { .. } => None,
    }
}
