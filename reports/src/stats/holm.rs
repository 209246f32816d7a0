//! Many questions at once.

/// Holm's step-down correction: the p-values, each raised so far that the chance of a single false alarm among all of
/// them stays below the level they are compared with, whatever their dependence.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 0.0_f64;
    for (rank, i) in order.into_iter().enumerate() {
        least = least.max(((p.len() - rank) as f64 * p[i]).min(1.0));
        adjusted[i] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::holm;

    #[test]
    fn the_example_of_the_textbooks() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-15, "{adjusted:?}");
        }
        assert!(holm(&[]).is_empty());
        assert_eq!(holm(&[0.3]), [0.3], "one question needs no correction");
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }
}
