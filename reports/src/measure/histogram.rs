//! Durations counted in bounded memory.

use std::collections::BTreeMap;

/// Values below this have a cell each; from there on, there are half as many cells from one power of two to the next.
const EXACT: u64 = 1024;

/// How many values there were of each size, to a 512th of the size. Two of them add up to what one would have counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    cells: BTreeMap<u64, u64>,
    count: u64,
}

impl Histogram {
    /// One value more.
    pub fn add(&mut self, value: u64) {
        *self.cells.entry(cell(value)).or_default() += 1;
        self.count += 1;
    }

    /// All of another's values more.
    pub fn merge(&mut self, other: &Histogram) {
        for (cell, n) in &other.cells {
            *self.cells.entry(*cell).or_default() += n;
        }
        self.count += other.count;
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// From the smallest: a value, and how many of all do not exceed it.
    pub fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> {
        self.cells.iter().scan(0, |so_far, (cell, n)| {
            *so_far += n;
            Some((largest(*cell), *so_far))
        })
    }
}

/// The cell of a value. Cells ascend with the values.
fn cell(value: u64) -> u64 {
    let shift = (value / EXACT).checked_ilog2().map_or(0, |log| log + 1);
    // Of a larger value so many bits count that they range over the upper half of what is exact.
    u64::from(shift) * (EXACT / 2) + (value >> shift)
}

/// The largest value of a cell.
fn largest(cell: u64) -> u64 {
    if cell < EXACT {
        return cell;
    }
    let shift = cell / (EXACT / 2) - 1;
    let lead = u128::from(cell - shift * (EXACT / 2));
    u64::try_from(((lead + 1) << shift) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_values_are_exact_and_sums_are_whole() {
        let mut histogram = Histogram::default();
        [3, 3, 500, 0].into_iter().for_each(|v| histogram.add(v));
        let mut other = Histogram::default();
        other.add(4);
        histogram.merge(&other);
        assert_eq!(histogram.cumulative().collect::<Vec<_>>(), [(0, 1), (3, 3), (4, 4), (500, 5)]);
        assert_eq!(histogram.count(), 5);
        assert_eq!(largest(cell(u64::MAX)), u64::MAX);
    }

    proptest! {
        #[test]
        fn cells_are_narrow_and_in_order(value: u64, other: u64) {
            let top = largest(cell(value));
            prop_assert!(top >= value && top - value <= value / (EXACT / 2));
            prop_assert!(value > other || cell(value) <= cell(other));
            prop_assert_eq!(cell(top), cell(value));
        }
    }
}
