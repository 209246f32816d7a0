//! Where the services of a `[[workload]]` come from: drawn from distributions, or read from a list.

mod csv;
mod drawn;
mod list;
mod rows;
mod swf;
#[cfg(test)]
mod tests;

use swarmbed_scheduler::Span;
use swarmbed_sim::setup::{Mode, Stay};

pub(crate) use drawn::Drawn;
pub(crate) use list::{Listed, read};
pub(crate) use rows::{Format, Row};
pub(crate) use swf::Swf;

/// What is so of jobs only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    /// How many tasks run at once at most.
    pub(crate) concurrent: Option<u32>,
    /// Whether it is removed when it is done.
    pub(crate) goes: bool,
}

/// How many tasks an arrival has, and how long it is kept.
fn mode(job: Option<Job>, tasks: u32, stays: Option<Span>) -> (Mode, Stay) {
    let Some(Job { concurrent, goes }) = job else {
        return (Mode::Replicated { replicas: tasks }, stays.map_or(Stay::Unlimited, Stay::For));
    };
    let concurrent = concurrent.unwrap_or(tasks).min(tasks);
    let stay = if goes { Stay::UntilDone } else { Stay::Unlimited };
    (Mode::ReplicatedJob { completions: tasks, concurrent }, stay)
}
