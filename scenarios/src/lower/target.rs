//! `target = …` -> nodes.

use std::ops::Range;

use swarmbed_scheduler::NodeId;

use super::machines::{Fleet, texts};
use crate::file::{Selection, Target};
use crate::mistakes::Mistakes;
use crate::value::{Kind, Misread, Name, Raw, Shape};

/// The nodes that a target names or describes, ascending. Never none: that is a mistake.
pub(super) fn nodes(target: &Target, fleet: &Fleet, mistakes: &mut Mistakes) -> Option<Vec<NodeId>> {
    let mut nodes = match &target.shape {
        Shape::Plain(raw) => vec![named(&target.span, raw, fleet, mistakes)?],
        Shape::List(names) if names.is_empty() => {
            mistakes.say(&target.span, "the list of nodes is empty");
            return None;
        }
        Shape::List(names) => {
            let each = names.iter().map(|name| named(&name.span, &name.raw, fleet, mistakes));
            each.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>()?
        }
        Shape::Table(selection) => selected(&target.span, selection, fleet, mistakes)?,
    };
    nodes.sort_unstable();
    nodes.dedup();
    Some(nodes)
}

pub(super) fn named(
    span: &Range<usize>,
    raw: &Raw,
    fleet: &Fleet,
    mistakes: &mut Mistakes,
) -> Option<NodeId> {
    let name = Name::read(raw).map_err(|misread| mistakes.add(span, misread)).ok()?;
    let found = fleet.find(&name);
    if found.is_none() && fleet.classes.contains(&name) {
        let misread = Misread::new(format!("'{name}' is a class of machines, expected the name of one"));
        let first = fleet.classes.iter().position(|class| *class == name).unwrap_or(0);
        let one = &fleet.machines[first].node.name;
        mistakes.add(
            span,
            misread.help(format!("write {{ class = \"{name}\" }} for all of them, or one such as '{one}'")),
        );
    } else if found.is_none() {
        mistakes.unknown(span, "node", &name, fleet.names());
    }
    found
}

/// The nodes of which everything in the table is true.
fn selected(
    span: &Range<usize>,
    selection: &Selection,
    fleet: &Fleet,
    mistakes: &mut Mistakes,
) -> Option<Vec<NodeId>> {
    let before = mistakes.count();
    let role = selection.role.as_ref().and_then(|role| mistakes.read(role));
    let zone = known(
        selection.zone.as_ref(),
        "zone",
        &distinct(fleet, |f, i| f.machines[i].zone.as_deref()),
        mistakes,
    );
    let rack = known(
        selection.rack.as_ref(),
        "rack",
        &distinct(fleet, |f, i| f.machines[i].rack.as_deref()),
        mistakes,
    );
    let site = known(
        selection.site.as_ref(),
        "site",
        &distinct(fleet, |f, i| f.machines[i].site.as_deref()),
        mistakes,
    );
    let class = known(
        selection.class.as_ref(),
        "class of machines",
        &distinct(fleet, |f, i| Some(&f.classes[i])),
        mistakes,
    );
    let labels = texts(&selection.label, mistakes);
    if mistakes.count() > before {
        return None;
    }
    let places = [&zone, &rack, &site];
    if role.is_none() && places.iter().all(|place| place.is_none()) && class.is_none() && labels.is_empty() {
        let misread = Misread::new("the target is empty");
        mistakes.add(
            span,
            misread.help(
                "write a name, or { role = … }, { zone = … }, { rack = … }, { site = … }, { class = … }",
            ),
        );
        return None;
    }
    let fits = |&index: &usize| {
        let (machine, machine_class) = (&fleet.machines[index], &fleet.classes[index]);
        role.is_none_or(|role| machine.node.role == role)
            && zone.as_ref().is_none_or(|zone| machine.zone.as_ref() == Some(zone))
            && rack.as_ref().is_none_or(|rack| machine.rack.as_ref() == Some(rack))
            && site.as_ref().is_none_or(|site| machine.site.as_ref() == Some(site))
            && class.as_ref().is_none_or(|class| machine_class == class)
            && labels.iter().all(|(key, value)| machine.node.labels.get(key) == Some(value))
    };
    let nodes: Vec<NodeId> =
        (0..fleet.machines.len()).filter(fits).map(|index| NodeId(index as u32)).collect();
    if nodes.is_empty() {
        mistakes.say(span, "no machine is all of this");
        return None;
    }
    Some(nodes)
}

/// A name that has to be among those there are.
pub(super) fn known(
    written: Option<&crate::value::Written<crate::value::Text>>,
    what: &str,
    names: &[&str],
    mistakes: &mut Mistakes,
) -> Option<String> {
    let written = written?;
    let found = mistakes.read(written)?;
    if names.contains(&found.as_str()) {
        return Some(found);
    }
    mistakes.unknown(&written.span, what, &found, names.iter().copied());
    None
}

/// Each value once, ascending.
pub(super) fn distinct<'a>(
    fleet: &'a Fleet,
    of: impl Fn(&'a Fleet, usize) -> Option<&'a str>,
) -> Vec<&'a str> {
    let mut values: Vec<&str> = (0..fleet.machines.len()).filter_map(|index| of(fleet, index)).collect();
    values.sort_unstable();
    values.dedup();
    values
}
