//! Updates in words: what was asked for, and how it ended.

use swarmbed_sim::manager::store::UpdateState;
use swarmbed_sim::names::Names;

use super::{Line, Tone};
use crate::measure::{Progress, Recorder, Step};
use crate::words::{span, visible};

/// The lines about updates.
pub(super) fn tell(followed: &Recorder, names: &Names) -> Vec<Line> {
    followed.updates().news.iter().filter_map(|news| line(news, names)).collect()
}

fn line(news: &Progress, names: &Names) -> Option<Line> {
    let name = visible(names.service(news.service));
    let after = span(news.after);
    let (tone, text) = match news.what {
        Step::Asked(revision) => (Tone::Asked, format!("{name} updated: spec {}", revision.0)),
        Step::RolledBack(why) => {
            (Tone::Bad, format!("{name} gets its previous spec again: {}", visible(names.text(why))))
        }
        Step::Became(UpdateState::Completed, _) => {
            (Tone::Good, format!("update of {name} completed, {after} after"))
        }
        Step::Became(UpdateState::RollbackCompleted, _) => {
            (Tone::Good, format!("rollback of {name} completed, {after} after"))
        }
        Step::Became(UpdateState::Paused | UpdateState::RollbackPaused, why) => {
            (Tone::Bad, format!("{name}: {}, {after} after", visible(names.text(why))))
        }
        Step::Became(UpdateState::Updating | UpdateState::RollbackStarted, _) => return None,
    };
    Some(Line::new(news.at, tone, text))
}
