//! Two kinds of things in one law: mostly short ones, say, and some long ones.

/// Exponential times of one mean with a probability, and of another otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hyper {
    /// How likely the first kind is.
    pub(super) first: f64,
    /// The means of the two kinds.
    pub(super) means: [f64; 2],
}

impl Hyper {
    pub(super) fn mean(&self) -> f64 {
        self.first * self.means[0] + (1.0 - self.first) * self.means[1]
    }

    /// The value above which a fraction `above` lies. The logarithm of the tail is convex, so Newton's method comes from the
    /// left and never passes the root.
    pub(super) fn quantile(&self, above: f64) -> f64 {
        let target = libm::log(above);
        let mut x = 0.0;
        for _ in 0..100 {
            let one = self.first * libm::exp(-x / self.means[0]);
            let other = (1.0 - self.first) * libm::exp(-x / self.means[1]);
            let slope = -(one / self.means[0] + other / self.means[1]) / (one + other);
            let step = (target - libm::log(one + other)) / slope;
            x += step;
            if step <= 1e-13 * x {
                break;
            }
        }
        x
    }
}
