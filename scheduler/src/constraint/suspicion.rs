//! Constraints that are lawful and can hardly be meant.

use std::collections::BTreeSet;

use super::{Constraint, Key};
use crate::node::Node;

/// The keys that SwarmKit knows, labels aside.
const KEYS: [&str; 6] =
    ["node.id", "node.hostname", "node.ip", "node.role", "node.platform.os", "node.platform.arch"];

impl Constraint {
    /// What is probably wrong with it, given the nodes there are, in a sentence; `None` if it looks as meant.
    ///
    /// Three things are suspicious: a key that SwarmKit does not know (it matches no node at all), a label that no node
    /// has, and a value that no node has for `==`.
    pub fn suspicion<'a>(&self, nodes: impl Iterator<Item = &'a Node> + Clone) -> Option<String> {
        match &self.key {
            Key::Unknown => Some(self.unknown_key(nodes)),
            Key::Ip(None) => Some(format!(
                "`{}` is neither an address nor a network, so no node matches `{self}`",
                self.value
            )),
            Key::Label(label) => self.odd_label("node.labels", label, nodes.map(|n| &n.labels)),
            Key::EngineLabel(label) => {
                self.odd_label("engine.labels", label, nodes.map(|n| &n.engine_labels))
            }
            _ if self.equal && !nodes.clone().any(|n| self.matches(n)) && nodes.clone().next().is_some() => {
                Some(format!("no node matches `{self}`"))
            }
            _ => None,
        }
    }

    fn unknown_key<'a>(&self, nodes: impl Iterator<Item = &'a Node>) -> String {
        let key = &self.written;
        let labels: BTreeSet<&str> = nodes.flat_map(|n| n.labels.keys()).map(String::as_str).collect();
        let hint = match labels.contains(key.as_str()) {
            true => format!("node.labels.{key}"),
            false => nearest(&key.to_ascii_lowercase(), KEYS.into_iter())
                .map_or_else(|| format!("node.labels.{key}"), str::to_owned),
        };
        format!("there is no key `{key}`, so no node matches `{self}`; did you mean `{hint}`?")
    }

    fn odd_label<'a>(
        &self,
        prefix: &str,
        label: &str,
        nodes: impl Iterator<Item = &'a std::collections::BTreeMap<String, String>> + Clone,
    ) -> Option<String> {
        let values: BTreeSet<&str> = nodes.clone().filter_map(|l| l.get(label)).map(String::as_str).collect();
        if values.is_empty() {
            let others: BTreeSet<&str> = nodes.flat_map(|l| l.keys()).map(String::as_str).collect();
            let hint = nearest(label, others.into_iter()).map(|l| format!(", did you mean `{prefix}.{l}`?"));
            return Some(format!("no node has the label `{label}`{}", hint.unwrap_or_default()));
        }
        if !self.equal || values.iter().any(|v| v.eq_ignore_ascii_case(&self.value)) {
            return None;
        }
        let seen: Vec<String> = values.iter().take(5).map(|v| format!("`{v}`")).collect();
        let more = if values.len() > seen.len() { " and others" } else { "" };
        Some(format!(
            "no node has `{}` for the label `{label}`; there are {}{more}",
            self.value,
            seen.join(", ")
        ))
    }
}

/// The candidate that is nearest to `word`, if any is near enough to be what was meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.len() / 3).max(1);
    let scored = candidates.map(|c| (strsim::damerau_levenshtein(word, c), c));
    scored.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_constraints_are_explained() {
        let with = |labels: &[(&str, &str)]| Node {
            labels: labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            ..Node::default()
        };
        let nodes = [with(&[("rack", "1"), ("disk", "ssd")]), with(&[("rack", "2")])];
        let check = |expression: &str, expected: Option<&str>| {
            let found = Constraint::parse(expression).unwrap().suspicion(nodes.iter());
            assert_eq!(found.as_deref(), expected, "{expression}");
        };
        check("node.labels.rack == 1", None);
        check("node.labels.rack != 9", None);
        check("node.role == worker", None);
        check("node.role == boss", Some("no node matches `node.role == boss`"));
        check(
            "rack == 1",
            Some("there is no key `rack`, so no node matches `rack == 1`; did you mean `node.labels.rack`?"),
        );
        check(
            "node.rolle != x",
            Some(
                "there is no key `node.rolle`, so no node matches `node.rolle != x`; did you mean `node.role`?",
            ),
        );
        check("node.labels.rak != 1", Some("no node has the label `rak`, did you mean `node.labels.rack`?"));
        check("node.labels.zone == a", Some("no node has the label `zone`"));
        check("node.labels.rack == 3", Some("no node has `3` for the label `rack`; there are `1`, `2`"));
        check(
            "node.ip == here",
            Some("`here` is neither an address nor a network, so no node matches `node.ip == here`"),
        );
    }
}
