//! What is seen of requests in a stretch of time.

use swarmbed_scheduler::SimTime;
use swarmbed_sim::worker::mesh::{Account, Cause, Ending};
use swarmbed_sim::{Names, Observation, Observer};

use crate::stats::Histogram;

/// Totals over the requests that ended in a stretch; times in seconds.
pub(super) struct Batch {
    /// By service in the order of the stages: requests answered.
    pub(super) seen: Vec<u64>,
    /// Their waits.
    pub(super) waits: Vec<f64>,
    /// The squares of the first stage's waits.
    pub(super) squares: f64,
    /// From sending to answer, of what clients sent.
    pub(super) sojourn: f64,
    /// The same over the work that each took.
    pub(super) slowdown: f64,
    /// Requests that waited at all.
    pub(super) waited: u64,
    /// Refused since the queue was full.
    pub(super) blocked: u64,
    pub(super) wait: Histogram,
    pub(super) sojourns: Histogram,
}

/// Fills a batch.
pub(super) struct Watch {
    pub(super) batch: Batch,
    percentiles: bool,
}

/// A part in 256, and straight between: far below the errors.
const PRECISION: u32 = 8;

impl Batch {
    /// Several stretches as one.
    ///
    /// # Panics
    /// If there are none.
    pub(super) fn of(several: &[&Batch]) -> Batch {
        let mut sum = Watch::new(several[0].seen.len(), false).batch;
        for one in several {
            sum.seen.iter_mut().zip(&one.seen).for_each(|(sum, one)| *sum += one);
            sum.waits.iter_mut().zip(&one.waits).for_each(|(sum, one)| *sum += one);
            sum.squares += one.squares;
            sum.sojourn += one.sojourn;
            sum.slowdown += one.slowdown;
            sum.waited += one.waited;
            sum.blocked += one.blocked;
            sum.wait.add(&one.wait);
            sum.sojourns.add(&one.sojourns);
        }
        sum
    }
}

impl Watch {
    pub(super) fn new(stages: usize, percentiles: bool) -> Watch {
        let histogram = || Histogram::new(PRECISION);
        let batch = Batch {
            seen: vec![0; stages],
            waits: vec![0.0; stages],
            squares: 0.0,
            sojourn: 0.0,
            slowdown: 0.0,
            waited: 0,
            blocked: 0,
            wait: histogram(),
            sojourns: histogram(),
        };
        Watch { batch, percentiles }
    }

    fn answered(&mut self, account: &Account) {
        let batch = &mut self.batch;
        let stage = account.service.index();
        let wait = account.waited.0 as f64 * 1e-9;
        batch.seen[stage] += 1;
        batch.waits[stage] += wait;
        if account.branch > 0 {
            return;
        }
        let sojourn = account.latency.0 as f64 * 1e-9;
        batch.squares += wait * wait;
        batch.sojourn += sojourn;
        batch.slowdown += account.latency.0 as f64 / account.worked.0.max(1) as f64;
        batch.waited += u64::from(account.waited.0 > 0);
        if self.percentiles {
            batch.wait.count(account.waited.0);
            batch.sojourns.count(account.latency.0);
        }
    }
}

impl Observer for Watch {
    fn observe(&mut self, _: SimTime, what: &Observation, _: &Names) {
        if let Observation::RequestEnded(account) = what {
            match account.ending {
                Ending::Answered => self.answered(account),
                Ending::Refused(Cause::QueueFull) => self.batch.blocked += 1,
                other => panic!("in a hall where nothing breaks a request was {other}"),
            }
        }
    }
}
