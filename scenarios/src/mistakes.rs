//! All mistakes of one file, collected while it is read.

use std::ops::Range;
use std::sync::Arc;

use crate::trouble::{Trouble, nearest};
use crate::value::{Kind, Law, Misread, Quantity, Written, one_of, shortened};

/// Mistakes that are told; nobody reads more at a time, and some are costly to tell.
const MOST_TOLD: usize = 50;

/// Mistakes found so far, all in one text.
pub(crate) struct Mistakes {
    source: String,
    text: Arc<str>,
    found: Vec<Trouble>,
    untold: usize,
}

impl Mistakes {
    /// None so far, in `text`, which the user calls `source`.
    pub(crate) fn new(source: &str, text: &str) -> Mistakes {
        Mistakes { source: source.to_owned(), text: text.into(), found: Vec::new(), untold: 0 }
    }

    /// A mistake in that place.
    pub(crate) fn add(&mut self, span: &Range<usize>, misread: Misread) {
        if self.found.len() == MOST_TOLD {
            self.untold += 1;
            return;
        }
        let mut trouble = Trouble::new(misread.message);
        if let Some(help) = misread.help {
            trouble = trouble.help(help);
        }
        self.found.push(trouble.in_source(&self.source, self.text.clone()).at(span.clone()));
    }

    /// A mistake in that place, with nothing to propose.
    pub(crate) fn say(&mut self, span: &Range<usize>, message: impl Into<String>) {
        self.add(span, Misread::new(message));
    }

    /// A name that is not among the known ones. `what` is what it should name, without an article: `service`.
    pub(crate) fn unknown<'a>(
        &mut self,
        span: &Range<usize>,
        what: &str,
        found: &str,
        known: impl Iterator<Item = &'a str> + Clone,
    ) {
        const MOST_LISTED: usize = 8;
        if self.found.len() == MOST_TOLD {
            self.untold += 1;
            return;
        }
        let misread = Misread::new(format!("there is no {what} '{}'", shortened(found)));
        // Of names as short as zones any is near any other.
        let near = nearest(found, known.clone()).filter(|near| near.len() > 2);
        let help = match near {
            Some(near) => format!("did you mean '{near}'?"),
            None => match known.clone().count() {
                0 => format!("there is no {what} at all"),
                1..=MOST_LISTED => format!("expected {}", one_of(known)),
                many => {
                    format!("there are {many}, from '{}' on", shortened(known.clone().next().unwrap_or("")))
                }
            },
        };
        self.add(span, misread.help(help));
    }

    /// A mistake that comes with its own place, in another text.
    pub(crate) fn foreign(&mut self, trouble: Trouble) {
        self.found.push(trouble);
    }

    /// What a value means, or a mistake more.
    pub(crate) fn read<K: Kind>(&mut self, written: &Written<K>) -> Option<K::Value> {
        written.read().map_err(|misread| self.add(&written.span, misread)).ok()
    }

    /// What a value means; the default if it is absent or wrong.
    pub(crate) fn read_or<K: Kind>(&mut self, written: Option<&Written<K>>, default: K::Value) -> K::Value {
        written.and_then(|written| self.read(written)).unwrap_or(default)
    }

    /// What a distribution means, or a mistake more.
    pub(crate) fn law<Q: Quantity>(
        &mut self,
        law: &Law<Q>,
    ) -> Option<swarmbed_sim::engine::distribution::Distribution> {
        law.read().map_err(|(span, misread)| self.add(&span, misread)).ok()
    }

    /// All of them in the order of their places, or `value` if there are none.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Vec<Trouble>> {
        if self.found.is_empty() { Ok(value) } else { Err(self.all()) }
    }

    /// All of them in the order of their places.
    pub(crate) fn all(mut self) -> Vec<Trouble> {
        self.found.sort_by_key(|trouble| trouble.span().map_or(usize::MAX, |span| span.start));
        if self.untold > 0 {
            self.found.push(Trouble::new(format!("there are {} more mistakes", self.untold)));
        }
        self.found
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.found.len() + self.untold
    }
}
