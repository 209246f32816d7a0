//! A level followed over time in bounded memory, in whole numbers.

use swarmbed_scheduler::{SimTime, Span};

/// The shortest bucket: a 64th of a second, so that a bucket of a second or more is one of whole seconds.
const SHORTEST: Span = Span(15_625_000);

/// A level that changes in steps, summed up in buckets of equal length. There are never more than so many: when they
/// run out, each two become one. So the buckets depend on how far the run has come, and on nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    most: usize,
    width: Span,
    buckets: Vec<Bucket>,
    level: u64,
    since: SimTime,
}

/// What the level was in one stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The level over time: its unit times nanoseconds.
    pub area: u128,
    /// The lowest level that held for any time.
    pub min: u64,
    /// The highest.
    pub max: u64,
}

impl Series {
    /// A level that is 0 so far, to be kept in at most so many buckets, an even number.
    pub fn new(most: usize) -> Series {
        assert!(most >= 2 && most.is_multiple_of(2), "buckets are joined in pairs");
        Series { most, width: SHORTEST, buckets: Vec::new(), level: 0, since: SimTime::ZERO }
    }

    /// The level now.
    pub fn level(&self) -> u64 {
        self.level
    }

    /// The level from that instant on.
    pub fn set(&mut self, at: SimTime, level: u64) {
        self.settle(at);
        self.level = level;
    }

    /// Adds the time since the last change at the level that held all the while.
    pub fn settle(&mut self, at: SimTime) {
        while self.since < at {
            let index = (self.since.nanos() / self.width.nanos()) as usize;
            if index == self.most {
                self.join();
                continue;
            }
            let end = at.min(SimTime(self.width.nanos().saturating_mul(index as u64 + 1)));
            if index == self.buckets.len() {
                self.buckets.push(Bucket { area: 0, min: self.level, max: self.level });
            }
            self.buckets[index].hold(self.level, end.since(self.since));
            self.since = end;
        }
    }

    /// How long a bucket is, all but the last, which may not be over.
    pub fn width(&self) -> Span {
        self.width
    }

    /// The buckets, from the beginning of the run until it was last settled.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// The time up to which it was settled.
    pub fn until(&self) -> SimTime {
        self.since
    }

    /// When a bucket begins, and how long it has lasted.
    pub fn span(&self, index: usize) -> (SimTime, Span) {
        let begin = SimTime(self.width.nanos() * index as u64);
        (begin, Span(self.width.nanos().min(self.since.since(begin).nanos())))
    }

    /// The mean level in a bucket, for plots and statistics only.
    pub fn mean(&self, index: usize) -> f64 {
        let (_, lasted) = self.span(index);
        self.buckets[index].area as f64 / lasted.nanos() as f64
    }

    /// The level over time from a bucket's beginning on: its unit times nanoseconds.
    pub fn area_from(&self, index: usize) -> u128 {
        self.buckets[index..].iter().map(|bucket| bucket.area).sum()
    }

    /// Each two buckets become one.
    fn join(&mut self) {
        self.buckets = self.buckets.chunks(2).map(|two| two[1..].iter().fold(two[0], Bucket::and)).collect();
        self.width = self.width.times(2);
    }
}

impl Bucket {
    fn hold(&mut self, level: u64, lasts: Span) {
        self.area += u128::from(level) * u128::from(lasts.nanos());
        self.min = self.min.min(level);
        self.max = self.max.max(level);
    }

    fn and(self, next: &Bucket) -> Bucket {
        Bucket { area: self.area + next.area, min: self.min.min(next.min), max: self.max.max(next.max) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn at(seconds: u64) -> SimTime {
        SimTime(seconds * SECOND)
    }

    #[test]
    fn buckets_are_joined_and_nothing_is_lost() {
        let mut series = Series::new(4);
        series.set(at(0), 3);
        series.set(at(10), 1);
        series.set(at(10), 7);
        series.settle(at(25));
        // Seven buckets of 4 s would be needed, so they are of 8 s; the last has lasted for 1 s.
        assert_eq!((series.width(), series.until(), series.level()), (Span::secs(8), at(25), 7));
        let bucket = |area: u64, min, max| Bucket { area: u128::from(area * SECOND), min, max };
        let expected = [bucket(24, 3, 3), bucket(2 * 3 + 6 * 7, 3, 7), bucket(56, 7, 7), bucket(7, 7, 7)];
        assert_eq!(series.buckets(), expected, "the level that held for no time does not count");
        assert_eq!((series.span(3), series.mean(3)), ((at(24), Span::secs(1)), 7.0));
        assert_eq!(series.area_from(2), u128::from(63 * SECOND));
    }

    #[test]
    fn how_often_it_was_settled_makes_no_difference() {
        let (mut once, mut often) = (Series::new(8), Series::new(8));
        once.set(at(1), 5);
        often.set(at(1), 5);
        (2..1000).for_each(|s| often.settle(at(s)));
        for series in [&mut once, &mut often] {
            series.settle(at(1000));
        }
        assert_eq!(once, often);
        assert!(once.buckets().len() <= 8 && once.area_from(0) == u128::from(5 * 999 * SECOND));
    }

    #[test]
    fn five_hundred_years_are_no_trouble() {
        let mut series = Series::new(2048);
        series.set(SimTime::ZERO, u64::MAX);
        series.settle(SimTime(Span::LONGEST.nanos()));
        assert!(series.buckets().len() > 1024);
        assert_eq!(series.area_from(0), u128::from(u64::MAX) * u128::from(Span::LONGEST.nanos()));
    }
}
