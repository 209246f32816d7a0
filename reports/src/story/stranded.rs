//! Data that was left behind, in words.

use swarmbed_sim::names::Names;

use super::{Line, Tone};
use crate::measure::{Left, Recorder};
use crate::words::{number, visible};

/// More are told in one line.
const MOST: usize = 8;

/// The lines about volumes.
pub(super) fn tell(followed: &Recorder, names: &Names) -> Vec<Line> {
    let news = &followed.stranded().news;
    let (told, rest) = news.split_at(news.len().min(MOST));
    let more = rest.first().map(|first| {
        let text = format!("{} more tasks started without their data", number(rest.len() as u64));
        Line::new(first.at, Tone::Bad, text)
    });
    told.iter().map(|left| line(left, names)).chain(more).collect()
}

fn line(left: &Left, names: &Names) -> Line {
    let found = if left.empty { "with an empty volume" } else { "with what was once left in its volume" };
    let text = format!(
        "{}.{} started on {} {found}: its data in '{}' lies on {}",
        visible(names.service(left.service)),
        left.slot,
        visible(names.node(left.node)),
        visible(names.text(left.volume)),
        visible(names.node(left.before)),
    );
    Line::new(left.at, Tone::Bad, text)
}
