//! Which of a ranking is meant: the first often, the last seldom.

use super::threshold;

/// Ranks up to this have an entry in a table; from here on, the sum over ranks is an integral from half a rank before to
/// half a rank after, which is off by a millionth of what is left.
const HEAD: u64 = 256;

/// A Zipf distribution: rank `k` of `1..=n` has a probability proportional to `k^-s`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Zipf {
    ranks: u64,
    exponent: f64,
    /// `below[k]` of the 2⁶⁴ draws give rank `k + 1` or a better one.
    below: Box<[u64]>,
}

impl Zipf {
    /// `ranks` is at least 1, `exponent` is finite and not negative.
    pub(super) fn new(ranks: u64, exponent: f64) -> Zipf {
        let total = power_sum(ranks, exponent);
        let mut sum = 0.0;
        let below = (1..=ranks.min(HEAD)).map(|rank| {
            sum += libm::pow(rank as f64, -exponent);
            threshold(sum / total)
        });
        Zipf { ranks, exponent, below: below.collect() }
    }

    pub(super) fn mean(&self) -> f64 {
        power_sum(self.ranks, self.exponent - 1.0) / power_sum(self.ranks, self.exponent)
    }

    pub(super) fn quantile(&self, draw: u64) -> u64 {
        let rank = self.below.partition_point(|&below| below <= draw) as u64 + 1;
        if rank <= HEAD || self.ranks <= HEAD {
            return rank.min(self.ranks);
        }
        let head = self.below[self.below.len() - 1];
        let fraction = (draw - head) as f64 / (u64::MAX - head).max(1) as f64;
        let rank = Tail::new(self.ranks, self.exponent).quantile(fraction);
        (rank.round() as u64).clamp(HEAD + 1, self.ranks)
    }
}

/// The sum of `k^-s` over the ranks `k` of `1..=ranks`.
fn power_sum(ranks: u64, s: f64) -> f64 {
    let head: f64 = (1..=ranks.min(HEAD)).map(|rank| libm::pow(rank as f64, -s)).sum();
    if ranks <= HEAD { head } else { head + Tail::new(ranks, s).mass() }
}

/// The integral of `x^-s` from `START` to half a rank after the last, in the scale of `START` so that nothing cancels.
struct Tail {
    /// `1 - s`, the power that is left after integration; at 0 it is a logarithm.
    power: f64,
    /// The logarithm of the upper end over the lower one.
    width: f64,
}

impl Tail {
    const START: f64 = HEAD as f64 + 0.5;

    fn new(ranks: u64, s: f64) -> Tail {
        Tail { power: 1.0 - s, width: libm::log((ranks as f64 + 0.5) / Tail::START) }
    }

    fn mass(&self) -> f64 {
        let area =
            if self.power == 0.0 { self.width } else { libm::expm1(self.power * self.width) / self.power };
        libm::pow(Tail::START, self.power) * area
    }

    /// Where this fraction of the mass has been passed.
    fn quantile(&self, fraction: f64) -> f64 {
        let way = if self.power == 0.0 {
            fraction * self.width
        } else {
            libm::log1p(fraction * libm::expm1(self.power * self.width)) / self.power
        };
        Tail::START * libm::exp(way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::stream::unit;

    #[test]
    fn inverts_its_distribution_function() {
        for (ranks, s) in [
            (1, 1.0),
            (3, 0.0),
            (256, 1.0),
            (257, 0.5),
            (20_000, 0.0),
            (20_000, 1.0),
            (20_000, 1.2),
            (20_000, 3.0),
        ] {
            // The plain sum, from the smallest term.
            let upto = |rank: u64| (1..=rank).rev().map(|k| libm::pow(k as f64, -s)).sum::<f64>();
            let (zipf, total) = (Zipf::new(ranks, s), upto(ranks));
            for step in 0..64 {
                let draw = (step << 58) + (1 << 57);
                let (fraction, rank) = (unit(draw), zipf.quantile(draw));
                assert!(upto(rank) / total > fraction - 1e-6, "{ranks} ranks, s {s}: {rank} at {fraction}");
                assert!(
                    upto(rank - 1) / total < fraction + 1e-6,
                    "{ranks} ranks, s {s}: {rank} at {fraction}"
                );
            }
            let mean = (1..=ranks).rev().map(|k| libm::pow(k as f64, 1.0 - s)).sum::<f64>() / total;
            assert!(
                (zipf.mean() / mean - 1.0).abs() < 1e-6,
                "{ranks} ranks, s {s}: {} for {mean}",
                zipf.mean()
            );
        }
    }

    #[test]
    fn the_ends_are_the_first_and_the_last() {
        for (ranks, s) in [(1, 2.0), (256, 1.0), (1_000_000, 0.0), (1_000_000, 1.0)] {
            let zipf = Zipf::new(ranks, s);
            assert_eq!((zipf.quantile(0), zipf.quantile(u64::MAX)), (1, ranks));
        }
        assert!(
            Zipf::new(u64::MAX, 0.5).quantile(u64::MAX) > u64::MAX - (1 << 20),
            "as near as a float comes"
        );
        assert_eq!(Zipf::new(u64::MAX, 1e300).quantile(u64::MAX - 1), 1);
    }
}
