//! Trials, summed up: what a comparison remembers of them does not grow with their number.

use super::contrast::{Contrast, Pairs, contrasts};
use super::few::Few;
use super::trials::Trial;
use super::{Comparison, Ended, Plan, Row};
use crate::metrics::info;
use crate::stats::Histogram;
use crate::stats::Moments;

/// At most so many trials with a broken invariant are named.
const MOST_BROKEN: usize = 20;

/// What is remembered.
pub(super) struct Tally<'a> {
    plan: &'a Plan,
    trials: u64,
    metrics: Vec<OfMetric>,
    broken: Vec<(String, u64)>,
    waits: Option<Vec<Histogram>>,
}

/// One metric's values, by variant, and its pairs with the base, by variant but the base.
#[derive(Clone)]
struct OfMetric {
    values: Vec<Moments>,
    few: Vec<Few>,
    pairs: Vec<Pairs>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(plan: &'a Plan) -> Tally<'a> {
        let n = plan.variants.len();
        let none = OfMetric {
            values: vec![Moments::default(); n],
            few: vec![Few::default(); n],
            pairs: vec![Pairs::default(); n.saturating_sub(1)],
        };
        Tally {
            plan,
            trials: 0,
            metrics: vec![none; plan.metrics.len()],
            broken: Vec::new(),
            waits: Some(vec![Histogram::default(); n]),
        }
    }

    /// How many trials were summed up.
    pub(super) fn trials(&self) -> u64 {
        self.trials
    }

    /// One trial more, of every variant.
    pub(super) fn add(&mut self, trial: &Trial) {
        self.trials += 1;
        self.waits = self.waits.take().zip(trial.waits.as_ref()).map(|(mut so_far, waits)| {
            so_far.iter_mut().zip(waits).for_each(|(sum, waits)| sum.add(waits));
            so_far
        });
        for (m, metric) in self.metrics.iter_mut().enumerate() {
            let value = |variant: usize| trial.values[variant][m];
            for (variant, moments) in metric.values.iter_mut().enumerate() {
                value(variant).into_iter().for_each(|v| moments.push(v));
                value(variant).into_iter().for_each(|v| metric.few[variant].push(v));
            }
            for (i, pairs) in metric.pairs.iter_mut().enumerate() {
                pairs.add(value(0), value(i + 1));
            }
        }
        for (variant, _) in self.plan.variants.iter().zip(&trial.broken).filter(|(_, broken)| **broken) {
            if self.broken.len() < MOST_BROKEN {
                self.broken.push((variant.label.clone(), trial.seed));
            }
        }
    }

    /// Whether half of every interval is within the precision that is asked for.
    pub(super) fn is_sure(&self) -> bool {
        let Some(precision) = self.plan.precision else { return false };
        let pairs = || self.metrics.iter().flat_map(|metric| &metric.pairs);
        self.trials >= super::LEAST_SURE && pairs().all(|pairs| pairs.is_within(precision))
    }

    /// What came out.
    pub(super) fn finish(self, ended: Ended) -> Comparison {
        let plan = self.plan;
        let better: Vec<_> = plan.metrics.iter().map(|name| info(name).expect("it was chosen")).collect();
        let pairs: Vec<_> = self.metrics.iter().map(|m| m.pairs.as_slice()).collect();
        let directions: Vec<_> = better.iter().map(|m| m.better).collect();
        let contrasts: Vec<Vec<Contrast>> =
            contrasts(&pairs, &directions, plan.precision.unwrap_or(super::RESOLUTION));
        let rows = plan.metrics.iter().zip(better).zip(self.metrics.into_iter().zip(contrasts));
        Comparison {
            variants: plan.variants.iter().map(|v| v.label.clone()).collect(),
            seed: plan.seed,
            trials: self.trials,
            asked: plan.trials,
            ended,
            precision: plan.precision,
            rows: rows
                .map(|((name, info), (metric, contrasts))| Row {
                    metric: name.clone(),
                    unit: info.unit,
                    better: info.better,
                    values: metric.values,
                    quantiles: metric.few.iter().map(|few| few.quantiles([0.5, 0.95])).collect(),
                    contrasts,
                })
                .collect(),
            broken: self.broken,
            waits: self.waits,
        }
    }
}
