//! Our own strategies, with every value of every parameter, break no law.

use std::sync::Arc;

use swarmbed_fuzz::{Caught, Hunt, hunt};
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
