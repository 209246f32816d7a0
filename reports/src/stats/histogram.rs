//! Counts of values of any size, as precise near zero as far away: for percentiles of millions of latencies.

/// A histogram whose buckets grow with what they count, as HdrHistogram's do: values below 2^(`bits` + 1) have one each, larger
/// ones 2^`bits` to each power of two, so that no value is off by more than a part in 2^`bits`. Two are merged by adding their
/// counts, in any order to the same result. Memory grows with the largest value, and not with how many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    bits: u32,
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    /// Nothing was counted yet.
    ///
    /// # Panics
    /// If it were to be more precise than 2⁻¹⁶.
    pub fn new(bits: u32) -> Histogram {
        assert!(bits <= 16, "a histogram of 2^{bits} buckets to each power of two");
        Histogram { bits, counts: Vec::new(), total: 0 }
    }

    /// Counts a value.
    #[inline]
    pub fn count(&mut self, value: u64) {
        let bucket = self.bucket(value);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.total += 1;
    }

    /// Adds what another one, equally precise, has counted.
    ///
    /// # Panics
    /// If it is not equally precise.
    pub fn add(&mut self, other: &Histogram) {
        assert_eq!(self.bits, other.bits, "histograms that are merged are equally precise");
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(own, more)| *own += more);
        self.total += other.total;
    }

    /// How many values were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The value that a fraction `p` of all are below, straight between the ends of its bucket; `None` if none was counted.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let rank = p * self.total as f64;
        let mut below = 0.0;
        let buckets = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let mut last = None;
        for (bucket, count) in buckets {
            let count = *count as f64;
            let (low, width) = self.edges(bucket);
            if below + count >= rank {
                return Some(low + width * ((rank - below) / count).clamp(0.0, 1.0));
            }
            below += count;
            last = Some(low + width);
        }
        last
    }

    /// The fraction of values that lie below this one, likewise; 0 if none was counted.
    pub fn fraction_below(&self, value: f64) -> f64 {
        if self.total == 0 || value <= 0.0 {
            return 0.0;
        }
        let bucket = self.bucket(value as u64);
        let before: u64 = self.counts.iter().take(bucket).sum();
        let within = self.counts.get(bucket).copied().unwrap_or(0) as f64;
        let (low, width) = self.edges(bucket);
        let part = if width > 0.0 { ((value - low) / width).clamp(0.0, 1.0) } else { 0.0 };
        (before as f64 + within * part) / self.total as f64
    }

    #[inline]
    fn bucket(&self, value: u64) -> usize {
        let octave = (64 - (value >> self.bits).leading_zeros()).saturating_sub(1);
        ((u64::from(octave) << self.bits) + (value >> octave)) as usize
    }

    /// The least value of a bucket, and how many values it holds less one step: a bucket of one value has no width.
    fn edges(&self, bucket: usize) -> (f64, f64) {
        let whole = 1usize << (self.bits + 1);
        if bucket < whole {
            return (bucket as f64, 0.0);
        }
        let octave = (bucket >> self.bits) - 1;
        let low = ((bucket - (octave << self.bits)) as u64) << octave;
        (low as f64, (1u64 << octave) as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_of_even_values() {
        let mut histogram = Histogram::new(7);
        (0..100_000).for_each(|value| histogram.count(value));
        for p in [0.01, 0.5, 0.9, 0.999] {
            let found = histogram.quantile(p).unwrap();
            assert!((found / (p * 1e5) - 1.0).abs() < 0.01, "{p}: {found}");
            assert!((histogram.fraction_below(p * 1e5) - p).abs() < 0.01);
        }
        assert_eq!(Histogram::new(7).quantile(0.5), None);
    }

    proptest! {
        #[test]
        fn a_bucket_holds_its_values_and_they_are_alike(value in 0u64.., bits in 1u32..12) {
            let histogram = Histogram::new(bits);
            let (low, width) = histogram.edges(histogram.bucket(value));
            prop_assert!(low <= value as f64 && value as f64 <= low + width.max(0.0) * 1.000001);
            prop_assert!(width <= low / f64::from(1u32 << bits) * 1.000001 || width == 0.0);
        }

        #[test]
        fn order_does_not_matter(mut values in prop::collection::vec(0u64..1_000_000, 1..50), cut in 0usize..50) {
            let of = |values: &[u64]| {
                let mut histogram = Histogram::new(5);
                values.iter().for_each(|value| histogram.count(*value));
                histogram
            };
            let all = of(&values);
            let (one, other) = values.split_at(cut.min(values.len()));
            let mut merged = of(other);
            merged.add(&of(one));
            prop_assert_eq!(&merged, &all);
            values.reverse();
            prop_assert_eq!(of(&values), all);
        }
    }
}
