//! How far a run has come in simulated time, or how many are done: on standard error, and only when that is a terminal.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use swarmbed_scheduler::SimTime;
use swarmbed_sim::setup::End;

/// How long a run has to take before there is a bar, in the watcher's time.
const BLINK: Duration = Duration::from_millis(400);

/// On standard error, with these words behind it.
fn bar(count: u64, words: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(count), ProgressDrawTarget::stderr());
    let template = format!("  {{bar:32}} {words}");
    bar.set_style(ProgressStyle::with_template(&template).expect("the templates are valid constants"));
    bar
}

/// A bar that goes when it is dropped.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar for a run that ends there.
    pub fn new(end: End) -> Progress {
        Progress::of(end.latest().nanos())
    }

    /// A bar for so many of anything.
    pub fn of(count: u64) -> Progress {
        Progress(bar(count, "{msg}"))
    }

    /// So many are done.
    pub fn done(&mut self, count: u64, what: impl Into<Cow<'static, str>>) {
        if self.0.elapsed() >= BLINK {
            self.0.set_message(what);
            self.0.set_position(count);
        }
    }

    /// The run has come so far. A bar that would be gone in a blink is not shown at all.
    pub fn at(&mut self, now: SimTime) {
        if self.0.elapsed() < BLINK {
            return;
        }
        let end = SimTime(self.0.length().unwrap_or(0));
        let now = now.min(end);
        self.0.set_message(format!("{now} of {end}"));
        self.0.set_position(now.nanos());
    }
}

/// A bar over many runs, told of each from any thread; it goes when it is dropped.
pub struct Runs(ProgressBar);

impl Runs {
    /// A bar for so many runs.
    pub fn new(runs: u64) -> Runs {
        Runs(bar(runs, "{human_pos} of {human_len} runs, {eta} left"))
    }

    /// A bar for one run of each of so many scenarios, which take too unequal a time to tell what is left.
    pub fn of_scenarios(scenarios: u64) -> Runs {
        Runs(bar(scenarios, "{pos} of {len} scenarios"))
    }

    /// One more has ended.
    pub fn ran(&self) {
        self.0.inc(1);
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
