//! The library is read without a mistake, and each of its files says what it is about.

mod known;

use swarmbed_scenarios::library::{Beside, FILES, TEMPLATE};
use swarmbed_scenarios::{Scenario, read};
use swarmbed_scheduler::strategy::Catalogue;

fn scenario(path: &str, text: &str) -> Scenario {
    let loader = Beside { scenario: path };
    read(path, text, &known::options(&loader, &Catalogue::standard())).unwrap_or_else(|troubles| {
        let told: Vec<String> = troubles.iter().map(|trouble| format!("{trouble:#}")).collect();
        panic!("{path} has mistakes:\n{}", told.join("\n"))
    })
}

#[test]
fn every_scenario_is_read() {
    for file in FILES.iter().filter(|file| file.is_scenario()) {
        let scenario = scenario(file.path, file.text);
        assert_eq!(scenario.title, file.title());
        assert!(!scenario.expectations.is_empty(), "{} expects nothing", file.path);
    }
}

#[test]
fn the_template_is_read() {
    let scenario = scenario("scenario.toml", TEMPLATE);
    assert_eq!(scenario.setup.machines.len(), 7);
    assert!(scenario.notices.is_empty(), "{:?}", scenario.notices);
}
