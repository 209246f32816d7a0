//! Where the warm-up of a run ends.

use super::moments::Moments;

/// What MSER-5 makes of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mser5 {
    /// How many values at the beginning belong to the warm-up: a multiple of 5.
    pub delete: usize,
    /// The statistic that is least there: the squared standard error of the rest, by means of 5.
    pub statistic: f64,
    /// The mean of the values that are left.
    pub mean: f64,
}

const BATCH: usize = 5;

/// White's MSER-5: the means of every 5 values, of which so many are deleted at the beginning, at most half, that the
/// standard error of the mean of the rest is least; the first such number. A rest shorter than 5 counts in the mean only.
///
/// `None` for a series of fewer than two batches.
pub fn mser5(series: &[f64]) -> Option<Mser5> {
    let batches: Vec<f64> =
        series.chunks_exact(BATCH).map(|five| five.iter().sum::<f64>() / BATCH as f64).collect();
    if batches.len() < 2 {
        return None;
    }
    // From the end, so that each sum is made of the one before it.
    let mut rest = Moments::default();
    let mut best: Option<(usize, f64)> = None;
    for (deleted, batch) in batches.iter().enumerate().rev() {
        rest.push(*batch);
        let Some(variance) = rest.variance() else { continue };
        let n = rest.n() as f64;
        let statistic = variance * (n - 1.0) / (n * n);
        if deleted <= batches.len() / 2 && best.is_none_or(|(_, least)| statistic <= least) {
            best = Some((deleted, statistic));
        }
    }
    let (deleted, statistic) = best?;
    let left: Moments = series[deleted * BATCH..].iter().copied().collect();
    Some(Mser5 { delete: deleted * BATCH, statistic, mean: left.mean()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_cut_off_and_a_level_series_is_kept() {
        let ramp = |i: usize| if i < 30 { i as f64 } else { 30.0 };
        let found = mser5(&(0..200).map(ramp).collect::<Vec<_>>()).unwrap();
        assert_eq!((found.delete, found.mean, found.statistic), (30, 30.0, 0.0));
        assert_eq!(mser5(&[7.0; 50]).unwrap().delete, 0, "the first of equally good ones");
        let steps: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(mser5(&steps).unwrap().delete, 50, "never more than half");
        assert_eq!(mser5(&[1.0; 9]), None);
    }
}
