//! The tables of what fails: experiments with other numbers than the published tables have, whose answers are known.

use swarmbed_reports::validate::{Answer, Answered, Budget, Means, TABLES, answer, csv};

/// A row: its metric, the value, `asy_sd` and `n_need` if any, and its kind, method and budget.
type Row<'a> = (&'a str, f64, Option<(f64, u64)>, [&'a str; 3]);

const SIMULATE: [&str; 3] = ["exact", "simulate", "cheap"];
const DERIVE: [&str; 3] = ["exact", "derive", "cheap"];
const ANALYTIC: [&str; 3] = ["exact", "analytic", "cheap"];

fn quick(name: &str, case: &str, params: &str, rows: &[Row<'_>]) -> Vec<Answered> {
    let head = "table,case,params,metric,unit,value,kind,oracle_se,asy_sd,n_unit,n_need,rel_floor,method,budget,pooled";
    let params = params.replace('"', "\"\"");
    let row = |(metric, value, need, [kind, method, budget]): &Row<'_>| {
        let (sd, need) = need.map_or(Default::default(), |(sd, need)| (sd.to_string(), need.to_string()));
        format!(
            "{name},{case},\"{params}\",{metric},u,{value},{kind},0,{sd},units,{need},0,{method},{budget},0\n"
        )
    };
    let text = format!("{head}\n{}", rows.iter().map(row).collect::<String>());
    let known = TABLES.iter().find(|table| table.name == name).expect("a table that can be produced");
    answer(known, &text, &Means { budget: Budget::Quick, file: &|_| None }).expect("the table is well-formed")
}

/// Asserts that each row agrees with its value, and none with one that is a tenth larger.
fn agree(name: &str, params: &str, rows: &[Row<'_>]) {
    for one in quick(name, "any name", params, rows) {
        let agreement = one.agreement.as_ref().unwrap_or_else(|| panic!("{name}: {:?}", one.answer));
        assert!(agreement.agrees, "{name} {}: {:?}", one.row.metric, agreement.why);
    }
    let off: Vec<_> = rows.iter().map(|row| (row.0, row.1 * 1.1, row.2, row.3)).collect();
    for one in quick(name, "any name", params, &off) {
        assert!(!one.agreement.expect("there is an answer").agrees, "{name} {}: 10 % off", one.row.metric);
    }
}

#[test]
fn one_of_one_and_two_of_three_are_lost_as_often_as_they_should_be() {
    // One manager, up 90 hours and down 10: down a tenth of the time, lost 87.6 times a year, 90 hours from up to down.
    let params = r#"{"experiment":"quorum_independent","n":1,"crews":"unlimited",
        "ttf":{"dist":"exp","mean":90},"ttr":{"dist":"exp","mean":10}}"#;
    let rows = [
        ("unavailability", 0.1, Some((1.27, 160_000)), SIMULATE),
        ("availability", 0.9, Some((1.27, 160_000)), DERIVE),
        ("outages_per_year", 87.6, Some((800.0, 160_000)), SIMULATE),
        ("mean_outage_hours", 10.0, None, DERIVE),
        ("mttql_from_all_up_hours", 90.0, Some((90.0, 10_000)), SIMULATE),
        ("sd_time_to_quorum_loss_hours", 90.0, None, DERIVE),
    ];
    agree("quorum_independent", params, &rows);
    // The time to the loss of the second of three: (5λ + μ) / 6λ².
    let params = params.replace("\"n\":1", "\"n\":3");
    let mean = (5.0 / 90.0 + 0.1) * 90.0 * 90.0 / 6.0;
    agree("quorum_beta", &params, &[("mttql_from_all_up_hours", mean, None, ANALYTIC)]);
}

#[test]
fn laws_that_age_have_the_long_run_of_their_means() {
    let params = r#"{"experiment":"quorum_renewal","n":3,"crews":"unlimited",
        "ttf":{"dist":"gamma","shape":2,"mean":60},"ttr":{"dist":"lognormal","sigma":0.8,"mean":20}}"#;
    // Each is up three quarters of the time.
    let rows = [
        ("unavailability", 3.0 * 0.75 / 16.0 + 1.0 / 64.0, None, SIMULATE),
        ("outages_per_year", 8760.0 * 6.0 * 0.75 * 0.25 / 80.0, None, SIMULATE),
    ];
    agree("quorum_nonexponential", params, &rows);
}

#[test]
fn races_and_passes_end_as_they_should() {
    let laws = r#""crews":"unlimited","ttf":{"dist":"exp","mean":50},"ttr":{"dist":"exp","mean":10}"#;
    // Three of four are up: the next failure, at 3/50, comes before the repair, at 1/10, with 3/8.
    let race = format!(r#"{{"experiment":"quorum_transient","n":4,"start_up":3,"to_up":2,{laws}}}"#);
    agree(
        "quorum_transient",
        &race,
        &[("p_next_level_before_all_up", 0.375, Some((0.485, 40_000)), SIMULATE)],
    );
    // One manager of one is up for 30 hours with e^-0.6.
    let until = format!(r#"{{"experiment":"quorum_transient","n":1,"start_up":1,"horizon_h":30,{laws}}}"#);
    let lost = -libm::expm1(-0.6);
    let row = |kind| ("p_quorum_lost_by_t", lost, Some((0.5, 40_000)), kind);
    agree("quorum_transient", &until, &[row(SIMULATE), row(ANALYTIC)]);
    // One manager is rebooted for two hours: that is all of the pass, whatever happens.
    let pass = r#"{"experiment":"quorum_rolling_reboot","n":1,"crews":"unlimited","mttf_h":50,"mttr_h":10,
        "reboot_h":2,"gap_h":1}"#;
    let certain = ["exact", "simulate", "cheap"];
    let rows = [
        ("p_quorum_lost_during_pass", 1.0, None, certain),
        ("expected_quorum_loss_hours_in_pass", 2.0, None, certain),
    ];
    agree("quorum_rolling_reboot", pass, &rows);
    let results = csv(&quick("quorum_rolling_reboot", "x", pass, &rows));
    assert!(
        results.contains("quorum_rolling_reboot,x,p_quorum_lost_during_pass,1,,,derived,done\n"),
        "{results}"
    );
}

#[test]
fn failures_are_those_of_their_law() {
    let exponential = r#"{"experiment":"sample_distribution","dist":"exp","mean":40}"#;
    let rows = [
        ("mean", 40.0, Some((40.0, 10_000)), SIMULATE),
        ("sd", 40.0, Some((57.0, 10_000)), SIMULATE),
        ("cv2", 1.0, None, DERIVE),
        ("quantile_0.5", 40.0 * std::f64::consts::LN_2, Some((40.0, 10_000)), SIMULATE),
        ("hazard_at_3.0_mean", 0.025, None, ANALYTIC),
    ];
    agree("failure_distributions", exponential, &rows);
    // A Poisson process: 2.5 failures in 2.5 mean lives.
    let renewals = r#"{"experiment":"renewal_counts","horizon_h":250,"ttf":{"dist":"exp","mean":100}}"#;
    let row = ("expected_failures_by_horizon_from_new", 2.5, Some((1.58, 10_000)), SIMULATE);
    agree("failure_renewal_counts", renewals, &[row]);
    let fleet = r#"{"experiment":"fleet","nodes":10,"target":0.9,"ttf":{"dist":"exp","mean":90},"ttr":{"dist":"exp","mean":10}}"#;
    let rows = [
        ("mean_nodes_down", 1.0, Some((4.0, 40_000)), SIMULATE),
        ("failures_per_day", 2.4, Some((8.0, 40_000)), SIMULATE),
        ("p_at_least_10_up", 0.348_678_440_1, Some((1.6, 400_000)), SIMULATE),
        ("nodes_down_quantile_0.99", 4.0, None, ["integer", "analytic", "cheap"]),
        ("spares_so_that_10_up_with_prob_0.9", 3.0, None, ["integer", "analytic", "cheap"]),
    ];
    agree("failure_superposition", fleet, &rows);
}

#[test]
fn what_cannot_be_done_is_said() {
    let why = |name: &str, params: &str, row: Row<'_>| match &quick(name, "x", params, &[row])[0].answer {
        Answer::Skipped(skip) => format!("{}: {}", skip.word, skip.why),
        answer => panic!("{answer:?}"),
    };
    let params = r#"{"experiment":"quorum_independent","n":3,"crews":"unlimited",
        "ttf":{"dist":"exp","mean":90},"ttr":{"dist":"exp","mean":-1}}"#;
    let row = ("unavailability", 0.1, None, SIMULATE);
    let found = why("quorum_independent", params, row);
    assert!(
        found.starts_with("unsupported-by-design: its params: the mean of an exponential distribution"),
        "{found}"
    );
    let other = why("quorum_independent", r#"{"experiment":"tarot"}"#, row);
    assert_eq!(other, "unsupported-by-design: 'tarot' is no experiment on the quorum in the long run");
    let zones = params.replace("-1", "1").replace("\"n\":3", "\"n\":3,\"split\":[1,1]");
    assert!(why("quorum_az", &zones, row).ends_with("[1, 1] are not 3 managers"));
    let rare = ("unavailability", 1e-12, None, ["exact", "rare-event", "out-of-reach"]);
    assert!(why("quorum_az", &params.replace("-1", "1"), rare).starts_with("cost: "));
    let law = why("failure_distributions", r#"{"dist":"tarot"}"#, ("mean", 1.0, None, SIMULATE));
    assert!(law.contains("unknown variant `tarot`"), "{law}");
}
