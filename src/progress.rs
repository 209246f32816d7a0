//! The progress of a run in simulated time: on standard error, and only when that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use swarmbed_scheduler::SimTime;
use swarmbed_sim::setup::End;

/// A bar that goes when it is dropped.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar for a run that ends there.
    pub fn new(end: End) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(end.latest().nanos()), ProgressDrawTarget::stderr());
        let template = "  {bar:32} {msg}";
        bar.set_style(ProgressStyle::with_template(template).expect("the template is a valid constant"));
        Progress(bar)
    }

    /// The run has come so far.
    pub fn at(&mut self, now: SimTime) {
        let end = SimTime(self.0.length().unwrap_or(0));
        let now = now.min(end);
        self.0.set_position(now.nanos());
        self.0.set_message(format!("{now} of {end}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
