//! How times, amounts and sets of machines are said to a person.

use std::collections::BTreeMap;

use swarmbed_scheduler::{NodeId, SimTime, Span};
use swarmbed_sim::setup::{Machine, Setup};

/// An instant as the story tells it: rounded to tenths of a second, to hundredths below 10 s.
pub fn clock(at: SimTime) -> String {
    span(Span(at.nanos()))
}

/// A span as the story tells it.
pub fn span(span: Span) -> String {
    let step = if span < Span::secs(10) { 10_000_000 } else { 100_000_000 };
    Span((span.nanos() + step / 2) / step * step).to_string()
}

/// `1,234,567`.
pub fn number(n: impl Into<u64>) -> String {
    let digits = n.into().to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 node`, `8 nodes`.
pub fn plural(n: usize, noun: &str) -> String {
    let end = if n == 1 { "" } else { "s" };
    format!("{} {noun}{end}", number(n as u64))
}

/// CPUs from nano-CPUs: `0.5`, `8`.
pub fn cpus(nanos: i64) -> String {
    let (sign, nanos) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
    let (whole, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let text = format!("{whole}.{rest:09}");
    format!("{sign}{}", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Bytes in the largest unit that leaves a whole number: `32 GiB`, `1536 MiB`.
pub fn bytes(n: i64) -> String {
    let (sign, n) = (if n < 0 { "-" } else { "" }, n.unsigned_abs());
    let units = ["TiB", "GiB", "MiB", "KiB"];
    let sizes = [1_u64 << 40, 1 << 30, 1 << 20, 1 << 10];
    let fitting = sizes.iter().zip(units).find(|(size, _)| n >= **size && n % **size == 0);
    match fitting {
        Some((size, unit)) => format!("{sign}{} {unit}", n / size),
        None => format!("{sign}{n} B"),
    }
}

/// The text with control characters, and those that reorder the text around them, written as escapes: a name out of
/// a file must neither move the cursor nor change the colour of the reader's terminal.
pub fn visible(text: &str) -> String {
    let unsafe_char = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let show = |c: char| if unsafe_char(c) { c.escape_default().to_string() } else { c.to_string() };
    if text.contains(unsafe_char) { text.chars().map(show).collect() } else { text.to_owned() }
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A set of machines in the fewest words: a rack, a zone, a few names, or how many.
pub fn machines(setup: &Setup, nodes: &[NodeId]) -> String {
    let machine = |n: &NodeId| &setup.machines[n.index()];
    let names: Vec<String> = nodes.iter().map(|n| visible(&machine(n).node.name)).collect();
    if names.len() < 2 {
        return list(&names);
    }
    let is_whole = |domain: fn(&Machine) -> Option<&String>| -> Option<String> {
        let of = domain(machine(nodes.first()?))?;
        let inside = nodes.iter().all(|n| domain(machine(n)) == Some(of));
        let whole = setup.machines.iter().filter(|m| domain(m) == Some(of)).count();
        (inside && whole == nodes.len()).then(|| of.clone())
    };
    if let Some(rack) = is_whole(|m| m.rack.as_ref()) {
        return format!("rack {}", visible(&rack));
    }
    if let Some(zone) = is_whole(|m| m.zone.as_ref()) {
        return format!("zone {}", visible(&zone));
    }
    let role = machine(&nodes[0]).node.role;
    let of_role = setup.machines.iter().filter(|m| m.node.role == role).count();
    if of_role == nodes.len() && nodes.iter().all(|n| machine(n).node.role == role) {
        return format!("every {}", role.name());
    }
    match names.len() {
        0..=4 => list(&names),
        n => format!("{n} nodes ({}, {}, …)", names[0], names[1]),
    }
}

/// Where so many tasks are, in the fewest words: a few names, or how they lie over zones and nodes.
pub fn places(setup: &Setup, nodes: &[NodeId]) -> String {
    let mut per_node: BTreeMap<NodeId, u64> = BTreeMap::new();
    nodes.iter().for_each(|n| *per_node.entry(*n).or_default() += 1);
    if per_node.len() <= 2 {
        let name = |(n, count): (&NodeId, &u64)| {
            let name = visible(&setup.machines[n.index()].node.name);
            if *count == 1 { name } else { format!("{name} ×{}", number(*count)) }
        };
        return per_node.iter().map(name).collect::<Vec<_>>().join(", ");
    }
    let (fewest, most) = (per_node.values().min().unwrap_or(&0), per_node.values().max().unwrap_or(&0));
    let each =
        if fewest == most { number(*most) } else { format!("{} to {}", number(*fewest), number(*most)) };
    let on = format!("{}, {each} each", plural(per_node.len(), "node"));
    let zone = |n: &NodeId| setup.machines[n.index()].zone.as_deref();
    let Some(zones) = nodes.iter().map(zone).collect::<Option<Vec<&str>>>() else { return on };
    let mut per_zone: BTreeMap<&str, u64> = BTreeMap::new();
    zones.into_iter().for_each(|z| *per_zone.entry(z).or_default() += 1);
    if per_zone.len() > 6 {
        return format!("{on}, {}", plural(per_zone.len(), "zone"));
    }
    let zones: Vec<String> = per_zone.iter().map(|(z, n)| format!("{} {}", visible(z), number(*n))).collect();
    format!("{on} (zones {})", zones.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_well() {
        assert_eq!(clock(SimTime(614_913_520_417)), "10m14.9s");
        assert_eq!(clock(SimTime(1_234_567_890)), "1.23s");
        assert_eq!(clock(SimTime(780_000_000_000)), "13m00s");
        assert_eq!(number(50_000_u32), "50,000");
        assert_eq!(number(1_234_567_u32), "1,234,567");
        assert_eq!(number(999_u32), "999");
        assert_eq!(plural(1, "node"), "1 node");
        assert_eq!(cpus(500_000_000), "0.5");
        assert_eq!(cpus(8_000_000_000), "8");
        assert_eq!(cpus(-1), "-0.000000001");
        assert_eq!(bytes(32 << 30), "32 GiB");
        assert_eq!(bytes(1536 << 20), "1536 MiB");
        assert_eq!(bytes(0), "0 B");
        assert_eq!(visible("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }
}
