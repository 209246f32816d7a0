//! The form of what is read and not simulated. Docker refuses a file in which it is wrong, and so do we.

use super::fields::Field;
use super::reader::Reader;
use super::tree::Value;
use crate::trouble::Trouble;

/// What may stand under a key.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Text,
    TextOrNothing,
    Flag,
    Whole,
    /// A list of texts, each once.
    Set,
    /// A text, or a list of texts, each once.
    TextOrSet,
    /// A mapping, or a list of `name=value`.
    Pairs,
    /// A shell command, or a list of texts.
    Command,
    /// Texts or numbers, each once.
    Expose,
    Build,
    CredentialSpec,
    Logging,
    Ulimits,
}

/// The keys of a service that decide nothing in a simulation.
pub(super) const IDLE_SERVICE_KEYS: [(&str, Shape); 43] = [
    ("build", Shape::Build),
    ("cap_add", Shape::Set),
    ("cap_drop", Shape::Set),
    ("cgroup_parent", Shape::Text),
    ("cgroupns_mode", Shape::Text),
    ("command", Shape::Command),
    ("container_name", Shape::Text),
    ("credential_spec", Shape::CredentialSpec),
    ("depends_on", Shape::Set),
    ("devices", Shape::Set),
    ("dns", Shape::TextOrSet),
    ("dns_search", Shape::TextOrSet),
    ("domainname", Shape::Text),
    ("entrypoint", Shape::Command),
    ("env_file", Shape::TextOrSet),
    ("environment", Shape::Pairs),
    ("expose", Shape::Expose),
    ("external_links", Shape::Set),
    ("extra_hosts", Shape::Pairs),
    ("hostname", Shape::Text),
    ("init", Shape::Flag),
    ("ipc", Shape::Text),
    ("isolation", Shape::Text),
    ("labels", Shape::Pairs),
    ("links", Shape::Set),
    ("logging", Shape::Logging),
    ("mac_address", Shape::Text),
    ("network_mode", Shape::Text),
    ("oom_score_adj", Shape::Whole),
    ("pid", Shape::TextOrNothing),
    ("privileged", Shape::Flag),
    ("read_only", Shape::Flag),
    ("security_opt", Shape::Set),
    ("shm_size", Shape::Text),
    ("stdin_open", Shape::Flag),
    ("stop_signal", Shape::Text),
    ("sysctls", Shape::Pairs),
    ("tmpfs", Shape::TextOrSet),
    ("tty", Shape::Flag),
    ("ulimits", Shape::Ulimits),
    ("user", Shape::Text),
    ("userns_mode", Shape::Text),
    ("working_dir", Shape::Text),
];

impl Shape {
    /// Refuses a value of another form.
    pub(super) fn check(self, reader: &Reader, field: &Field<'_>) -> Result<(), Trouble> {
        let is_text = matches!(field.node.value, Value::Text(_));
        match self {
            Shape::Text => field.text().map(drop),
            Shape::TextOrNothing if field.is_null() => Ok(()),
            Shape::TextOrNothing => field.text().map(drop),
            Shape::Flag => field.flag().map(drop),
            Shape::Whole => whole(field),
            Shape::Set => field.text_set().map(drop),
            Shape::TextOrSet if is_text => Ok(()),
            Shape::TextOrSet => field.text_set().map(drop),
            Shape::Pairs => field.pairs().map(drop),
            Shape::Command if is_text => command(field),
            Shape::Command => field.texts().map(drop),
            Shape::Expose => field.set()?.iter().try_for_each(text_or_number),
            Shape::Build if is_text => Ok(()),
            Shape::Build => build(reader, field),
            Shape::CredentialSpec => texts_under(reader, field, &["config", "file", "registry"]),
            Shape::Logging => logging(reader, field),
            Shape::Ulimits => field.named()?.iter().try_for_each(|(_, limit)| ulimit(reader, limit)),
        }
    }
}

fn whole(field: &Field<'_>) -> Result<(), Trouble> {
    match field.node.value {
        Value::Int(_) => Ok(()),
        Value::Float(number) if number.fract() == 0.0 => Ok(()),
        _ => Err(field.unlike("a whole number")),
    }
}

fn text_or_number(field: &Field<'_>) -> Result<(), Trouble> {
    match field.node.value {
        Value::Text(_) | Value::Int(_) | Value::Float(_) => Ok(()),
        _ => Err(field.unlike("a text or a number")),
    }
}

fn texts_under(reader: &Reader, field: &Field<'_>, keys: &[&'static str]) -> Result<(), Trouble> {
    let mut fields = reader.fields(field)?;
    for key in keys {
        fields.read(key, Field::text)?;
    }
    fields.finish()
}

/// Docker lets other keys pass here.
fn build(reader: &Reader, field: &Field<'_>) -> Result<(), Trouble> {
    let mut fields = reader.fields(field)?;
    for key in ["context", "dockerfile", "network", "target"] {
        fields.read(key, Field::text)?;
    }
    for key in ["args", "labels", "extra_hosts"] {
        fields.read(key, Field::pairs)?;
    }
    fields.read("cache_from", Field::text_set)?;
    Ok(())
}

fn logging(reader: &Reader, field: &Field<'_>) -> Result<(), Trouble> {
    let mut fields = reader.fields(field)?;
    fields.read("driver", Field::text)?;
    if let Some(options) = fields.take("options")? {
        options.named()?.iter().try_for_each(|(_, option)| option.printed().map(drop))?;
    }
    fields.finish()
}

fn ulimit(reader: &Reader, field: &Field<'_>) -> Result<(), Trouble> {
    if !matches!(field.node.value, Value::Map(_)) {
        return whole(field);
    }
    let mut fields = reader.fields(field)?;
    for key in ["soft", "hard"] {
        let limit = fields.take(key)?.ok_or_else(|| field.trouble(format_args!("'{key}' is missing")))?;
        whole(&limit)?;
    }
    fields.finish()
}

/// A command must split into words: every quote closed, nothing escaped at the end.
fn command(field: &Field<'_>) -> Result<(), Trouble> {
    let mut quote = None;
    let mut in_word = false;
    let mut characters = field.text()?.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None | Some('"'), '\\') if characters.next().is_none() => {
                let trouble = field.trouble("the command ends in a backslash");
                return Err(trouble.help("write \\\\ for a backslash"));
            }
            (None | Some('"'), '\\') => {}
            (Some(open), close) if open == close => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            // A comment up to the end of the line.
            (None, '#') if !in_word => {
                let _ = characters.find(|&c| c == '\n');
            }
            _ => {}
        }
        in_word = !(quote.is_none() && character.is_whitespace());
    }
    match quote {
        Some(quote) => Err(field
            .trouble(format_args!("a {quote} is not closed in the command"))
            .help("close it, or write the command as a list")),
        None => Ok(()),
    }
}
