use super::*;
use crate::stats::Estimate;

fn hours(mean: f64) -> Distribution {
    Distribution::exponential(mean * HOUR).expect("a mean is positive")
}

fn close(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 1e-10, "{found} is not {expected}");
}

#[test]
fn exact_answers_are_those_of_an_independent_solver() {
    let exact = |managers: &Managers| managers.exact().expect("there is a chain");
    let mut three = Managers::new(vec![3], hours(720.0), hours(1.0));
    let found = exact(&three);
    close(found.unavailability, 5.765_659_259_07e-6);
    close(found.outages_per_year, 0.100_967_605_957);
    close(found.mean_to_loss, 87_000.0);
    three.outages = Some((hours(8760.0), hours(4.0)));
    three.zones = vec![2, 2, 1];
    let found = exact(&three);
    close(found.unavailability, 4.446_025_341_48e-6);
    close(found.outages_per_year, 0.044_978_293_077_3);
    close(found.sd_to_loss, 197_424.158_191);
    let mut single = Managers::new(vec![5], hours(100.0), hours(5.0));
    single.crews = Some(1);
    close(exact(&single).outages_per_year, 10.043_663_95);
    let mut naive = Managers::new(vec![3], hours(100.0), hours(5.0));
    let (gap, lasts, policy) = (hours(24.0), hours(2.0), UpkeepPolicy::Naive);
    naive.upkeep = Some(Upkeep { gap, lasts, policy });
    close(exact(&naive).unavailability, 0.015_219_230_774_8);
    let mut led = Managers::new(vec![1], hours(720.0), hours(1.0));
    led.election = Some(Election { prompt: hours(15.0 / 3600.0), late: hours(0.5), coverage: 1.0 });
    close(1.0 - exact(&led).unavailability, 0.998_607_258_471);
}

/// All that can befall managers, at once, in zones of three sizes.
fn beset(policy: UpkeepPolicy) -> Managers {
    Managers {
        outages: Some((hours(700.0), hours(20.0))),
        shocks: Some(hours(900.0)),
        upkeep: Some(Upkeep { gap: hours(40.0), lasts: hours(4.0), policy }),
        election: Some(Election { prompt: hours(0.5), late: hours(3.0), coverage: 0.8 }),
        ..Managers::new(vec![3, 1, 2], hours(150.0), hours(10.0))
    }
}

/// Two of four crews short, which is a chain while all stand together.
fn short_of_crews() -> Managers {
    Managers { crews: Some(2), ..Managers::new(vec![4], hours(30.0), hours(10.0)) }
}

#[test]
fn what_is_played_is_what_follows() {
    let policies = [UpkeepPolicy::Naive, UpkeepPolicy::Gated, UpkeepPolicy::Strict];
    let all = policies.map(beset).into_iter().chain([short_of_crews()]);
    for (i, managers) in all.enumerate() {
        let exact = managers.exact().expect("there is a chain");
        let name = format!("what is played {i}");
        let sample = Run { managers: &managers, name: &name }.cycles(Amount { hours: 1e6, losses: 3000 });
        let held = [
            (sample.cycles.unavailability(), exact.unavailability),
            (sample.cycles.outages(), exact.outages_per_year / YEAR),
            (sample.cycles.outage_hours(), exact.unavailability / exact.outages_per_year * YEAR),
            (sample.mean_to_loss(), exact.mean_to_loss),
            (sample.sd_to_loss(), exact.sd_to_loss),
        ];
        for (j, (estimate, expected)) in held.into_iter().enumerate() {
            let Estimate { value, se, n } = estimate.expect("there is enough");
            assert!(n >= 3000 && se < 0.05 * expected, "{name}, {j}: {n} cycles, error {se} of {expected}");
            assert!((value - expected).abs() < 4.5 * se, "{name}, {j}: {value} ± {se} is not {expected}");
        }
    }
}

#[test]
fn what_ages_is_down_as_often_if_its_means_are_the_same() {
    let weibull = Distribution::weibull_with_mean(0.7, 100.0 * HOUR).expect("a law");
    let constant = Distribution::constant((8.0 * HOUR) as u64);
    let ageing = Managers::new(vec![3], weibull, constant);
    assert!(!ageing.is_memoryless());
    let exact = ageing.exact().expect("there is a chain of the means");
    let sample = Run { managers: &ageing, name: "what ages" }.replications(100, 4000.0, 20_000.0);
    let found = sample.cycles.outages().expect("there are replications");
    assert!((found.value * YEAR - exact.outages_per_year).abs() < 4.5 * found.se * YEAR, "{found:?}");
    assert!(found.se < 0.03 * found.value && found.n == 100);
}

#[test]
fn threads_change_nothing() {
    let managers = beset(UpkeepPolicy::Gated);
    let played = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let sample = pool.install(|| {
            Run { managers: &managers, name: "threads" }.cycles(Amount { hours: 1e5, losses: 64 })
        });
        (sample.cycles, sample.to_loss)
    };
    assert_eq!(played(1), played(3));
}

#[test]
fn crews_too_few_for_zones_are_no_chain_of_counts() {
    let managers = Managers { zones: vec![2, 2], ..short_of_crews() };
    assert_eq!(managers.exact(), None);
    let empty = Managers { zones: vec![4, 0], ..short_of_crews() };
    assert_eq!(empty.exact(), short_of_crews().exact());
}
