//! Every scenario of the library: its page and its digest. A golden that changes is recorded anew in its own commit,
//! with the reason.

use swarmbed_scenarios::library::FILES;

use super::{recorded, root, swarmbed};

#[test]
fn every_scenario_of_the_library_comes_out_as_recorded() {
    for file in FILES.iter().filter(|f| f.is_scenario()) {
        let ran = swarmbed(&["run", file.path]);
        assert_eq!(ran.code, 0, "{}: {}{}", file.path, ran.out, ran.err);
        let name = file.path.trim_end_matches(".toml").replace('/', "-");
        recorded(&root().join(format!("tests/goldens/{name}.txt")), &ran.out);
    }
}

#[test]
fn no_golden_is_left_over() {
    let known: Vec<String> =
        FILES.iter().map(|f| format!("{}.txt", f.path.trim_end_matches(".toml").replace('/', "-"))).collect();
    for entry in std::fs::read_dir(root().join("tests/goldens")).expect("there are goldens") {
        let name = entry.expect("the folder can be read").file_name().to_string_lossy().into_owned();
        assert!(known.contains(&name), "{name} belongs to no scenario");
    }
}
