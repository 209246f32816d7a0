//! Arrival processes: when things come that come by themselves.

use std::sync::Arc;

use super::distribution::Distribution;
use super::stream::Stream;
use swarmbed_scheduler::{SimTime, Span};

/// A process of arrivals in time.
#[derive(Clone, Debug)]
pub enum Process {
    /// A renewal process: gaps that are independent and of one law (exponential ones make a Poisson process). The first gap
    /// begins at the start.
    Renewal {
        /// Nanoseconds between two arrivals.
        gap: Distribution,
    },
    /// Several at once, the first ones at the start.
    Bursts {
        /// How many.
        size: Distribution,
        /// Nanoseconds between two bursts.
        gap: Distribution,
    },
    /// A Poisson process whose rate follows the hour: `mean (1 + swing sin(2 pi t / period))`, drawn by thinning (Lewis and
    /// Shedler, 1979).
    Diurnal {
        /// Nanoseconds between two arrivals, on average over a period.
        gap: Span,
        /// How far the rate swings around its mean: 0 not at all, 1 down to nothing and up to twice the mean.
        swing: f64,
        /// The length of a day.
        period: Span,
    },
    /// So many in each of a row of equal times, in which they are a Poisson process of which that much is known: each is
    /// anywhere in its time, independent of the others.
    Counts {
        /// How many, time by time.
        counts: Arc<[u64]>,
        /// How long each of the times is.
        every: Span,
    },
    /// All at the start.
    Batch {
        /// How many.
        size: u64,
    },
}

impl Process {
    /// The times of arrival from `start` on, ascending; drawn one by one.
    pub fn times(&self, start: SimTime, draws: Stream) -> Times {
        let now = if let Process::Renewal { .. } = self { None } else { Some(start) };
        Times { process: self.clone(), draws, start, now, left: None, place: 0 }
    }
}

/// The times of a process.
#[derive(Clone, Debug)]
pub struct Times {
    process: Process,
    draws: Stream,
    start: SimTime,
    /// The latest time; `None` before the first gap of a renewal process.
    now: Option<SimTime>,
    /// How many are still to come at that time; `None` before the first ones.
    left: Option<u64>,
    /// Of counts, the how-manieth time it is.
    place: usize,
}

impl Iterator for Times {
    type Item = SimTime;

    fn next(&mut self) -> Option<SimTime> {
        let now = self.now.unwrap_or(self.start);
        match &self.process {
            Process::Renewal { gap } => {
                let next = later(now, gap.sample(&mut self.draws))?;
                self.now = Some(next);
                Some(next)
            }
            Process::Bursts { size, gap } => {
                let (mut now, mut left) = (
                    now,
                    match self.left {
                        None => size.sample(&mut self.draws),
                        Some(left) => left,
                    },
                );
                while left == 0 {
                    // A gap of nothing would be a burst that never ends.
                    now = later(now, gap.sample(&mut self.draws).max(1))?;
                    left = size.sample(&mut self.draws);
                }
                (self.now, self.left) = (Some(now), Some(left - 1));
                Some(now)
            }
            Process::Diurnal { gap, swing, period } => {
                let fastest = Distribution::exponential(gap.0.max(1) as f64 / (1.0 + swing)).ok()?;
                let mut now = now;
                loop {
                    now = later(now, fastest.sample(&mut self.draws).max(1))?;
                    let turn = (now.since(self.start).0 % period.0.max(1)) as f64 / period.0.max(1) as f64;
                    let rate = 1.0 + swing * libm::sin(core::f64::consts::TAU * turn);
                    if self.draws.unit() * (1.0 + swing) < rate {
                        self.now = Some(now);
                        return Some(now);
                    }
                }
            }
            Process::Counts { counts, every } => {
                let mut left = self.left.or(counts.first().copied())?;
                let mut now = now;
                while left == 0 {
                    self.place += 1;
                    left = *counts.get(self.place)?;
                    now = later(self.start, every.0.checked_mul(self.place as u64)?)?;
                }
                // The first of so many that are anywhere in the rest of the time: its share of the rest is the least of as many
                // uniform numbers.
                let ends = later(self.start, every.0.checked_mul(self.place as u64 + 1)?)?;
                let rest = ends.since(now).0 as f64;
                let share = -libm::expm1(libm::log(self.draws.open_unit()) / left as f64);
                now = later(now, (rest * share) as u64)?.min(ends);
                (self.now, self.left) = (Some(now), Some(left - 1));
                Some(now)
            }
            Process::Batch { size } => {
                let left = self.left.unwrap_or(*size).checked_sub(1)?;
                self.left = Some(left);
                Some(now)
            }
        }
    }
}

fn later(time: SimTime, nanos: u64) -> Option<SimTime> {
    time.0.checked_add(nanos).map(SimTime)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: SimTime = SimTime(Span::secs(100).0);

    fn times(process: &Process) -> Times {
        process.times(START, Stream::new(7, "test.process", ""))
    }

    #[test]
    fn a_renewal_process_has_the_rate_of_its_gaps() {
        let process = Process::Renewal { gap: Distribution::exponential(1e9).unwrap() };
        let count = times(&process).take_while(|at| *at <= START + Span::secs(10_000)).count();
        assert!((9_600..10_400).contains(&count), "10,000 give or take four standard deviations: {count}");
        let even = Process::Renewal { gap: Distribution::constant(Span::secs(5).0) };
        let first: Vec<u64> = times(&even).take(3).map(|at| at.since(START).0 / 1_000_000_000).collect();
        assert_eq!(first, [5, 10, 15]);
    }

    #[test]
    fn bursts_come_together_and_batches_at_once() {
        let (size, gap) = (Distribution::constant(3), Distribution::constant(Span::secs(60).0));
        let seconds = |at: SimTime| at.since(START).0 / 1_000_000_000;
        let first: Vec<u64> = times(&Process::Bursts { size, gap }).take(7).map(seconds).collect();
        assert_eq!(first, [0, 0, 0, 60, 60, 60, 120]);
        let batch: Vec<u64> = times(&Process::Batch { size: 4 }).map(seconds).collect();
        assert_eq!(batch, [0, 0, 0, 0]);
    }

    #[test]
    fn counts_are_kept_and_spread_over_their_times() {
        let every = Span::secs(60);
        let counts: Arc<[u64]> = [0, 1000, 0, 3].into();
        let all: Vec<SimTime> = times(&Process::Counts { counts: counts.clone(), every }).collect();
        let within = |place: u64| {
            let begins = START + Span(every.0 * place);
            all.iter().filter(|at| **at >= begins && **at < begins + every).count() as u64
        };
        assert_eq!((0..4).map(within).collect::<Vec<_>>(), *counts);
        assert!(all.is_sorted());
        let middle = START + Span::secs(90);
        let first_half = all[..1000].iter().filter(|at| **at < middle).count();
        assert!((440..560).contains(&first_half), "500 give or take four standard deviations: {first_half}");
    }

    #[test]
    fn a_day_has_a_busy_half_and_a_quiet_one() {
        let period = Span::secs(86_400);
        let process = Process::Diurnal { gap: Span::secs(1), swing: 0.8, period };
        let day: Vec<SimTime> = times(&process).take_while(|at| *at < START + period).collect();
        let busy = day.iter().filter(|at| at.since(START).0 < period.0 / 2).count();
        // The mean of the busy half is 1 + 0.8 * 2 / pi = 1.509 times that of the day.
        let expected = 43_200.0 * (1.0 + 0.8 * 2.0 / core::f64::consts::PI);
        assert!((busy as f64 - expected).abs() < 4.0 * expected.sqrt(), "{busy} of {expected}");
        assert!((day.len() as f64 - 86_400.0).abs() < 4.0 * 294.0, "{}", day.len());
    }
}
