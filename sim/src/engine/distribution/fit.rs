//! Whether the distributions are what they say: their values, their fit, their tails, their order.

use proptest::prelude::*;

use super::Distribution;
use crate::engine::stream::{Stream, unit};

/// One or more of each law, with parameters that a cluster has.
fn all() -> Vec<(&'static str, Distribution)> {
    let ok = |(name, distribution): (_, Result<Distribution, _>)| {
        (name, distribution.expect("the parameters are right"))
    };
    [
        ("constant", Ok(Distribution::constant(7))),
        ("uniform", Distribution::uniform(100, 199)),
        ("exponential", Distribution::exponential(1e9)),
        ("weibull", Distribution::weibull(0.7, 3_600e9)),
        ("weibull by mean", Distribution::weibull_with_mean(0.7, 2_592_000e9)),
        ("log-normal", Distribution::log_normal(3_240e9, 1.9)),
        ("pareto", Distribution::pareto(4_096.0, 1.1)),
        ("poisson, small", Distribution::poisson(3.7)),
        ("poisson, large", Distribution::poisson(20_000.0)),
        ("zipf", Distribution::zipf(1_000_000, 1.1)),
        ("empirical", Distribution::empirical(vec![5, 3, 8, 1])),
        ("cdf", Distribution::cdf(&[(1_000, 0.25), (2_000, 0.5), (10_000, 1.0)])),
        ("choice", Distribution::choice(vec![(500, 3), (1_000, 2), (2_000, 1)])),
        ("bernoulli", Distribution::bernoulli(1, 3)),
        ("gamma", Distribution::gamma(0.5, 3_600e9)),
        ("hyperexponential", Distribution::hyperexponential(0.9, [2e6, 200e6])),
    ]
    .map(ok)
    .into()
}

/// Part of the promise: the same on every machine and in every build.
const VALUES: [[u64; 8]; 16] = [
    [7, 7, 7, 7, 7, 7, 7, 7],
    [146, 140, 184, 195, 135, 104, 170, 113],
    [
        645_355_850,
        276_871_463,
        133_633_210,
        1_366_463_209,
        1_507_855_702,
        920_251_805,
        503_683_628,
        542_897_258,
    ],
    [
        1_907_651_585_826,
        3_510_182_116_014,
        17_894_129_051_011,
        1_253_831_641_884,
        9_206_164_428_703,
        10_099_042_105_814,
        2_479_626_702_524,
        1_089_820_492_290,
    ],
    [
        859_228_351_749_251,
        382_494_418_746_588,
        2_075_047_423_551_111,
        19_358_302_996_444_264,
        3_937_430_033_164_989,
        691_422_986_198_837,
        744_511_592_989_458,
        466_669_634_680_085,
    ],
    [
        6_027_736_985_741,
        1_608_084_440_683,
        26_658_282_099_464,
        7_925_021_548_328,
        432_773_301_180_735,
        27_537_069_441,
        62_702_119_266,
        2_034_504_084_470,
    ],
    [6494, 10_761, 7608, 14_592, 4844, 6553, 4114, 7140],
    [6, 2, 4, 3, 5, 3, 3, 2],
    [19_826, 20_182, 19_799, 20_007, 19_970, 20_109, 20_121, 19_954],
    [62_679, 253, 48, 4, 584, 9, 5, 1],
    [5, 1, 5, 1, 1, 8, 5, 8],
    [8066, 1000, 1989, 1435, 1675, 6698, 1000, 1640],
    [2000, 1000, 2000, 1000, 500, 1000, 2000, 1000],
    [0, 0, 0, 1, 0, 0, 0, 1],
    [
        1_991_988_598_588,
        372_583_656_329,
        2_514_666_594_217,
        278_524_145_686,
        9_312_551_466_762,
        7_478_101_505_925,
        54_853_833_059,
        158_414_029_947,
    ],
    [1_097_581, 481_221, 5_075_572, 67_410_462, 398_537, 8_355_727, 1_947_041, 8_172_916],
];

#[test]
fn values_are_part_of_the_promise() {
    let values = all().into_iter().map(|(name, distribution)| {
        let mut stream = Stream::new(42, "test", name);
        [(); 8].map(|()| distribution.sample(&mut stream))
    });
    assert_eq!(values.collect::<Vec<_>>(), VALUES);
}

/// The largest distance between the distribution of 20,000 samples and what it should be, in its 1 % points.
fn kolmogorov_smirnov(distribution: &Distribution, cdf: &dyn Fn(f64) -> f64) -> f64 {
    let (mut stream, n) = (Stream::new(42, "test", "fit"), 20_000);
    let mut samples: Vec<u64> = (0..n).map(|_| distribution.sample(&mut stream)).collect();
    samples.sort_unstable();
    let distances = samples.iter().enumerate().map(|(i, &x)| {
        let (expected, below, upto) = (cdf(x as f64), i as f64 / n as f64, (i + 1) as f64 / n as f64);
        (expected - below).max(upto - expected)
    });
    distances.fold(0.0, f64::max) * libm::sqrt(n as f64) / 1.628
}

/// The continuous laws: a distribution function written down independently of the inversion, the fraction above it.
type Law = (Result<Distribution, super::DistributionError>, fn(f64) -> f64);

const CONTINUOUS: [fn() -> Law; 5] = [
    || (Distribution::exponential(1e12), |x| libm::exp(-x / 1e12)),
    || (Distribution::weibull(0.7, 1e12), |x| libm::exp(-libm::pow(x / 1e12, 0.7))),
    || {
        (Distribution::weibull_with_mean(2.0, 1e12), |x| {
            // The mean of shape 2 is the scale times half the root of pi.
            libm::exp(-libm::pow(x / 1e12 * 0.886_226_925_452_758, 2.0))
        })
    },
    || {
        (Distribution::log_normal(1e12, 1.2), |x| {
            libm::erfc(libm::log(x / 1e12) / 1.2 / std::f64::consts::SQRT_2) / 2.0
        })
    },
    || (Distribution::pareto(1e12, 2.5), |x| libm::pow(1e12 / x, 2.5).min(1.0)),
];

#[test]
fn samples_fit_the_law() {
    for (i, law) in CONTINUOUS.iter().enumerate() {
        let (distribution, above) = law();
        let distance =
            kolmogorov_smirnov(&distribution.expect("the parameters are right"), &|x| 1.0 - above(x));
        assert!(distance < 1.0, "law {i}: {distance}");
    }
    let uniform = Distribution::uniform(1_000_000, 2_999_999).expect("it is not empty");
    assert!(kolmogorov_smirnov(&uniform, &|x| (x - 999_999.5) / 2e6) < 1.0);
    // A test that cannot fail proves nothing: 5 % off the mean is seen.
    let off = Distribution::exponential(1.05e12).expect("a positive mean");
    assert!(kolmogorov_smirnov(&off, &|x| 1.0 - libm::exp(-x / 1e12)) > 1.0);
}

#[test]
fn tails_reach_as_far_as_they_should() {
    for (i, law) in CONTINUOUS.iter().enumerate() {
        let (distribution, above) = law();
        let distribution = distribution.expect("the parameters are right");
        // Down to one in a million million; beyond, the 53 bits of a draw are seen.
        for halvings in 1..40 {
            let draw = 1 << (64 - halvings);
            let (fraction, low, high) =
                (unit(draw), distribution.quantile(draw) as f64, distribution.quantile(!draw) as f64);
            assert!((above(high) / fraction - 1.0).abs() < 1e-3, "law {i}: {} for {fraction}", above(high));
            // Here the rounding to integers is seen: half a nanosecond to either side.
            let below = |x: f64| 1.0 - above(x.max(0.0));
            assert!(below(low - 0.5) < fraction + 1e-12, "law {i}: {} for {fraction}", below(low - 0.5));
            assert!(below(low + 0.5) > fraction - 1e-12, "law {i}: {} for {fraction}", below(low + 0.5));
        }
    }
}

#[test]
fn means_are_those_of_the_samples() {
    for (name, distribution) in all() {
        // The middle of each of 2^20 equal parts, so that the only error is in the last part of the tail.
        let parts = (0..1 << 20).map(|part: u64| distribution.quantile((part << 44) + (1 << 43)) as f64);
        let (found, mean) = (parts.sum::<f64>() / (1 << 20) as f64, distribution.mean());
        // A Pareto tail of shape 1.1 carries a quarter of its mean beyond the last of a million.
        let tolerance = if name == "pareto" { 0.3 } else { 1e-3 };
        assert!((found / mean - 1.0).abs() < tolerance, "{name}: {found} for {mean}");
    }
    assert_eq!(Distribution::pareto(1.0, 1.0).map(|pareto| pareto.mean()), Ok(f64::INFINITY));
}

proptest! {
    #[test]
    fn a_larger_draw_never_gives_a_smaller_value(one: u64, two: u64) {
        for (name, distribution) in all() {
            let (small, large) = (distribution.quantile(one.min(two)), distribution.quantile(one.max(two)));
            prop_assert!(small <= large, "{}: {} and {}", name, small, large);
        }
    }

    /// Any float at all: either it is refused, or every draw gives a value.
    #[test]
    fn nothing_can_go_wrong_once_it_is_made(a: f64, b: f64, draw: u64) {
        let made = [
            Distribution::exponential(a),
            Distribution::weibull(a, b),
            Distribution::weibull_with_mean(a, b),
            Distribution::log_normal(a, b),
            Distribution::gamma(a, b),
            Distribution::pareto(a, b),
            Distribution::poisson(a),
            Distribution::zipf(draw | 1, b),
        ];
        for distribution in made.into_iter().flatten() {
            for draw in [0, draw, u64::MAX] {
                prop_assert!(distribution.quantile(draw) <= Distribution::LARGEST, "{:?}", distribution);
            }
            prop_assert!(!distribution.mean().is_nan(), "{:?}", distribution);
        }
    }
}

#[test]
fn ends_and_mistakes() {
    let longest = |made: Result<Distribution, _>| made.expect("the parameters are right").quantile(u64::MAX);
    assert_eq!(longest(Distribution::pareto(1e9, 0.1)), Distribution::LARGEST);
    assert_eq!(longest(Distribution::uniform(0, u64::MAX)), Distribution::LARGEST);
    assert_eq!(longest(Distribution::uniform(5, 5)), 5);
    assert_eq!(longest(Distribution::bernoulli(0, 3)), 0);
    assert_eq!(Distribution::bernoulli(3, 3).map(|certain| certain.quantile(0)), Ok(1));

    let told =
        |made: Result<Distribution, super::DistributionError>| made.expect_err("it is a mistake").to_string();
    assert_eq!(
        told(Distribution::weibull(0.0, 1.0)),
        "the shape of a Weibull distribution has to be a positive number, not 0"
    );
    assert_eq!(
        told(Distribution::pareto(f64::NAN, 1.0)),
        "the scale of a Pareto distribution has to be a positive number, not NaN"
    );
    assert_eq!(
        told(Distribution::poisson(-0.5)),
        "the mean of a Poisson distribution has to be zero or a positive number, not -0.5"
    );
    assert!(told(Distribution::weibull_with_mean(0.001, 1e9)).contains("its shape has to be larger"));
    assert!(
        told(Distribution::uniform(5, 3)).starts_with("a uniform distribution from 5 to 3 holds nothing")
    );
    assert!(told(Distribution::bernoulli(4, 3)).starts_with("a chance of 4 in 3 is no probability"));
    assert!(told(Distribution::zipf(0, 1.0)).ends_with("needs at least one value"));
}
