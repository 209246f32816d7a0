//! What a table says of an experiment.

use serde::Deserialize;
use serde_json::Value as Json;
use swarmbed_scheduler::Span;
use swarmbed_sim::engine::distribution::{Distribution, DistributionError};
use swarmbed_sim::engine::process::Process;
use swarmbed_sim::setup::{Balance, Discipline};

/// An experiment of these tables: requests through a mesh with one stage of replicas, or several stages one after the other.
pub(super) struct Experiment {
    pub(super) gaps: Process,
    /// Requests a second.
    pub(super) rate: f64,
    pub(super) stages: Vec<Stage>,
    pub(super) discipline: Discipline,
    pub(super) queue: Option<u32>,
    pub(super) balance: Balance,
    pub(super) ingress: u32,
    /// Nanoseconds in the table's unit of time.
    pub(super) unit: f64,
    /// The square of the ratio of the standard deviation of the work to its mean.
    scv: f64,
}

/// A service.
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) work: Distribution,
    pub(super) replicas: u32,
    pub(super) slots: u32,
}

#[derive(Deserialize)]
struct Params {
    arrivals: Arrivals,
    #[serde(default = "one")]
    concurrency: u32,
    discipline: Order,
    queue_limit: Option<u32>,
    #[serde(default = "one")]
    replicas: u32,
    #[serde(default = "one")]
    ingress_nodes: u32,
    policy: Option<Policy>,
    d: Option<u32>,
    service: Law,
    stages: Option<Vec<Step>>,
}

fn one() -> u32 {
    1
}

#[derive(Deserialize)]
#[serde(tag = "process", rename_all = "lowercase")]
enum Arrivals {
    Poisson { rate: f64 },
    Constant { interval: f64 },
}

#[derive(Deserialize)]
enum Order {
    #[serde(rename = "FCFS")]
    Fcfs,
    #[serde(rename = "PS")]
    Ps,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Policy {
    Rr,
    Random,
    LeastConn,
    BestOfD,
}

#[derive(Deserialize)]
struct Step {
    name: String,
    mean_service: f64,
    servers: u32,
}

/// A law of work. The mean stands apart, since stages have their own.
#[derive(Deserialize)]
#[serde(tag = "dist", rename_all = "lowercase")]
enum Law {
    Exp { mean: Option<f64> },
    Const { mean: f64 },
    Erlang { k: u32, mean: f64 },
    H2 { p1: f64, rate1: f64, rate2: f64 },
    Lognormal { mean: f64, sigma: f64 },
}

/// Nanoseconds in a second, the tables' unit of time.
const SECOND: f64 = 1e9;

impl Law {
    fn drawn(&self) -> Result<Distribution, DistributionError> {
        match *self {
            Law::Exp { mean } => Distribution::exponential(mean.unwrap_or(1.0) * SECOND),
            Law::Const { mean } => Ok(Distribution::constant((mean * SECOND).round() as u64)),
            Law::Erlang { k, mean } => Distribution::gamma(f64::from(k), mean * SECOND),
            Law::H2 { p1, rate1, rate2 } => {
                Distribution::hyperexponential(p1, [SECOND / rate1, SECOND / rate2])
            }
            Law::Lognormal { mean, sigma } => {
                Distribution::log_normal(mean * SECOND * libm::exp(-0.5 * sigma * sigma), sigma)
            }
        }
    }

    fn scv(&self) -> f64 {
        match *self {
            Law::Exp { .. } => 1.0,
            Law::Const { .. } => 0.0,
            Law::Erlang { k, .. } => 1.0 / f64::from(k),
            Law::H2 { p1, rate1, rate2 } => {
                let moment = |n: f64| p1 / libm::pow(rate1, n) + (1.0 - p1) / libm::pow(rate2, n);
                2.0 * moment(2.0) / (moment(1.0) * moment(1.0)) - 1.0
            }
            Law::Lognormal { sigma, .. } => libm::expm1(sigma * sigma),
        }
    }
}

impl Experiment {
    pub(super) fn read(params: &Json) -> Result<Experiment, String> {
        let name = params["experiment"].as_str().unwrap_or("");
        if !["queue", "dispatch", "tandem"].contains(&name) {
            return Err(format!("'{name}' is no experiment on queues that can be simulated"));
        }
        let params = Params::deserialize(params).map_err(|e| format!("its params: {e}"))?;
        params.experiment().map_err(|e| format!("its params: {e}"))
    }

    /// The stage of that name.
    pub(super) fn stage(&self, name: &str) -> Option<usize> {
        self.stages.iter().position(|stage| stage.name == name)
    }

    /// How busy the busiest stage is.
    pub(super) fn load(&self) -> f64 {
        let load =
            |stage: &Stage| self.rate * stage.work.mean() / SECOND / f64::from(stage.slots * stage.replicas);
        self.stages.iter().map(load).fold(0.0, f64::max)
    }

    /// Requests after which a queue has forgotten how it stood: as many as its relaxation time, `1 / (1 - sqrt(load))²` for each
    /// replica and longer for work that varies more (Abate and Whitt, 1987), and those that are worked on.
    fn memory(&self) -> f64 {
        let slots: u32 = self.stages.iter().map(|stage| stage.slots * stage.replicas).sum();
        let left = 1.0 - libm::sqrt(self.load().min(1.0));
        let replicas = self.stages.iter().map(|stage| stage.replicas).max().unwrap_or(1);
        let blocks = self.queue == Some(0);
        let queue = if blocks { 0.0 } else { (1.0 + self.scv) / 2.0 / (left * left) };
        f64::from(replicas) * queue + 3.0 * f64::from(slots)
    }

    /// What is not looked at, in nanoseconds: the rule of the tables.
    pub(super) fn warm_up(&self) -> Span {
        let left = 1.0 - self.load().min(0.999);
        let stage = |stage: &Stage| {
            f64::from(stage.replicas) * (20.0 * f64::from(stage.slots) + 50.0 / (left * left))
        };
        self.span(self.stages.iter().map(stage).fold(0.0, f64::max))
    }

    /// How long one stretch is in which so many requests come in all stretches together; at least so long that the next one
    /// hardly knows of it.
    pub(super) fn stretch(&self, requests: u64) -> Span {
        let all = super::RUNS as f64 * super::STRETCHES as f64;
        self.span((requests as f64 / all).max(6.0 * self.memory()))
    }

    fn span(&self, requests: f64) -> Span {
        Span((requests / self.rate * SECOND) as u64)
    }
}

impl Params {
    fn experiment(self) -> Result<Experiment, DistributionError> {
        let (gaps, rate) = match self.arrivals {
            Arrivals::Poisson { rate } => (Distribution::exponential(SECOND / rate)?, rate),
            Arrivals::Constant { interval } => {
                (Distribution::constant((interval * SECOND).round() as u64), 1.0 / interval)
            }
        };
        let single = || -> Result<Vec<Stage>, DistributionError> {
            let work = self.service.drawn()?;
            Ok(vec![Stage { name: "web".to_owned(), work, replicas: self.replicas, slots: self.concurrency }])
        };
        let stages = match &self.stages {
            None => single()?,
            Some(steps) => steps
                .iter()
                .map(|step| {
                    let work = Distribution::exponential(step.mean_service * SECOND)?;
                    Ok(Stage { name: step.name.clone(), work, replicas: 1, slots: step.servers })
                })
                .collect::<Result<_, DistributionError>>()?,
        };
        Ok(Experiment {
            gaps: Process::Renewal { gap: gaps },
            rate,
            stages,
            discipline: match self.discipline {
                Order::Fcfs => Discipline::Fcfs,
                Order::Ps => Discipline::ProcessorSharing,
            },
            queue: self.queue_limit,
            balance: match self.policy {
                None | Some(Policy::Rr) => Balance::Mesh,
                Some(Policy::Random) => Balance::Random,
                Some(Policy::LeastConn) => Balance::LeastConnections,
                Some(Policy::BestOfD) => Balance::BestOf(self.d.unwrap_or(2)),
            },
            ingress: self.ingress_nodes.max(1),
            unit: SECOND,
            scv: self.service.scv(),
        })
    }
}
