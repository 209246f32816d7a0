//! What is learnt on the way through a stack file beside the stack itself.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Field, Fields};
use super::model::Stack;
use super::tree::shortened;
use super::words::{Protocol, Word};
use crate::trouble::{Trouble, nearest};

/// Passes through every part of the file.
pub(super) struct Reader {
    /// The file is of version 3.`minor`.
    pub(super) minor: u8,
    /// The declared networks, volumes, secrets and configs; no services yet.
    pub(super) declared: Stack,
    /// Keys that are read and not simulated, with those that use them.
    pub(super) ignored: BTreeMap<String, BTreeSet<String>>,
    /// What Docker's reader lets pass and the swarm refuses.
    pub(super) refusals: Vec<Trouble>,
    /// Env-files that are named.
    pub(super) env_files: BTreeSet<String>,
    /// Who publishes a port on every node.
    pub(super) published: BTreeMap<(u16, Protocol), String>,
    /// Ports so far, ranges written out.
    pub(super) ports: usize,
}

impl Reader {
    pub(super) fn new(minor: u8) -> Self {
        Reader {
            minor,
            declared: Stack::default(),
            ignored: BTreeMap::new(),
            refusals: Vec::new(),
            env_files: BTreeSet::new(),
            published: BTreeMap::new(),
            ports: 0,
        }
    }

    /// Opens a mapping.
    pub(super) fn fields<'n>(&self, field: &Field<'n>) -> Result<Fields<'n>, Trouble> {
        field.fields(self.minor)
    }

    /// Notes a key that is read and not simulated.
    pub(super) fn ignore(&mut self, field: &Field<'_>) {
        let users = self.ignored.entry(field.place.pattern().to_owned()).or_default();
        users.insert(field.place.subject().to_owned());
    }

    /// Takes a key and notes it as not simulated, after `check` found it to be as it should.
    pub(super) fn take_ignored<'n, T>(
        &mut self,
        fields: &mut Fields<'n>,
        key: &'static str,
        check: impl FnOnce(&Field<'n>) -> Result<T, Trouble>,
    ) -> Result<(), Trouble> {
        if let Some(field) = fields.take(key)? {
            check(&field)?;
            self.ignore(&field);
        }
        Ok(())
    }

    /// Notes what only the swarm refuses.
    pub(super) fn refuse(&mut self, trouble: Trouble) {
        self.refusals.push(trouble);
    }

    /// Reads one word of a few.
    pub(super) fn word<W: Word>(&mut self, field: &Field<'_>) -> Result<Option<W>, Trouble> {
        let Some(text) = field.filled_text()? else { return Ok(None) };
        let word = W::from(&text);
        if let Err(words) = word.known() {
            self.refuse(not_among(field, &text, words));
        }
        Ok(Some(word))
    }

    /// Checks that something is declared under `name`.
    pub(super) fn refer(&mut self, field: &Field<'_>, kind: Kind, name: &str) {
        let Stack { networks, volumes, secrets, configs, .. } = &self.declared;
        let trouble = match kind {
            Kind::Network => undeclared(field, "network", name, networks),
            Kind::Volume => undeclared(field, "volume", name, volumes),
            Kind::Secret => undeclared(field, "secret", name, secrets),
            Kind::Config => undeclared(field, "config", name, configs),
        };
        self.refusals.extend(trouble);
    }
}

fn undeclared<T>(
    field: &Field<'_>,
    kind: &str,
    name: &str,
    declared: &BTreeMap<String, T>,
) -> Option<Trouble> {
    if declared.contains_key(name) {
        return None;
    }
    let help = match nearest(name, declared.keys().map(String::as_str)) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("declare it under the top-level '{kind}s', with external: true if it exists already"),
    };
    Some(field.trouble(format_args!("the {kind} '{}' is not declared", shortened(name))).help(help))
}

/// What a service can refer to by name.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Network,
    Volume,
    Secret,
    Config,
}

/// The mistake of a word that is not one of `words`.
pub(super) fn not_among(field: &Field<'_>, word: &str, words: &[&str]) -> Trouble {
    let trouble = field.unlike(&one_of(words));
    match nearest(word, words.iter().copied()) {
        Some(near) => trouble.help(format!("did you mean '{near}'?")),
        None => trouble,
    }
}

fn one_of(words: &[&str]) -> String {
    match words {
        [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        _ => words.concat(),
    }
}
