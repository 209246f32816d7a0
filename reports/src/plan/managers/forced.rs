//! The chance that only `docker swarm init --force-new-cluster` helps: so many managers have lost their disks that no
//! quorum can ever come together again.
//!
//! A manager that fails loses its disk now and then. Its replacement is ready after a repair time; it joins, and the lost
//! one is removed, as soon as there is a quorum to commit that. Zones' outages leave disks alone, and are left out.

use crate::markov::Chain;
use crate::quorum::YEAR;

/// Managers whose disks can be lost. Times are in hours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Disks {
    pub(super) managers: u32,
    pub(super) mttf: f64,
    pub(super) mttr: f64,
    /// The share of failures that lose the disk.
    pub(super) lost: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    up: u32,
    /// Down, and back with what was on their disks.
    down: u32,
    /// Lost, and not replaced yet.
    lost: u32,
    /// Lost, and their replacements wait for a quorum.
    ready: u32,
}

impl Disks {
    /// How likely it is within a year. The time until then is exponential but for a few repair times at its beginning.
    pub(super) fn chance_a_year(self) -> f64 {
        if self.lost == 0.0 {
            return 0.0;
        }
        let (chain, states) = self.chain();
        let mean = chain.passage(0, |i| self.is_over(&states[i])).mean;
        -libm::expm1(-YEAR / mean)
    }

    fn quorum(self) -> u32 {
        self.managers / 2 + 1
    }

    /// Those who still have their disks are no quorum.
    fn is_over(self, state: &State) -> bool {
        state.up + state.down < self.quorum()
    }

    fn chain(self) -> (Chain, Vec<State>) {
        let start = State { up: self.managers, down: 0, lost: 0, ready: 0 };
        let (states, chain) = Chain::explore(start, |state| self.jumps(state));
        (chain, states)
    }

    fn jumps(self, state: &State) -> Vec<(State, f64)> {
        if self.is_over(state) {
            return Vec::new();
        }
        let State { up, down, lost, ready } = *state;
        let (fails, repairs) = (f64::from(up) / self.mttf, 1.0 / self.mttr);
        let mut jumps = Vec::new();
        let mut to = |rate: f64, state: State| jumps.push((self.joined(state), rate));
        if up > 0 {
            to(fails * self.lost, State { up: up - 1, lost: lost + 1, ..*state });
            if self.lost < 1.0 {
                to(fails * (1.0 - self.lost), State { up: up - 1, down: down + 1, ..*state });
            }
        }
        if down > 0 {
            to(repairs * f64::from(down), State { up: up + 1, down: down - 1, ..*state });
        }
        if lost > 0 {
            to(repairs * f64::from(lost), State { lost: lost - 1, ready: ready + 1, ..*state });
        }
        jumps
    }

    /// With a quorum, who is ready joins at once: that takes seconds, where repairs take hours.
    fn joined(self, state: State) -> State {
        let joins = if state.up >= self.quorum() { state.ready } else { 0 };
        State { up: state.up + joins, ready: state.ready - joins, ..state }
    }
}

#[cfg(test)]
mod tests {
    use swarmbed_scheduler::stream::Stream;

    use super::*;

    const POOR: Disks = Disks { managers: 3, mttf: 200.0, mttr: 30.0, lost: 0.3 };

    #[test]
    fn the_time_until_then_is_as_good_as_exponential() {
        for disks in [Disks { managers: 1, ..POOR }, POOR, Disks { managers: 5, mttr: 5.0, ..POOR }] {
            let (chain, states) = disks.chain();
            let exact = chain.reached_by(0, |i| disks.is_over(&states[i]), YEAR);
            let found = disks.chance_a_year();
            assert!((found / exact - 1.0).abs() < 0.01, "{found} is not {exact}");
        }
        assert_eq!(Disks { lost: 0.0, ..POOR }.chance_a_year(), 0.0);
        // Each of three lost at any time, at a rate of 3 λp, and either of the others within its repair.
        let rare = Disks { managers: 3, mttf: 7200.0, mttr: 1.0, lost: 0.05 };
        let rate = 3.0 * (0.05 / 7200.0) * 2.0 * (0.05 / 7200.0);
        assert!((rare.chance_a_year() / (YEAR * rate) - 1.0).abs() < 0.02);
    }

    /// The same told by hand: when each manager's disk and machine come and go.
    #[test]
    fn what_is_played_is_what_follows() {
        for disks in [POOR, Disks { managers: 4, ..POOR }, Disks { managers: 5, lost: 0.6, ..POOR }] {
            let mean = {
                let (chain, states) = disks.chain();
                chain.passage(0, |i| disks.is_over(&states[i])).mean
            };
            let mut draws = Stream::new(1, "forced", &disks.managers.to_string());
            let times: Vec<f64> = (0..4000).map(|_| until_over(disks, &mut draws)).collect();
            let found = crate::stats::Estimate::of_mean(&times).expect("there are times");
            assert!((found.value - mean).abs() < 4.0 * found.se, "{disks:?}: {found:?} is not {mean}");
        }
    }

    /// A manager's machine: when it turns next, and what it is.
    #[derive(Clone, Copy, PartialEq)]
    enum Machine {
        Up,
        Down,
        Lost,
        Ready,
    }

    fn until_over(disks: Disks, draws: &mut Stream) -> f64 {
        let mut after = |mean: f64, now: f64| now - mean * libm::log(draws.open_unit());
        let mut chances = Stream::new(after(1.0, 0.0).to_bits(), "forced", "chances");
        let mut rows: Vec<(f64, Machine)> =
            (0..disks.managers).map(|_| (after(disks.mttf, 0.0), Machine::Up)).collect();
        let quorum = (disks.managers / 2 + 1) as usize;
        loop {
            let next = rows.iter_mut().min_by(|a, b| a.0.total_cmp(&b.0)).expect("there are managers");
            let now = next.0;
            *next = match next.1 {
                Machine::Up if chances.unit() < disks.lost => (after(disks.mttr, now), Machine::Lost),
                Machine::Up => (after(disks.mttr, now), Machine::Down),
                Machine::Down => (after(disks.mttf, now), Machine::Up),
                Machine::Lost | Machine::Ready => (f64::INFINITY, Machine::Ready),
            };
            let count = |rows: &[(f64, Machine)], of: &[Machine]| {
                rows.iter().filter(|row| of.contains(&row.1)).count()
            };
            if count(&rows, &[Machine::Up, Machine::Down]) < quorum {
                return now;
            }
            if count(&rows, &[Machine::Up]) >= quorum {
                for row in rows.iter_mut().filter(|row| row.1 == Machine::Ready) {
                    *row = (after(disks.mttf, now), Machine::Up);
                }
            }
        }
    }
}
