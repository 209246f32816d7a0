//! `[[expect]]` -> expectations: the metric is known, and the amount is in its unit.

use swarmbed_scheduler::SimTime;

use crate::file;
use crate::mistakes::Mistakes;
use crate::scenario::{Bound, Expectation, Metric};
use crate::trouble::nearest;
use crate::value::{Amount, Count, Kind, Misread, Raw, TimeSpan, Written, shortened, units_of};

/// All expectations; one `[[expect]]` with both ends gives two.
pub(super) fn expectations(
    written: &[file::Expect],
    metrics: &[Metric<'_>],
    services: &[&str],
    mistakes: &mut Mistakes,
) -> Vec<Expectation> {
    let mut all = Vec::new();
    for expect in written {
        let at = expect.at.as_ref().and_then(|at| mistakes.read(at)).map(|at| SimTime(at.nanos()));
        let Some(name) = mistakes.read(&expect.metric) else { continue };
        let Some(metric) = metrics.iter().find(|metric| covers(metric.name, &name, services)) else {
            unknown(expect, &name, metrics, services, mistakes);
            continue;
        };
        let bounds = [
            (Bound::AtMost, &expect.at_most),
            (Bound::AtLeast, &expect.at_least),
            (Bound::Equals, &expect.equals),
        ];
        let given: Vec<_> =
            bounds.iter().filter_map(|(bound, amount)| amount.as_ref().map(|a| (*bound, a))).collect();
        if given.is_empty() {
            let misread = Misread::new(format!("nothing is expected of '{name}'"));
            mistakes.add(&expect.metric.span, misread.help("write at_most, at_least or equals"));
        }
        if let (Some((_, amount)), 2..) =
            (given.iter().find(|(bound, _)| *bound == Bound::Equals), given.len())
        {
            mistakes.say(&amount.span, "equals stands alone, without at_most and at_least");
        }
        for (bound, amount) in given {
            let Some(value) = read(amount, metric.unit, mistakes) else { continue };
            let span = expect.metric.span.clone();
            all.push(Expectation { metric: name.clone(), bound, amount: value, at, span });
        }
    }
    all
}

/// Whether a name is one of those a table's entry stands for: `SERVICE` is any service, `{a,b}` any of these.
fn covers(pattern: &str, name: &str, services: &[&str]) -> bool {
    if let Some((before, after)) = pattern.split_once("SERVICE") {
        let service = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        return service.is_some_and(|service| services.binary_search(&service).is_ok());
    }
    match pattern.split_once('{') {
        None => pattern == name,
        Some((stem, ends)) => {
            let end = name.strip_prefix(stem);
            end.is_some_and(|end| ends.trim_end_matches('}').split(',').any(|each| each == end))
        }
    }
}

fn unknown(
    expect: &file::Expect,
    name: &str,
    metrics: &[Metric<'_>],
    services: &[&str],
    mistakes: &mut Mistakes,
) {
    let names: Vec<String> = metrics.iter().flat_map(|metric| expanded(metric.name, services)).collect();
    let misread = Misread::new(format!("there is no metric '{}'", shortened(name)));
    let help = match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean '{near}'?"),
        None => "METRICS.md lists them all".to_owned(),
    };
    mistakes.add(&expect.metric.span, misread.help(help));
}

/// Every name that an entry of the table stands for.
fn expanded(pattern: &str, services: &[&str]) -> Vec<String> {
    if pattern.contains("SERVICE") {
        return services.iter().map(|service| pattern.replace("SERVICE", service)).collect();
    }
    match pattern.split_once('{') {
        None => vec![pattern.to_owned()],
        Some((stem, ends)) => {
            ends.trim_end_matches('}').split(',').map(|end| format!("{stem}{end}")).collect()
        }
    }
}

/// An amount in the metric's unit: whole things, or billionths of anything else.
fn read(written: &Written<Amount>, unit: &str, mistakes: &mut Mistakes) -> Option<u128> {
    let amount = match unit {
        "1" => count(&written.raw),
        "s" => TimeSpan::read(&written.raw).map(|span| span.nanos().into()),
        other => units_of(&written.raw, other),
    };
    amount.map_err(|misread| mistakes.add(&written.span, misread)).ok()
}

fn count(raw: &Raw) -> Result<u128, Misread> {
    match raw {
        Raw::Text(text) => Err(Misread::new(format!("found '{}', expected a whole number", shortened(text)))
            .help("this metric counts things: write the number without quotes and unit")),
        other => Count::<0, { i64::MAX as u64 }>::read(other).map(u128::from),
    }
}
