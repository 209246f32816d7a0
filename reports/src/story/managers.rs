//! Who leads, who is a manager, and what befalls the network.

use swarmbed_scheduler::node::Role;
use swarmbed_scheduler::{NodeId, SimTime, Span};
use swarmbed_sim::names::Names;
use swarmbed_sim::setup::Setup;

use super::{Line, Tone};
use crate::measure::{News, Recorder};
use crate::words::{machines, number, span, visible};

/// More changes of leader than this are told in one line.
const MOST_LEADERS: usize = 12;
/// More cuts than this, and so on.
const MOST_HARMS: usize = 12;

/// The lines about managers and the network.
pub(super) fn tell(setup: &Setup, followed: &Recorder, names: &Names) -> Vec<Line> {
    let news = &followed.leadership().news;
    let of = |is: fn(&News) -> bool| news.iter().filter(move |(_, what)| is(what)).copied();
    let leaders: Vec<(SimTime, News)> = of(|what| matches!(what, News::Lost(_) | News::Leads(_))).collect();
    let harms: Vec<(SimTime, News)> = of(|what| matches!(what, News::Harmed(_) | News::Mended(_))).collect();
    let mut lines = told_of_leaders(setup, &leaders);
    lines.extend(told_of_harms(names, &harms));
    lines.extend(unheard(setup, &of(|what| matches!(what, News::Unheard(_))).collect::<Vec<_>>()));
    for (at, what) in news {
        let name = |node: NodeId| machines(setup, &[node]);
        let text = match *what {
            News::Role(node, Role::Manager) => format!("{} promoted to manager", name(node)),
            News::Role(node, Role::Worker) => format!("{} demoted to worker", name(node)),
            News::Forced(node, 0) => format!("{} forced a new cluster, and lost nothing", name(node)),
            News::Forced(node, lost) => {
                format!(
                    "{} forced a new cluster; entries of the log lost: {}",
                    name(node),
                    number(u64::from(lost))
                )
            }
            _ => continue,
        };
        lines.push(Line::new(*at, Tone::Asked, text));
    }
    lines
}

fn told_of_leaders(setup: &Setup, news: &[(SimTime, News)]) -> Vec<Line> {
    let lost = news.iter().filter(|(_, what)| matches!(what, News::Lost(_))).count();
    let mut since = None;
    let mut without = Span::ZERO;
    let mut lines = Vec::new();
    for (at, what) in news {
        match *what {
            News::Lost(node) => {
                since = Some(*at);
                lines.push(Line::new(*at, Tone::Bad, format!("{} leads no more", machines(setup, &[node]))));
            }
            News::Leads(node) => {
                let gone = since.take().map_or(Span::ZERO, |since| at.since(since));
                without = without + gone;
                let name = machines(setup, &[node]);
                let text = match gone {
                    // The last one was cut off, and had not noticed.
                    Span::ZERO => format!("{name} leads"),
                    gone => format!("{name} leads, after {} without a leader", span(gone)),
                };
                lines.push(Line::new(*at, Tone::Good, text));
            }
            _ => {}
        }
    }
    if lost > MOST_LEADERS {
        let times = number(lost as u64);
        let text =
            format!("leaders lost, here for the first time: {times}; {} without one in all", span(without));
        return vec![Line::new(lines[0].at, Tone::Bad, text)];
    }
    lines
}

fn told_of_harms(names: &Names, news: &[(SimTime, News)]) -> Vec<Line> {
    let harmed = news.iter().filter(|(_, what)| matches!(what, News::Harmed(_))).count();
    if harmed > MOST_HARMS {
        let text = format!("the network was harmed, here for the first time of {}", number(harmed as u64));
        return vec![Line::new(news[0].0, Tone::Bad, text)];
    }
    let line = |(at, what): &(SimTime, News)| match *what {
        News::Harmed(harm) => Some(Line::new(*at, Tone::Bad, visible(names.text(harm)))),
        News::Mended(harm) => {
            Some(Line::new(*at, Tone::Good, format!("no longer {}", visible(names.text(harm)))))
        }
        _ => None,
    };
    news.iter().filter_map(line).collect()
}

/// Nodes that are declared DOWN within a minute of each other, though their machines run, in one line.
fn unheard(setup: &Setup, news: &[(SimTime, News)]) -> Vec<Line> {
    let together = |a: &(SimTime, News), b: &(SimTime, News)| b.0.since(a.0) < Span::secs(60);
    let line = |group: &[(SimTime, News)]| {
        let nodes = group.iter().filter_map(|(_, what)| match what {
            News::Unheard(node) => Some(*node),
            _ => None,
        });
        let mut nodes: Vec<NodeId> = nodes.collect();
        nodes.sort_unstable();
        nodes.dedup();
        let text = format!("{} declared down while running, unheard", machines(setup, &nodes));
        Line::new(group[0].0, Tone::Bad, text)
    };
    news.chunk_by(together).map(line).collect()
}
