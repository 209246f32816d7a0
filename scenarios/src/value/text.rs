//! Texts: free ones, names, and words out of a short list.

use std::marker::PhantomData;

use schemars::{Schema, json_schema};

use super::{Kind, Misread, Raw, shortened};
use crate::trouble::nearest;

/// Any text.
pub(crate) struct Text;

impl Kind for Text {
    type Value = String;
    const NAME: &'static str = "Text";
    const WHAT: &'static str = "a text";
    const EXAMPLE: &'static str = r#""some text""#;

    fn read(raw: &Raw) -> Result<String, Misread> {
        match raw {
            Raw::Text(text) => Ok(text.clone()),
            Raw::Integer(_) | Raw::Float(_) | Raw::Switch(_) => {
                let value = raw.to_string().replace("the number ", "");
                let message = format!("{raw} stands without quotes, expected a text");
                Err(Misread::new(message).help(format!("write it in quotes: \"{value}\"")))
            }
            other => Err(Text::misfit(other)),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// What a metric is compared with; its unit is the metric's.
pub(crate) struct Amount;

impl Kind for Amount {
    type Value = Raw;
    const NAME: &'static str = "Amount";
    const WHAT: &'static str = "an amount";
    const EXAMPLE: &'static str = r#""21.5s""#;

    fn read(raw: &Raw) -> Result<Raw, Misread> {
        Ok(raw.clone())
    }

    fn schema() -> Schema {
        json_schema!({
            "type": ["integer", "string"],
            "description": "A whole number for what is counted, or a text with the metric's unit.",
            "examples": [0, "21.5s"],
            "x-unit": "the metric's",
        })
    }
}

/// The name of a file.
pub(crate) struct Path;

impl Kind for Path {
    type Value = String;
    const NAME: &'static str = "Path";
    const WHAT: &'static str = "the name of a file";
    const EXAMPLE: &'static str = r#""../stacks/voting-app.yml""#;

    fn read(raw: &Raw) -> Result<String, Misread> {
        match Text::read(raw)? {
            path if path.is_empty() || path.contains('\0') => {
                Err(Misread::new(format!("'{}' is not the name of a file", shortened(&path))))
            }
            path => Ok(path),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "description": "A file, relative to this one." })
    }
}

/// The name of a node or service: letters, digits, `-`, `_` and `.`, as Docker has them.
pub(crate) struct Name;

impl Kind for Name {
    type Value = String;
    const NAME: &'static str = "Name";
    const WHAT: &'static str = "a name";
    const EXAMPLE: &'static str = r#""worker""#;

    fn read(raw: &Raw) -> Result<String, Misread> {
        const LONGEST: usize = 63;
        let name = Text::read(raw)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let problem = if name.is_empty() {
            "is empty"
        } else if name.len() > LONGEST {
            "is longer than 63 characters"
        } else if !name.chars().all(allowed) || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            "is not a name"
        } else {
            return Ok(name);
        };
        Err(Misread::new(format!("the name '{}' {problem}", shortened(&name)))
            .help("a name begins with a letter or digit and goes on with letters, digits, '-', '_' and '.'"))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$" })
    }
}

/// One of a few words.
pub(crate) struct Word<W>(PhantomData<W>);

/// The words of one key, with what each means.
pub(crate) trait Words: Copy + 'static {
    /// The name of the list in the JSON Schema.
    const NAME: &'static str;
    /// Each word and its meaning.
    const WORDS: &'static [(&'static str, Self)];
}

impl<W: Words> Kind for Word<W> {
    type Value = W;
    const NAME: &'static str = W::NAME;
    const WHAT: &'static str = "a word";
    const EXAMPLE: &'static str = "";

    fn read(raw: &Raw) -> Result<W, Misread> {
        let words = || W::WORDS.iter().map(|&(word, _)| word);
        let Raw::Text(text) = raw else {
            return Err(Misread::new(format!("found {raw}, expected {}", one_of(words()))));
        };
        if let Some((_, meaning)) = W::WORDS.iter().find(|&&(word, _)| word == text) {
            return Ok(*meaning);
        }
        let misread =
            Misread::new(format!("'{}' is not known here, expected {}", shortened(text), one_of(words())));
        Err(match nearest(text, words()) {
            Some(near) => misread.help(format!("did you mean '{near}'?")),
            None => misread,
        })
    }

    fn schema() -> Schema {
        let words: Vec<&str> = W::WORDS.iter().map(|&(word, _)| word).collect();
        json_schema!({ "type": "string", "enum": words })
    }
}

/// `'a', 'b' or 'c'`.
pub(crate) fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut quoted: Vec<String> = words.map(|word| format!("'{word}'")).collect();
    match quoted.pop() {
        Some(last) if !quoted.is_empty() => format!("{} or {last}", quoted.join(", ")),
        last => last.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Role {
        Manager,
        Worker,
    }

    impl Words for Role {
        const NAME: &'static str = "Role";
        const WORDS: &'static [(&'static str, Role)] =
            &[("manager", Role::Manager), ("worker", Role::Worker)];
    }

    #[test]
    fn a_wrong_word_gets_the_nearest() {
        let read = |raw| Word::<Role>::read(&raw);
        assert_eq!(read(Raw::Text("manager".to_owned())), Ok(Role::Manager));
        let misread = read(Raw::Text("Wroker".to_owned())).unwrap_err();
        assert_eq!(misread.message, "'Wroker' is not known here, expected 'manager' or 'worker'");
        assert_eq!(misread.help.as_deref(), Some("did you mean 'worker'?"));
        assert_eq!(read(Raw::Integer(3)).unwrap_err().help, None);
    }

    #[test]
    fn names_are_dockers() {
        let read = |name: &str| Name::read(&Raw::Text(name.to_owned()));
        assert!(read("worker-1.eu_west").is_ok());
        for name in ["", "-a", "a/b", "ä", "a b", "a\u{1b}[31m", &"x".repeat(64)] {
            assert!(read(name).is_err(), "{name:?}");
        }
    }
}
