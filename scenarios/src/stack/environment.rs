//! The variables a stack file may use.

use std::collections::BTreeMap;
use std::collections::btree_map::Iter;

use crate::trouble::{Trouble, visible};

/// Variables and their values. Nothing is taken from the process: a run depends on what it is given only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    values: BTreeMap<String, String>,
}

impl Environment {
    /// No variable at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of `name`; empty and absent are two things.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Sets `name`, replacing what it was.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.values.insert(name.into(), value.into());
    }

    /// Every variable in the order of its name.
    pub fn iter(&self) -> Iter<'_, String, String> {
        self.values.iter()
    }

    /// Sets one variable from the `NAME=value` of a command line.
    ///
    /// # Errors
    /// There is no `=`, or the name is not made of letters, digits and `_`.
    pub fn set_pair(&mut self, pair: &str) -> Result<(), Trouble> {
        let (name, value) = split(pair)?;
        self.set(name, value);
        Ok(())
    }

    /// Sets every variable of an env-file: one `NAME=value` a line, `#` comments, an optional `export`, and a pair of
    /// quotes around the value that is not part of it. Later lines win. `source_name` is what messages call the file.
    ///
    /// # Errors
    /// The first line that is none of these, with its place.
    pub fn set_file(&mut self, source_name: &str, text: &str) -> Result<(), Trouble> {
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let pair = line.trim_start_matches('\u{feff}').trim();
            if !pair.is_empty() && !pair.starts_with('#') {
                let pair = pair.strip_prefix("export ").map_or(pair, str::trim_start);
                let (name, value) = split(pair).map_err(|trouble| {
                    let start = offset + line.len() - line.trim_start().len();
                    trouble.in_source(source_name, text).at(start..start + line.trim().len())
                })?;
                self.set(name, unquoted(value));
            }
            offset += line.len();
        }
        Ok(())
    }
}

fn split(pair: &str) -> Result<(&str, &str), Trouble> {
    let Some((name, value)) = pair.split_once('=') else {
        return Err(Trouble::new(format!("found '{pair}', expected NAME=value")).help(format!(
            "write {}=value; {}= sets it to nothing",
            visible(pair),
            visible(pair)
        )));
    };
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts_well && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok((name, value));
    }
    Err(Trouble::new(format!(
        "found the variable name '{name}', expected letters, digits and _, no digit first"
    ))
    .help("write NAME=value without spaces around the ="))
}

fn unquoted(value: &str) -> &str {
    let inside = |quote| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_line_by_line() {
        let mut environment = Environment::new();
        let text = "\u{feff}# c\r\n\nA=1\r\n export B=x = y \nC=\"q #\"\nD='\nA=";
        environment.set_file("f.env", text).expect("a good file");
        let found: Vec<_> = environment.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        assert_eq!(found, ["A:", "B:x = y", "C:q #", "D:'"]);
    }

    #[test]
    fn mistakes_point_at_their_line() {
        let check = |text: &str, expect: &str| {
            let trouble = Environment::new().set_file("f.env", text).expect_err(text);
            assert_eq!(format!("{trouble:#}"), expect);
        };
        check(
            "A=1\n  DOMAIN\n",
            "f.env:2:3: found 'DOMAIN', expected NAME=value\n  help: write DOMAIN=value; DOMAIN= sets it to nothing",
        );
        check(
            "A =1",
            "f.env:1:1: found the variable name 'A ', expected letters, digits and _, no digit first\n  help: write NAME=value without spaces around the =",
        );
        check(
            "1A=1",
            "f.env:1:1: found the variable name '1A', expected letters, digits and _, no digit first\n  help: write NAME=value without spaces around the =",
        );
    }

    #[test]
    fn a_pair_keeps_its_value_as_it_is() {
        let mut environment = Environment::new();
        environment.set_pair("A=\"b=c\"").expect("a pair");
        assert_eq!(environment.get("A"), Some("\"b=c\""));
        assert!(environment.set_pair("=b").is_err());
    }
}
