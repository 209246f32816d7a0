//! Counts of values of any size, as precise near zero as far away: for percentiles of millions of latencies.

/// A histogram whose buckets grow with what they count, as HdrHistogram's do: values below 2^(`bits` + 1) have one each, larger
/// ones 2^`bits` to each power of two, so that no value is off by more than a part in 2^`bits`. Two are merged by adding their
/// counts, in any order to the same result. Memory grows with how many powers of two the values lie in, and not with how many
/// values there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    bits: u32,
    /// The buckets in blocks of 2^`bits`. A block that nothing fell into is empty.
    blocks: Vec<Vec<u64>>,
    total: u64,
}

/// As precise as times in reports are: to a 512th.
impl Default for Histogram {
    fn default() -> Histogram {
        Histogram::new(9)
    }
}

impl Histogram {
    /// Nothing was counted yet.
    ///
    /// # Panics
    /// If it were to be more precise than 2⁻¹⁶.
    pub fn new(bits: u32) -> Histogram {
        assert!(bits <= 16, "a histogram of 2^{bits} buckets to each power of two");
        Histogram { bits, blocks: Vec::new(), total: 0 }
    }

    /// Counts a value.
    #[inline]
    pub fn count(&mut self, value: u64) {
        let bucket = self.bucket(value);
        let place = bucket & ((1 << self.bits) - 1);
        self.block(bucket >> self.bits)[place] += 1;
        self.total += 1;
    }

    /// Adds what another one, equally precise, has counted.
    ///
    /// # Panics
    /// If it is not equally precise.
    pub fn add(&mut self, other: &Histogram) {
        assert_eq!(self.bits, other.bits, "histograms that are merged are equally precise");
        for (number, theirs) in other.blocks.iter().enumerate().filter(|(_, block)| !block.is_empty()) {
            self.block(number).iter_mut().zip(theirs).for_each(|(own, more)| *own += more);
        }
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
        let mut last = None;
        for (bucket, count) in self.buckets() {
            let count = count as f64;
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
        let upto = |end: usize| self.buckets().take_while(|(b, _)| *b < end).map(|(_, n)| n).sum::<u64>();
        let before = upto(bucket);
        let within = (upto(bucket + 1) - before) as f64;
        let (low, width) = self.edges(bucket);
        let part = if width > 0.0 { ((value - low) / width).clamp(0.0, 1.0) } else { 0.0 };
        (before as f64 + within * part) / self.total as f64
    }

    /// From the smallest: a value, and how many of all do not exceed it.
    pub fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> {
        self.buckets().scan(0, |so_far, (bucket, count)| {
            *so_far += count;
            Some((self.largest(bucket), *so_far))
        })
    }

    /// The buckets that anything fell into, in order.
    fn buckets(&self) -> impl Iterator<Item = (usize, u64)> {
        let blocks = self.blocks.iter().enumerate();
        let all = blocks.flat_map(|(number, block)| (number << self.bits..).zip(block.iter().copied()));
        all.filter(|(_, count)| *count > 0)
    }

    #[inline]
    fn block(&mut self, number: usize) -> &mut [u64] {
        if self.blocks.len() <= number {
            self.blocks.resize_with(number + 1, Vec::new);
        }
        let block = &mut self.blocks[number];
        if block.is_empty() {
            block.resize(1 << self.bits, 0);
        }
        block
    }

    #[inline]
    fn bucket(&self, value: u64) -> usize {
        let octave = (64 - (value >> self.bits).leading_zeros()).saturating_sub(1);
        ((u64::from(octave) << self.bits) + (value >> octave)) as usize
    }

    /// The largest value of a bucket.
    fn largest(&self, bucket: usize) -> u64 {
        if bucket < 1 << (self.bits + 1) {
            return bucket as u64;
        }
        let octave = (bucket >> self.bits) - 1;
        let lead = (bucket - (octave << self.bits)) as u128;
        u64::try_from(((lead + 1) << octave) - 1).unwrap_or(u64::MAX)
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

    #[test]
    fn small_values_are_exact_and_sums_are_whole() {
        let mut histogram = Histogram::default();
        [3, 3, 500, 0].into_iter().for_each(|value| histogram.count(value));
        let mut other = Histogram::default();
        other.count(4);
        histogram.add(&other);
        assert_eq!(histogram.cumulative().collect::<Vec<_>>(), [(0, 1), (3, 3), (4, 4), (500, 5)]);
        assert_eq!(histogram.total(), 5);
        assert_eq!(histogram.largest(histogram.bucket(u64::MAX)), u64::MAX);
    }

    proptest! {
        #[test]
        fn buckets_are_narrow_and_in_order(value: u64, other: u64, bits in 0u32..12) {
            let histogram = Histogram::new(bits);
            let (bucket, after) = (histogram.bucket(value), histogram.bucket(other));
            let top = histogram.largest(bucket);
            prop_assert!(top >= value && top - value <= value >> bits);
            prop_assert!(value > other || bucket <= after);
            prop_assert_eq!(histogram.bucket(top), bucket);
        }

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
