//! Values of a scenario file replaced from outside: `cluster.heartbeat=5s`.
//!
//! The text itself is changed, at the place of the value or, where there is none, behind the head of its table. So a
//! value that is wrong is shown where it stands, like any other mistake in the file.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::scenario::{Options, Scenario, read};
use crate::trouble::{Trouble, nearest};
use crate::value::{one_of, shortened};

/// One value for one place of a scenario file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The dotted path: keys of tables; of a list of tables the `name`, or the number from 1.
    pub path: String,
    /// What stands there, as in the file but without quotes.
    pub value: String,
}

/// The settings of `path=value,value`: one for each value. Commas within brackets or quotes belong to a value.
///
/// ```
/// use swarmbed_scenarios::set::settings;
///
/// let both = settings("cluster.heartbeat=5s,10s")?;
/// assert_eq!((both[1].path.as_str(), both[1].value.as_str()), ("cluster.heartbeat", "10s"));
/// assert_eq!(settings("run.strategy=spread[ties=id,preferences=ignore]")?.len(), 1);
/// # Ok::<(), swarmbed_scenarios::trouble::Trouble>(())
/// ```
///
/// # Errors
/// If there is no path, no value or no `=`.
pub fn settings(text: &str) -> Result<Vec<Setting>, Trouble> {
    let malformed = |what: &str| {
        Trouble::new(format!("'{}' {what}", shortened(text)))
            .help("write a path and its values: cluster.heartbeat=5s,10s or service.web.replicas=3,6")
    };
    let (path, values) = text.split_once('=').ok_or_else(|| malformed("has no '='"))?;
    if path.trim().is_empty() {
        return Err(malformed("has no path before the '='"));
    }
    let values = split(values, ',');
    if values.iter().any(|value| value.trim().is_empty()) {
        return Err(malformed("has an empty value"));
    }
    let setting = |value: &str| Setting { path: path.trim().to_owned(), value: value.trim().to_owned() };
    Ok(values.into_iter().map(setting).collect())
}

/// The parts of a text between separators that stand outside brackets and quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut from, mut depth, mut quote) = (Vec::new(), 0, 0_u32, None);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, c) if c == separator && depth == 0 => {
                parts.push(&text[from..i]);
                from = i + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

/// Reads a scenario file with these values in the places of its own.
///
/// # Errors
/// Every mistake, as [`read`] would find it in the changed text; or that a path leads nowhere.
pub fn read_with(
    name: &str,
    text: &str,
    settings: &[Setting],
    options: &Options<'_>,
) -> Result<Scenario, Vec<Trouble>> {
    // A mistake of the file itself is told before any of what is set.
    let mut scenario = read(name, text, options)?;
    let mut text = text.to_owned();
    for setting in settings {
        (text, scenario) = apply(name, &text, setting, options)?;
    }
    Ok(scenario)
}

/// The text with one value set, and what it means. Whether a value is a text or a number shows when it is read.
fn apply(
    name: &str,
    text: &str,
    setting: &Setting,
    options: &Options<'_>,
) -> Result<(String, Scenario), Vec<Trouble>> {
    let place = find(name, text, setting).map_err(|trouble| vec![trouble])?;
    let mut first = None;
    for literal in literals(&setting.value, place.is_text) {
        let changed = place.with(text, &literal);
        match read(name, &changed, options) {
            Ok(scenario) => return Ok((changed, scenario)),
            Err(troubles) => {
                first =
                    first.or(Some(troubles.into_iter().map(|t| placed(t, name, &changed, setting)).collect()))
            }
        }
    }
    Err(first.expect("there is always a way to write a value"))
}

/// A mistake in the changed text, with what was set in front.
fn placed(trouble: Trouble, name: &str, text: &str, setting: &Setting) -> Trouble {
    let said = format!("with {}={}: {}", setting.path, setting.value, trouble.message());
    let mut told = Trouble::new(said);
    if let Some(help) = trouble.help_text() {
        told = told.help(help);
    }
    match trouble.span().filter(|_| trouble.source_name() == Some(name)) {
        Some(span) => told.in_source(name, text).at(span),
        None => told,
    }
}

/// The ways to write a value in TOML, the likeliest first.
fn literals(value: &str, is_text: bool) -> Vec<String> {
    let quoted = toml::Value::String(value.to_owned()).to_string();
    let is_literal = DeTable::parse(&format!("x = {value}")).is_ok_and(|table| table.get_ref().len() == 1);
    let bracketed = value.starts_with(['{', '[', '"', '\'']);
    match (is_literal, is_text && !bracketed) {
        (false, _) => vec![quoted],
        (true, true) => vec![quoted, value.to_owned()],
        (true, false) => vec![value.to_owned(), quoted],
    }
}

/// Where a value goes.
struct Place {
    /// What is replaced; empty where something new is put.
    span: Range<usize>,
    before: String,
    after: &'static str,
    /// Whether a text stands there now.
    is_text: bool,
}

impl Place {
    fn with(&self, text: &str, literal: &str) -> String {
        let (head, tail) = (&text[..self.span.start], &text[self.span.end..]);
        format!("{head}{}{literal}{}{tail}", self.before, self.after)
    }
}

fn find(name: &str, text: &str, setting: &Setting) -> Result<Place, Trouble> {
    let root = DeTable::parse(text).expect("the text was read before");
    let path: Vec<&str> =
        split(&setting.path, '.').into_iter().map(|part| part.trim_matches(['"', '\''])).collect();
    if path.iter().any(|part| part.is_empty()) {
        return Err(Trouble::new(format!("the path '{}' has an empty part", shortened(&setting.path)))
            .help("write it as in cluster.heartbeat or service.web.replicas"));
    }
    let walk = Walk { name, text, setting };
    // At the top a new key can always be put, before anything else.
    walk.table(root.get_ref(), &path, (0, behind_mark(text)..behind_mark(text), "\n"))
}

/// Behind the byte order mark, if there is one.
fn behind_mark(text: &str) -> usize {
    text.len() - text.trim_start_matches('\u{feff}').len()
}

/// Where a new key can be put: how much of the path it has to spell out is left, counted from the end, at which place,
/// and what goes behind it.
type Opening = (usize, Range<usize>, &'static str);

struct Walk<'a> {
    name: &'a str,
    text: &'a str,
    setting: &'a Setting,
}

impl Walk<'_> {
    fn table(&self, table: &DeTable<'_>, path: &[&str], opening: Opening) -> Result<Place, Trouble> {
        let (key, rest) = path.split_first().expect("a path has parts");
        match (table.get(*key), rest) {
            (Some(value), []) => Ok(replaced(value)),
            (Some(value), _) => self.value(value, key, rest, opening),
            (None, _) => Ok(self.put(path, opening)),
        }
    }

    fn value(
        &self,
        value: &Spanned<DeValue<'_>>,
        key: &str,
        rest: &[&str],
        (spelt, place, after): Opening,
    ) -> Result<Place, Trouble> {
        match value.get_ref() {
            DeValue::Table(table) => {
                let opening = self.opening(value.span()).unwrap_or((spelt + 1, place, after));
                self.table(table, rest, opening)
            }
            DeValue::Array(list) => self.list(list, value, key, rest),
            _ => Err(self.nowhere(
                format!("'{key}' is a single value and has no '{}'", rest.join(".")),
                value,
                "a path ends at a value".to_owned(),
            )),
        }
    }

    fn list(
        &self,
        list: &DeArray<'_>,
        value: &Spanned<DeValue<'_>>,
        key: &str,
        path: &[&str],
    ) -> Result<Place, Trouble> {
        let (which, rest) = path.split_first().expect("a path goes on behind a list");
        let name = |entry: &Spanned<DeValue<'_>>| -> Option<String> {
            Some(entry.get_ref().as_table()?.get("name")?.get_ref().as_str()?.to_owned())
        };
        let by_name = list.iter().find(|entry| name(entry).as_deref() == Some(*which));
        let by_number = || which.parse::<usize>().ok()?.checked_sub(1).and_then(|i| list.get(i));
        let Some(entry) = by_name.or_else(by_number) else {
            let names: Vec<String> = list.iter().filter_map(name).collect();
            let help = match nearest(which, names.iter().map(String::as_str)) {
                Some(near) => format!("did you mean '{key}.{near}'?"),
                None if names.is_empty() => format!("'{key}' has {} entries, counted from 1", list.len()),
                None => format!("expected {}, or a number from 1", one_of(names.iter().map(String::as_str))),
            };
            return Err(self.nowhere(format!("there is no '{key}' that is called '{which}'"), value, help));
        };
        match (entry.get_ref(), rest) {
            (_, []) => Ok(replaced(entry)),
            (DeValue::Table(table), _) => {
                let opening = self.opening(entry.span());
                self.table(
                    table,
                    rest,
                    opening.expect("an entry of a list is a table with a head or in brackets"),
                )
            }
            _ => self.value(entry, which, rest, (0, 0..0, "")),
        }
    }

    /// Where the table at that place can be added to; nowhere if it is only spelt by dotted keys.
    fn opening(&self, span: Range<usize>) -> Option<Opening> {
        let written = &self.text[span.start..];
        match written.chars().next()? {
            '{' => {
                let inside = span.start + 1;
                let is_empty = self.text[inside..].trim_start().starts_with('}');
                Some((0, inside..inside, if is_empty { "" } else { ", " }))
            }
            '[' => {
                let end = span.start + written.find('\n').map_or(written.len(), |newline| newline + 1);
                Some((0, end..end, "\n"))
            }
            _ => None,
        }
    }

    /// A place for a new key, spelt from the opening on.
    fn put(&self, path: &[&str], (spelt, place, after): Opening) -> Place {
        let whole: Vec<&str> =
            split(&self.setting.path, '.').into_iter().map(|part| part.trim_matches(['"', '\''])).collect();
        let from = whole.len() - path.len() - spelt;
        let keys: Vec<String> = whole[from..].iter().map(|key| key_literal(key)).collect();
        // The last line of a file may lack its end.
        let lacks = place.start == self.text.len() && !self.text.ends_with('\n') && !self.text.is_empty();
        let before = format!("{}{} = ", if lacks { "\n" } else { "" }, keys.join("."));
        Place { span: place, before, after, is_text: false }
    }

    fn nowhere(&self, message: String, value: &Spanned<DeValue<'_>>, help: String) -> Trouble {
        Trouble::new(format!("the path '{}' leads nowhere: {message}", shortened(&self.setting.path)))
            .help(help)
            .in_source(self.name, self.text)
            .at(value.span())
    }
}

fn replaced(value: &Spanned<DeValue<'_>>) -> Place {
    let is_text = value.get_ref().is_str();
    Place { span: value.span(), before: String::new(), after: "", is_text }
}

fn key_literal(key: &str) -> String {
    let is_bare = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_bare { key.to_owned() } else { toml::Value::String(key.to_owned()).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Beside;

    const TEXT: &str = "title = 'Small'\n[run]\nduration = '5m'\n[cluster]\n[[cluster.nodes]]\nname = 'm'\nrole = 'manager'\n\
        [[service]]\nname = 'web'\nimage = 'x'\nreplicas = 2\nreserve = { cpu = '1' }\n[[at]]\ntime = '1m'\ndo = 'scale'\n\
        service = 'web'\nreplicas = 3";

    fn with(setting: &str) -> Result<Scenario, String> {
        let strategies = &swarmbed_scheduler::strategy::Catalogue::standard();
        let options = Options {
            loader: &Beside { scenario: "" },
            metrics: &[],
            strategies,
            seed: None,
            strategy: None,
        };
        let settings = settings(setting).map_err(|trouble| format!("{trouble:#}"))?;
        read_with("s.toml", TEXT, &settings[..1], &options).map_err(|troubles| format!("{:#}", troubles[0]))
    }

    #[test]
    fn values_are_replaced_and_put() {
        let heartbeat = with("cluster.heartbeat=7s").unwrap().setup.profile.heartbeat;
        assert_eq!(heartbeat, swarmbed_scheduler::Span::secs(7), "behind the head of its table");
        assert_eq!(with("run.seed=9").unwrap().setup.seed, 9);
        assert_eq!(with("run.duration=20m").unwrap().setup.end.latest().nanos(), 1_200_000_000_000);
        let service = |setting| with(setting).unwrap().setup.services[0].clone();
        assert_eq!(
            service("service.web.replicas=6").mode,
            swarmbed_sim::setup::Mode::Replicated { replicas: 6 }
        );
        assert_eq!(
            service("service.1.replicas=6").mode,
            swarmbed_sim::setup::Mode::Replicated { replicas: 6 }
        );
        let reserved = |setting| service(setting).task.reservations;
        assert_eq!(
            reserved("service.web.reserve.cpu=0.5").nano_cpus,
            500_000_000,
            "a text, though it reads as a number"
        );
        assert_eq!(reserved("service.web.reserve.memory=1GiB").memory, 1 << 30, "within the brackets");
        assert_eq!(with("cluster.nodes.m.count=3").unwrap().setup.machines.len(), 3);
        assert_eq!(with("at.1.time=2m").unwrap().setup.timeline[0].at.nanos(), 120_000_000_000);
        assert_eq!(with("title=Another").unwrap().title, "Another");
        assert_eq!(
            with("images.'x'.size=5MiB").unwrap().setup.images.len(),
            1,
            "a table that is not there yet"
        );
    }

    #[test]
    fn what_leads_nowhere_is_told() {
        let check = |setting: &str, said: &str| {
            let told = with(setting).err().unwrap_or_else(|| panic!("{setting} was taken"));
            assert!(told.contains(said), "{setting}: {told}");
        };
        check("cluster.heartbeet=5s", "did you mean 'heartbeat'?");
        check("cluster.heartbeet=5s", "with cluster.heartbeet=5s: ");
        check("service.wbe.replicas=3", "did you mean 'service.web'?");
        check("at.2.time=3m", "'at' has 1 entries, counted from 1");
        check("run.duration.x=3", "'duration' is a single value and has no 'x'");
        check("cluster.heartbeat=5", "s.toml:5:");
        check("service.web.replicas=-1", "s.toml:11:");
        check("run..seed=1", "has an empty part");
        for wrong in ["cluster.heartbeat", "=5", "run.seed=", "run.seed=1,,2"] {
            check(wrong, "cluster.heartbeat=5s,10s");
        }
    }

    #[test]
    fn commas_within_brackets_belong_to_the_value() {
        let values = settings("service.web.start={ lognormal = { median = '1s', sigma = 0.4 } },2s").unwrap();
        assert_eq!(values.len(), 2);
        assert_eq!(values[1].value, "2s");
    }
}
