//! Typed access to the tree: every mistake names its place, every key is either asked for or refused.

use std::fmt;

use super::go::{bytes, go_float, nano_cpus, nanoseconds};
use super::tree::{Entry, Node, Value, shortened};
use crate::trouble::{Trouble, nearest};

/// Where a value stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// As messages write it: `services.web.ports[0].target`; empty at the top of the file.
    shown: String,
    /// The same place whatever the names: `services.*.ports.target`.
    pattern: String,
    /// The service, network … that the place is in.
    subject: String,
}

impl Place {
    pub(super) fn pattern(&self) -> &str {
        &self.pattern
    }

    pub(super) fn subject(&self) -> &str {
        &self.subject
    }

    /// The value of a key that the format knows.
    fn key(&self, key: &str) -> Self {
        let dot = if self.shown.is_empty() { "" } else { "." };
        Place {
            shown: format!("{}{dot}{}", self.shown, shortened(key)),
            pattern: format!("{}{dot}{key}", self.pattern),
            subject: self.subject.clone(),
        }
    }

    /// The value of a key that is a name given by the user.
    fn name(&self, name: &str) -> Self {
        let subject = if self.subject.is_empty() { name } else { &self.subject }.to_owned();
        let shown = format!("{}.{}", self.shown, shortened(name));
        Place { shown, pattern: format!("{}.*", self.pattern), subject }
    }

    fn item(&self, index: usize) -> Self {
        Place { shown: format!("{}[{index}]", self.shown), ..self.clone() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// One value and its place.
#[derive(Clone, Debug)]
pub(super) struct Field<'n> {
    pub(super) place: Place,
    pub(super) node: &'n Node,
}

impl<'n> Field<'n> {
    /// A mistake in this value.
    pub(super) fn trouble(&self, message: impl fmt::Display) -> Trouble {
        Trouble::new(format!("{}: {message}", self.place)).at(self.node.span.clone())
    }

    /// "found this, expected that".
    pub(super) fn unlike(&self, expected: &str) -> Trouble {
        self.trouble(format_args!("found {}, expected {expected}", self.node.value))
    }

    pub(super) fn is_null(&self) -> bool {
        self.node.value == Value::Null
    }

    pub(super) fn text(&self) -> Result<&'n str, Trouble> {
        match &self.node.value {
            Value::Text(text) => Ok(text),
            Value::Int(number) => Err(self.unlike("a text").help(format!("put it in quotes: \"{number}\""))),
            Value::Float(number) => {
                Err(self.unlike("a text").help(format!("put it in quotes: \"{number}\"")))
            }
            Value::Bool(flag) => Err(self.unlike("a text").help(format!("put it in quotes: \"{flag}\""))),
            _ => Err(self.unlike("a text")),
        }
    }

    /// A text, or nothing where it is empty: Docker does not tell the two apart.
    pub(super) fn filled_text(&self) -> Result<Option<String>, Trouble> {
        Ok(Some(self.text()?.to_owned()).filter(|text| !text.is_empty()))
    }

    pub(super) fn flag(&self) -> Result<bool, Trouble> {
        match &self.node.value {
            Value::Bool(flag) => Ok(*flag),
            Value::Text(_) => Err(self.unlike("true or false").help("write true or false, without quotes")),
            _ => Err(self.unlike("true or false")),
        }
    }

    /// A whole number from 0 to `most`.
    pub(super) fn natural(&self, most: u64) -> Result<u64, Trouble> {
        let expected = || match most {
            u64::MAX => "a whole number that is not negative".to_owned(),
            most => format!("a whole number from 0 to {most}"),
        };
        match &self.node.value {
            Value::Int(number) => u64::try_from(*number).ok().filter(|&n| n <= most),
            // JSON does not tell 3.0 from 3, and neither does Docker.
            &Value::Float(number) if number.fract() == 0.0 && (0.0..2e15).contains(&number) => {
                Some(number as u64).filter(|&n| n <= most)
            }
            Value::Text(text) if text.parse::<u64>().is_ok() => {
                return Err(self.unlike(&expected()).help(format!("write {text} without quotes")));
            }
            _ => None,
        }
        .ok_or_else(|| self.unlike(&expected()))
    }

    pub(super) fn number(&self) -> Result<f64, Trouble> {
        match &self.node.value {
            Value::Int(number) => Ok(*number as f64),
            Value::Float(number) => Ok(*number),
            Value::Text(text) if text.parse::<f64>().is_ok() => {
                Err(self.unlike("a number").help(format!("write {text} without quotes")))
            }
            _ => Err(self.unlike("a number")),
        }
    }

    /// Nanoseconds.
    pub(super) fn duration(&self) -> Result<u64, Trouble> {
        let expected = "a duration such as 10s, 1m30s or 500ms";
        match &self.node.value {
            Value::Text(text) => nanoseconds(text).ok_or_else(|| self.unlike(expected)),
            Value::Int(number) => {
                Err(self.unlike(expected).help(format!("a unit is missing: write {number}s for seconds")))
            }
            _ => Err(self.unlike(expected)),
        }
    }

    /// Bytes.
    pub(super) fn size(&self) -> Result<u64, Trouble> {
        let expected = "a size such as 512M or 1.5g";
        match &self.node.value {
            Value::Text(text) => bytes(text).ok_or_else(|| self.unlike(expected)),
            Value::Int(number) => {
                Err(self.unlike(expected).help(format!("put it in quotes: \"{number}\" is in bytes")))
            }
            _ => Err(self.unlike(expected)),
        }
    }

    /// Nano-CPUs.
    pub(super) fn cpus(&self) -> Result<u64, Trouble> {
        let text = self.text()?;
        nano_cpus(text)
            .ok_or_else(|| self.unlike("a number of CPUs such as \"0.5\", with at most nine decimals"))
    }

    pub(super) fn list(&self) -> Result<Vec<Field<'n>>, Trouble> {
        let Value::List(items) = &self.node.value else {
            let help = match &self.node.value {
                Value::Map(_) => "start each entry with '- '; docker stack knows no mapping here",
                _ => "start each entry with '- '",
            };
            return Err(self.unlike("a list").help(help));
        };
        let field = |(index, node)| Field { place: self.place.item(index), node };
        Ok(items.iter().enumerate().map(field).collect())
    }

    /// A list in which nothing stands twice.
    pub(super) fn set(&self) -> Result<Vec<Field<'n>>, Trouble> {
        let items = self.list()?;
        // Texts are compared by sorting, so that a long list costs no more than it must; the rest is rare.
        let mut texts: Vec<(&str, &Field<'n>)> =
            items.iter().filter_map(|item| item.text().ok().map(|text| (text, item))).collect();
        texts.sort_by_key(|&(text, _)| text);
        let twice = texts.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1);
        let others: Vec<_> = items.iter().filter(|item| !matches!(item.node.value, Value::Text(_))).collect();
        let twice = twice.or_else(|| {
            let repeats = |(at, item): (usize, &&&Field<'n>)| {
                others[..at].iter().any(|earlier| earlier.node.value == item.node.value)
            };
            others.iter().enumerate().find(|&(at, item)| repeats((at, &item))).map(|(_, item)| *item)
        });
        match twice {
            Some(item) => Err(item
                .trouble(format_args!("{} stands twice in this list", item.node.value))
                .help("remove one of the two")),
            None => Ok(items),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self) -> Result<Vec<String>, Trouble> {
        self.list()?.iter().map(|item| item.text().map(str::to_owned)).collect()
    }

    /// A list of texts in which nothing stands twice.
    pub(super) fn text_set(&self) -> Result<Vec<String>, Trouble> {
        self.set()?.iter().map(|item| item.text().map(str::to_owned)).collect()
    }

    /// Names and values, written as a mapping or as a list of `name=value`.
    pub(super) fn pairs(&self) -> Result<Vec<(String, String)>, Trouble> {
        if matches!(self.node.value, Value::List(_)) {
            let pair = |text: String| match text.split_once('=') {
                Some((name, value)) => (name.to_owned(), value.to_owned()),
                None => (text, String::new()),
            };
            return Ok(self.text_set()?.into_iter().map(pair).collect());
        }
        if !matches!(self.node.value, Value::Map(_)) {
            return Err(self.unlike("a mapping, or a list of name=value"));
        }
        self.named()?.into_iter().map(|(entry, value)| Ok((entry.key.clone(), value.printed()?))).collect()
    }

    /// A text, number or nothing, as Go prints it.
    pub(super) fn printed(&self) -> Result<String, Trouble> {
        match &self.node.value {
            Value::Null => Ok(String::new()),
            Value::Text(text) => Ok(text.clone()),
            Value::Int(number) => Ok(number.to_string()),
            Value::Float(number) => Ok(go_float(*number)),
            Value::Bool(flag) => {
                Err(self.unlike("a text, a number or nothing").help(format!("put it in quotes: \"{flag}\"")))
            }
            _ => Err(self.unlike("a text, a number or nothing")),
        }
    }

    /// What the user's names stand for, in the order of the file.
    pub(super) fn named(&self) -> Result<Vec<(&'n Entry, Field<'n>)>, Trouble> {
        let field = |entry: &'n Entry| Field { place: self.place.name(&entry.key), node: &entry.value };
        Ok(self.entries()?.iter().map(|entry| (entry, field(entry))).collect())
    }

    fn entries(&self) -> Result<&'n [Entry], Trouble> {
        match &self.node.value {
            Value::Map(entries) => Ok(entries),
            _ => Err(self.unlike("a mapping")),
        }
    }

    /// The mapping's fields, to be taken one by one. `minor` is the version of the file: 3.`minor`.
    pub(super) fn fields(&self, minor: u8) -> Result<Fields<'n>, Trouble> {
        Ok(Fields { entries: self.entries()?, field: self.clone(), minor, known: vec![] })
    }
}

/// The fields of one mapping. Whoever reads them takes each key that may stand there, and then finishes: what is left
/// is unknown.
pub(super) struct Fields<'n> {
    field: Field<'n>,
    minor: u8,
    entries: &'n [Entry],
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The value of `key`, if the file says anything of it.
    pub(super) fn take(&mut self, key: &'static str) -> Result<Option<Field<'n>>, Trouble> {
        self.known.push(key);
        let Some(entry) = self.entries.iter().find(|entry| entry.key == key) else {
            return Ok(None);
        };
        let pattern = &self.field.place.pattern;
        match SINCE.iter().find(|&&(place, name, _)| name == key && place == pattern) {
            Some(&(_, _, since)) if since > self.minor => Err(self.too_new(entry, since)),
            _ => Ok(Some(Field { place: self.field.place.key(key), node: &entry.value })),
        }
    }

    /// Takes `key` and reads it with `read`.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Field<'n>) -> Result<T, Trouble>,
    ) -> Result<Option<T>, Trouble> {
        self.take(key)?.as_ref().map(read).transpose()
    }

    /// Keys that begin with `x-` are the user's own here.
    pub(super) fn finish_with_extensions(self) -> Result<(), Trouble> {
        // x- keys came to the top of the file in 3.4 and to everything else in 3.7.
        let since = if self.field.place.pattern.is_empty() { 4 } else { 7 };
        match self.unknown().find(|entry| !entry.key.starts_with("x-") || since > self.minor) {
            Some(entry) if entry.key.starts_with("x-") => Err(self.too_new(entry, since)),
            Some(entry) => Err(self.refused(entry)),
            None => Ok(()),
        }
    }

    /// Refuses a key that nobody took.
    pub(super) fn finish(self) -> Result<(), Trouble> {
        match self.unknown().next() {
            Some(entry) => Err(self.refused(entry)),
            None => Ok(()),
        }
    }

    fn unknown(&self) -> impl Iterator<Item = &'n Entry> {
        self.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str()))
    }

    fn refused(&self, entry: &Entry) -> Trouble {
        let key = shortened(&entry.key);
        let place = self.field.place.to_string();
        let message = if place.is_empty() {
            format!("unknown key '{key}'")
        } else {
            format!("{place}: unknown key '{key}'")
        };
        let trouble = Trouble::new(message).at(entry.key_span.clone());
        if let Some((_, why)) = FORBIDDEN
            .iter()
            .find(|(forbidden, _)| self.field.place.pattern == "services.*" && *forbidden == entry.key)
        {
            return trouble.help(*why);
        }
        let mut known = self.known.clone();
        known.sort_unstable();
        trouble.help(match nearest(&entry.key, known.iter().copied()) {
            Some(near) => format!("did you mean '{near}'?"),
            None if known.len() > 12 => {
                "docker stack knows no such key here; keys of your own begin with x-".to_owned()
            }
            None => format!("docker stack knows here: {}", known.join(", ")),
        })
    }

    fn too_new(&self, entry: &Entry, since: u8) -> Trouble {
        let place = self.field.place.key(&shortened(&entry.key));
        Trouble::new(format!(
            "{place}: this key came with version 3.{since}, and this file is version 3.{}",
            self.minor
        ))
        .at(entry.key_span.clone())
        .help(format!("write version: \"3.{since}\" or later, or leave the version out"))
    }
}

/// Keys of older formats, with what to do instead. Docker refuses a file that has one.
const FORBIDDEN: [(&str, &str); 8] = [
    ("extends", "docker stack does not read 'extends'; write the service out, or use an anchor and <<"),
    ("volume_driver", "declare the volume under the top-level 'volumes' and give it its driver there"),
    ("volumes_from", "declare the volume under the top-level 'volumes' and mount it in each service"),
    ("cpu_quota", "limit CPUs under deploy.resources.limits"),
    ("cpu_shares", "limit CPUs under deploy.resources.limits"),
    ("cpuset", "limit CPUs under deploy.resources.limits"),
    ("mem_limit", "limit memory under deploy.resources.limits"),
    ("memswap_limit", "limit memory under deploy.resources.limits"),
];

/// The minor version that brought a key, where it was not 3.0 (docker/cli, cli/compose/schema/data).
const SINCE: [(&str, &str, u8); 30] = [
    ("", "secrets", 1),
    ("", "configs", 3),
    ("services.*", "secrets", 1),
    ("services.*", "configs", 3),
    ("services.*", "credential_spec", 3),
    ("services.*", "isolation", 5),
    ("services.*", "init", 7),
    ("services.*", "cgroupns_mode", 9),
    ("services.*", "oom_score_adj", 13),
    ("services.*.build", "extra_hosts", 9),
    ("services.*.deploy", "endpoint_mode", 2),
    ("services.*.deploy", "rollback_config", 7),
    ("services.*.deploy.update_config", "order", 4),
    ("services.*.deploy.placement", "preferences", 3),
    ("services.*.deploy.placement", "max_replicas_per_node", 8),
    ("services.*.deploy.resources.limits", "pids", 9),
    ("services.*.deploy.resources.reservations", "generic_resources", 5),
    ("services.*.healthcheck", "start_period", 4),
    ("services.*.healthcheck", "start_interval", 12),
    ("services.*.volumes", "tmpfs", 6),
    ("services.*.networks.*", "driver_opts", 13),
    ("networks.*", "attachable", 2),
    ("networks.*", "name", 5),
    ("volumes.*", "name", 4),
    ("secrets.*", "name", 5),
    ("secrets.*", "driver", 8),
    ("secrets.*", "driver_opts", 8),
    ("secrets.*", "template_driver", 8),
    ("configs.*", "name", 5),
    ("configs.*", "template_driver", 8),
];
