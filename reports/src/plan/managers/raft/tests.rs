use swarmbed_sim::engine::distribution::Distribution;

use super::super::tests::question;
use super::*;
use crate::quorum::HOUR;

/// Managers that fail every `mttf` hours, and zones that do every `up` hours.
fn managers(split: &[u32], (mttf, mttr): (f64, f64), outages: Option<(f64, f64)>) -> Managers {
    let law = |mean: f64| Distribution::exponential(mean * HOUR).expect("a mean is positive");
    let outages = outages.map(|(up, down)| (law(up), law(down)));
    Managers { outages, ..Managers::new(split.to_vec(), law(mttf), law(mttr)) }
}

fn played(managers: &Managers, hours: f64, name: &str) -> (Burden, Core) {
    let exact = managers.burden(3).expect("there is a chain");
    let core = sample(managers, 3, &exact, hours / PARTS as f64, name, &|| ());
    (exact, core)
}

#[test]
fn the_core_loses_its_quorum_as_often_as_the_chain_says() {
    let rows = [
        (managers(&[1], (200.0, 2.0), None), 3e5),
        (managers(&[2], (300.0, 1.0), Some((2000.0, 5.0))), 2e5),
        (managers(&[1, 1, 1], (100.0, 4.0), Some((700.0, 10.0))), 3e5),
        (managers(&[2, 2, 1], (60.0, 6.0), Some((900.0, 8.0))), 2e5),
        (managers(&[3, 2], (80.0, 5.0), None), 2e5),
        (managers(&[3, 2, 2], (40.0, 6.0), None), 1e5),
    ];
    for (i, (managers, hours)) in rows.iter().enumerate() {
        let (exact, core) = played(managers, *hours, &format!("agreement {i}"));
        let off = (core.quorumless.value - exact.hours) / core.quorumless.se;
        assert!(off.abs() < 4.0, "{i}: {:?} is not {}", core.quorumless, exact.hours);
        assert!(core.quorumless.se < 0.15 * exact.hours, "{i}: {:?} says little", core.quorumless);
        // What was played alone, and what was added to the exact value, say the same.
        let (whole, alone) = (core.leaderless, core.leaderless_played);
        assert!((whole.value - alone.value).abs() < 4.0 * alone.se, "{i}: {whole:?} is not {alone:?}");
        assert!(whole.se < 0.2 * alone.se, "{i}: {whole:?} is no better than {alone:?}");
        assert!(whole.value > exact.hours && core.refusing.value > exact.hours, "{i}: {core:?}");
        assert!(core.refusing.value < whole.value && core.rest.value > exact.rest, "{i}: {core:?}");
    }
}

/// Where hours without a quorum are frequent, what was played says by itself what an outage means to those who wait.
#[test]
fn what_is_left_of_an_outage_is_what_follows() {
    let managers = managers(&[1, 1], (50.0, 5.0), Some((400.0, 20.0)));
    let (exact, _) = played(&managers, 1000.0, "the rest of outages");
    let hours = 2e5;
    let profile = Profile::swarm_current();
    let parts: Vec<Gaps> = (0..20)
        .into_par_iter()
        .map(|part| {
            Play::new(&managers, 3, &profile, &format!("rest/{part}"), 1e3).run(hours / 20.0).quorumless
        })
        .collect();
    let held = |of: fn(&Gaps) -> f64, expected: f64| {
        let values: Vec<f64> = parts.iter().map(|part| of(part) * YEAR / (hours / 20.0)).collect();
        let found = Estimate::of_mean(&values).expect("there are parts");
        assert!((found.value - expected).abs() < 4.0 * found.se, "{found:?} is not {expected}");
        assert!(found.se < 0.05 * expected, "{found:?} says little");
    };
    held(|gaps| gaps.hours, exact.hours);
    held(|gaps| gaps.rest, exact.rest);
    held(|gaps| gaps.falls, exact.falls);
    held(|gaps| gaps.falls_rest, exact.falls_rest);
}

/// Swarm's managers have a new leader after 13.8 s if there are three, and after 12.6 s if there are five, from the last
/// heartbeat on; on average that has been half a second ago.
#[test]
fn a_new_leader_takes_as_long_as_theory_says() {
    for (split, expected) in [(&[3][..], 13.8), (&[5][..], 12.6)] {
        let managers = managers(split, (720.0, 1.0), None);
        let (_, core) = played(&managers, 1e5, "takeover");
        let Times { mean, p99 } = core.takeover.expect("leaders are lost");
        assert!((mean.value + 0.5 - expected).abs() < 0.5, "{split:?}: {mean:?}");
        assert!(mean.n > 100 && p99 > mean.value && p99 < 60.0, "{split:?}: {p99}");
        // Own write, there, the faster of the followers' writes, back.
        let commit = core.commit.expect("there are proposals");
        assert!(commit.mean.n > 2000 && (0.003..0.006).contains(&commit.mean.value), "{commit:?}");
    }
}

#[test]
fn threads_change_nothing() {
    let managers = managers(&[2, 1], (100.0, 1.0), Some((1000.0, 4.0)));
    let played = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| played(&managers, 2e4, "threads").1)
    };
    assert_eq!(played(1), played(3));
}

#[test]
fn hours_are_fewer_where_they_cost_more() {
    let exact = Burden::default();
    let few = managers(&[1], (720.0, 1.0), None);
    let many = managers(&[9], (720.0, 1.0), None);
    let of = |managers: &Managers, question: &Question| hours(managers, question, &exact, EVENTS);
    assert!(of(&few, &question()) > of(&many, &question()));
    let frail = Question { mttf: 1.0 / 3600.0, mttr: 87_600.0, ..question() };
    assert!(of(&many, &frail) > 0.0);
}
