//! One long run, cut into batches.

use super::interval::Interval;
use super::moments::Moments;

/// What the means of batches say of a long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchMeans {
    /// The interval of the run's mean.
    pub interval: Interval,
    /// The standard deviation of the batch means.
    pub sd: f64,
    /// Von Neumann's ratio: near 2 if neighbouring batches are independent, well below 2 if the batches are too short.
    /// `None` if the batch means are all equal.
    pub von_neumann: Option<f64>,
}

/// The means of `batches` parts of equal length; values that are left over at the end do not count. `None` if that
/// leaves fewer than two batches, or none of at least one value.
pub fn batch_means(series: &[f64], batches: usize, confidence: f64) -> Option<BatchMeans> {
    let length = series.len().checked_div(batches).filter(|length| *length > 0)?;
    let mean = |batch: &[f64]| batch.iter().sum::<f64>() / length as f64;
    let means: Vec<f64> = series.chunks_exact(length).take(batches).map(mean).collect();
    let moments: Moments = means.iter().copied().collect();
    Some(BatchMeans {
        interval: Interval::of_mean(&moments, confidence)?,
        sd: moments.sd()?,
        von_neumann: von_neumann(&means, moments.variance()?),
    })
}

/// The mean squared step from one to the next over the variance.
fn von_neumann(values: &[f64], variance: f64) -> Option<f64> {
    let steps: f64 = values.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0])).sum();
    (variance > 0.0).then(|| steps / (values.len() - 1) as f64 / variance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_of_equal_length() {
        let found = batch_means(&[1.0, 3.0, 2.0, 4.0, 0.0, 2.0, 99.0], 3, 0.95).unwrap();
        assert_eq!((found.sd, found.von_neumann), (1.0, Some(2.5)), "the means are 2, 3 and 1");
        assert_eq!(batch_means(&[1.0; 6], 3, 0.95).unwrap().von_neumann, None);
        assert_eq!(batch_means(&[1.0], 0, 0.95), None);
        assert_eq!(batch_means(&[1.0], 2, 0.95), None);
        assert_eq!(batch_means(&[1.0, 2.0], 1, 0.95), None);
    }
}
