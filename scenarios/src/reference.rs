//! The JSON Schema of scenario files and the reference of their keys, both made from the types that read them.

use std::fmt::Write;

use schemars::generate::SchemaSettings;
use serde_json::Value;
use swarmbed_sim::profile::Profile;

use crate::file::{Cluster, File, Gossip};

/// The JSON Schema of a scenario file (draft 7, which editors know best), indented.
pub fn schema() -> String {
    let mut text = serde_json::to_string_pretty(&schema_value()).expect("a schema is a JSON value");
    text.push('\n');
    text
}

fn schema_value() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<File>().to_value();
    drop_null(&mut schema);
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".to_owned(), "Swarmbed scenario".into());
    }
    schema
}

/// TOML has no null: a key that may be absent is a key that is not required, and that is all.
fn drop_null(value: &mut Value) {
    let is_null = |value: &Value| value.is_null() || value == "null" || value["type"] == "null";
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_null),
        Value::Object(object) => {
            for key in ["type", "enum", "anyOf", "oneOf"] {
                let Some(Value::Array(options)) = object.get_mut(key) else { continue };
                options.retain(|option| !is_null(option));
                if options.len() > 1 || key == "enum" {
                    continue;
                }
                let only = options.pop();
                match (key, only) {
                    ("type", Some(only)) => {
                        object.insert(key.to_owned(), only);
                    }
                    (_, Some(Value::Object(only))) => {
                        object.remove(key);
                        for (key, value) in only {
                            object.entry(key).or_insert(value);
                        }
                    }
                    _ => {}
                }
            }
            object.values_mut().for_each(drop_null);
        }
        _ => {}
    }
}

/// The reference of every key as a page of Markdown.
pub fn reference() -> String {
    let schema = schema_value();
    let mut page =
        Page { definitions: &schema["definitions"], text: INTRODUCTION.to_owned(), later: Vec::new() };
    page.section("the file itself", "", &schema);
    page.text
}

const INTRODUCTION: &str = "\
# Every key of a scenario file

Written from the types that read it, by `UPDATE=1 cargo test -p swarmbed-scenarios`; the same types give the JSON Schema
(`swarmbed schema`). A key without a default is required where it says so, and otherwise means nothing is said.

Every quantity carries its unit in the value: time spans are `\"5s\"`, `\"1h30m\"`, `\"250ms\"` (units ns, us, ms, s, m, h, d);
amounts of bytes `\"512MiB\"` (B, KiB, MiB, GiB, TiB, PiB); CPUs `\"0.5\"`; shares `\"2.5%\"`. What is counted is a bare number.
Sources without a repository are files of `moby/swarmkit` at commit 3e72cb6.
";

/// The page as far as it is written.
struct Page<'a> {
    definitions: &'a Value,
    text: String,
    /// Tables of tables, to be described after the one that has them.
    later: Vec<(String, String, &'a Value)>,
}

impl<'a> Page<'a> {
    /// A table and then every table in it. `path` is empty for the file itself.
    fn section(&mut self, heading: &str, path: &str, table: &'a Value) {
        let _ = write!(
            self.text,
            "\n## {heading}\n\n| key | value | default | meaning | source |\n|---|---|---|---|---|\n"
        );
        for key in keys(table) {
            self.row(path, key, &table["properties"][key], is_required(table, key));
        }
        for (heading, path, table) in std::mem::take(&mut self.later) {
            self.section(&heading, &path, table);
        }
    }

    fn row(&mut self, path: &str, key: &str, schema: &'a Value, required: bool) {
        let full = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let value = self.value(&full, schema);
        let default = match default(path, key, schema) {
            Some(default) => default,
            None if required => "required".to_owned(),
            None => String::new(),
        };
        let text = |name: &str| schema[name].as_str().unwrap_or("").replace('\n', " ").replace('|', "\\|");
        let (meaning, source) = (text("description"), text("x-source"));
        let _ = writeln!(self.text, "| `{key}` | {value} | {default} | {meaning} | {source} |");
    }

    /// What may stand under a key, in words. A table is described in a section of its own.
    fn value(&mut self, path: &str, schema: &'a Value) -> String {
        if let Some(kind) = schema["x-kind"].as_str() {
            return plain(kind, schema);
        }
        if let Some(table) = self.table(schema) {
            return self.table_value(path, &format!("[{path}]"), table);
        }
        if schema["type"] == "array" {
            let items = &schema["items"];
            return match self.table(items) {
                Some(table) => self.table_value(path, &format!("[[{path}]]"), table),
                None => format!("a list, each {}", self.value(path, items)),
            };
        }
        if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
            return match self.table(values) {
                Some(table) => {
                    let path = format!("{path}.\"NAME\"");
                    format!("tables by name: {}", self.table_value(&path, &format!("[{path}]"), table))
                }
                None => format!("a table, each {}", self.value(path, values)),
            };
        }
        let options = ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array());
        let options = options.map_or(&[][..], Vec::as_slice);
        let each: Vec<String> = options.iter().map(|option| self.value(path, option)).collect();
        each.join(" or ")
    }

    /// The table that a schema refers to, if it is one that has keys of its own.
    fn table(&self, schema: &'a Value) -> Option<&'a Value> {
        let direct = schema.get("$ref").or_else(|| schema["allOf"][0].get("$ref"));
        let name = direct?.as_str()?.rsplit('/').next()?;
        Some(&self.definitions[name])
    }

    fn table_value(&mut self, path: &str, heading: &str, table: &'a Value) -> String {
        if table["properties"].is_null() {
            return self.value(path, table);
        }
        // Distributions stand in many places and are described once.
        let is_law = table["properties"].get("lognormal").is_some();
        let heading = if is_law { "distributions" } else { heading };
        let path = if is_law { "distributions" } else { path };
        let is_known = self.text.contains(&format!("\n## {heading}\n"))
            || self.later.iter().any(|(other, _, _)| other == heading);
        if !is_known {
            self.later.push((heading.to_owned(), path.to_owned(), table));
        }
        if is_law { "a distribution".to_owned() } else { format!("see `{heading}`") }
    }
}

/// A plain value: its words, its bounds, or its kind.
fn plain(kind: &str, schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> =
            words.iter().map(|word| format!("`{}`", word.as_str().unwrap_or(""))).collect();
        return words.join(", ");
    }
    match (&schema["minimum"], &schema["maximum"]) {
        (Value::Number(least), Value::Number(most)) => format!("{kind}, {least} to {most}"),
        _ => kind.to_owned(),
    }
}

fn default(path: &str, key: &str, schema: &Value) -> Option<String> {
    let profile = Profile::swarm_current();
    let constants = match path {
        "cluster" => Cluster::shown(&profile),
        "gossip" => Gossip::shown(&profile.gossip),
        _ => Vec::new(),
    };
    let constant = constants.into_iter().find(|(name, _)| *name == key).map(|(_, value)| value);
    constant.or_else(|| schema["x-default"].as_str().map(str::to_owned)).map(|text| text.replace('|', "\\|"))
}

/// The keys of a table: required ones first, each group in alphabetical order.
fn keys(table: &Value) -> Vec<&str> {
    let properties = table["properties"].as_object();
    let mut keys: Vec<&str> = properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    keys.sort_by_key(|key| (!is_required(table, key), *key));
    keys
}

fn is_required(table: &Value, key: &str) -> bool {
    table["required"].as_array().is_some_and(|required| required.iter().any(|name| name == key))
}
