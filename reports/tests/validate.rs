//! Our statistics against those of an independent implementation, and the tables of theory.

use std::path::{Path, PathBuf};

use swarmbed_reports::validate::{Answer, Answered, Budget, Means, TABLES, answer, csv, vectors};

/// Some records of each kind, kept with the project.
const FIXTURE: &str = include_str!("fixtures/output_vectors.json");

/// A file of the tables, where they are at hand.
fn table(name: &str) -> Option<String> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/validation").join(name);
    let text = std::fs::read_to_string(&path);
    text.inspect_err(|_| eprintln!("skipped: {} is not there", path.display())).ok()
}

fn all_agree(text: &str, least: usize) {
    let found = vectors::check(text).expect("the file is well-formed");
    for one in &found {
        assert!(one.agrees, "{} {}: {:?}, expected {}", one.record, one.name, one.found, one.expected);
    }
    assert!(found.len() >= least, "only {} statistics", found.len());
}

#[test]
fn statistics_are_those_of_others() {
    all_agree(FIXTURE, 50);
    if let Some(text) = table("output_vectors.json") {
        all_agree(&text, 60);
    }
}

#[test]
fn a_statistic_that_is_off_is_told() {
    let off = FIXTURE.replace("\"delete_first\": 35", "\"delete_first\": 40");
    assert_ne!(off, FIXTURE);
    let found = vectors::check(&off).unwrap();
    assert_eq!(found.iter().filter(|f| !f.agrees).count(), 1);
    let unknown = r#"[{"test": "tarot", "expect": {"card": 3}}]"#;
    assert!(!vectors::check(unknown).unwrap()[0].agrees);
    assert!(vectors::check("{}").is_err());
}

/// The quick answers to a table.
fn quick(name: &str, text: &str) -> Result<Vec<Answered>, String> {
    let known = TABLES.iter().find(|table| table.name == name).expect("a table that can be produced");
    let file = |name: &str| (name == "binpack_instances.json").then(|| INSTANCES.to_owned());
    answer(known, text, &Means { budget: Budget::Quick, file: &file })
}

/// Two rows as the table of coverage has them.
const COVERAGE: &str = r#"table,case,params,metric,unit,value,kind,oracle_se,asy_sd,n_unit,n_need,rel_floor,method,budget,pooled
output_coverage,any name,"{""data"":""iid exponential mean 1"",""experiment"":""ci_coverage"",""n"":30,""nominal"":0.95,""truth"":1}",ci_coverage,1,0.9265925,mc,0.000412,0.2608,experiments,5450,0,simulate,cheap,1
output_coverage,heavy,"{""data"":""mean wait of M/M/1 FCFS"",""experiment"":""ci_coverage"",""nominal"":0.9,""rho"":0.8,""truth"":4.0}",ci_coverage,1,0.9,mc,0.005,0.3,experiments,1001,0,simulate,heavy,1
"#;

#[test]
fn coverage_is_the_known_one_and_not_the_nominal() {
    let answered = quick("output_coverage", COVERAGE).unwrap();
    assert!(answered[0].agreement.as_ref().unwrap().agrees, "{answered:?}");
    assert!(matches!(&answered[1].answer, Answer::Skipped(skip) if skip.word == "cost"));
    let nominal = quick("output_coverage", &COVERAGE.replace("0.9265925", "0.95")).unwrap();
    assert!(!nominal[0].agreement.as_ref().unwrap().agrees, "0.95 would be wrong, and is told");
    let results = csv(&answered);
    assert!(results.starts_with("table,case,metric,value,se,n,method,status\noutput_coverage,any name,"));
    assert!(results.ends_with("output_coverage,heavy,ci_coverage,,,,,skipped:cost\n"), "{results}");
    assert!(quick("output_coverage", "table,case\nx,y\n").is_err());
}

/// Lists of items: one that first fit packs as badly as can be (Johnson and others, 1974), one that each heuristic packs in
/// another way, and one of two resources.
const INSTANCES: &str = r#"[
{"name": "tight", "capacity": 101, "items": [6,6,6,6,6,6,6, 10,10,10,10,10,10,10, 16,16,16,
  34,34,34,34,34,34,34,34,34,34, 51,51,51,51,51,51,51,51,51,51]},
{"name": "small", "capacity": 10, "items": [4, 1, 6, 2, 5, 6, 7, 4, 7, 5, 2, 5]},
{"name": "two", "capacity": [10, 100], "items": [[6, 20], [3, 30], [5, 40], [2, 70]]}
]"#;

/// A table with one case, of which each row is a metric, what is expected of it, and its kind, method and budget.
fn table_of(name: &str, params: &str, rows: &[(&str, &str, [&str; 3])]) -> String {
    let head = "table,case,params,metric,unit,value,kind,oracle_se,asy_sd,n_unit,n_need,rel_floor,method,budget,pooled";
    let params = params.replace('"', "\"\"");
    let row = |(metric, value, [kind, method, budget]): &(&str, &str, [&str; 3])| {
        format!(
            "{name},x,\"{params}\",{metric},u,\"{value}\",{kind},0,0.7,trials,400,0,{method},{budget},0\n"
        )
    };
    format!("{head}\n{}", rows.iter().map(row).collect::<String>())
}

/// Asserts that each row agrees, and that none does once its value is another.
fn agree(name: &str, params: &str, rows: &[(&str, &str, [&str; 3])]) {
    let text = table_of(name, params, rows);
    for one in quick(name, &text).expect("the table is well-formed") {
        let agreement = one.agreement.as_ref().expect("there is an answer");
        assert!(agreement.agrees, "{name} {}: {:?}", one.row.metric, agreement.why);
    }
    let off: Vec<_> = rows.iter().map(|row| (row.0, if row.1 == "2" { "1" } else { "0" }, row.2)).collect();
    for one in quick(name, &table_of(name, params, &off)).expect("the table is well-formed") {
        assert!(!one.agreement.expect("there is an answer").agrees, "{name} {}", one.row.metric);
    }
}

const COUNT: [&str; 3] = ["integer", "derive", "cheap"];
const BOUND: [&str; 3] = ["bound", "derive", "cheap"];

#[test]
fn packings_are_those_of_the_heuristics() {
    let params = |name: &str| format!(r#"{{"file":"binpack_instances.json","instance":"{name}"}}"#);
    let tight = [("bins_FF", "17", COUNT), ("bins_FF_max", "17", BOUND), ("bins_FFD", "10", COUNT)];
    agree("placement_binpack", &params("tight"), &tight);
    let small = [
        ("bins_NF", "9", COUNT), // 4 1 | 6 2 | 5 | 6 | 7 | 4 | 7 | 5 2 | 5
        ("bins_FF", "7", COUNT), // 4 1 2 2 | 6 4 | 5 5 | 6 | 7 | 7 | 5
        ("bins_BF", "6", COUNT), // 4 1 5 | 6 2 2 | 6 4 | 7 | 7 | 5 5
        ("bins_WF", "8", COUNT), // 4 1 2 | 6 | 5 4 | 6 | 7 | 7 | 5 2 | 5
        ("bins_FFD", "6", COUNT),
    ];
    agree("placement_binpack", &params("small"), &small);
    agree(
        "placement_binpack",
        &params("two"),
        &[("bins_FF", "3", COUNT), ("bins_FFD_max_share", "2", COUNT)],
    );
}

#[test]
fn what_cannot_be_known_is_skipped_with_its_reason() {
    let why = |name: &str, params: &str, row: (&str, &str, [&str; 3])| {
        let answered = quick(name, &table_of(name, params, &[row])).expect("the table is well-formed");
        match &answered[0].answer {
            Answer::Skipped(skip) => format!("{}: {}", skip.word, skip.why),
            answer => panic!("{answer:?}"),
        }
    };
    let orlib = why("placement_orlib", r#"{"instance":"u120_00"}"#, ("bins_FF", "1", COUNT));
    assert_eq!(orlib, "unsupported-by-design: the items of its instance are not in the folder");
    let instance = |name: &str| format!(r#"{{"file":"binpack_instances.json","instance":"{name}"}}"#);
    let optimum = why("placement_binpack", &instance("tight"), ("optimum", "10", COUNT));
    assert!(optimum.ends_with("a strategy finds a packing and proves nothing of others"), "{optimum}");
    let unknown = why("placement_binpack", &instance("none"), ("bins_FF", "10", COUNT));
    assert!(unknown.ends_with("there is no instance none in binpack_instances.json"), "{unknown}");
    let balls = r#"{"balls":4,"bins":2,"choices":2}"#;
    let normal = why("placement_balls_in_bins", balls, ("mean_max_load", "2", ["mc", "simulate", "normal"]));
    assert_eq!(normal, "budget: `--budget full` has time for it");
    let heavy = why("placement_balls_in_bins", balls, ("mean_max_load", "2", ["mc", "simulate", "heavy"]));
    assert!(heavy.starts_with("cost: "), "{heavy}");
}

#[test]
fn machines_get_the_work_that_graham_says() {
    let rows = [
        ("least_loaded_greedy", "3", COUNT),
        ("least_loaded_greedy_max", "3", BOUND),
        ("lpt", "2", COUNT),
        ("lpt_max", "2", BOUND),
    ];
    agree("placement_makespan", r#"{"jobs":[1,1,2],"machines":2}"#, &rows);
}

#[test]
fn a_service_is_levelled_and_nothing_moves_back() {
    let kind = ["integer", "simulate", "cheap"];
    let rows = [
        ("max_load_initial", "3", kind),
        ("min_load_initial", "2", kind),
        ("tasks_moved_on_failure", "3", kind),
        ("max_load_after_failure", "4", kind),
        ("sorted_loads_final", "[3,3,3,4]", kind), // 0 3 3 4 and three more
    ];
    let params = r#"{"nodes":4,"tasks":10,"failed":1,"new_tasks_after_return":3}"#;
    agree("placement_spread", params, &rows);
}

#[test]
fn the_fullest_bin_is_as_full_as_it_should_be() {
    // Of 4 balls in 2 bins: one choice leaves 2 with 6/16, 3 with 8/16, 4 with 2/16.
    let kind = ["exact", "simulate", "cheap"];
    let rows = [("mean_max_load", "2.75", kind), ("p_max_load_le_2", "0.375", kind)];
    agree("placement_balls_in_bins", r#"{"balls":4,"bins":2,"choices":1}"#, &rows);
}
