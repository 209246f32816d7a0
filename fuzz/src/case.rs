//! A scenario as data: tables with settings, which can be left out or made smaller, and written as a scenario file.

use std::fmt::{self, Write};

/// A scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The run's seed.
    pub seed: u64,
    /// Classes of machines, services, workloads and steps, in the order in which they are written.
    pub blocks: Vec<Block>,
}

/// One table of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which.
    pub table: Table,
    /// Its settings, each key once.
    pub settings: Vec<(&'static str, Value)>,
}

/// The tables that a drawn scenario has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `[[cluster.nodes]]`
    Nodes,
    /// `[[service]]`
    Service,
    /// `[[workload]]`
    Workload,
    /// `[[at]]`
    At,
}

/// What a setting is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// TOML as it is.
    Toml(&'static str),
    /// A number of things.
    Count(u64),
    /// A time span in whole seconds.
    Seconds(u64),
    /// A list of texts.
    List(Vec<&'static str>),
    /// The machine of that number, from 1, in the class of that name; the last one, if there are fewer.
    Machine(&'static str, u64),
    /// All machines of the class of that name.
    Class(&'static str),
}

impl Case {
    /// The scenario file.
    pub fn text(&self) -> String {
        let run = if self.seed == 1 { String::new() } else { format!("[run]\nseed = {}\n", self.seed) };
        let blocks = self.blocks.iter().map(|block| self.block(block));
        std::iter::once(run).filter(|run| !run.is_empty()).chain(blocks).collect::<Vec<_>>().join("\n")
    }

    /// How many lines the file has, blank ones not counted.
    pub fn lines(&self) -> usize {
        self.text().lines().filter(|line| !line.is_empty()).count()
    }

    fn block(&self, block: &Block) -> String {
        let mut text = format!("[[{}]]\n", block.table);
        for (key, value) in &block.settings {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{key} = {}", self.value(value));
        }
        text
    }

    fn value(&self, value: &Value) -> String {
        match value {
            Value::Text(text) => format!("\"{text}\""),
            Value::Toml(text) => (*text).to_owned(),
            Value::Count(count) => count.to_string(),
            Value::Seconds(seconds) if *seconds >= 60 && seconds.is_multiple_of(60) => {
                format!("\"{}m\"", seconds / 60)
            }
            Value::Seconds(seconds) => format!("\"{seconds}s\""),
            Value::List(texts) => {
                let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
                format!("[{}]", quoted.join(", "))
            }
            Value::Machine(class, number) => match self.class(class).and_then(|block| block.get("count")) {
                Some(Value::Count(count)) => format!("\"{class}-{}\"", number.min(count)),
                _ => format!("\"{class}\""),
            },
            Value::Class(class) => format!("{{ class = \"{class}\" }}"),
        }
    }

    fn class(&self, name: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.table == Table::Nodes && block.name() == Some(name))
    }
}

impl Block {
    /// A table without any setting yet.
    pub fn new(table: Table) -> Block {
        Block { table, settings: Vec::new() }
    }

    /// With one setting more.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: Value) -> Block {
        self.settings.push((key, value));
        self
    }

    /// What a key is set to.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.settings.iter().find(|(own, _)| *own == key).map(|(_, value)| value)
    }

    /// Its `name`.
    pub fn name(&self) -> Option<&str> {
        match self.get("name") {
            Some(Value::Text(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether it is a step that creates a service, or lets machines join.
    pub fn brings(&self) -> bool {
        matches!(self.get("do"), Some(Value::Text(deed)) if ["create", "join"].contains(&deed.as_str()))
    }

    /// Whether it is a step about that class or that service.
    pub fn is_about(&self, other: &Block) -> bool {
        let Some(name) = other.name() else { return false };
        self.table == Table::At
            && self.settings.iter().any(|(key, value)| match value {
                Value::Machine(class, _) | Value::Class(class) => {
                    other.table == Table::Nodes && *class == name
                }
                Value::Text(text) => other.table == Table::Service && *key == "service" && text == name,
                _ => false,
            })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Table::Nodes => "cluster.nodes",
            Table::Service => "service",
            Table::Workload => "workload",
            Table::At => "at",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_written_as_a_scenario() {
        let nodes =
            Block::new(Table::Nodes).with("name", Value::Text("a".into())).with("count", Value::Count(2));
        let step = Block::new(Table::At)
            .with("time", Value::Seconds(90))
            .with("do", Value::Text("crash".into()))
            .with("target", Value::Machine("a", 5))
            .with("for", Value::Seconds(120));
        assert!(step.is_about(&nodes));
        let case = Case { seed: 7, blocks: vec![nodes, step] };
        let text = "[run]\nseed = 7\n\n[[cluster.nodes]]\nname = \"a\"\ncount = 2\n\n[[at]]\ntime = \"90s\"\n\
                    do = \"crash\"\ntarget = \"a-2\"\nfor = \"2m\"\n";
        assert_eq!((case.text().as_str(), case.lines()), (text, 10));
    }
}
