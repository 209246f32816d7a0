//! Markov chains in continuous time, solved exactly: shares of time, times until something happens and their spread, what
//! happens first, what has happened by a time.
//!
//! Nothing here subtracts what is nearly equal. States are eliminated as Grassmann, Taksar and Heyman do (*Operations
//! Research* 33, 1985): a diagonal is the sum of the rates that leave, so every step adds, multiplies and divides positive
//! numbers, and a probability of 10⁻¹² is as exact in its leading digits as one of 0.5. Matrices are dense: a few hundred
//! states are meant.

use std::collections::BTreeMap;

mod transient;

/// A chain: rates from state to state.
#[derive(Clone, Debug)]
pub struct Chain {
    states: usize,
    /// Row by row; nothing on the diagonal.
    rates: Vec<f64>,
}

/// How long it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passage {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub sd: f64,
}

impl Chain {
    /// Every state that can be reached from `start`, which is the first, and the chain on them. `jumps` are what may
    /// happen in a state, with rates; what leads back to itself does not count.
    pub fn explore<S: Clone + Ord>(start: S, jumps: impl Fn(&S) -> Vec<(S, f64)>) -> (Vec<S>, Chain) {
        let mut numbers = BTreeMap::from([(start.clone(), 0)]);
        let (mut states, mut found) = (vec![start], Vec::new());
        let mut next = 0;
        while next < states.len() {
            for (to, rate) in jumps(&states[next]) {
                let number = *numbers.entry(to.clone()).or_insert_with(|| {
                    states.push(to);
                    states.len() - 1
                });
                found.push((next, number, rate));
            }
            next += 1;
        }
        let mut chain = Chain { states: states.len(), rates: vec![0.0; states.len() * states.len()] };
        for (from, to, rate) in found.into_iter().filter(|(from, to, _)| from != to) {
            chain.rates[from * chain.states + to] += rate;
        }
        (states, chain)
    }

    /// How many states there are.
    pub fn states(&self) -> usize {
        self.states
    }

    /// The rate from one state to another.
    pub fn rate(&self, from: usize, to: usize) -> f64 {
        self.rates[from * self.states + to]
    }

    /// The long-run share of time in each state. Every state has to be reachable from every other.
    pub fn shares(&self) -> Vec<f64> {
        let (n, mut q) = (self.states, self.rates.clone());
        for k in (1..n).rev() {
            let leaves: f64 = q[k * n..k * n + k].iter().sum();
            for i in 0..k {
                let share = q[i * n + k] / leaves;
                q[i * n + k] = share;
                pass_on(&mut q, n, (i, k), share);
            }
        }
        let mut shares = vec![1.0; n];
        for k in 1..n {
            shares[k] = (0..k).map(|i| shares[i] * q[i * n + k]).sum();
        }
        let all: f64 = shares.iter().sum();
        shares.iter().map(|share| share / all).collect()
    }

    /// How often a year of the chain's time unit passes from states within to states without: Σ share · rate.
    pub fn crossings(&self, shares: &[f64], within: impl Fn(usize) -> bool) -> f64 {
        let leave = |i: usize| (0..self.states).filter(|j| !within(*j)).map(|j| self.rate(i, j)).sum::<f64>();
        (0..self.states).filter(|i| within(*i)).map(|i| shares[i] * leave(i)).sum()
    }

    /// The time from a state until the first of some others is reached; no time at all if it is one of them.
    pub fn passage(&self, from: usize, to: impl Fn(usize) -> bool) -> Passage {
        let open: Vec<usize> = (0..self.states).filter(|i| !to(*i)).collect();
        let Some(place) = open.iter().position(|i| *i == from) else {
            return Passage { mean: 0.0, sd: 0.0 };
        };
        let exits = self.rates_to(&open, &to);
        let first = self.solve(&open, &exits, vec![1.0; open.len()]);
        let second = self.solve(&open, &exits, first.iter().map(|mean| 2.0 * mean).collect());
        let mean = first[place];
        Passage { mean, sd: libm::sqrt((second[place] - mean * mean).max(0.0)) }
    }

    /// The mean time from each state until the first of some others is reached; none from these themselves.
    pub fn means(&self, to: impl Fn(usize) -> bool) -> Vec<f64> {
        let open: Vec<usize> = (0..self.states).filter(|i| !to(*i)).collect();
        let exits = self.rates_to(&open, &to);
        let mut means = vec![0.0; self.states];
        for (state, mean) in open.iter().zip(self.solve(&open, &exits, vec![1.0; open.len()])) {
            means[*state] = mean;
        }
        means
    }

    /// How likely one of `wanted` is reached before one of `others`.
    pub fn sooner(&self, from: usize, wanted: impl Fn(usize) -> bool, others: impl Fn(usize) -> bool) -> f64 {
        if wanted(from) || others(from) {
            return f64::from(u8::from(wanted(from)));
        }
        let open: Vec<usize> = (0..self.states).filter(|i| !wanted(*i) && !others(*i)).collect();
        let place = open.iter().position(|i| *i == from).expect("it is in none of the two");
        let exits = self.rates_to(&open, |i| wanted(i) || others(i));
        let hits = self.rates_to(&open, &wanted);
        self.solve(&open, &exits, hits)[place]
    }

    /// The rate from each of these states into any of some others.
    fn rates_to(&self, open: &[usize], to: impl Fn(usize) -> bool) -> Vec<f64> {
        let closed: Vec<usize> = (0..self.states).filter(|j| to(*j)).collect();
        open.iter().map(|i| closed.iter().map(|j| self.rate(*i, *j)).sum()).collect()
    }

    /// What is gathered on the way out of the `open` states, from each of them, if a time unit in state `i` is worth
    /// `worth[i]`: the solution of `-T x = worth`.
    fn solve(&self, open: &[usize], exits: &[f64], mut worth: Vec<f64>) -> Vec<f64> {
        let n = open.len();
        let mut exits = exits.to_vec();
        let mut q: Vec<f64> = open.iter().flat_map(|i| open.iter().map(|j| self.rate(*i, *j))).collect();
        let mut leaves = vec![0.0; n];
        for k in (0..n).rev() {
            leaves[k] = exits[k] + q[k * n..k * n + k].iter().sum::<f64>();
            for i in 0..k {
                let share = q[i * n + k] / leaves[k];
                pass_on(&mut q, n, (i, k), share);
                exits[i] += share * exits[k];
                worth[i] += share * worth[k];
            }
        }
        for k in 0..n {
            let before: f64 = (0..k).map(|j| q[k * n + j] * worth[j]).sum();
            worth[k] = (worth[k] + before) / leaves[k];
        }
        worth
    }
}

/// What state `i` sends to `k`, which is eliminated, goes on from there to the states before `k`.
fn pass_on(q: &mut [f64], n: usize, (i, k): (usize, usize), share: f64) {
    if share == 0.0 {
        return;
    }
    let (above, below) = q.split_at_mut(k * n);
    for (j, (to, from)) in above[i * n..i * n + k].iter_mut().zip(&below[..k]).enumerate() {
        // What would lead back to itself is no jump.
        if j != i {
            *to += share * from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` machines; each fails once in `life` and is repaired in one time unit. A state is how many are down.
    fn machines(n: u32, life: f64) -> Chain {
        let jumps = |down: &u32| {
            let (fails, repairs) = (f64::from(n - down) / life, f64::from(*down));
            let mut jumps = Vec::new();
            if *down < n {
                jumps.push((down + 1, fails));
            }
            if *down > 0 {
                jumps.push((down - 1, repairs));
            }
            jumps
        };
        let (states, chain) = Chain::explore(0, jumps);
        assert_eq!(states, (0..=n).collect::<Vec<_>>());
        chain
    }

    fn close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-13, "{found} is not {expected}");
    }

    #[test]
    fn shares_of_time_are_binomial_however_small() {
        let shares = machines(9, 1e4).shares();
        let down = 1.0 / 10_001.0_f64;
        let mut expected = libm::pow(1.0 - down, 9.0);
        for (k, share) in shares.iter().enumerate() {
            close(*share, expected);
            expected *= (9 - k) as f64 / (k + 1) as f64 * down / (1.0 - down);
        }
        assert!(shares[9] < 1e-35);
    }

    #[test]
    fn two_of_three_are_lost_after_the_textbook_time() {
        // (5λ + μ) / 6λ² with λ = 1/720, μ = 1.
        let chain = machines(3, 720.0);
        let found = chain.passage(0, |down| down >= 2);
        close(found.mean, (5.0 / 720.0 + 1.0) * 720.0 * 720.0 / 6.0);
        assert!((found.sd / 86_999.006_890_9 - 1.0).abs() < 1e-9);
        assert_eq!(chain.passage(2, |down| down >= 2), Passage { mean: 0.0, sd: 0.0 });
        // Rarer than a double could tell by subtraction: 9 of 9 down at once. One more down takes (1 + k h) / ((9 - k) λ),
        // where h is how long it took to come from k - 1 to k.
        let mut steps = vec![0.0];
        (0..9).for_each(|k| steps.push((1.0 + f64::from(k) * steps[k as usize]) * 1e4 / f64::from(9 - k)));
        close(machines(9, 1e4).passage(0, |down| down == 9).mean, steps.iter().sum());
        let means = chain.means(|down| down >= 2);
        assert_eq!(means, [0, 1, 2, 3].map(|from| chain.passage(from, |down| down >= 2).mean));
    }

    #[test]
    fn what_happens_first_is_a_race() {
        // From one down of three: another failure at 2/720 before the repair at 1.
        let chain = machines(3, 720.0);
        close(chain.sooner(1, |down| down == 2, |down| down == 0), 2.0 / 722.0);
        assert_eq!(chain.sooner(0, |down| down == 0, |down| down == 2), 1.0);
        assert_eq!(chain.sooner(2, |down| down == 0, |down| down == 2), 0.0);
    }

    #[test]
    fn crossings_are_counted_once_each() {
        let chain = machines(1, 9.0);
        let shares = chain.shares();
        close(chain.crossings(&shares, |down| down == 0), 0.1);
    }
}
