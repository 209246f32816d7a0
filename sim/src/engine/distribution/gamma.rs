//! The gamma distribution.

/// A gamma law of one shape and scale 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gamma {
    shape: f64,
    /// ln Γ(shape).
    log_gamma: f64,
}

/// Of larger shapes, Wilson and Hilferty's quantile is off by less than a millionth of a standard deviation.
const LARGE: f64 = 1e6;

impl Gamma {
    pub(super) fn new(shape: f64) -> Gamma {
        Gamma { shape, log_gamma: libm::lgamma(shape) }
    }

    pub(super) fn shape(&self) -> f64 {
        self.shape
    }

    /// The value below which a fraction `below` lies, and above which `above = 1 - below` does: the smaller of the two
    /// says it more exactly. Newton's method, kept within what is known already.
    pub(super) fn quantile(&self, below: f64, above: f64) -> f64 {
        if self.shape > LARGE {
            return self.cube(below);
        }
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let mut x = self.guess(below);
        for _ in 0..100 {
            let (lower, upper) = self.tails(x);
            let excess = if below < above { lower - below } else { above - upper };
            if excess > 0.0 {
                high = x
            } else {
                low = x
            }
            let mut next = x - excess / self.density(x);
            if !(next > low && next < high) {
                next = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * x };
            }
            let moved = (next - x).abs();
            x = next;
            if moved <= 1e-14 * x {
                break;
            }
        }
        x
    }

    /// Where to begin: the power law near zero, or Wilson and Hilferty's cube of a normal variable.
    fn guess(&self, below: f64) -> f64 {
        let (a, far) = (self.shape, self.cube(below));
        let near = libm::exp((libm::log(below) + libm::lgamma(a + 1.0)) / a);
        let guess = if a < 1.0 || far < 0.03 * a { near } else { far };
        guess.clamp(f64::MIN_POSITIVE, 1e300)
    }

    fn cube(&self, below: f64) -> f64 {
        let a = self.shape;
        let root = 1.0 - 1.0 / (9.0 * a) + super::normal::quantile(below) / (3.0 * libm::sqrt(a));
        a * root * root * root
    }

    fn density(&self, x: f64) -> f64 {
        libm::exp((self.shape - 1.0) * libm::log(x) - x - self.log_gamma)
    }

    /// The fractions below and above `x`: the series of DLMF 8.7.1, or the continued fraction of 8.9.2.
    fn tails(&self, x: f64) -> (f64, f64) {
        let a = self.shape;
        let front = libm::exp(a * libm::log(x) - x - self.log_gamma);
        if x < a + 1.0 {
            let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
            while term > sum * 1e-17 {
                n += 1.0;
                term *= x / n;
                sum += term;
            }
            (front * sum, 1.0 - front * sum)
        } else {
            let mut b = x + 1.0 - a;
            let mut c = 1e300;
            let mut d = 1.0 / b;
            let mut value = d;
            for i in 1..10_000 {
                let i = f64::from(i);
                b += 2.0;
                d = 1.0 / (b - i * (i - a) * d);
                c = b - i * (i - a) / c;
                value *= c * d;
                if (c * d - 1.0).abs() < 1e-16 {
                    break;
                }
            }
            (1.0 - front * value, front * value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_quantiles_are_met() {
        let close = |found: f64, expected: f64| {
            assert!((found / expected - 1.0).abs() < 1e-12, "{found} is not {expected}");
        };
        // A shape of 1 is exponential, one of a half is half a squared normal variable: near zero, a power.
        for p in [1e-15, 1e-6, 0.01, 0.3, 0.5, 0.9, 0.999_999] {
            close(Gamma::new(1.0).quantile(p, 1.0 - p), -libm::log1p(-p));
        }
        for p in [0.3, 0.5, 0.9, 0.999] {
            let z = super::super::normal::quantile(0.5 + 0.5 * p);
            close(Gamma::new(0.5).quantile(p, 1.0 - p), 0.5 * z * z);
        }
        close(Gamma::new(0.5).quantile(1e-15, 1.0), 1e-30 * std::f64::consts::FRAC_PI_4);
        close(Gamma::new(1.0).quantile(1.0 - 1e-13, 1e-13), 13.0 * libm::log(10.0));
        // Chi-square with ten degrees of freedom: 18.307 is its printed 95 % point.
        assert!((2.0 * Gamma::new(5.0).quantile(0.95, 0.05) - 18.307_038).abs() < 1e-5);
        // The two ways agree where they meet.
        let (exact, cube) = (Gamma::new(LARGE), Gamma::new(1.000_001 * LARGE));
        for p in [1e-6, 0.2, 0.5, 0.99] {
            let off = (cube.quantile(p, 1.0 - p) - 1.0 - exact.quantile(p, 1.0 - p)) / 1e3;
            assert!(off.abs() < 1e-5, "{off} standard deviations at {p}");
        }
    }
}
