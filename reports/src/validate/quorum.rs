//! `quorum_*`: the fault engine and a count of the managers that are up.

use serde::Deserialize;
use serde_json::Value as Json;
use swarmbed_sim::engine::distribution::Distribution;

use super::laws::Drawn;
use super::{Answer, Budget, Case, Means, Row};
use crate::quorum::{Amount, Election, Exact, HOUR, Managers, Run, Sample, Upkeep, UpkeepPolicy, YEAR};
use crate::stats::Estimate;

mod trials;

pub(super) use trials::answer as trials;

/// What the experiments of all these tables have; what is not there does not happen.
#[derive(Debug, Deserialize)]
struct Params {
    n: u32,
    ttf: Drawn,
    ttr: Drawn,
    crews: Crews,
    split: Option<Vec<u32>>,
    zone_up: Option<Drawn>,
    zone_down: Option<Drawn>,
    shock_every: Option<Drawn>,
    policy: Option<PolicyName>,
    gap_mean_h: Option<f64>,
    duration_mean_h: Option<f64>,
    coverage: Option<f64>,
    mean_election_s: Option<f64>,
    late_detect_mean_h: Option<f64>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Crews {
    Unlimited,
    Single,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PolicyName {
    None,
    Naive,
    Gated,
    Strict,
}

/// The answers to the rows of a long-run experiment.
pub(super) fn answer(case: &Case, means: &Means<'_>) -> Vec<Answer> {
    let experiment = match Experiment::read(&case.params) {
        Ok(experiment) => experiment,
        Err(why) => return case.unsupported(&why),
    };
    let sample = experiment.sample(case, means.budget);
    let exact = experiment.managers.is_memoryless().then(|| experiment.managers.exact()).flatten();
    let of = |row: &Row| match row.method.as_str() {
        "simulate" | "derive" if means.budget.reaches(row) => from_sample(&row.metric, &sample),
        "derive" | "analytic" => from_exact(&row.metric, exact.as_ref()),
        "rare-event" => {
            Answer::too_costly("it is so rare that a run would not see it; the exact value can be had")
        }
        _ => means.budget.beyond(row),
    };
    case.rows.iter().map(of).collect()
}

struct Experiment {
    managers: Managers,
    /// Hours that are not looked at, where things age.
    warm: f64,
}

impl Experiment {
    fn read(params: &Json) -> Result<Experiment, String> {
        let known = [
            "quorum_independent",
            "quorum_zone_mask",
            "quorum_beta_factor",
            "quorum_leader_detection",
            "quorum_maintenance",
            "quorum_renewal",
        ];
        let name = params["experiment"].as_str().unwrap_or("");
        if !known.contains(&name) {
            return Err(format!("'{name}' is no experiment on the quorum in the long run"));
        }
        let params = Params::deserialize(params).map_err(|e| format!("its params: {e}"))?;
        let (up, down) = (params.ttf.law, params.ttr.law);
        let warm = 10.0 * up.mean().max(down.mean()) * (1.0 + up.cv2().max(down.cv2()));
        let managers = params.managers().map_err(|e| format!("its params: {e}"))?;
        Ok(Experiment { managers, warm })
    }

    /// As much of it as the rows take that the budget has time for.
    fn sample(&self, case: &Case, budget: Budget) -> Sample {
        let due = || case.rows.iter().filter(|row| budget.reaches(row) && row.method != "analytic");
        let most = |metrics: &[&str]| {
            let rows = due().filter(|row| metrics.contains(&row.metric.as_str()));
            rows.map(|row| budget.long_run(row)).max().unwrap_or(0)
        };
        let name = format!("{}/{}", case.rows[0].table, case.name);
        let run = Run { managers: &self.managers, name: &name };
        if due().all(|row| row.method != "simulate") {
            return Sample::default();
        }
        if !self.managers.is_memoryless() {
            // No row says how long; whatever the laws, outages come as often as with exponential ones.
            let Some(exact) = self.managers.exact() else { return Sample::default() };
            let hours = OUTAGES * budget.times() as f64 * YEAR / exact.outages_per_year;
            return run.replications(REPLICATIONS, self.warm, hours / REPLICATIONS as f64);
        }
        let mut losses = most(&["mttql_from_all_up_hours"]);
        if due().any(|row| row.metric == "sd_time_to_quorum_loss_hours") {
            losses = losses.max(SPREAD * budget.times() / 2);
        }
        // Outages that differ widely in length take longer to know the error of.
        let times = if self.managers.election.is_some() { 2.0 } else { 1.0 };
        run.cycles(Amount { hours: times * most(&LONG_RUN) as f64, losses })
    }
}

/// Metrics whose units are hours.
const LONG_RUN: [&str; 4] = ["unavailability", "availability", "outages_per_year", "downtime_min_per_year"];

/// Outages to be seen for each time of the budget, where no row says how many units it takes: twice as many bring the
/// error of a time without service down to 1 % even if outages vary twice as much as exponential ones.
const OUTAGES: f64 = 12_000.0;

/// Replications of what ages.
const REPLICATIONS: u64 = 400;

/// Losses that a spread takes: that of exponential times is then known within 1.5 %.
const SPREAD: u64 = 9_000;

impl Params {
    fn managers(self) -> Result<Managers, String> {
        let exponential = |hours: f64| Distribution::exponential(hours * HOUR).map_err(|e| e.to_string());
        let zones = self.split.unwrap_or_else(|| vec![self.n]);
        if zones.iter().sum::<u32>() != self.n || self.n == 0 {
            return Err(format!("{zones:?} are not {} managers", self.n));
        }
        let mut managers = Managers::new(zones, self.ttf.draws, self.ttr.draws);
        managers.crews = (self.crews == Crews::Single).then_some(1);
        if let (Some(up), Some(down)) = (self.zone_up, self.zone_down) {
            managers.outages = Some((up.draws, down.draws));
        }
        managers.shocks = self.shock_every.map(|every| every.draws);
        let policy = match self.policy {
            None | Some(PolicyName::None) => None,
            Some(PolicyName::Naive) => Some(UpkeepPolicy::Naive),
            Some(PolicyName::Gated) => Some(UpkeepPolicy::Gated),
            Some(PolicyName::Strict) => Some(UpkeepPolicy::Strict),
        };
        if let (Some(policy), Some(gap), Some(lasts)) = (policy, self.gap_mean_h, self.duration_mean_h) {
            managers.upkeep = Some(Upkeep { gap: exponential(gap)?, lasts: exponential(lasts)?, policy });
        }
        if let (Some(coverage), Some(prompt), Some(late)) =
            (self.coverage, self.mean_election_s, self.late_detect_mean_h)
        {
            let (prompt, late) = (exponential(prompt / 3600.0)?, exponential(late)?);
            managers.election = Some(Election { prompt, late, coverage });
        }
        Ok(managers)
    }
}

fn from_sample(metric: &str, sample: &Sample) -> Answer {
    let cycles = &sample.cycles;
    let estimate = match metric {
        "availability" => cycles.unavailability().map(Estimate::complement),
        "unavailability" => cycles.unavailability(),
        "downtime_min_per_year" => cycles.unavailability().map(|of| of.times(60.0 * YEAR)),
        "outages_per_year" => cycles.outages().map(|of| of.times(YEAR)),
        "mean_outage_hours" => cycles.outage_hours(),
        "mttql_from_all_up_hours" => sample.mean_to_loss(),
        "sd_time_to_quorum_loss_hours" => sample.sd_to_loss(),
        _ => return Answer::unsupported("nothing of that name is measured"),
    };
    Answer::estimated(estimate, TOO_SHORT)
}

const TOO_SHORT: &str = "the run was too short to see it happen twice";

fn from_exact(metric: &str, exact: Option<&Exact>) -> Answer {
    let Some(exact) = exact else {
        return Answer::unsupported("no exact value is known where things age or wait for a crew");
    };
    Answer::Certain(match metric {
        "availability" => 1.0 - exact.unavailability,
        "unavailability" => exact.unavailability,
        "downtime_min_per_year" => exact.unavailability * 60.0 * YEAR,
        "outages_per_year" => exact.outages_per_year,
        "mean_outage_hours" => exact.unavailability * YEAR / exact.outages_per_year,
        "mttql_from_all_up_hours" => exact.mean_to_loss,
        "sd_time_to_quorum_loss_hours" => exact.sd_to_loss,
        _ => return Answer::unsupported("nothing of that name is worked out"),
    })
}
