//! The progress of a run in simulated time: on standard error, and only when that is a terminal.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use swarmbed_scheduler::SimTime;
use swarmbed_sim::setup::End;

/// How long a run has to take before there is a bar, in the watcher's time.
const BLINK: Duration = Duration::from_millis(400);

/// A bar that goes when it is dropped.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar for a run that ends there.
    pub fn new(end: End) -> Progress {
        Progress::of(end.latest().nanos())
    }

    /// A bar for so many of anything.
    pub fn of(count: u64) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(count), ProgressDrawTarget::stderr());
        let template = "  {bar:32} {msg}";
        bar.set_style(ProgressStyle::with_template(template).expect("the template is a valid constant"));
        Progress(bar)
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

/// A bar over the runs of many trials, told of each from any thread; it goes when it is dropped.
pub struct Runs(ProgressBar);

impl Runs {
    /// A bar for so many runs.
    pub fn new(runs: u64) -> Runs {
        let bar = ProgressBar::with_draw_target(Some(runs), ProgressDrawTarget::stderr());
        let template = "  {bar:32} {human_pos} of {human_len} runs, {eta} left";
        bar.set_style(ProgressStyle::with_template(template).expect("the template is a valid constant"));
        Runs(bar)
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
