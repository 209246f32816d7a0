//! How containers behave: what a service says itself, then what `[behaviour."…"]` says of it, then our defaults.

use std::ops::Range;

use swarmbed_scheduler::Span;
use swarmbed_sim::engine::distribution::Distribution;
use swarmbed_sim::setup::{Container, Proxy, Use};

use super::serving::Serving;
use super::{Reader, proxies};
use crate::file::{Behaviour, Conduct};
use crate::mistakes::Mistakes;
use crate::value::Named;

/// What is said of containers in one place; what is not said is `None`.
#[derive(Clone, Default)]
pub(super) struct Habits {
    create: Option<Distribution>,
    start: Option<Distribution>,
    stop: Option<Distribution>,
    run: Option<Distribution>,
    exit_code: Option<u8>,
    fails_to_prepare: Option<u32>,
    fails_to_start: Option<u32>,
    ready: Option<Distribution>,
    sickens: Option<Distribution>,
    uses: Option<Use>,
    serve: Option<Serving>,
    proxy: Option<Proxy>,
}

impl Habits {
    pub(super) fn read(conduct: &Conduct<'_>, reader: &mut Reader<'_>, mistakes: &mut Mistakes) -> Habits {
        let uses = conduct.uses.map(|uses| reader.uses(uses, mistakes));
        let serve = conduct.serve.and_then(|serve| Serving::read(serve, mistakes));
        let proxy = conduct.proxy.map(|proxy| proxies::proxy(proxy, mistakes));
        let mut law = |law: Option<&crate::value::Law>| law.and_then(|law| mistakes.law(law));
        let (create, start, stop, run) =
            (law(conduct.create), law(conduct.start), law(conduct.stop), law(conduct.run));
        let (ready, sickens) = (law(conduct.ready), law(conduct.sickens));
        Habits {
            create,
            start,
            stop,
            run,
            exit_code: conduct.exit_code.and_then(|code| mistakes.read(code)).map(|code| code as u8),
            fails_to_prepare: conduct.fails_to_prepare.and_then(|share| mistakes.read(share)),
            fails_to_start: conduct.fails_to_start.and_then(|share| mistakes.read(share)),
            ready,
            sickens,
            uses,
            serve,
            proxy,
        }
    }

    /// How they pass requests on, if that is said.
    pub(super) fn proxy(&self) -> Option<Proxy> {
        self.proxy.clone()
    }

    /// How they answer requests, if that is said.
    pub(super) fn serving(&self) -> Option<Serving> {
        self.serve.clone()
    }

    /// What is said here, and there where nothing is said here.
    fn or(self, other: &Habits) -> Habits {
        Habits {
            create: self.create.or_else(|| other.create.clone()),
            start: self.start.or_else(|| other.start.clone()),
            stop: self.stop.or_else(|| other.stop.clone()),
            run: self.run.or_else(|| other.run.clone()),
            exit_code: self.exit_code.or(other.exit_code),
            fails_to_prepare: self.fails_to_prepare.or(other.fails_to_prepare),
            fails_to_start: self.fails_to_start.or(other.fails_to_start),
            ready: self.ready.or_else(|| other.ready.clone()),
            sickens: self.sickens.or_else(|| other.sickens.clone()),
            uses: self.uses.or_else(|| other.uses.clone()),
            serve: self.serve.or_else(|| other.serve.clone()),
            proxy: self.proxy.or_else(|| other.proxy.clone()),
        }
    }

    /// With our defaults, which are those of a small container: they are in the key reference.
    pub(super) fn container(self) -> Container {
        let constant = |span: Span| Distribution::constant(span.nanos());
        Container {
            create: self.create.unwrap_or_else(|| constant(Span::millis(100))),
            start: self.start.unwrap_or_else(|| constant(Span::millis(400))),
            stop: self.stop.unwrap_or_else(|| constant(Span::millis(100))),
            run: self.run,
            exit_code: self.exit_code.unwrap_or(0),
            fails_to_prepare_ppm: self.fails_to_prepare.unwrap_or(0),
            fails_to_start_ppm: self.fails_to_start.unwrap_or(0),
            ready: self.ready,
            sickens: self.sickens,
            uses: self.uses.unwrap_or_default(),
        }
    }
}

impl Habits {
    /// What becomes of containers of which this is said anew.
    pub(super) fn changed(self, container: Container) -> Container {
        Container {
            create: self.create.unwrap_or(container.create),
            start: self.start.unwrap_or(container.start),
            stop: self.stop.unwrap_or(container.stop),
            run: self.run.or(container.run),
            exit_code: self.exit_code.unwrap_or(container.exit_code),
            fails_to_prepare_ppm: self.fails_to_prepare.unwrap_or(container.fails_to_prepare_ppm),
            fails_to_start_ppm: self.fails_to_start.unwrap_or(container.fails_to_start_ppm),
            ready: self.ready.or(container.ready),
            sickens: self.sickens.or(container.sickens),
            uses: self.uses.unwrap_or(container.uses),
        }
    }
}

/// The `[behaviour."…"]` tables, the longest patterns first.
pub(super) struct Patterns {
    patterns: Vec<Pattern>,
}

struct Pattern {
    name: String,
    span: Range<usize>,
    habits: Habits,
    used: bool,
}

impl Patterns {
    pub(super) fn new(
        table: &Named<Behaviour>,
        reader: &mut Reader<'_>,
        mistakes: &mut Mistakes,
    ) -> Patterns {
        let mut pattern = |entry: &crate::value::Entry<Behaviour>| Pattern {
            name: entry.key.clone(),
            span: entry.span.clone(),
            habits: Habits::read(&entry.value.conduct(), reader, mistakes),
            used: false,
        };
        let mut patterns: Vec<Pattern> = table.entries.iter().map(&mut pattern).collect();
        // A whole name says more than a beginning of the same length.
        patterns.sort_by_key(|pattern| std::cmp::Reverse((pattern.name.len(), !pattern.name.ends_with('*'))));
        Patterns { patterns }
    }

    /// How the containers of that service behave, given what it says itself.
    pub(super) fn habits(&mut self, service: &str, own: Habits) -> Habits {
        let fits = |name: &str| match name.strip_suffix('*') {
            Some(beginning) => service.starts_with(beginning),
            None => service == name,
        };
        let mut habits = own;
        for pattern in self.patterns.iter_mut().filter(|pattern| fits(&pattern.name)) {
            pattern.used = true;
            habits = habits.or(&pattern.habits);
        }
        habits
    }

    /// Says which tables are about no service at all.
    pub(super) fn finish<'a>(self, services: impl Iterator<Item = &'a str> + Clone, mistakes: &mut Mistakes) {
        for pattern in self.patterns.iter().filter(|pattern| !pattern.used) {
            mistakes.unknown(&pattern.span, "service", &pattern.name, services.clone());
        }
    }
}
