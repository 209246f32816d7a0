//! Reads a stack file as `docker stack` does.
//!
//! The way of a file, each step a module:
//!
//! 1. `tree`: the text becomes a tree of values that know where they stand;
//! 2. `interpolate`: variables get their values, by the rules of `template`;
//! 3. `declared`, `service` and what they lean on: the tree becomes a [`Stack`], and every key is either
//!    understood, noted as not simulated, or refused with its place;
//! 4. what Docker's reader lets pass and the swarm refuses is kept apart, in [`Reading::refusals`].
//!
//! The rules are those of docker/cli 28 (schema 3.0 to 3.13), held against what that client makes of the same files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::trouble::Trouble;
use declared::{declarations, named};
use fields::{Field, Place};
use reader::Reader;
use tree::{Node, Value, shortened};

mod declared;
mod deploy;
mod environment;
mod fields;
mod go;
mod interpolate;
mod json;
mod model;
mod mount;
mod port;
mod reader;
mod service;
mod shape;
mod template;
mod tree;
mod words;

pub use environment::Environment;
pub use model::{
    Attachment, Deploy, GenericResource, Healthcheck, Limits, Mount, Network, Object, Placement, Port,
    Reservations, RestartPolicy, Service, Stack, UpdateConfig,
};
pub use words::{
    EndpointMode, FailureAction, Mode, MountKind, PortMode, Protocol, RestartCondition, UpdateOrder,
};

/// What was understood of a stack file.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The stack.
    pub stack: Stack,
    /// What is read and not simulated, in the order of its key.
    pub ignored: Vec<Ignored>,
    /// What the user should know, one sentence each.
    pub notices: Vec<String>,
    /// What the file says exists already; a simulation takes it as present.
    pub externals: Externals,
    /// What `docker stack config` shows without a word and `docker stack deploy` refuses, in the order in which it
    /// was found. Empty after [`read`].
    pub refusals: Vec<Trouble>,
}

/// A key that is read and not simulated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ignored {
    /// Where it stands, with `*` for names: `services.*.cap_add`.
    pub key: String,
    /// The services (networks, volumes …) that use it, in the order of their names.
    pub used_by: Vec<String>,
}

impl fmt::Display for Ignored {
    /// The key, and the first few that use it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let (first, rest) = self.used_by.split_at(self.used_by.len().min(SHOWN));
        write!(f, "{} ({}", self.key, first.join(", "))?;
        if !rest.is_empty() {
            write!(f, " and {} more", rest.len())?;
        }
        f.write_str(")")
    }
}

/// The names in the cluster of what exists already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Externals {
    /// Networks.
    pub networks: Vec<String>,
    /// Volumes.
    pub volumes: Vec<String>,
    /// Secrets.
    pub secrets: Vec<String>,
    /// Configs.
    pub configs: Vec<String>,
}

/// Reads a stack file that is to be run: what `docker stack deploy` refuses is refused.
///
/// ```
/// use swarmbed_scenarios::stack::{Environment, read};
///
/// let text = "services: {web: {image: nginx, deploy: {replicas: 3}}}";
/// let reading = read("web.yml", text, &Environment::new()).unwrap();
/// assert_eq!(reading.stack.services[0].deploy.replicas, Some(3));
///
/// let trouble = read("web.yml", "services: {web: {imgae: nginx}}", &Environment::new()).unwrap_err();
/// assert_eq!(
///     format!("{trouble:#}"),
///     "web.yml:1:18: services.web: unknown key 'imgae'\n  help: did you mean 'image'?"
/// );
/// ```
///
/// # Errors
/// The first mistake in the file, with its place. `source_name` is what the message calls the file.
pub fn read(source_name: &str, text: &str, environment: &Environment) -> Result<Reading, Trouble> {
    let mut reading = understand(source_name, text, environment)?;
    if reading.refusals.is_empty() { Ok(reading) } else { Err(reading.refusals.swap_remove(0)) }
}

/// Reads a stack file to show what it says: only what `docker stack config` refuses is refused, and the rest of what
/// keeps it from being deployed is in [`Reading::refusals`].
///
/// # Errors
/// The first mistake in the file, with its place. `source_name` is what the message calls the file.
pub fn understand(source_name: &str, text: &str, environment: &Environment) -> Result<Reading, Trouble> {
    let locate = |trouble: Trouble| trouble.in_source(source_name, text);
    let mut reading = reading(text, environment).map_err(locate)?;
    reading.refusals = reading.refusals.into_iter().map(locate).collect();
    Ok(reading)
}

/// [`read`] for bytes that may be anything.
///
/// # Errors
/// As [`read`]; also bytes that are not UTF-8, with the first such place.
pub fn read_bytes(source_name: &str, bytes: &[u8], environment: &Environment) -> Result<Reading, Trouble> {
    read(source_name, as_text(source_name, bytes)?, environment)
}

/// [`understand`] for bytes that may be anything.
///
/// # Errors
/// As [`understand`]; also bytes that are not UTF-8, with the first such place.
pub fn understand_bytes(
    source_name: &str,
    bytes: &[u8],
    environment: &Environment,
) -> Result<Reading, Trouble> {
    understand(source_name, as_text(source_name, bytes)?, environment)
}

fn as_text<'b>(source_name: &str, bytes: &'b [u8]) -> Result<&'b str, Trouble> {
    std::str::from_utf8(bytes).map_err(|error| {
        let good = error.valid_up_to();
        let text = String::from_utf8_lossy(bytes).into_owned();
        Trouble::new(format!(
            "byte 0x{:02x} at offset {good} is not UTF-8: this is no YAML text",
            bytes[good]
        ))
        .help("save the file as UTF-8; an image or an archive is no stack file")
        .in_source(source_name, text)
        .at(good..good)
    })
}

fn reading(text: &str, environment: &Environment) -> Result<Reading, Trouble> {
    let (mut root, more) = tree::parse(text)?;
    check_root(&root)?;
    let mut notices = interpolate::interpolate(&mut root, environment)?;
    if more {
        notices.push("only the first document of the file is read, as Docker does".to_owned());
    }
    let (stack, reader) = typed(&root)?;
    if !reader.env_files.is_empty() {
        let files = reader.env_files.into_iter().collect::<Vec<_>>().join(", ");
        notices.push(format!("env files are not opened, their values decide nothing simulated: {files}"));
    }
    let ignored =
        |(key, users): (String, BTreeSet<String>)| Ignored { key, used_by: users.into_iter().collect() };
    Ok(Reading {
        externals: externals(&stack),
        stack,
        ignored: reader.ignored.into_iter().map(ignored).collect(),
        notices,
        refusals: reader.refusals,
    })
}

fn check_root(root: &Node) -> Result<(), Trouble> {
    let example = "a stack file begins with services:, and each service has an image";
    match &root.value {
        Value::Map(_) => Ok(()),
        Value::Null => Err(Trouble::new("the file is empty").help(example).at(0..0)),
        other => Err(Trouble::new(format!("found {other}, expected a mapping"))
            .help(example)
            .at(root.span.clone())),
    }
}

fn typed(root: &Node) -> Result<(Stack, Reader), Trouble> {
    let top = Field { place: Place::default(), node: root };
    let minor = match top.fields(u8::MAX)?.take("version")? {
        Some(version) => minor_version(&version)?,
        None => LATEST,
    };
    let mut reader = Reader::new(minor);
    let mut fields = reader.fields(&top)?;
    fields.take("version")?;
    declarations(&mut reader, &mut fields)?;
    let mut services = Vec::new();
    if let Some(section) = fields.take("services")? {
        for (name, field) in named(&section)? {
            services.push(service::service(&mut reader, &name, &field)?);
        }
    }
    fields.finish_with_extensions()?;
    if services.is_empty() {
        let help = "write at least one under services:, such as web: with image: nginx";
        return Err(Trouble::new("there is no service in this file").help(help).at(0..0));
    }
    services.sort_by(|a, b| a.name.cmp(&b.name));
    let stack = Stack { services, ..std::mem::take(&mut reader.declared) };
    Ok((stack, reader))
}

/// The latest minor version of the format, and what a file without a version has.
const LATEST: u8 = 13;

fn minor_version(field: &Field<'_>) -> Result<u8, Trouble> {
    let text = field.text()?;
    let minor = match text {
        "" | "3" => Some(LATEST),
        _ => (0..=LATEST).find(|minor| text == format!("3.{minor}")),
    };
    minor.ok_or_else(|| {
        field
            .trouble(format_args!(
                "found \"{}\", expected \"3\" or \"3.0\" to \"3.{LATEST}\"",
                shortened(text)
            ))
            .help("docker stack reads version 3 only; without the line it takes the latest")
    })
}

fn externals(stack: &Stack) -> Externals {
    let objects = |objects: &BTreeMap<String, Object>| {
        objects.values().filter(|object| object.external).filter_map(|object| object.name.clone()).collect()
    };
    let networks = stack.networks.values().filter(|network| network.external);
    Externals {
        networks: networks.filter_map(|network| network.name.clone()).collect(),
        volumes: objects(&stack.volumes),
        secrets: objects(&stack.secrets),
        configs: objects(&stack.configs),
    }
}
