//! Our statistics against those of an independent implementation, and the tables of theory.

use std::path::{Path, PathBuf};

use swarmbed_reports::validate::{Answer, Budget, TABLES, answer, csv, vectors};

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

/// Two rows as the table of coverage has them.
const COVERAGE: &str = r#"table,case,params,metric,unit,value,kind,oracle_se,asy_sd,n_unit,n_need,rel_floor,method,budget,pooled
output_coverage,any name,"{""data"":""iid exponential mean 1"",""experiment"":""ci_coverage"",""n"":30,""nominal"":0.95,""truth"":1}",ci_coverage,1,0.9265925,mc,0.000412,0.2608,experiments,5450,0,simulate,cheap,1
output_coverage,heavy,"{""data"":""mean wait of M/M/1 FCFS"",""experiment"":""ci_coverage"",""nominal"":0.9,""rho"":0.8,""truth"":4.0}",ci_coverage,1,0.9,mc,0.005,0.3,experiments,1001,0,simulate,heavy,1
"#;

#[test]
fn coverage_is_the_known_one_and_not_the_nominal() {
    let answered = answer(&TABLES[0], COVERAGE, Budget::Quick).unwrap();
    assert!(answered[0].agreement.as_ref().unwrap().agrees, "{answered:?}");
    assert!(matches!(&answered[1].answer, Answer::Skipped(skip) if skip.word == "cost"));
    let nominal = answer(&TABLES[0], &COVERAGE.replace("0.9265925", "0.95"), Budget::Quick).unwrap();
    assert!(!nominal[0].agreement.as_ref().unwrap().agrees, "0.95 would be wrong, and is told");
    let results = csv(&answered);
    assert!(results.starts_with("table,case,metric,value,se,n,method,status\noutput_coverage,any name,"));
    assert!(results.ends_with("output_coverage,heavy,ci_coverage,,,,,skipped:cost\n"), "{results}");
    assert!(answer(&TABLES[0], "table,case\nx,y\n", Budget::Quick).is_err());
}
