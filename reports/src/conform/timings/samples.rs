//! What was measured, in the recordings' own words.

use std::collections::BTreeMap;

use swarmbed_scheduler::SimTime;

/// What one repetition of a situation measured: durations and counts by their name in the recordings.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Samples {
    spans: BTreeMap<String, Vec<f64>>,
    counts: BTreeMap<String, Vec<f64>>,
}

/// What all repetitions measured. Values of one repetition stay together: they have much in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pool {
    pub spans: BTreeMap<String, Vec<Vec<f64>>>,
    pub counts: BTreeMap<String, Vec<Vec<f64>>>,
}

impl Samples {
    /// A duration, if both its ends have been seen. If not, its name is noted: that it never happens is a result, too.
    pub(super) fn span(&mut self, name: &str, from: Option<SimTime>, to: Option<SimTime>) {
        let ends = from.zip(to).map(|(from, to)| (to.0 as f64 - from.0 as f64) / 1e9);
        self.spans.entry(name.to_owned()).or_default().extend(ends.map(to_the_millisecond));
    }

    /// A duration.
    pub(super) fn seconds(&mut self, name: &str, seconds: f64) {
        self.spans.entry(name.to_owned()).or_default().push(to_the_millisecond(seconds));
    }

    /// A count.
    pub(super) fn count(&mut self, name: &str, count: usize) {
        self.counts.entry(name.to_owned()).or_default().push(count as f64);
    }
}

/// The recordings' resolution.
fn to_the_millisecond(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

impl Pool {
    /// Adds a repetition.
    pub(super) fn add(&mut self, samples: Samples) {
        for (into, from) in [(&mut self.spans, samples.spans), (&mut self.counts, samples.counts)] {
            for (name, values) in from {
                into.entry(name).or_default().push(values);
            }
        }
    }
}
