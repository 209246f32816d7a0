//! Pictures: a run or a comparison as charts in SVG.
//!
//! The same run gives the same bytes: no date, no font and no locale of the machine has a part in them. Nothing in a
//! picture is told by colour alone, so that it can be printed in black and white. However long the run and however large
//! the cluster, a picture is never of more points than there are pixels.

mod axis;
mod forest;
mod frame;
mod gallery;
mod load;
mod managers;
mod nodes;
mod requests;
mod sheet;
mod wait;
mod watch;

pub use gallery::{Gallery, GalleryError, Hung};
pub use watch::Watch;

use crate::compare::Comparison;
use crate::outcome::Outcome;
use crate::plan::managers::Plan;
use crate::words::{clock, number, plural};
use sheet::Head;

/// One picture, or why there is none.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The file it belongs in.
    pub file: &'static str,
    /// The file's content; or why there is nothing to draw, as a clause, if anybody would look for it.
    pub svg: Result<String, Option<&'static str>>,
}

/// The files that the pictures of a run belong in.
pub const OF_RUN: [&str; 4] = ["wait.svg", "load.svg", "nodes.svg", "requests.svg"];

/// The pictures of a run that `watch` saw from its start to its end: how long tasks waited, what they held of the cluster
/// and of each node, and what became of requests.
pub fn pictures(outcome: &Outcome, watch: &Watch) -> Vec<Picture> {
    let about = &outcome.about;
    let head = |title: &str| Head {
        title: title.to_owned(),
        of: format!("{}; {}, {}", about.title, about.strategy, clock(outcome.ended)),
        origin: format!(
            "scenario {}  strategy {}  seed {}  digest {}",
            about.name, about.strategy, outcome.seed, outcome.digest
        ),
    };
    let waits = watch.waits();
    let curve = wait::Curve { label: plural(waits.total() as usize, "task"), waits: &waits };
    let held = match watch.used {
        None => "What tasks reserved, and how many waited",
        Some(_) => "What tasks reserved and used, and how many waited",
    };
    let requests = match &watch.requests {
        Some(seconds) => requests::picture(&head("What became of requests"), seconds).map_err(Some),
        None => Err(None),
    };
    let drawn = [
        wait::picture(&head("How long tasks waited for a node"), &[curve]).map_err(Some),
        load::picture(&head(held), &watch.load, watch.used.as_ref()).map_err(Some),
        nodes::picture(&head("What each node held"), &watch.rows).map_err(Some),
        requests,
    ];
    OF_RUN.into_iter().zip(drawn).map(|(file, svg)| Picture { file, svg }).collect()
}

/// The files that the pictures of a comparison belong in.
pub const OF_COMPARISON: [&str; 2] = ["differences.svg", "wait.svg"];

/// The pictures of a comparison: the differences in each metric with their intervals, and how long tasks waited in all
/// trials of each variant. `origin` is the command that makes it again.
pub fn pictures_of_comparison(found: &Comparison, title: &str, origin: &str) -> Vec<Picture> {
    let last = found.seed + found.trials.saturating_sub(1);
    let trials = format!("{} trials of each, seeds {} to {last}", number(found.trials), found.seed);
    let head =
        |what: String| Head { title: what, of: format!("{title}; {trials}"), origin: origin.to_owned() };
    let differences = match &found.variants[..] {
        [base, one] => format!("{one} against {base}"),
        [base, ..] => format!("Differences from {base}"),
        [] => String::new(),
    };
    let of_variant = |(label, waits): (&String, _)| wait::Curve { label: label.clone(), waits };
    let waits = match &found.waits {
        Some(waits) => {
            let curves: Vec<_> = found.variants.iter().zip(waits).map(of_variant).collect();
            wait::picture(&head("How long tasks waited for a node".to_owned()), &curves)
        }
        None => Err("the trials that were kept before tell no waits"),
    };
    let drawn = [forest::picture(&head(differences), found), waits];
    OF_COMPARISON.into_iter().zip(drawn).map(|(file, svg)| Picture { file, svg: svg.map_err(Some) }).collect()
}

/// The file that the picture of a plan belongs in.
pub const OF_MANAGERS: [&str; 1] = ["managers.svg"];

/// The picture of a plan: how long each number of managers is without a quorum and without a leader. `origin` is the command
/// that makes it again.
pub fn pictures_of_managers(plan: &Plan, origin: &str) -> Vec<Picture> {
    let title = "Time a year in which no manager decides anything".to_owned();
    let zones = plural(plan.question.zones as usize, "zone");
    let of = format!("{} nodes, {zones}; {}", number(plan.question.nodes), plan.question.failures());
    let head = Head { title, of, origin: origin.to_owned() };
    let picture = |file| Picture { file, svg: managers::picture(&head, plan).map_err(Some) };
    OF_MANAGERS.into_iter().map(picture).collect()
}
