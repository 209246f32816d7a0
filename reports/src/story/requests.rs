//! When requests were lost, and how.

use std::collections::BTreeMap;

use swarmbed_scheduler::Span;
use swarmbed_sim::names::Names;
use swarmbed_sim::worker::mesh::{Cause, Ending};

use super::{Line, Tone};
use crate::measure::{Recorder, Spell};
use crate::words::{clock, number, span, visible};

/// More spells of loss than this are told in one line for each service.
const MOST_SPELLS: usize = 12;

/// The lines about requests.
pub(super) fn tell(followed: &Recorder, names: &Names) -> Vec<Line> {
    let spells = &followed.requests().spells;
    if spells.len() <= MOST_SPELLS {
        return spells.iter().map(|spell| line(spell, names, None)).collect();
    }
    let mut by_service: BTreeMap<_, (Spell, usize)> = BTreeMap::new();
    for spell in spells {
        let (all, times) = by_service
            .entry(spell.service)
            .or_insert_with(|| (Spell { endings: BTreeMap::new(), ..spell.clone() }, 0));
        all.last = all.last.max(spell.last);
        *times += 1;
        for (ending, n) in &spell.endings {
            *all.endings.entry(*ending).or_default() += n;
        }
    }
    by_service.values().map(|(spell, times)| line(spell, names, Some(*times))).collect()
}

fn line(spell: &Spell, names: &Names, times: Option<usize>) -> Line {
    let lost: u64 = spell.endings.values().sum();
    let lasts = spell.last.since(spell.first);
    let until = match (times, lasts) {
        (Some(times), _) if times > 1 => {
            format!(", {} times up to {}", number(times as u64), clock(spell.last))
        }
        (_, Span::ZERO) => String::new(),
        (_, lasts) => format!(" within {}", span(lasts)),
    };
    let mut ways: Vec<(&Ending, &u64)> = spell.endings.iter().collect();
    ways.sort_by_key(|(ending, n)| (std::cmp::Reverse(**n), **ending));
    let ways: Vec<String> =
        ways.iter().map(|(ending, n)| format!("{} {}", number(**n), saw(**ending))).collect();
    let requests = if lost == 1 { "1 request".to_owned() } else { format!("{} requests", number(lost)) };
    let text =
        format!("{requests} to {} lost{until}: {}", visible(names.service(spell.service)), ways.join(", "));
    Line::new(spell.first, Tone::Bad, text)
}

/// What a client saw, and why.
fn saw(ending: Ending) -> String {
    let Some(cause) = ending.cause() else { return "answered".to_owned() };
    let way = match ending {
        Ending::TimedOut(_) => "timed out",
        Ending::Refused(_) => "refused",
        Ending::Reset(_) => "reset",
        _ => "failed behind it",
    };
    let why = match cause {
        Cause::Slow => "too slow",
        Cause::StaleBackend => "sent to a container that is gone",
        Cause::NoBackend => "no replica takes connections",
        Cause::PortClosed => "the node knows of no replica",
        Cause::Stopped => "its container stopped",
        Cause::NodeDead => "its node is dead",
        Cause::Partition => "no way through",
        Cause::QueueFull => "too many waited",
        Cause::Isolated => "no network in common",
        Cause::NotReady => "its container did not listen yet",
        Cause::Sick => "its container answers nothing any more",
        Cause::NoRoute => "no rule of the proxy fits it",
    };
    format!("{way} ({why})")
}
