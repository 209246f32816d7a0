//! YAML text -> a tree of values that know where they stand.
//!
//! Docker substitutes variables in the tree, before anything is typed; so the tree comes first and the types later.

use std::fmt;
use std::ops::Range;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Error, Location, Options, Spanned};

use crate::trouble::Trouble;

/// No real stack file nests deeper than about ten; the limit keeps every recursion over the tree shallow.
const MAX_DEPTH: usize = 64;
/// Some thirty nodes a service; enough for 30,000 services.
const MAX_NODES: usize = 1_000_000;
/// What aliases may add. A bomb of nested aliases is stopped here, after a fraction of a second.
const MAX_REPLAYED: usize = 500_000;

/// One value and the bytes of the text it was written in. Behind an alias or a merge key these are the bytes of the
/// original, which is where a mistake has to be mended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) span: Range<usize>,
}

/// What YAML can say, with the scalar types that Docker's reader distinguishes.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// Where a value stands is no part of what it says: two equal ports in a list are equal.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::List(a), Value::List(b)) => a.iter().map(|n| &n.value).eq(b.iter().map(|n| &n.value)),
            (Value::Map(a), Value::Map(b)) => {
                let same = |x: &Entry| b.iter().any(|y| x.key == y.key && x.value.value == y.value.value);
                a.len() == b.len() && a.iter().all(same)
            }
            _ => false,
        }
    }
}

/// One `key: value` of a mapping, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) value: Node,
}

impl fmt::Display for Value {
    /// As a message names what it found.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("nothing"),
            Value::Bool(flag) => write!(f, "{flag}"),
            Value::Int(number) => write!(f, "the number {number}"),
            Value::Float(number) => write!(f, "the number {number}"),
            Value::Text(text) => write!(f, "the text \"{}\"", shortened(text)),
            Value::List(_) => f.write_str("a list"),
            Value::Map(_) => f.write_str("a mapping"),
        }
    }
}

/// The beginning of a long text: a message must stay one line.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Reads the first document of `text`, as Docker does, and says whether there are more.
pub(super) fn parse(text: &str) -> Result<(Node, bool), Trouble> {
    let (document, more) = first_document(text);
    match serde_saphyr::from_str_with_options::<Node>(document, options()) {
        Ok(root) => Ok((root, more)),
        Err(error) => Err(trouble(document, &error)),
    }
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: 4 * MAX_NODES,
            // One anchor used by thousands of services is how stack files are written.
            max_aliases: MAX_NODES,
            max_merge_keys: MAX_NODES,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED },
        emit_comments: false,
        // As Docker's reader types scalars: `yes` is a text, `0444` an octal number.
        strict_booleans: true,
        legacy_octal_numbers: true,
    }
}

/// The text up to the marker that ends the first document. Such a marker at the beginning of a line is never part of
/// a scalar, so that lines can be looked at alone.
fn first_document(text: &str) -> (&str, bool) {
    let mut begun = false;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches('\u{feff}').trim_end();
        let is_marker = |marker| {
            content.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        };
        if begun && (is_marker("---") || is_marker("...")) {
            let rest = &text[offset + 3..];
            return (&text[..offset], rest.contains(|c: char| !c.is_whitespace()));
        }
        begun |= !(content.is_empty() || content.starts_with(['#', '%']));
        offset += line.len();
    }
    (text, false)
}

fn trouble(text: &str, error: &Error) -> Trouble {
    let error = error.without_snippet();
    let place = error.location().map_or(0..0, |location| bytes(text, location));
    let (message, help) = explained(error);
    let trouble = Trouble::new(message).at(place);
    if help.is_empty() { trouble } else { trouble.help(help) }
}

/// What is wrong, and what to do about it.
fn explained(error: &Error) -> (String, &'static str) {
    match error {
        Error::DuplicateMappingKey { key, .. } => {
            let key = shortened(key.as_deref().unwrap_or("?"));
            (format!("the key '{key}' stands twice in one mapping"), "keep one of the two")
        }
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => too_deep(),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. } => (
            format!("the file is too large: more than {MAX_NODES} values, or aliases that multiply"),
            "split it into several stacks, or write out less with aliases",
        ),
        Error::RecursiveReferencesRequireWeakTypes { .. } => (
            "an anchor contains an alias of itself".to_owned(),
            "move the anchor out of the value that uses it",
        ),
        Error::UnknownAnchor { .. } => (
            "this alias names an anchor that is not defined above it".to_owned(),
            "an anchor (&name) must stand before its aliases (*name)",
        ),
        Error::MergeValueNotMapOrSeqOfMaps { .. } => (
            "'<<' merges a mapping or a list of mappings, found something else".to_owned(),
            "write <<: *name",
        ),
        Error::AliasError { error, .. } => explained(error),
        Error::Message { msg, .. } if msg.starts_with(KEY_IS_NO_TEXT) => {
            (msg.clone(), "put the key in quotes")
        }
        other => syntax(&other.to_string()),
    }
}

fn too_deep() -> (String, &'static str) {
    (
        format!("values are nested more than {MAX_DEPTH} deep"),
        "a stack file needs no more than about ten levels",
    )
}

/// An error of the YAML scanner, in its words without its place.
fn syntax(words: &str) -> (String, &'static str) {
    let words = words.split(" at line ").next().unwrap_or(words);
    let help = match words {
        _ if words.contains("recursion limit") => return too_deep(),
        _ if words.contains("tab") => "YAML is indented with spaces; replace the tab",
        _ if words.contains("unexpected character") => {
            "remove the control character, or write it as \"\\x00\" in quotes"
        }
        _ if words.contains("mapping values") => {
            "check the indentation, and put a value with ': ' in it in quotes"
        }
        _ if words.contains("unclosed") => "close it",
        _ => "check the indentation and the quotes of this line and the one before",
    };
    (format!("this is not valid YAML: {words}"), help)
}

/// The bytes a location means. The scanner's own errors know characters only.
fn bytes(text: &str, location: Location) -> Range<usize> {
    let span = location.span();
    if let (Some(start), Some(len)) = (span.byte_offset(), span.byte_len()) {
        return start as usize..(start + len) as usize;
    }
    let byte = |character: u64| text.char_indices().nth(character as usize).map_or(text.len(), |(at, _)| at);
    byte(span.offset())..byte(span.offset() + span.len())
}

const KEY_IS_NO_TEXT: &str = "every key must be a text, found ";

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        let span = spanned.defined.span();
        let start = span.byte_offset().unwrap_or(0) as usize;
        Ok(Node { value: spanned.value, span: start..start + span.byte_len().unwrap_or(0) as usize })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number.into()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Int(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<Node>()? {
            let Value::Text(text) = key.value else {
                return Err(de::Error::custom(format_args!("{KEY_IS_NO_TEXT}{}", key.value)));
            };
            map.push(Entry { key: text, key_span: key.span, value: entries.next_value()? });
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let found = match parse(text) {
            Ok((root, more)) => format!("{:?}{}", Shown(&root.value), if more { " and more" } else { "" }),
            Err(trouble) => format!("{:#}", trouble.in_source("f", text)),
        };
        assert_eq!(found, expect, "{text:?}");
    }

    /// The tree on one line, without places.
    struct Shown<'a>(&'a Value);

    impl fmt::Debug for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self.0 {
                Value::List(items) => f.debug_list().entries(items.iter().map(|n| Shown(&n.value))).finish(),
                Value::Map(map) => {
                    f.debug_map().entries(map.iter().map(|e| (&e.key, Shown(&e.value.value)))).finish()
                }
                Value::Text(text) => write!(f, "{text:?}"),
                other => write!(f, "{other}"),
            }
        }
    }

    #[test]
    fn scalars_are_typed_as_docker_types_them() {
        check("[~, null, '', \"\", 'null']", r#"[nothing, nothing, "", "", "null"]"#);
        check("[true, True, yes, on, n, off]", r#"[true, true, "yes", "on", "n", "off"]"#);
        check(
            "[1, -2, 0x1F, 0o17, 0444, 1_000, '3']",
            "[the number 1, the number -2, the number 31, \
            the number 15, the number 292, the number 1000, \"3\"]",
        );
        check(
            "[.5, 1e3, 08, 22:22, 1.2.3]",
            r#"[the number 0.5, the number 1000, the number 8, "22:22", "1.2.3"]"#,
        );
    }

    #[test]
    fn merges_give_way_to_what_is_written() {
        check(
            "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}",
            r#"{"a": {"x": the number 1, "y": the number 2}, "b": {"y": the number 3, "x": the number 1}}"#,
        );
    }

    #[test]
    fn only_the_first_document_is_read() {
        check("# c\n---\na: b\n---\n[", r#"{"a": "b"} and more"#);
        check("\u{feff}a: |\n  x\n  ---\r\n...\n", r#"{"a": "x\n---\n"}"#);
    }

    #[test]
    fn mistakes_point_at_their_place() {
        check(
            "a: 1\nb: 2\na: 3",
            "f:3:1: the key 'a' stands twice in one mapping\n  help: keep one of the two",
        );
        check(
            "ä: {1: 2}",
            "f:1:4: every key must be a text, found the number 1\n  help: put the key in quotes",
        );
        check(
            "a: *b",
            "f:1:4: this alias names an anchor that is not defined above it\n  help: an anchor (&name) must stand before its aliases (*name)",
        );
        check(
            "a: &a [*a]",
            "f:1:8: an anchor contains an alias of itself\n  help: move the anchor out of the value that uses it",
        );
        check(
            "a:\n\tb: 1",
            "f:2:2: this is not valid YAML: tabs disallowed within this context (block indentation)\n  help: YAML is indented with spaces; replace the tab",
        );
        check(
            "ä: \0",
            "f:1:4: this is not valid YAML: unexpected character: `\\u{0}'\n  help: remove the control character, or write it as \"\\x00\" in quotes",
        );
        check(
            "{<<: 1}",
            "f:1:6: '<<' merges a mapping or a list of mappings, found something else\n  help: write <<: *name",
        );
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = "f:1:65: values are nested more than 64 deep\n  help: a stack file needs no more than about ten levels";
        check(&"[".repeat(20_000), deep);
        let nested = (0..20_000).fold(String::new(), |text, depth| text + &" ".repeat(depth % 200) + "-\n");
        assert!(parse(&nested).is_err());
        let mut bomb = "a0: &a0 x\n".to_owned();
        for level in 1..30 {
            bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(","));
        }
        let trouble = parse(&bomb).expect_err("a bomb");
        assert!(trouble.message().starts_with("the file is too large"), "{trouble}");
    }
}
