//! When proxies were told nothing, and so routed by what they knew.

use swarmbed_scheduler::{ServiceId, SimTime, Span};
use swarmbed_sim::names::Names;

use super::{Line, Tone};
use crate::measure::Recorder;
use crate::words::{number, plural, visible};

/// What is farther apart is other news.
const APART: Span = Span::secs(20);
/// More news than this is told in one line.
const MOST: usize = 12;

/// The lines about proxies.
pub(super) fn tell(followed: &Recorder, names: &Names) -> Vec<Line> {
    let mut looks = followed.proxies().looks.clone();
    looks.sort_by_key(|(at, service, _)| (*service, *at));
    let together = |a: &(SimTime, ServiceId, bool), b: &(SimTime, ServiceId, bool)| {
        (a.1, a.2) == (b.1, b.2) && b.0.since(a.0) < APART
    };
    let news: Vec<&[(SimTime, ServiceId, bool)]> = looks.chunk_by(together).collect();
    if news.len() > MOST {
        let times = number(followed.proxies().unanswered());
        let first = followed.proxies().looks[0].0;
        return vec![Line::new(
            first,
            Tone::Bad,
            format!("proxies told nothing, here first of {times} times"),
        )];
    }
    news.into_iter().map(|group| line(group, names)).collect()
}

fn line(group: &[(SimTime, ServiceId, bool)], names: &Names) -> Line {
    let (at, service, answered) = group[0];
    let who = format!("{} of {}", plural(group.len(), "container"), visible(names.service(service)));
    if answered {
        Line::new(at, Tone::Good, format!("{who} told by a manager again"))
    } else {
        Line::new(at, Tone::Bad, format!("{who} told nothing by managers: what is known is kept"))
    }
}
