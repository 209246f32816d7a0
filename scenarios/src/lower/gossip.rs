//! `[gossip]` -> the rules of the gossip.

use swarmbed_scheduler::Span;
use swarmbed_sim::worker::gossip::rules::Rules;

use crate::file;
use crate::mistakes::Mistakes;
use crate::value::{TimeSpan, Written, written_span};

/// What is done again and again is not done more often than this.
const OFTEN: Span = Span::millis(1);

/// Sets the constants that the file gives, if they make sense together.
pub(super) fn adjust(written: &file::Gossip, rules: &mut Rules, mistakes: &mut Mistakes) {
    written.adjust(rules, mistakes);
    let mut check = |written: &Option<Written<TimeSpan>>, wrong: bool, problem: String| {
        if let (Some(written), true) = (written, wrong) {
            mistakes.say(&written.span, problem);
        }
    };
    let regular = [
        (&written.gossip_interval, rules.gossip_interval, "gossip_interval"),
        (&written.probe_interval, rules.probe_interval, "probe_interval"),
        (&written.reconnect, rules.reconnect, "reconnect"),
    ];
    for (written, span, key) in regular {
        check(written, span < OFTEN, format!("{key} has to be at least {}", written_span(OFTEN)));
    }
    let optional = [
        (&written.bulk_sync, rules.bulk_sync, "bulk_sync"),
        (&written.push_pull, rules.push_pull, "push_pull"),
        (&written.rejoin, rules.rejoin, "rejoin"),
    ];
    for (written, span, key) in optional {
        let wrong = span > Span::ZERO && span < OFTEN;
        check(written, wrong, format!("{key} has to be at least {}, or 0s for never", written_span(OFTEN)));
    }
    let either =
        if written.probe_timeout.is_some() { &written.probe_timeout } else { &written.probe_interval };
    let (timeout, interval) = (rules.probe_timeout, rules.probe_interval);
    let problem = format!(
        "probe_timeout, which is {}, cannot be longer than probe_interval, which is {}",
        written_span(timeout),
        written_span(interval)
    );
    check(either, timeout > interval, problem);
}
