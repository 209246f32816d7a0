//! Our own strategies, with every value of every parameter, break no law.

use std::sync::Arc;

use swarmbed_fuzz::{Caught, Hunt, PATIENCE, hunt, trial};
use swarmbed_scenarios::library::Beside;
use swarmbed_scenarios::{Options, read};
use swarmbed_scheduler::strategy::Catalogue;

#[test]
fn our_own_strategies_break_no_law() {
    let catalogue = Catalogue::standard();
    for text in catalogue.variants() {
        let build = || Arc::from(catalogue.build(&text).expect("it is in the catalogue"));
        let Hunt { trials, plans, caught } = hunt(&build, 1, 100, &mut |_| ());
        if let Some(Caught { finding, case, .. }) = caught {
            panic!("{text}: {}\n{}\nat {:?}\n{}", finding.law, finding.reason, finding.at, case.text());
        }
        assert!(trials == 100 && plans > 400, "{text}: only {plans} plans in {trials} trials");
    }
}

/// What was found once, by whichever strategy, is not to be found again in any.
#[test]
fn what_was_found_is_mended() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/found");
    let strategies = &Catalogue::standard();
    for entry in std::fs::read_dir(folder).expect("something was found") {
        let path = entry.expect("the folder can be read").path();
        let text = std::fs::read_to_string(&path).expect("it is text");
        for strategy in strategies.variants() {
            let (loader, strategy) = (&Beside { scenario: "" }, Some(strategy.as_str()));
            let options = Options { loader, metrics: &[], strategies, seed: None, strategy };
            let scenario = read("found.toml", &text, &options).unwrap_or_else(|t| panic!("{:#}", t[0]));
            assert_eq!(trial(scenario.setup, PATIENCE).finding, None, "{} {strategy:?}", path.display());
        }
    }
}
