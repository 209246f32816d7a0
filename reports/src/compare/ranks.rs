//! Whether scenarios agree on which variant is the best: their ranks over several comparisons of the same variants.
//!
//! In each scenario the variants are ranked by the mean of a metric, equal means sharing their ranks. Kendall's W says how
//! alike these rankings are: 1 if all are the same, 0 if there is nothing common in them. How likely so large a W would be
//! by chance is counted where all possible rankings can be gone through, and else told by Iman and Davenport's F
//! (Communications in Statistics A 9, 1980), which is better than Friedman's chi-square.

use super::Comparison;
use crate::metrics::Better;
use crate::stats::special::beta;

/// The ranks of all variants in one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// The metric.
    pub metric: String,
    /// Each variant's mean rank; 1 is the best.
    pub mean: Vec<f64>,
    /// How many scenarios tell the variants apart.
    pub scenarios: usize,
    /// Kendall's W, if at least two do.
    pub agreement: Option<f64>,
    /// How likely so much agreement would be by chance.
    pub p: Option<f64>,
}

/// The ranks of the variants over the scenarios, for each metric of which less or more is better and that tells variants
/// apart in at least one scenario. All comparisons are of the same variants in the same order.
pub fn ranks(comparisons: &[&Comparison]) -> Vec<Ranks> {
    let rows = || comparisons.iter().flat_map(|c| &c.rows).filter(|row| row.better != Better::Neither);
    let mut metrics: Vec<&str> = Vec::new();
    for row in rows() {
        if !metrics.contains(&row.metric.as_str()) {
            metrics.push(&row.metric);
        }
    }
    let of = |metric: &&str| {
        let rankings = rows().filter(|row| row.metric == **metric).filter_map(|row| {
            let means: Option<Vec<f64>> = row.values.iter().map(|values| values.mean()).collect();
            ranking(&means?, row.better)
        });
        of_metric(metric, &rankings.collect::<Vec<_>>())
    };
    metrics.iter().filter_map(of).collect()
}

/// The ranks of the values, equal ones sharing theirs; `None` if all are equal.
fn ranking(values: &[f64], better: Better) -> Option<Vec<f64>> {
    let is_before = |a: f64, b: f64| if better == Better::More { a > b } else { a < b };
    let rank = |value: &f64| {
        let before = values.iter().filter(|other| is_before(**other, *value)).count();
        let equal = values.iter().filter(|other| *other == value).count();
        before as f64 + (equal as f64 + 1.0) / 2.0
    };
    let ranks: Vec<f64> = values.iter().map(rank).collect();
    ranks.windows(2).any(|pair| pair[0] != pair[1]).then_some(ranks)
}

fn of_metric(metric: &str, rankings: &[Vec<f64>]) -> Option<Ranks> {
    let variants = rankings.first()?.len();
    let scenarios = rankings.len();
    let sum = |variant: usize| rankings.iter().map(|ranking| ranking[variant]).sum::<f64>();
    let sums: Vec<f64> = (0..variants).map(sum).collect();
    let agreement = (scenarios > 1).then(|| kendall(&sums, rankings));
    Some(Ranks {
        metric: metric.to_owned(),
        mean: sums.iter().map(|sum| sum / scenarios as f64).collect(),
        scenarios,
        agreement,
        p: agreement.map(|w| {
            counted(&sums, rankings).unwrap_or_else(|| by_chance(w, variants as f64, scenarios as f64))
        }),
    })
}

/// Kendall's coefficient of concordance, corrected for ties.
fn kendall(sums: &[f64], rankings: &[Vec<f64>]) -> f64 {
    let (k, m) = (sums.len() as f64, rankings.len() as f64);
    let mean = m * (k + 1.0) / 2.0;
    let spread: f64 = sums.iter().map(|sum| (sum - mean) * (sum - mean)).sum();
    // Every value counts its own group of equals, so that a group of t adds t times (t^2 - 1).
    let ties = |ranking: &Vec<f64>| -> f64 {
        let equals = |rank: &f64| ranking.iter().filter(|other| *other == rank).count() as f64;
        ranking.iter().map(|rank| equals(rank) * equals(rank) - 1.0).sum()
    };
    let tied: f64 = rankings.iter().map(ties).sum();
    12.0 * spread / (m * m * (k * k * k - k) - m * tied)
}

/// More rankings than this are not gone through.
const MOST_COUNTED: usize = 1_000_000;

/// The share of all ways to deal each scenario's ranks among the variants that agree at least as well as these; `None` if
/// there are too many. The first scenario need not be dealt anew: only how the others lie to it matters.
fn counted(sums: &[f64], rankings: &[Vec<f64>]) -> Option<f64> {
    let orders: usize = (1..=sums.len()).try_fold(1_usize, |all, n| all.checked_mul(n))?;
    let all = orders.checked_pow(rankings.len() as u32 - 1).filter(|all| *all <= MOST_COUNTED)?;
    let (first, others) = rankings.split_first()?;
    let dealt: Vec<Vec<Vec<f64>>> = others.iter().map(|ranking| permutations(ranking)).collect();
    // Ranks are multiples of a half, so sums of their squares are exact.
    let squares = |sums: &[f64]| sums.iter().map(|sum| sum * sum).sum::<f64>();
    let found = squares(sums);
    let as_good = |code: &usize| {
        let mut rest = *code;
        let mut sums = first.clone();
        for ways in &dealt {
            sums.iter_mut().zip(&ways[rest % orders]).for_each(|(sum, rank)| *sum += rank);
            rest /= orders;
        }
        squares(&sums) >= found
    };
    Some((0..all).filter(as_good).count() as f64 / all as f64)
}

/// Every order of the values, equal ones told apart.
fn permutations(values: &[f64]) -> Vec<Vec<f64>> {
    let Some((last, others)) = values.split_last() else { return vec![Vec::new()] };
    let with_last = |order: Vec<f64>| {
        (0..=order.len()).map(move |at| {
            let mut order = order.clone();
            order.insert(at, *last);
            order
        })
    };
    permutations(others).into_iter().flat_map(with_last).collect()
}

/// How likely so large a W is if every ranking is as likely as the others: `(m - 1) W / (1 - W)` has about an F distribution
/// with `k - 1` and `(k - 1)(m - 1)` degrees of freedom.
fn by_chance(w: f64, k: f64, m: f64) -> f64 {
    let (above, below) = (k - 1.0, (k - 1.0) * (m - 1.0));
    // P(F > f) is the regularised incomplete beta function at below / (below + above f); f is infinite if W is 1.
    let part = below * (1.0 - w) / (below * (1.0 - w) + above * (m - 1.0) * w);
    beta(below / 2.0, above / 2.0, part.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(rankings: &[&[f64]]) -> Ranks {
        let rankings: Vec<Vec<f64>> =
            rankings.iter().filter_map(|values| ranking(values, Better::Less)).collect();
        of_metric("m", &rankings).unwrap()
    }

    #[test]
    fn equals_share_their_ranks() {
        assert_eq!(ranking(&[3.0, 1.0, 3.0, 7.0], Better::Less), Some(vec![2.5, 1.0, 2.5, 4.0]));
        assert_eq!(ranking(&[3.0, 1.0, 3.0, 7.0], Better::More), Some(vec![2.5, 4.0, 2.5, 1.0]));
        assert_eq!(ranking(&[2.0, 2.0], Better::Less), None, "nothing is told apart");
    }

    #[test]
    fn agreement_by_hand() {
        let same = judged(&[&[1.0, 2.0, 3.0], &[10.0, 20.0, 30.0], &[5.0, 6.0, 7.0]]);
        assert_eq!((same.agreement, same.mean.as_slice()), (Some(1.0), [1.0, 2.0, 3.0].as_slice()));
        assert_eq!(same.p, Some(1.0 / 36.0), "both others agree with the first by a chance of 1 / 6 each");
        let some = judged(&[&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0], &[2.0, 2.0, 2.0], &[2.0, 1.0, 3.0]]);
        assert_eq!(some.scenarios, 3);
        let sums: Vec<f64> = some.mean.iter().map(|mean| mean * 3.0).collect();
        assert_eq!(sums, [4.0, 6.0, 8.0]);
        // Sums 4, 6, 8: 12 · 8 / 216 = 4/9. Friedman's table for 3 and 3 has 0.361 for it.
        // F = 2 · (4/9) / (5/9) = 1.6; P(F(2, 4) > 1.6) = (1 + 1.6 / 2)^-2.
        assert!((some.agreement.unwrap() - 4.0 / 9.0).abs() < 1e-12);
        assert!((some.p.unwrap() - 0.361).abs() < 5e-4, "{:?}", some.p);
        let square = |x: f64| x * x;
        assert!((by_chance(4.0 / 9.0, 3.0, 3.0) - 1.0 / square(1.8)).abs() < 1e-9);
    }

    #[test]
    fn ties_do_not_lessen_the_agreement() {
        let tied = judged(&[&[1.0, 1.0, 2.0], &[4.0, 4.0, 9.0]]);
        assert_eq!(tied.mean, [1.5, 1.5, 3.0]);
        assert!((tied.agreement.unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(judged(&[&[1.0, 2.0]]).agreement, None, "one scenario agrees with nobody");
    }
}
