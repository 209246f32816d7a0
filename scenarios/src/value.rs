//! Values as they are written: a text with its unit, kept with its place and read only when it is needed, so that one
//! pass over a file finds every mistake in it.
//!
//! A [`Kind`] says how one sort of value is read and what its JSON Schema is; there is one file for each family.

mod amount;
mod count;
mod frequency;
mod law;
mod machine;
mod shape;
mod table;
mod text;
mod time;
mod web;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_spanned::Spanned;

pub(crate) use amount::{Cpus, Rate, Share, Size, leading_number, units_of};
pub(crate) use count::{Count, Number, Switch};
pub(crate) use frequency::Frequency;
pub(crate) use law::{Law, Quantity};
pub(crate) use machine::{Addr, Piece, Pieces, Platform};
pub(crate) use shape::{OneOrMore, Shape, Shaped};
pub(crate) use table::{Entry, Named};
pub(crate) use text::{Amount, Name, Path, Text, Word, Words, one_of};
pub(crate) use time::{Duration, TimeSpan, written as written_span};
pub(crate) use web::{Host, UrlPath};

/// How one sort of value is read from what is written.
pub(crate) trait Kind {
    /// What it means.
    type Value;
    /// Its name in the JSON Schema and the key reference.
    const NAME: &'static str;
    /// What it is called in a message, with its article: `a time span`.
    const WHAT: &'static str;
    /// A valid one, as it stands in a file: `"5s"`.
    const EXAMPLE: &'static str;

    /// What it means, or what is wrong with it.
    fn read(raw: &Raw) -> Result<Self::Value, Misread>;

    /// Its JSON Schema.
    fn schema() -> Schema;

    /// What to say if something of another type stands there.
    fn misfit(raw: &Raw) -> Misread {
        let message = format!("found {raw}, expected {}", Self::WHAT);
        Misread::new(message).help(format!("write it like this: {}", Self::EXAMPLE))
    }
}

/// A value as written, and where.
pub(crate) struct Written<K> {
    /// Its bytes in the file.
    pub(crate) span: Range<usize>,
    /// What stands there.
    pub(crate) raw: Raw,
    kind: PhantomData<K>,
}

impl<K: Kind> Written<K> {
    /// What it means, or what is wrong with it.
    pub(crate) fn read(&self) -> Result<K::Value, Misread> {
        K::read(&self.raw)
    }
}

/// What stands in the file where a plain value is due.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Raw {
    /// A string.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a point or an exponent.
    Float(f64),
    /// `true` or `false`.
    Switch(bool),
    /// An array, a table or a date, of which only its presence matters here.
    Other(&'static str),
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Raw::Text(text) => write!(f, "'{}'", shortened(text)),
            Raw::Integer(number) => write!(f, "the number {number}"),
            Raw::Float(number) => write!(f, "the number {number}"),
            Raw::Switch(value) => write!(f, "{value}"),
            Raw::Other(what) => f.write_str(what),
        }
    }
}

/// What a message shows of a text: all of it, unless it is longer than anybody wants to read.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// What is wrong with a value; its place is added by whoever knows the file.
#[derive(Debug, PartialEq)]
pub(crate) struct Misread {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Misread {
    pub(crate) fn new(message: impl Into<String>) -> Misread {
        Misread { message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Misread {
        self.help = Some(help.into());
        self
    }
}

impl<'de, K> Deserialize<'de> for Written<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Raw>::deserialize(deserializer)?;
        Ok(Written { span: spanned.span(), raw: spanned.into_inner(), kind: PhantomData })
    }
}

impl<K: Kind> JsonSchema for Written<K> {
    fn schema_name() -> Cow<'static, str> {
        K::NAME.into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = K::schema();
        schema.insert("x-kind".to_owned(), K::WHAT.into());
        schema
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Anything;

        impl<'de> Visitor<'de> for Anything {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
                Ok(Raw::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Raw, E> {
                Ok(Raw::Text(text))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Raw, E> {
                Ok(Raw::Integer(number))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Raw, E> {
                Ok(i64::try_from(number).map_or(Raw::Float(number as f64), Raw::Integer))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Raw, E> {
                Ok(Raw::Float(number))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
                Ok(Raw::Switch(value))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Raw::Other("a list"))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
                while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Raw::Other("a table or a date"))
            }
        }

        deserializer.deserialize_any(Anything)
    }
}
