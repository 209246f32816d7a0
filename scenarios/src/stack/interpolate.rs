//! Puts the values of variables into the tree, and types what Docker types at this point.

use std::collections::BTreeSet;

use super::environment::Environment;
use super::go::go_int;
use super::template::{Refusal, substitute};
use super::tree::{Node, Value, shortened};
use crate::trouble::Trouble;

/// Substitutes every variable in every value of the file (keys are left as they are) and returns what the user
/// should know about it.
pub(super) fn interpolate(root: &mut Node, environment: &Environment) -> Result<Vec<String>, Trouble> {
    let mut walk = Walk { environment, path: vec![], blank: BTreeSet::new(), stand_ins: BTreeSet::new() };
    // Docker looks at the version before it looks at variables.
    if let Value::Map(sections) = &mut root.value {
        for section in sections.iter_mut().filter(|section| section.key != "version") {
            walk.step(section.key.clone(), &mut section.value)?;
        }
    }
    Ok(walk.notices())
}

struct Walk<'e> {
    environment: &'e Environment,
    path: Vec<String>,
    blank: BTreeSet<String>,
    stand_ins: BTreeSet<String>,
}

impl Walk<'_> {
    fn step(&mut self, key: String, node: &mut Node) -> Result<(), Trouble> {
        self.path.push(key);
        self.node(node)?;
        self.path.pop();
        Ok(())
    }

    fn node(&mut self, node: &mut Node) -> Result<(), Trouble> {
        match &mut node.value {
            Value::Map(entries) => {
                entries.iter_mut().try_for_each(|entry| self.step(entry.key.clone(), &mut entry.value))
            }
            Value::List(items) => items.iter_mut().try_for_each(|item| self.step(IN_LIST.to_owned(), item)),
            Value::Text(text) if text.contains('$') => {
                let value = self.text(text).map_err(|trouble| trouble.at(node.span.clone()))?;
                node.value = value;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn text(&mut self, template: &str) -> Result<Value, Trouble> {
        let found = substitute(template, self.environment);
        self.blank.extend(found.blank);
        match found.refusal {
            None if found.text == template => Ok(Value::Text(found.text)),
            None => self.cast(template, found.text),
            Some(Refusal::Malformed) => Err(self.malformed(template)),
            Some(Refusal::Missing { names, message, .. }) if self.decides() => {
                Err(self.missing(&names, &message))
            }
            Some(Refusal::Missing { names, stand_in, .. }) => {
                self.stand_ins.extend(names);
                Ok(Value::Text(stand_in))
            }
        }
    }

    /// A substituted text has to become a number or a flag where the file wants one: `replicas: ${N}`.
    fn cast(&self, template: &str, text: String) -> Result<Value, Trouble> {
        // A dot in a name hides the place from Docker, which then leaves a text and refuses it later.
        let is_hidden = self.path.iter().any(|key| key.contains('.'));
        let cast = CASTS.iter().find(|(pattern, _)| !is_hidden && self.matches(pattern));
        let Some((_, cast)) = cast else { return Ok(Value::Text(text)) };
        let (value, expected) = match cast {
            Cast::Int => (go_int(&text).map(Value::Int), "a whole number"),
            Cast::Float => (text.parse().ok().filter(|f: &f64| f.is_finite()).map(Value::Float), "a number"),
            Cast::Bool => (flag(&text).map(Value::Bool), "true or false"),
        };
        value.ok_or_else(|| {
            let (shown, text) = (shortened(template), shortened(&text));
            Trouble::new(format!("{}: \"{shown}\" reads \"{text}\", expected {expected}", self.place()))
                .help("give its variables other values")
        })
    }

    fn malformed(&self, template: &str) -> Trouble {
        Trouble::new(format!("{}: '$' begins no variable in \"{}\"", self.place(), shortened(template)))
            .help("write $$ for a dollar sign; docker stack knows $X, ${X}, ${X:-default}, ${X-default}, ${X:?message} and ${X?message}")
    }

    fn missing(&self, names: &[String], message: &str) -> Trouble {
        let list = names.join(", ");
        let said = if message.is_empty() { String::new() } else { format!(" ({})", shortened(message)) };
        let example = names.first().map_or("NAME", String::as_str);
        Trouble::new(format!("{}: the required variable {list} has no value{said}", self.place())).help(
            format!("it decides what is simulated: give it one with --env {example}=value or --env-file"),
        )
    }

    /// Whether a value at this place decides anything that is simulated; a required variable then needs a value.
    fn decides(&self) -> bool {
        DECIDING.iter().any(|prefix| self.starts_with(prefix))
            && !IDLE.iter().any(|prefix| self.starts_with(prefix))
            || CASTS.iter().any(|(pattern, _)| self.matches(pattern))
    }

    fn matches(&self, pattern: &str) -> bool {
        self.starts_with(pattern) && pattern.split('.').count() == self.path.len()
    }

    fn starts_with(&self, prefix: &str) -> bool {
        let mut path = self.path.iter();
        prefix.split('.').all(|part| path.next().is_some_and(|key| part == "*" || part == key))
    }

    fn place(&self) -> String {
        self.path.join(".").replace(&format!(".{IN_LIST}"), IN_LIST)
    }

    fn notices(self) -> Vec<String> {
        let list = |names: &BTreeSet<String>, quote: fn(&str) -> String| {
            names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
        };
        let mut notices = Vec::new();
        if !self.blank.is_empty() {
            let names = list(&self.blank, str::to_owned);
            notices.push(format!("variables without a value or default read as nothing: {names}"));
        }
        if !self.stand_ins.is_empty() {
            let names = list(&self.stand_ins, |name| format!("<{name}>"));
            notices.push(format!("required variables that decide nothing simulated stand as {names}"));
        }
        notices
    }
}

/// How a step into a list is written in a path.
const IN_LIST: &str = "[]";

/// Where a text decides what is simulated.
const DECIDING: [&str; 11] = [
    "services.*.deploy",
    "services.*.ports",
    "services.*.networks",
    "services.*.volumes",
    "services.*.secrets",
    "services.*.configs",
    "services.*.healthcheck",
    "services.*.stop_grace_period",
    "services.*.restart",
    "networks",
    "volumes",
];

/// Where, below those, it does not.
const IDLE: [&str; 7] = [
    "services.*.deploy.labels",
    "services.*.healthcheck.test",
    "networks.*.labels",
    "networks.*.driver_opts",
    "networks.*.ipam",
    "volumes.*.labels",
    "volumes.*.driver_opts",
];

enum Cast {
    Int,
    Float,
    Bool,
}

/// What Docker types after substitution, and nothing else (cli/compose/loader/interpolate.go).
const CASTS: [(&str, Cast); 28] = [
    ("services.*.configs.[].mode", Cast::Int),
    ("services.*.secrets.[].mode", Cast::Int),
    ("services.*.healthcheck.retries", Cast::Int),
    ("services.*.healthcheck.disable", Cast::Bool),
    ("services.*.deploy.replicas", Cast::Int),
    ("services.*.deploy.update_config.parallelism", Cast::Int),
    ("services.*.deploy.update_config.max_failure_ratio", Cast::Float),
    ("services.*.deploy.rollback_config.parallelism", Cast::Int),
    ("services.*.deploy.rollback_config.max_failure_ratio", Cast::Float),
    ("services.*.deploy.restart_policy.max_attempts", Cast::Int),
    ("services.*.deploy.placement.max_replicas_per_node", Cast::Int),
    ("services.*.ports.[].target", Cast::Int),
    ("services.*.ports.[].published", Cast::Int),
    ("services.*.ulimits.*", Cast::Int),
    ("services.*.ulimits.*.hard", Cast::Int),
    ("services.*.ulimits.*.soft", Cast::Int),
    ("services.*.privileged", Cast::Bool),
    ("services.*.read_only", Cast::Bool),
    ("services.*.stdin_open", Cast::Bool),
    ("services.*.tty", Cast::Bool),
    ("services.*.volumes.[].read_only", Cast::Bool),
    ("services.*.volumes.[].volume.nocopy", Cast::Bool),
    ("networks.*.external", Cast::Bool),
    ("networks.*.internal", Cast::Bool),
    ("networks.*.attachable", Cast::Bool),
    ("volumes.*.external", Cast::Bool),
    ("secrets.*.external", Cast::Bool),
    ("configs.*.external", Cast::Bool),
];

fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "y" | "yes" | "true" | "on" => Some(true),
        "n" | "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::parse;
    use super::*;

    fn check(text: &str, expect: &str) {
        let mut environment = Environment::new();
        environment.set("N", "3");
        let (mut root, _) = parse(text).expect("good YAML");
        let found = match interpolate(&mut root, &environment) {
            Ok(notices) => {
                format!("{}{}", leaf(&root), notices.iter().map(|n| format!("; {n}")).collect::<String>())
            }
            Err(trouble) => format!("{:#}", trouble.in_source("f", text)),
        };
        assert_eq!(found, expect, "{text}");
    }

    fn leaf(node: &Node) -> String {
        match &node.value {
            Value::Map(entries) => leaf(&entries[0].value),
            Value::List(items) => leaf(&items[0]),
            value => value.to_string(),
        }
    }

    #[test]
    fn numbers_and_flags_are_typed_where_docker_types_them() {
        check("services: {a: {deploy: {replicas: '${N}'}}}", "the number 3");
        check("services: {a: {deploy: {replicas: '3'}}}", "the text \"3\"");
        check("services: {a.b: {deploy: {replicas: '${N}'}}}", "the text \"3\"");
        check("services: {a: {ports: [{target: '80$N'}]}}", "the number 803");
        check("services: {a: {deploy: {resources: {limits: {cpus: '$N'}}}}}", "the text \"3\"");
        check("networks: {a: {external: '${X:-Yes}'}}", "true");
        check(
            "services: {a: {deploy: {replicas: '${X:-two}'}}}",
            "f:1:35: services.a.deploy.replicas: \"${X:-two}\" reads \"two\", expected a whole number\n  help: give its variables other values",
        );
    }

    #[test]
    fn a_required_variable_matters_only_where_it_decides() {
        check(
            "services: {a: {image: 'x:${TAG?}'}}",
            "the text \"x:<TAG>\"; required variables that decide nothing simulated stand as <TAG>",
        );
        check(
            "services: {a: {deploy: {labels: ['a=${B?c}']}}}",
            "the text \"a=<B>\"; required variables that decide nothing simulated stand as <B>",
        );
        let help = "help: it decides what is simulated: give it one with --env B=value or --env-file";
        check(
            "services: {a: {ports: ['${B?which port}:80']}}",
            &format!(
                "f:1:24: services.a.ports[]: the required variable B has no value (which port)\n  {help}"
            ),
        );
        check(
            "services: {a: {tty: '${B?}'}}",
            &format!("f:1:21: services.a.tty: the required variable B has no value\n  {help}"),
        );
    }

    #[test]
    fn other_variables_read_as_nothing() {
        check(
            "services: {a: {image: 'x$Z${Y}'}}",
            "the text \"x\"; variables without a value or default read as nothing: Y, Z",
        );
        check("x-a: {$N: $$}", "the text \"$\"");
        check("version: $N", "the text \"$N\"");
    }

    #[test]
    fn a_stray_dollar_is_refused() {
        check(
            "x-a: ['5$']",
            "f:1:7: x-a[]: '$' begins no variable in \"5$\"\n  help: write $$ for a dollar sign; docker stack knows $X, ${X}, ${X:-default}, ${X-default}, ${X:?message} and ${X?message}",
        );
    }
}
