//! The functions behind the distributions: incomplete beta, normal, binomial, and their inverses.

/// The regularised incomplete beta function: the probability that a beta variable of these two shapes is at most `x`.
///
/// By the continued fraction of DLMF 8.17.22 (modified Lentz), on the side on which it converges fast; good to about
/// 10⁻¹³ for shapes below 10⁵. Shapes have to be positive.
pub fn beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let scale = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b);
    let front = libm::exp(scale + a * libm::log(x) + b * libm::log1p(-x));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(a, b, x) / a
    } else {
        1.0 - front * continued_fraction(b, a, 1.0 - x) / b
    }
}

fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let kept = |v: f64| if v.abs() > TINY { v } else { TINY };
    let mut c = 1.0;
    let mut d = 1.0 / kept(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for i in 1..20_000 {
        let m = f64::from(i);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for term in [even, odd] {
            d = 1.0 / kept(1.0 + term * d);
            c = kept(1.0 + term / c);
            step = c * d;
            value *= step;
        }
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// Where the regularised incomplete beta function has the value `p` in [0, 1].
pub fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    bisect(0.0, 1.0, |x| beta(a, b, x) < p)
}

/// The probability that a standard normal variable is at most `z`.
pub fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// The standard normal value below which a fraction `p` lies; `p` outside (0, 1) gives the end of the range, ±38.
pub fn normal_quantile(p: f64) -> f64 {
    bisect(-38.0, 38.0, |z| normal(z) < p)
}

/// The probability of at most `k` successes in `n` trials of probability `p`.
pub fn binomial(k: i64, n: i64, p: f64) -> f64 {
    match k {
        _ if k < 0 => 0.0,
        _ if k >= n => 1.0,
        _ => beta((n - k) as f64, (k + 1) as f64, 1.0 - p),
    }
}

/// The fewest successes that a probability of at least `level` does not exceed.
pub fn binomial_quantile(level: f64, n: i64, p: f64) -> i64 {
    let (mut low, mut high) = (-1, n);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if binomial(middle, n, p) < level { low = middle } else { high = middle }
    }
    high
}

/// The place between `low` and `high` where `below` turns false, to the last bit.
pub(super) fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if below(middle) { low = middle } else { high = middle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beta_has_its_closed_forms() {
        for x in [0.01, 0.3, 0.5, 0.77, 0.999] {
            assert!((beta(1.0, 1.0, x) - x).abs() < 1e-15);
            assert!((beta(3.0, 1.0, x) - x * x * x).abs() < 1e-15);
            let arcsine = 2.0 / std::f64::consts::PI * libm::asin(libm::sqrt(x));
            assert!((beta(0.5, 0.5, x) - arcsine).abs() < 1e-14);
            assert!((beta_quantile(2.5, 7.0, beta(2.5, 7.0, x.min(0.9))) - x.min(0.9)).abs() < 1e-9);
        }
        assert_eq!((beta(2.0, 3.0, 0.0), beta(2.0, 3.0, 1.0)), (0.0, 1.0));
    }

    #[test]
    fn normal_and_binomial_agree_with_printed_values() {
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-14);
        assert!((normal(-3.0) - 0.001_349_898_031_630_094_6).abs() < 1e-17);
        let by_hand = 0.5_f64 * 0.5 * 0.5 * (1.0 + 3.0);
        assert!((binomial(1, 3, 0.5) - by_hand).abs() < 1e-15);
        assert_eq!((binomial(-1, 3, 0.5), binomial(3, 3, 0.5)), (0.0, 1.0));
        assert_eq!((binomial_quantile(0.5, 3, 0.5), binomial_quantile(0.51, 3, 0.5)), (1, 2));
        assert_eq!((binomial_quantile(0.0, 3, 0.5), binomial_quantile(1.0, 3, 0.5)), (0, 3));
    }
}
