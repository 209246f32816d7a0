//! Parts of a whole in whole numbers, and how unlike they are.

const BILLION: u128 = 1_000_000_000;

/// A part of a whole in billionths; nothing of nothing is nothing.
pub(crate) fn part(part: u128, whole: u128) -> u128 {
    // Areas may be too large for a billion times as much.
    let scale = if part.checked_mul(BILLION).is_some() { 1 } else { (whole / (BILLION * BILLION)).max(1) };
    (part / scale * BILLION).checked_div(whole / scale).unwrap_or(0)
}

/// Shares in any one unit that come and go, of which only how many there are and two sums are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shares {
    pub(crate) count: u128,
    pub(crate) sum: u128,
    squares: u128,
}

impl Shares {
    /// One more.
    pub(crate) fn add(&mut self, share: u128) {
        self.count += 1;
        self.sum += share;
        self.squares += share * share;
    }

    /// One that was added is no more.
    pub(crate) fn take(&mut self, share: u128) {
        self.count -= 1;
        self.sum -= share;
        self.squares -= share * share;
    }

    /// Their standard deviation over their mean, in billionths; `None` if there is nothing to compare.
    pub(crate) fn variation(&self) -> Option<u128> {
        // 1 + cv^2 = n times the sum of squares over the square of the sum, the inverse of Jain's index.
        let spread = part(self.count * self.squares, self.sum * self.sum);
        (self.sum > 0).then(|| (spread.saturating_sub(BILLION) * BILLION).isqrt())
    }

    /// Jain's index, in billionths: 1 if all are equal, one n-th if one of n has everything.
    pub(crate) fn jain(&self) -> Option<u128> {
        (self.sum > 0).then(|| part(self.sum * self.sum, self.count * self.squares))
    }
}

impl FromIterator<u128> for Shares {
    fn from_iter<I: IntoIterator<Item = u128>>(shares: I) -> Shares {
        let mut all = Shares::default();
        shares.into_iter().for_each(|share| all.add(share));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variation_of_shares_by_hand() {
        let of = |shares: &[u128]| {
            let mut kept: Shares = shares.iter().map(|share| share * 10_000).collect();
            kept.add(77);
            kept.take(77);
            kept.variation()
        };
        assert_eq!(of(&[50, 50, 50, 50]), Some(0));
        assert_eq!(of(&[100, 100, 0, 0]), Some(BILLION));
        assert_eq!(of(&[80, 0, 0, 0]), Some(1_732_050_807));
        assert_eq!(of(&[0, 0]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn parts_of_huge_areas_are_exact_enough() {
        assert_eq!(part(1, 4), 250_000_000);
        assert_eq!(part(0, 0), 0);
        assert_eq!(part(u128::MAX / 4, u128::MAX / 2) / 10, 50_000_000 - 1 + 1);
    }
}
