//! What has happened by a time.

use super::Chain;

impl Chain {
    /// How likely one of some states has been reached by the time `t` from a state.
    pub fn reached_by(&self, from: usize, to: impl Fn(usize) -> bool, t: f64) -> f64 {
        let mut at = vec![0.0; self.states()];
        at[from] = 1.0;
        let ends = self.after(&at, &to, t);
        (0..self.states()).filter(|i| to(*i)).map(|i| ends[i]).sum()
    }

    /// How likely each state is a time `t` after they were as likely as `at` says, if `to` are never left again.
    ///
    /// By uniformisation: jumps, some of which lead nowhere, come as a Poisson process; where so many of them lead is
    /// weighed by how likely so many are. A sum of positive terms, so exact however small.
    pub fn after(&self, at: &[f64], to: impl Fn(usize) -> bool, t: f64) -> Vec<f64> {
        let n = self.states();
        let row = |i: usize| &self.rates[i * n..(i + 1) * n];
        let leaves: Vec<f64> = (0..n).map(|i| if to(i) { 0.0 } else { row(i).iter().sum() }).collect();
        let fastest = leaves.iter().copied().fold(0.0, f64::max);
        if fastest == 0.0 {
            return at.to_vec(); // nothing ever happens
        }
        let jumps = poisson(fastest * t);
        let (mut at, mut total) = (at.to_vec(), vec![0.0; n]);
        for count in 0..jumps.first + jumps.weights.len() {
            if let Some(weight) = count.checked_sub(jumps.first).map(|i| jumps.weights[i]) {
                total.iter_mut().zip(&at).for_each(|(total, share)| *total += weight * share);
            }
            let mut next = vec![0.0; n];
            for (i, share) in at.iter().enumerate().filter(|(_, share)| **share > 0.0) {
                next[i] += share * (1.0 - leaves[i] / fastest);
                if leaves[i] > 0.0 {
                    next.iter_mut().zip(row(i)).for_each(|(next, rate)| *next += share * (rate / fastest));
                }
            }
            at = next;
        }
        total
    }
}

/// The numbers of events that are likely, from `first` on, and how likely each is.
struct Counts {
    first: usize,
    weights: Vec<f64>,
}

/// A Poisson law of this mean, but for tails beyond twelve standard deviations.
fn poisson(mean: f64) -> Counts {
    let (mode, spread) = (mean.floor(), 12.0 * libm::sqrt(mean) + 40.0);
    let first = (mode - spread).max(0.0) as usize;
    let last = (mode + spread) as usize;
    let middle = mode as usize;
    let mut weights = vec![1.0; last - first + 1];
    // Each from its neighbour, outwards from the largest: no logarithm of a huge factorial.
    for count in (first..middle).rev() {
        weights[count - first] = weights[count - first + 1] * (count + 1) as f64 / mean;
    }
    for count in middle + 1..=last {
        weights[count - first] = weights[count - first - 1] * mean / count as f64;
    }
    let all: f64 = weights.iter().sum();
    Counts { first, weights: weights.iter().map(|weight| weight / all).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_is_exponential() {
        let (_, chain) = Chain::explore(0, |state| if *state == 0 { vec![(1, 0.5)] } else { Vec::new() });
        for t in [0.0, 1e-9, 0.1, 3.0, 40.0, 1e4] {
            let expected = -libm::expm1(-0.5 * t);
            assert!((chain.reached_by(0, |state| state == 1, t) - expected).abs() <= 1e-12 * expected, "{t}");
        }
        assert_eq!(chain.reached_by(1, |state| state == 1, 0.0), 1.0);
        let at = chain.after(&[0.25, 0.75], |_| false, 2.0);
        assert!((at[0] - 0.25 * libm::exp(-1.0)).abs() < 1e-14 && (at[0] + at[1] - 1.0).abs() < 1e-14);
    }

    #[test]
    fn counts_are_those_of_a_poisson_law() {
        let counts = poisson(2.0);
        let expected = libm::exp(-2.0);
        assert!(
            (counts.weights[0] - expected).abs() < 1e-15
                && (counts.weights[2] - 2.0 * expected).abs() < 1e-15
        );
        let many = poisson(1e6);
        let mean: f64 = many.weights.iter().enumerate().map(|(i, w)| w * (many.first + i) as f64).sum();
        assert!((mean / 1e6 - 1.0).abs() < 1e-12, "{mean}");
    }
}
