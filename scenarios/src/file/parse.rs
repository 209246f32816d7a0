//! Text -> [`File`]: what the TOML reader refuses, in our words.

use crate::file::File;
use crate::trouble::{Trouble, nearest};
use crate::value::{one_of, shortened};

/// Texts beyond this are no scenario files, and reading one would take all the memory there is.
const LONGEST: usize = 16 << 20;

/// The file as it is written.
pub(crate) fn parse(source: &str, text: &str) -> Result<File, Trouble> {
    if text.len() > LONGEST {
        return Err(Trouble::new(format!(
            "{source} has {} MiB, a scenario file has at most 16",
            text.len() >> 20
        )));
    }
    if text.contains('\0') {
        return Err(
            Trouble::new(format!("{source} is not a text file")).help("expected a scenario file in TOML")
        );
    }
    let commented = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if text.trim_start_matches('\u{feff}').lines().all(commented) {
        return Err(Trouble::new(format!("{source} is empty, expected a scenario"))
            .help("'swarmbed init' writes one to start from"));
    }
    toml::from_str(text).map_err(|error| {
        let (message, help) = reworded(error.message());
        let mut trouble = Trouble::new(message).in_source(source, text);
        if let Some(span) = error.span() {
            trouble = trouble.at(span);
        }
        if let Some(help) = help {
            trouble = trouble.help(help);
        }
        trouble
    })
}

/// What the reader says in our words, and what to do about it.
fn reworded(message: &str) -> (String, Option<String>) {
    if let Some(rest) = message.strip_prefix("unknown field ") {
        return unknown_key(rest);
    }
    if let Some(key) = message.strip_prefix("missing field ") {
        return (format!("the key {} is missing here", key.replace('`', "'")), None);
    }
    if let Some(rest) = message.strip_prefix("invalid type: ") {
        let (found, expected) = rest.split_once(", expected ").unwrap_or((rest, "something else"));
        let expected = expected.replace("a sequence", "a list").replace("a map", "a table");
        return (format!("found {}, expected {expected}", plain(found)), bracket_help(found, &expected));
    }
    // Two limits of the reader: on brackets, and on dots in a key.
    if message.starts_with("cannot recurse") || message.starts_with("recursion limit") {
        return ("this is nested too deep to be read".to_owned(), Some("four levels are enough".to_owned()));
    }
    (message.trim_end().replace('`', "'"), None)
}

/// The most keys that a message lists.
const MOST_LISTED: usize = 20;

/// From "`titel`, expected one of `title`, `run`".
fn unknown_key(rest: &str) -> (String, Option<String>) {
    let (key, expected) = rest.split_once(", expected ").unwrap_or((rest, ""));
    let key = key.trim_matches('`');
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let help = match (key, nearest(key, known.iter().copied())) {
        ("ties", _) => "ties belong to the strategy: strategy = \"swarm-spread[ties=id]\"".to_owned(),
        (_, Some(near)) => format!("did you mean '{near}'?"),
        (_, None) if known.len() > MOST_LISTED => "'swarmbed schema --reference' lists the keys".to_owned(),
        (_, None) => format!("expected {}", one_of(known.into_iter())),
    };
    (format!("there is no key '{}' here", shortened(key)), Some(help))
}

/// From "integer `3`" or "map".
fn plain(found: &str) -> String {
    match found.split_once(' ') {
        Some(("integer" | "floating", rest)) => {
            format!("the number {}", rest.trim_start_matches("point ").trim_matches('`'))
        }
        Some(("string", text)) => format!("'{}'", shortened(text.trim_matches('"'))),
        Some(("boolean", value)) => value.trim_matches('`').to_owned(),
        _ => found.replace("sequence", "a list").replace("map", "a table"),
    }
}

/// The usual slips with lists: a single value without brackets, a table with one pair of them.
fn bracket_help(found: &str, expected: &str) -> Option<String> {
    let help = match found {
        "map" => "a table in a list is headed by two brackets, such as [[service]]",
        _ => "write it in brackets, such as [\"a\"]",
    };
    (expected == "a list").then(|| help.to_owned())
}
